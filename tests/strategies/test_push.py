"""Tasks pushed together are where they would be had they been pushed one by one."""

import random
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis
from strategies.hands import queue

from queue_fairness.strategies import STRATEGIES, Lease, Strategy, Task
from queue_fairness.strategies.base import PIPELINE
from queue_fairness.strategies.batch_args import as_lines

pytestmark = pytest.mark.sample(2)

PARTITIONS = 5


async def _state(client: Redis) -> Mapping[str, object]:
    """Every value in Redis, but for what depends on the clock."""
    # Any: each command has its own kind of answer.
    readers: dict[bytes, Any] = {
        b"list": lambda key: client.lrange(key, 0, -1),
        b"string": client.get,
        b"hash": client.hgetall,
        b"set": client.smembers,
        b"zset": lambda key: client.zrange(key, 0, -1, withscores=True),
        b"stream": client.xrange,
    }
    state: dict[str, object] = {}
    async for key in client.scan_iter():
        kind = cast("bytes", await client.type(key))
        value = await readers[kind](key)
        if kind == b"stream":
            value = [fields for _, fields in value]
        state[key.decode()] = value if not key.endswith(b":leases") else len(value)
    return state


def _strategy(name: str) -> Strategy:
    weights = {0: 4.0, 3: 0.3}
    return queue(name, PARTITIONS, workers=3, weights=weights, ttl_s=30.0)


@pytest.mark.parametrize("name", STRATEGIES)
async def test_together_is_as_one_by_one(client: Redis, name: str) -> None:
    chance = random.Random(5)
    owners = [chance.choice((0, 1, 1, 2, 3, 4)) for _ in range(60)]
    pushed = [Task(owner, number) for number, owner in enumerate(owners)]
    states = []

    for size in (60, 1, 7):
        strategy = _strategy(name)
        chance.seed(6)
        for start in range(0, 60, size):
            await strategy.push(client, pushed[start : start + size])
        states.append(await _state(client))
        await client.flushall()

    assert len(states[0]) >= 1
    assert states[0] == states[1] == states[2]


@pytest.mark.parametrize("name", STRATEGIES)
async def test_together_is_as_one_by_one_while_tasks_are_in_service(
    client: Redis, name: str
) -> None:
    first = [Task(number % 3, number) for number in range(9)]
    then = [Task(number % 2 + number % 4, number) for number in range(9, 40)]
    seen = []

    for size in (31, 1):
        strategy = _strategy(name)
        await strategy.push(client, first)
        consumers = [strategy.consumer(client) for _ in range(2)]
        held = [(await each.next(None)).lease for each in consumers]
        assert any(held)
        for start in range(0, 31, size):
            await strategy.push(client, then[start : start + size])
        state = await _state(client)
        seen.append(sorted(state) if name == "random-ready" else state)  # draws differ
        await client.flushall()

    assert seen[0] == seen[1]


@pytest.mark.parametrize("name", STRATEGIES)
async def test_more_than_one_request_holds(client: Redis, name: str) -> None:
    strategy = _strategy(name)
    pushed = [Task(number // 1500, number) for number in range(2 * PIPELINE + 1)]

    await strategy.push(client, pushed)

    assert await strategy.waiting(client) == len(pushed)
    numbers: dict[int, list[int]] = {0: [], 1: []}
    for consumer in [strategy.consumer(client) for _ in range(3)]:
        lease: Lease | None = None
        while (lease := (await consumer.next(lease)).lease) is not None:
            numbers[lease.task.partition].append(lease.task.number)
    assert numbers == {0: [*range(1500)], 1: [*range(1500, len(pushed))]}


@given(st.lists(st.integers(0, 4)))
async def test_lines_hold_every_task_in_order(owners: list[int]) -> None:
    tasks = [Task(owner, number) for number, owner in enumerate(owners)]

    lines = as_lines(tasks, lambda partition: f"lane{partition // 2}").splitlines()

    lanes = [line.split()[0] for line in lines]
    assert all(before != after for before, after in pairwise(lanes))
    read = [
        (lane, Task.decode(word.encode()))
        for lane, line in zip(lanes, lines, strict=True)
        for word in line.split()[1:]
    ]
    assert read == [(f"lane{task.partition // 2}", task) for task in tasks]
