"""What the strategies put on the wire, and how they behave one step at a time."""

import re
from collections.abc import Awaitable, Callable

import pytest
from redis.asyncio import Redis

from queue_fairness.server.server import Server
from queue_fairness.strategies import STRATEGIES, Lease, Strategy, Task

pytestmark = pytest.mark.sample(2)

PREFIX = "qf:{t}"
NAMES = [f"p{number}" for number in range(3)]

Acts = Callable[[], Awaitable[None]]


async def _commands(server: Server, client: Redis, act: Acts) -> list[str]:
    """Every command that reaches the server while something is done."""
    async with server.connect("monitor") as watcher, watcher.monitor() as monitor:
        await act()
        await client.echo("done")
        seen: list[str] = []
        async for each in monitor.listen():
            words = each["command"].split()
            if words[0] == "ECHO":
                return seen
            if each["client_type"] != "lua":
                seen.append(each["command"])
    raise AssertionError("unreachable")


async def test_scan_puts_the_originals_commands_on_the_wire(server: Server, client: Redis) -> None:
    strategy = STRATEGIES["scan"](PREFIX, NAMES)
    await strategy.push(client, [Task(0, 0), Task(0, 1)])
    consumer = strategy.consumer(client)

    async def two_pops() -> None:
        first = await consumer.next(None)
        assert first.lease is not None
        second = await consumer.next(first.lease)
        assert second.lease is not None
        await consumer.complete(second.lease)
        assert (await consumer.next(None)).lease is None

    pop = [
        "SCAN 0 MATCH qf:{t}* COUNT 100",
        "SET qf:{t}:p0:lock 1 NX EX 1800",
        "RPOP qf:{t}:p0",
    ]
    done = ["DEL qf:{t}:p0:lock"]
    nothing = ["SCAN 0 MATCH qf:{t}* COUNT 100"]
    assert await _commands(server, client, two_pops) == [*pop, *done, *pop, *done, *nothing]


async def test_round_robin_completes_and_claims_in_one_round_trip(
    server: Server, client: Redis
) -> None:
    strategy = STRATEGIES["round-robin"](PREFIX, NAMES)
    await strategy.push(client, [Task(each, each) for each in range(3)])
    consumer = strategy.consumer(client)
    first = await consumer.next(None)

    async def once_more() -> None:
        await consumer.next(first.lease)

    commands = await _commands(server, client, once_more)

    assert len(commands) == 1
    assert re.match("EVALSHA ", commands[0])


@pytest.mark.parametrize("name", STRATEGIES)
async def test_tasks_of_a_partition_come_in_order_and_with_a_lock_one_at_a_time(
    server: Server, client: Redis, name: str
) -> None:
    strategy = STRATEGIES[name](PREFIX, NAMES)
    await strategy.push(client, [Task(1, number) for number in range(4)])
    async with server.connect("rival") as other:
        consumer, rival = strategy.consumer(client), strategy.consumer(other)

        lease = None
        for number in range(4):
            lease, *_ = await consumer.next(lease)
            assert lease is not None
            assert lease.task == Task(1, number)
            if strategy.concurrency_limit:
                assert (await rival.next(None)).lease is None, "the partition is locked"
        assert await strategy.locks_left(client) == 1
        assert lease is not None
        await consumer.complete(lease)

    assert await strategy.locks_left(client) == 0
    assert await strategy.waiting(client) == 0


async def test_round_robin_takes_turns(client: Redis) -> None:
    strategy = STRATEGIES["round-robin"](PREFIX, NAMES)
    await strategy.push(client, [Task(number // 3, number) for number in range(9)])

    assert await _served(strategy, client) == [0, 1, 2] * 3


async def test_round_robin_takes_in_who_arrives_later(client: Redis) -> None:
    strategy = STRATEGIES["round-robin"](PREFIX, NAMES)
    await strategy.push(client, [Task(0, 0), Task(0, 1)])
    consumer = strategy.consumer(client)
    lease, *_ = await consumer.next(None)
    await strategy.push(client, [Task(2, 2), Task(0, 3)])

    order = []
    while lease is not None:
        order.append(lease.task.partition)
        lease, *_ = await consumer.next(lease)

    assert order == [0, 2, 0, 0]


async def test_scan_counts_a_lost_lock_and_a_lock_race(server: Server, client: Redis) -> None:
    strategy = STRATEGIES["scan"](PREFIX, ["p0"])
    await strategy.push(client, [Task(0, 0)])
    raced = _Interrupted(client)
    async with server.connect("rival") as other:
        rival = strategy.consumer(other)

        async def rival_empties_the_list() -> None:
            lease, *_ = await rival.next(None)
            assert lease is not None
            await rival.complete(lease)

        raced.before_set = rival_empties_the_list
        lease, price, *_ = await strategy.consumer(raced).next(None)  # type: ignore[arg-type]

        assert lease is None
        assert (price.lock_races, price.lost_locks) == (1, 0)
        assert await client.keys("*") == [], "the lock that was won for nothing is given back"

        await strategy.push(client, [Task(0, 1)])

        async def rival_locks() -> None:
            await rival.next(None)

        raced.before_set = rival_locks
        lease, price, *_ = await strategy.consumer(raced).next(None)  # type: ignore[arg-type]

    assert lease is None
    assert (price.lock_races, price.lost_locks) == (0, 1)


class _Interrupted:
    """A client in whose way something happens between SCAN and SET, as on a busy network."""

    def __init__(self, client: Redis) -> None:
        self._client = client
        self.before_set: Acts | None = None

    async def set(self, *arguments: object, **options: object) -> object:
        act, self.before_set = self.before_set, None
        if act is not None:
            await act()
        return await self._client.set(*arguments, **options)  # type: ignore[arg-type]

    def __getattr__(self, name: str) -> object:
        return getattr(self._client, name)


async def _served(strategy: Strategy, client: Redis) -> list[int]:
    consumer = strategy.consumer(client)
    order = []
    lease: Lease | None = None
    while (lease := (await consumer.next(lease)).lease) is not None:
        order.append(lease.task.partition)
    return order


def test_every_strategy_says_what_it_is() -> None:
    for name, strategy in STRATEGIES.items():
        assert strategy.name == name
        assert strategy.headline().endswith((".", ")"))
        assert len(strategy.headline()) < 78
        assert "Cost: " in (strategy.__doc__ or "")
        assert "dies" in (strategy.__doc__ or "")
