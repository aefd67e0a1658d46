"""A task that failed goes back: at once, to the place asked for, and to nobody else's loss."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError
from strategies.hands import (
    LEASED,
    LIMITED,
    LONG_TTL_S,
    assert_nothing_left,
    claim,
    let_expire,
    queue,
    taken_over,
    tasks,
)

from queue_fairness.server.server import Server
from queue_fairness.strategies import STRATEGIES, Consumer, Lease, Strategy, Task

pytestmark = pytest.mark.sample(3)

ATTEMPTS = 3
LINES = ["fifo", "streams", "key-shard"]
"""Those in which tasks of several partitions stand in one line."""


async def _numbers(consumer: Consumer) -> list[int]:
    """The tasks that one worker serves, in order."""
    numbers: list[int] = []
    lease: Lease | None = None
    while (lease := (await consumer.next(lease)).lease) is not None:
        numbers.append(lease.task.number)
    return numbers


@pytest.mark.parametrize("at_head", [True, False], ids=["head", "tail"])
@pytest.mark.parametrize("name", STRATEGIES)
async def test_failed_task_is_the_next_or_the_last_of_its_partition(
    client: Redis, name: str, at_head: bool
) -> None:
    strategy = queue(name)
    await strategy.push(client, tasks([4]))
    consumer = strategy.consumer(client)
    failed = await claim(consumer)

    assert await consumer.retry(failed, at_head=at_head)

    assert (await strategy.waiting(client), await strategy.locks_left(client)) == (4, 0)
    is_first = at_head and name != "streams"
    assert await _numbers(consumer) == ([0, 1, 2, 3] if is_first else [1, 2, 3, 0])
    await assert_nothing_left(strategy, client)


@pytest.mark.parametrize("at_head", [True, False], ids=["head", "tail"])
@pytest.mark.parametrize("name", STRATEGIES)
async def test_only_task_of_a_partition_can_be_taken_again(
    client: Redis, name: str, at_head: bool
) -> None:
    strategy = queue(name)
    await strategy.push(client, tasks([1]))
    consumer = strategy.consumer(client)

    for _ in range(ATTEMPTS):
        assert await consumer.retry(await claim(consumer), at_head=at_head)
        assert (await strategy.waiting(client), await strategy.locks_left(client)) == (1, 0)

    assert await _numbers(consumer) == [0]
    await assert_nothing_left(strategy, client)


@pytest.mark.parametrize("at_head", [True, False], ids=["head", "tail"])
@pytest.mark.parametrize("name", [name for name in STRATEGIES if name not in LINES])
async def test_failure_holds_up_no_other_partition(client: Redis, name: str, at_head: bool) -> None:
    strategy = queue(name)
    await strategy.push(client, tasks([1, 1]))
    unlucky, other = strategy.consumer(client), strategy.consumer(client)
    failed = await claim(unlucky)

    taken = await claim(other)
    assert await unlucky.retry(failed, at_head=at_head)

    assert taken.task != failed.task
    assert (await claim(unlucky)).task == failed.task
    assert await strategy.locks_left(client) == 2


@pytest.mark.parametrize("at_head", [True, False], ids=["head", "tail"])
@pytest.mark.parametrize("name", LEASED)
async def test_worker_that_comes_late_puts_nothing_back(
    client: Redis, name: str, at_head: bool
) -> None:
    strategy = queue(name, ttl_s=LONG_TTL_S)
    await strategy.push(client, tasks([2]))
    slow, other = strategy.consumer(client), strategy.consumer(client)
    late = await claim(slow)
    await let_expire(strategy, client, [late])
    taken = await taken_over(strategy, client, other)

    assert not await slow.retry(late, at_head=at_head)

    assert (await strategy.waiting(client), await strategy.locks_left(client)) == (1, 1)
    assert await other.retry(taken, at_head=at_head)
    assert not await other.retry(taken, at_head=at_head), "the reply was lost, say"
    assert await strategy.waiting(client) == 2
    assert sorted(await _numbers(other)) == [0, 1]
    await assert_nothing_left(strategy, client)


@pytest.mark.parametrize("at_head", [True, False], ids=["head", "tail"])
@pytest.mark.parametrize("name", STRATEGIES)
async def test_full_memory_leaves_a_failed_task_in_its_hands(
    client: Redis, name: str, at_head: bool
) -> None:
    strategy = queue(name)
    await strategy.push(client, tasks([3]))
    consumer = strategy.consumer(client)
    lease = await claim(consumer)
    used = int((await client.info("memory"))["used_memory"])
    await client.config_set("maxmemory-policy", "noeviction")
    await client.config_set("maxmemory", used // 2)

    with pytest.raises(ResponseError, match="maxmemory"):
        await consumer.retry(lease, at_head=at_head)
    await client.config_set("maxmemory", 0)

    assert (await strategy.waiting(client), await strategy.locks_left(client)) == (2, 1)
    assert await consumer.retry(lease, at_head=at_head)
    assert len(await _numbers(consumer)) == 3
    await assert_nothing_left(strategy, client)


async def test_failed_attempt_is_charged_like_any_other(client: Redis) -> None:
    strategy = queue("virtual-time-by-cost", 1)
    await strategy.push(client, tasks([2]))
    consumer = strategy.consumer(client)
    starts = []

    for work_s in (0.005, 0.05):
        lease = await claim(consumer)
        await asyncio.sleep(work_s)
        await consumer.retry(lease, at_head=True)
        starts.append(float((await client.hvals("qf:{t}:tags"))[0]))

    assert starts[0] >= 5_000, "its tag is what it has had, in µs"
    assert starts[1] - starts[0] >= 50_000


class _Crew:
    """Workers under whom every task fails until its last attempt."""

    def __init__(self, tasks: list[Task]) -> None:
        self.attempts: Counter[Task] = Counter()
        self.most = 0
        """Most tasks of one partition that were in service at once."""
        self._in_service: Counter[int] = Counter()
        self._left = len(tasks)

    async def work(self, consumer: Consumer) -> None:
        done: Lease | None = None
        while self._left:
            lease = (await consumer.next(done)).lease
            if lease is None:
                done = None
                await asyncio.sleep(0.001)
            else:
                done = await self._attempt(consumer, lease)
        if done is not None:
            await consumer.complete(done)

    async def _attempt(self, consumer: Consumer, lease: Lease) -> Lease | None:
        """Returns the lease if it went well."""
        self.attempts[lease.task] += 1
        self._in_service[lease.task.partition] += 1
        self.most = max(self.most, self._in_service[lease.task.partition])
        await asyncio.sleep(0)
        self._in_service[lease.task.partition] -= 1
        if self.attempts[lease.task] == ATTEMPTS:
            self._left -= 1
            return lease
        assert await consumer.retry(lease, at_head=lease.task.number % 2 == 0)
        return None


CASES = [(name, None) for name in STRATEGIES] + [
    (name, each) for name in LIMITED for each in (0, 2)
]


@pytest.mark.parametrize(("name", "limit"), CASES)
async def test_many_workers_attempt_every_task_as_often_as_asked(
    server: Server, client: Redis, name: str, limit: int | None
) -> None:
    workers = 24
    strategy: Strategy = queue(name, 30, workers=workers, limit=limit, ttl_s=30.0)
    some = [Task(number % 30, number) for number in range(200)]
    await strategy.push(client, some)
    crew = _Crew(some)

    async with AsyncExitStack() as stack, asyncio.timeout(20):
        clients = [
            await stack.enter_async_context(server.connect(f"w{worker}"))
            for worker in range(workers)
        ]
        await asyncio.gather(*(crew.work(strategy.consumer(each)) for each in clients))

    assert crew.attempts == Counter(dict.fromkeys(some, ATTEMPTS))
    assert not strategy.limit or crew.most <= strategy.limit
    await assert_nothing_left(strategy, client)
