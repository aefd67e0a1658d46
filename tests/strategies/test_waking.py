"""Idle workers block in Redis: who is woken by what, on real servers.

No block in here would end by itself before a test has failed: nobody polls.
"""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from servers import until
from strategies.hands import (
    DEADLINE_S,
    PREFIX,
    assert_nothing_left,
    claim,
    let_expire,
    queue,
    served,
    tasks,
)

from queue_fairness.server.server import Server
from queue_fairness.strategies import STRATEGIES, Consumer, Lease, Strategy, Task
from queue_fairness.strategies.base import POLL_S
from queue_fairness.strategies.key_shard import KeyShard
from queue_fairness.strategies.waking import MOST_WORDS

pytestmark = pytest.mark.sample(3)

LONG_S = 60.0
POLLS = 8
WOKEN = [name for name, each in STRATEGIES.items() if not each.polling]
POLLING = [name for name, each in STRATEGIES.items() if each.polling]
LOCKING = [name for name in WOKEN if STRATEGIES[name].honors_limit]


class Idler:
    """A worker with a connection of its own."""

    def __init__(self, strategy: Strategy, client: Redis) -> None:
        self.consumer = strategy.consumer(client)
        self._wait: asyncio.Task[None] | None = None

    @property
    def is_blocked(self) -> bool:
        return self._wait is not None and not self._wait.done()

    async def find_nothing(self) -> None:
        assert (await self.consumer.next(None)).lease is None
        self._wait = asyncio.create_task(self.consumer.wait(LONG_S))

    async def wake_up(self) -> None:
        assert self._wait is not None
        async with asyncio.timeout(DEADLINE_S):
            await self._wait

    async def be_interrupted(self) -> None:
        assert self._wait is not None
        self._wait.cancel()
        await asyncio.wait((self._wait,))
        assert self._wait.cancelled()


@asynccontextmanager
async def idlers(
    server: Server, client: Redis, strategy: Strategy, count: int
) -> AsyncIterator[list[Idler]]:
    """So many workers that have found nothing, and wait, one after another."""
    async with AsyncExitStack() as stack:
        found = []
        for number in range(count):
            worker = await stack.enter_async_context(server.connect(f"idle-{number}"))
            idler = Idler(strategy, worker)
            await idler.find_nothing()
            found.append(idler)
            await until_blocked(client, number + 1)
        yield found
        for each in found:
            if each.is_blocked:
                await each.be_interrupted()


async def until_blocked(client: Redis, count: int) -> None:
    """Until so many connections wait."""
    async with asyncio.timeout(DEADLINE_S):
        while int((await client.info("clients"))["blocked_clients"]) != count:
            pass


async def calls(client: Redis, *commands: str) -> int:
    """How often these commands were called since CONFIG RESETSTAT."""
    stats = await client.info("commandstats")
    return sum(int(stats.get(f"cmdstat_{each}", {"calls": 0})["calls"]) for each in commands)


@pytest.mark.parametrize("name", WOKEN)
async def test_task_wakes_one_idle_worker_and_nobody_polls(
    client: Redis, server: Server, name: str
) -> None:
    strategy = queue(name)
    await strategy.push(client, tasks([1]))
    assert await served(strategy.consumer(client)) == [0]
    count = 1 if name == "key-shard" else 3
    async with idlers(server, client, strategy, count) as idle:
        await client.config_resetstat()
        # The server keeps this caller waiting for a replica that it does not have: whoever polled
        # would have looked meanwhile.
        await client.wait(1, POLLS * round(1000 * POLL_S[1]))
        assert await calls(client, "wait") == 1
        assert await calls(client, "evalsha", "eval", "blpop") == 0, "they only wait"

        await strategy.push(client, [Task(1, 7)])
        await idle[0].wake_up()
        lease = await claim(idle[0].consumer)

        assert lease.task == Task(1, 7)
        assert await calls(client, "evalsha") == 2, "a push and a claim"
        assert [each.is_blocked for each in idle[1:]] == [True] * (count - 1)
        await until_blocked(client, count - 1)
        await idle[0].consumer.complete(lease)
    await assert_nothing_left(strategy, client)


@pytest.mark.parametrize("name", WOKEN)
async def test_task_between_the_empty_claim_and_the_wait_is_not_missed(
    client: Redis, name: str
) -> None:
    strategy = queue(name)
    consumer = strategy.consumer(client)
    assert (await consumer.next(None)).lease is None

    await strategy.push(client, tasks([1]))
    async with asyncio.timeout(DEADLINE_S):
        await consumer.wait(LONG_S)

    assert await served(consumer) == [0]
    await assert_nothing_left(strategy, client)


