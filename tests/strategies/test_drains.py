"""Many workers at once: every task is served once, and the limit is kept."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack

import pytest
from redis.asyncio import Redis
from servers import ENGINES
from strategies.hands import LIMITED, assert_nothing_left, claim, queue, served

from queue_fairness.formatting.slices import batched
from queue_fairness.server.server import Server
from queue_fairness.strategies import STRATEGIES, Consumer, Lease, Strategy, Task
from queue_fairness.strategies.base import PIPELINE

pytestmark = pytest.mark.sample(2)

TTL_S = 30.0
OF_THE_KEYSPACE = ["scan", "scan-resume"]
"""Those whose work depends on how an engine keeps many keys; the others never look at them."""


class _Crowd:
    """Workers that drain a queue together and watch each other."""

    def __init__(self, total: int, hold_s: float) -> None:
        self.seen: Counter[Task] = Counter()
        self.most: Counter[int] = Counter()
        """Most tasks of each partition that were in service at once."""
        self._in_service: Counter[int] = Counter()
        self._left = total
        self._hold_s = hold_s

    async def work(self, consumer: Consumer) -> None:
        done: Lease | None = None
        while self._left:
            lease = (await consumer.next(done)).lease
            done = lease
            if lease is None:
                await asyncio.sleep(0.001)
                continue
            partition = lease.task.partition
            self.seen[lease.task] += 1
            self._in_service[partition] += 1
            self.most[partition] = max(self.most[partition], self._in_service[partition])
            await asyncio.sleep(self._hold_s)
            self._in_service[partition] -= 1
            self._left -= 1
        if done is not None:
            await consumer.complete(done)


async def _drain(
    server: Server, strategy: Strategy, workers: int, tasks: list[Task], hold_s: float = 0.0
) -> _Crowd:
    crowd = _Crowd(len(tasks), hold_s)
    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(server.connect(f"w{worker}"))
            for worker in range(workers)
        ]
        for some in batched(tasks, PIPELINE):
            await strategy.push(clients[0], some)
        async with asyncio.timeout(20):
            await asyncio.gather(*(crowd.work(strategy.consumer(each)) for each in clients))
    return crowd


@pytest.mark.sample(4)
@pytest.mark.parametrize("partitions", [1, 40])
@pytest.mark.parametrize("name", STRATEGIES)
async def test_64_workers_serve_every_task_once(
    server: Server, client: Redis, name: str, partitions: int
) -> None:
    strategy = queue(name, partitions, workers=64, ttl_s=TTL_S)
    tasks = [Task(number % partitions, number) for number in range(400)]

    crowd = await _drain(server, strategy, 64, tasks)

    assert crowd.seen == Counter(tasks)
    if strategy.limit:
        assert set(crowd.most.values()) == {1}
    await assert_nothing_left(strategy, client)


@pytest.mark.parametrize("limit", [0, 2, 3])
@pytest.mark.parametrize("name", LIMITED)
async def test_any_limit_is_kept_and_used(
    server: Server, client: Redis, name: str, limit: int
) -> None:
    strategy = queue(name, 2, workers=16, limit=limit, ttl_s=TTL_S)
    tasks = [Task(number % 2, number) for number in range(400)]

    # Held for a while, or they might not meet.
    crowd = await _drain(server, strategy, 16, tasks, hold_s=0.002)

    assert crowd.seen == Counter(tasks)
    most = max(crowd.most.values())
    assert most == limit if limit else most > 3
    await assert_nothing_left(strategy, client)


@pytest.mark.sample(4)
@pytest.mark.parametrize(
    ("server", "name"),
    [
        *((ENGINES[-1], name) for name in STRATEGIES),
        *((engine, name) for name in OF_THE_KEYSPACE for engine in ENGINES[:-1]),
    ],
    indirect=["server"],
)
async def test_100_000_partitions(client: Redis, name: str) -> None:
    partitions = 100_000
    strategy = queue(name, partitions, ttl_s=TTL_S)
    for some in batched([Task(number, number) for number in range(partitions)], PIPELINE):
        await strategy.push(client, some)
    consumer = strategy.consumer(client)

    async with asyncio.timeout(5):
        order = await served(consumer, 300)
        lease = await claim(consumer)
        assert await strategy.locks_left(client) == 1
        await consumer.complete(lease)

    assert len(set(order)) == 300
    assert await strategy.waiting(client) == partitions - 301
