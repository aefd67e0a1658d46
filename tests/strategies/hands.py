"""What tests of strategies have in common: queues, workers' hands, and the passing of time."""

import asyncio
import math
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from redis.asyncio import Redis

from queue_fairness.server.cleanup import remove_keys
from queue_fairness.strategies import STRATEGIES, Consumer, Lease, Strategy, Task
from queue_fairness.strategies.streams import GROUP, Streams

PREFIX = "qf:{t}"
TTL_S = 0.12
LONG_TTL_S = 600.0
"""A lease that expires only if a test lets it: see `let_expire`."""
CLOCK_S = 0.01
"""By so much at most differ the server's clock, which counts ms, and ours."""
DEADLINE_S = 10.0

LEASED = [name for name, strategy in STRATEGIES.items() if strategy.lease_ttl_s]
"""All strategies that a worker may die under."""
LIMITED = [name for name, strategy in STRATEGIES.items() if strategy.honors_limit]
"""Those that keep any limit."""


def queue(
    name: str,
    partitions: int = 3,
    *,
    workers: int = 1,
    limit: int | None = None,
    ttl_s: float = TTL_S,
    weights: Mapping[int, float] | None = None,
) -> Strategy:
    names = [f"p{number}" for number in range(partitions)]
    return STRATEGIES[name](
        PREFIX,
        names,
        workers=workers,
        concurrency_limit=limit,
        lease_ttl_s=ttl_s,
        weights=weights,
    )


def tasks(counts: Sequence[int]) -> list[Task]:
    """So many tasks of each partition, partition after partition."""
    partitions = [partition for partition, count in enumerate(counts) for _ in range(count)]
    return [Task(partition, number) for number, partition in enumerate(partitions)]


async def claim(consumer: Consumer, done: Lease | None = None) -> Lease:
    """Claim a task that must be there."""
    lease = (await consumer.next(done)).lease
    assert lease is not None
    return lease


async def served(consumer: Consumer, at_most: int = 1_000_000) -> list[int]:
    """The partitions that one worker serves, in order, until there is nothing or no more asked."""
    order: list[int] = []
    lease: Lease | None = None
    while len(order) < at_most and (lease := (await consumer.next(lease)).lease) is not None:
        order.append(lease.task.partition)
    if lease is not None:
        await consumer.complete(lease)
    return order


class TakenOver(NamedTuple):
    """A task of a dead worker in another's hands, and when it was not yet, and was, to be had."""

    lease: Lease
    in_vain_at: float
    """When the last look began that found nothing; minus infinity if the first one found it."""
    at: float


async def watch_expiry(strategy: Strategy, client: Redis, consumer: Consumer) -> TakenOver:
    """Look until the task of a dead worker can be claimed; times are `time.monotonic`'s."""
    deadline = time.monotonic() + DEADLINE_S
    in_vain_at = -math.inf
    while True:
        looked_at = time.monotonic()
        await strategy.reap(client)
        lease = (await consumer.next(None)).lease
        if lease is not None:
            return TakenOver(lease, in_vain_at, time.monotonic())
        in_vain_at = looked_at
        assert looked_at < deadline, "the lease does not expire"
        await asyncio.sleep(0.01)


async def taken_over(strategy: Strategy, client: Redis, consumer: Consumer) -> Lease:
    """Wait until the task of a dead worker can be claimed."""
    return (await watch_expiry(strategy, client, consumer)).lease


async def let_expire(strategy: Strategy, client: Redis, leases: Sequence[Lease]) -> None:
    """Let a long time pass for these leases, the first of them the longest."""
    for context, lease in enumerate(leases):
        if isinstance(strategy, Streams):
            worker, entry, _ = lease.token.split(b" ")
            await client.xclaim(
                strategy.stream, GROUP, worker, 0, [entry], idle=10**9 - context, justid=True
            )
        else:
            await client.zadd(f"{PREFIX}:leases", {lease.token: context + 1}, xx=True)


async def assert_nothing_left(strategy: Strategy, client: Redis) -> None:
    """Nothing waits, nothing is held, and the run's keys can be found and removed."""
    assert await strategy.waiting(client) == 0
    assert await strategy.locks_left(client) == 0
    await remove_keys(client, PREFIX)
    assert await client.dbsize() == 0