@pytest.mark.parametrize("name", LOCKING)
async def test_tasks_of_a_locked_partition_wake_as_many_as_may_take_them(
    client: Redis, server: Server, name: str
) -> None:
    strategy = queue(name, limit=2)
    busy = strategy.consumer(client)
    async with idlers(server, client, strategy, 3) as idle:
        await strategy.push(client, [Task(0, number) for number in range(5)])
        await until_blocked(client, 1)

        first = await claim(busy)
        second = await claim(busy)
        assert (await busy.next(None)).lease is None
        await strategy.push(client, [Task(0, 5)])
        await idle[0].find_nothing()
        await until_blocked(client, 2)

        # Its room goes to whoever waits, as this one takes nothing instead.
        await busy.complete(first)
        await until_blocked(client, 1)
        third = await claim(busy)
        await busy.complete(second)
        await busy.complete(third)
        await until_blocked(client, 0)
    assert len(await served(busy)) == 3
    await assert_nothing_left(strategy, client)


@pytest.mark.parametrize("at_head", [True, False], ids=["head", "tail"])
@pytest.mark.parametrize("name", WOKEN)
async def test_task_that_failed_wakes_an_idle_worker(
    client: Redis, server: Server, name: str, at_head: bool
) -> None:
    strategy = queue(name)
    await strategy.push(client, tasks([1]))
    failing = strategy.consumer(client)
    lease = await claim(failing)
    async with idlers(server, client, strategy, 1) as idle:
        assert await failing.retry(lease, at_head=at_head)

        await idle[0].wake_up()
        again = await claim(idle[0].consumer)
        assert again.task == lease.task
        await idle[0].consumer.complete(again)
    await assert_nothing_left(strategy, client)


@pytest.mark.parametrize("name", WOKEN)
async def test_expired_lease_wakes_an_idle_worker(client: Redis, server: Server, name: str) -> None:
    strategy = queue(name, ttl_s=30.0)
    await strategy.push(client, tasks([1]))
    lost = await claim(strategy.consumer(client))
    async with idlers(server, client, strategy, 1) as idle:
        await strategy.reap(client)
        await until_blocked(client, 1)

        await let_expire(strategy, client, [lost])
        await strategy.reap(client)
        await idle[0].wake_up()

        taken = await claim(idle[0].consumer)
        assert taken.task == lost.task
        await idle[0].consumer.complete(taken)
    await assert_nothing_left(strategy, client)


async def test_shard_wakes_its_own_worker_and_no_other(client: Redis, server: Server) -> None:
    strategy = queue("key-shard", partitions=20, workers=3)
    assert isinstance(strategy, KeyShard)
    theirs = {strategy.lane(partition): partition for partition in range(20)}
    assert len(theirs) == 3
    async with idlers(server, client, strategy, 3) as idle:
        for woken in (1, 0, 2):
            await strategy.push(client, [Task(theirs[f"shard{woken}"], woken)])

            await idle[woken].wake_up()
            await until_blocked(client, 2)
            lease = await claim(idle[woken].consumer)
            assert lease.task.number == woken
            await idle[woken].consumer.complete(lease)
            await idle[woken].find_nothing()
            await until_blocked(client, 3)
    await assert_nothing_left(strategy, client)


@pytest.mark.parametrize("name", WOKEN)
async def test_words_do_not_pile_up_and_are_gone_with_the_last_task(
    client: Redis, name: str
) -> None:
    strategy = queue(name, partitions=2000)
    await strategy.push(client, [Task(number, number) for number in range(2000)])
    consumer = strategy.consumer(client)
    (wake_list,) = [key async for key in client.scan_iter(f"{PREFIX}:wake*")]

    assert int(await client.llen(wake_list)) <= MOST_WORDS

    assert len(await served(consumer)) == 2000
    assert await client.exists(wake_list) == 0
    await assert_nothing_left(strategy, client)


@pytest.mark.parametrize("name", WOKEN)
async def test_busy_workers_pay_nothing_and_a_push_to_them_one_question(
    client: Redis, name: str
) -> None:
    strategy = queue(name, partitions=50)
    await strategy.push(client, tasks([40] * 50))
    (wake_list,) = [key async for key in client.scan_iter(f"{PREFIX}:wake*")]
    while int(await client.llen(wake_list)) < MOST_WORDS:
        await client.rpush(wake_list, 1)
    consumer = strategy.consumer(client)
    lease = await claim(consumer)

    for number in range(20):
        lease = await claim(consumer, lease)
        await strategy.push(client, [Task(number, 2000 + number)])

    assert await client.llen(wake_list) == MOST_WORDS, "neither claims nor pushes touch it"


@pytest.mark.parametrize("name", POLLING)
async def test_who_polls_says_so_and_writes_no_words(client: Redis, name: str) -> None:
    strategy = queue(name)
    assert (await strategy.consumer(client).next(None)).lease is None
    await strategy.push(client, tasks([3, 2]))

    assert [key async for key in client.scan_iter("*wake*")] == []
    assert "poll" in strategy.polling
    assert len(strategy.polling) <= 70


@pytest.mark.parametrize("name", WOKEN)
async def test_interrupted_wait_leaves_a_usable_connection_and_passes_its_word_on(
    client: Redis, server: Server, name: str
) -> None:
    strategy = queue(name)
    async with idlers(server, client, strategy, 1 if name == "key-shard" else 2) as idle:
        leaving = idle[0]
        await leaving.be_interrupted()
        await until_blocked(client, len(idle) - 1)

        # A word that was under way to it would be lost with its connection.
        await leaving.consumer.pass_on()
        await until_blocked(client, 0)

        await strategy.push(client, tasks([1]))
        assert await served(leaving.consumer) == [0]
    await assert_nothing_left(strategy, client)


@pytest.mark.parametrize("name", WOKEN)
async def test_cut_connection_ends_the_wait(client: Redis, server: Server, name: str) -> None:
    strategy = queue(name)
    async with idlers(server, client, strategy, 1) as idle:
        await client.client_kill_filter(_type="normal", skipme=True)

        with pytest.raises(RedisConnectionError):
            await idle[0].wake_up()

        await strategy.push(client, tasks([1]))
        assert await served(idle[0].consumer) == [0]
    await assert_nothing_left(strategy, client)


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("name", WOKEN)
async def test_no_word_is_lost_in_any_interleaving(
    client: Redis, server: Server, name: str, seed: int
) -> None:
    # GIVEN workers that take, fail, crash out of their waits and wait for longer than the test
    chance = random.Random(f"{name} {seed}")
    strategy = queue(name, partitions=6, workers=4, ttl_s=60.0)
    total = 120
    done: set[int] = set()
    over = asyncio.Event()
    waits: set[asyncio.Task[None]] = set()

    async def work(consumer: Consumer, chance: random.Random) -> None:
        finished: Lease | None = None
        while not over.is_set():
            lease = (await consumer.next(finished)).lease
            finished = None
            if lease is None and not over.is_set():
                wait = asyncio.create_task(consumer.wait(LONG_S))
                waits.add(wait)
                await asyncio.wait((wait,))
                waits.discard(wait)
                if wait.cancelled() and not over.is_set():
                    await consumer.pass_on()
                    await asyncio.sleep(chance.random() / 200)
            if lease is None:
                continue
            await asyncio.sleep(chance.random() / 500)
            if chance.random() < 0.1:
                await consumer.retry(lease, at_head=chance.random() < 0.5)
            else:
                done.add(lease.task.number)
                finished = lease
        if finished is not None:
            await consumer.complete(finished)

    async with AsyncExitStack() as stack, asyncio.timeout(LONG_S / 2), asyncio.TaskGroup() as group:
        for worker in range(4):
            connection = await stack.enter_async_context(server.connect(f"w{worker}"))
            consumer = strategy.consumer(connection)
            group.create_task(work(consumer, random.Random(f"{seed} {worker}")))
        number = 0
        while number < total:
            some = range(number, min(total, number + chance.choice((1, 1, 2, 9))))
            await strategy.push(client, [Task(chance.randrange(6), each) for each in some])
            number = some.stop
            if waits and chance.random() < 0.2:
                chance.choice(sorted(waits, key=id)).cancel()
            await asyncio.sleep(chance.choice((0, 0.001, 0.01)))
        await until(lambda: len(done) == total)

        # THEN they have all been done, though nobody has looked by himself
        over.set()
        for wait in waits:
            wait.cancel()
    await assert_nothing_left(strategy, client)
