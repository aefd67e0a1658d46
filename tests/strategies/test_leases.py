"""A worker may die between any two steps, or come late: what that costs, on real servers."""

import asyncio
import os
import signal
import sys
import time

import pytest
from redis.asyncio import Redis
from redis.exceptions import ResponseError
from strategies.hands import (
    CLOCK_S,
    LEASED,
    LONG_TTL_S,
    TTL_S,
    assert_nothing_left,
    claim,
    let_expire,
    queue,
    served,
    taken_over,
    tasks,
    watch_expiry,
)

from queue_fairness.server.server import Server
from queue_fairness.strategies import Task

CHILD = """
import asyncio, sys
from queue_fairness.server.connection import Endpoint
from queue_fairness.strategies import STRATEGIES

async def main(url, name, ttl_s):
    async with Endpoint(url).connect("child") as client:
        strategy = STRATEGIES[name]("qf:{t}", ["p0", "p1", "p2"], lease_ttl_s=float(ttl_s))
        lease = (await strategy.consumer(client).next(None)).lease
        print(lease.task.number, flush=True)
        await asyncio.sleep(60)

asyncio.run(main(*sys.argv[1:]))
"""

pytestmark = pytest.mark.sample(2)


@pytest.mark.parametrize("name", LEASED)
async def test_dead_workers_task_goes_to_another_after_one_lease_time(
    client: Redis, name: str
) -> None:
    strategy = queue(name)
    await strategy.push(client, tasks([1]))
    dead, alive = strategy.consumer(client), strategy.consumer(client)
    before = time.monotonic()
    lost = await claim(dead)
    after = time.monotonic()
    assert (await strategy.waiting(client), await strategy.locks_left(client)) == (0, 1)

    taken = await watch_expiry(strategy, client, alive)

    assert taken.at - before > TTL_S - CLOCK_S, "not before"
    assert taken.in_vain_at - after < TTL_S + CLOCK_S, "whoever looks later finds it"
    assert taken.lease.task == lost.task
    assert taken.lease.token != lost.token
    await alive.complete(taken.lease)
    await assert_nothing_left(strategy, client)


@pytest.mark.parametrize("name", LEASED)
async def test_worker_that_comes_late_changes_nothing(client: Redis, name: str) -> None:
    strategy = queue(name, limit=1, ttl_s=LONG_TTL_S)
    await strategy.push(client, tasks([2]))
    slow, other = strategy.consumer(client), strategy.consumer(client)
    late = await claim(slow)
    await let_expire(strategy, client, [late])
    taken = await taken_over(strategy, client, other)

    assert not await strategy.renew(client, late)
    await slow.complete(late)
    await slow.complete(late)

    assert taken.task == late.task == Task(0, 0)
    assert (await strategy.waiting(client), await strategy.locks_left(client)) == (1, 1)
    if strategy.limit:
        assert (await slow.next(late)).lease is None, "the partition is locked by the other"
    last = await claim(other, taken)
    assert last.task == Task(0, 1)
    await slow.complete(late)
    assert await strategy.locks_left(client) == 1
    await other.complete(last)
    await assert_nothing_left(strategy, client)


@pytest.mark.parametrize("name", LEASED)
async def test_only_the_token_ends_a_lease(client: Redis, name: str) -> None:
    strategy = queue(name)
    await strategy.push(client, tasks([1]))
    consumer = strategy.consumer(client)
    lease = await claim(consumer)

    words = lease.token.split(b" ") if name == "streams" else []
    forged = b" ".join([*words[:2], b"7"]) if words else b"9" + lease.token
    await consumer.complete(lease._replace(token=forged))
    assert not await strategy.renew(client, lease._replace(token=forged))

    assert await strategy.locks_left(client) == 1
    await consumer.complete(lease)
    await assert_nothing_left(strategy, client)


@pytest.mark.parametrize("name", LEASED)
async def test_renewed_lease_expires_one_lease_time_after_that(client: Redis, name: str) -> None:
    strategy = queue(name)
    await strategy.push(client, tasks([1]))
    consumer, other = strategy.consumer(client), strategy.consumer(client)
    lease = await claim(consumer)
    await let_expire(strategy, client, [lease])

    before = time.monotonic()
    assert await strategy.renew(client, lease)
    after = time.monotonic()
    taken = await watch_expiry(strategy, client, other)

    assert taken.at - before > TTL_S - CLOCK_S, "it had expired, but for the renewal"
    assert taken.in_vain_at - after < TTL_S + CLOCK_S
    assert taken.lease.task == lease.task
    await other.complete(taken.lease)
    await assert_nothing_left(strategy, client)


@pytest.mark.parametrize("name", LEASED)
async def test_expired_lease_that_nobody_took_may_still_be_completed(
    client: Redis, name: str
) -> None:
    strategy = queue(name, ttl_s=LONG_TTL_S)
    await strategy.push(client, tasks([1]))
    consumer = strategy.consumer(client)
    lease = await claim(consumer)
    await let_expire(strategy, client, [lease])

    await consumer.complete(lease)

    assert not (await strategy.reap(client)).leases
    await assert_nothing_left(strategy, client)


@pytest.mark.parametrize("name", LEASED)
async def test_completion_whose_reply_is_lost_may_be_repeated(client: Redis, name: str) -> None:
    strategy = queue(name)
    await strategy.push(client, tasks([2]))
    consumer = strategy.consumer(client)
    first = await claim(consumer)
    unheard_of = await claim(consumer, first)

    again = await taken_over(strategy, client, consumer)
    await consumer.complete(first)

    assert again.task == unheard_of.task
    assert await strategy.locks_left(client) == 1
    await consumer.complete(again)
    await assert_nothing_left(strategy, client)


@pytest.mark.parametrize("name", LEASED)
async def test_killed_worker_process_costs_no_task(
    client: Redis, server: Server, name: str
) -> None:
    strategy = queue(name)
    await strategy.push(client, tasks([2, 1]))
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", CHILD, server.endpoint.url, name, str(TTL_S)),
        stdout=asyncio.subprocess.PIPE,
    )
    assert child.stdout is not None
    number = int(await child.stdout.readline())
    os.kill(child.pid, signal.SIGKILL)
    await child.wait()

    # Streams tell consumers apart by name, so the dead worker's is not used again.
    strategy.consumer(client)
    worker = strategy.consumer(client)
    done: list[int] = []
    while len(done) < 3:
        lease = await taken_over(strategy, client, worker)
        done.append(lease.task.number)
        await worker.complete(lease)

    assert number in done
    assert sorted(done) == [0, 1, 2]
    await assert_nothing_left(strategy, client)


@pytest.mark.parametrize("name", LEASED)
async def test_full_memory_changes_nothing(client: Redis, name: str) -> None:
    strategy = queue(name, partitions=5)
    await strategy.push(client, tasks([3] * 5))
    consumer = strategy.consumer(client)
    lease = await claim(consumer)
    used = int((await client.info("memory"))["used_memory"])
    await client.config_set("maxmemory-policy", "noeviction")
    await client.config_set("maxmemory", used // 2)

    with pytest.raises(ResponseError, match="maxmemory"):
        await consumer.next(lease)
    await client.config_set("maxmemory", 0)

    assert (await strategy.waiting(client), await strategy.locks_left(client)) == (14, 1)
    await consumer.complete(lease)
    assert len(await served(consumer)) == 14
    await assert_nothing_left(strategy, client)


async def test_lock_of_a_crashed_scan_worker_is_counted_and_nobody_gets_past_it(
    client: Redis,
) -> None:
    strategy = queue("scan")
    await strategy.push(client, tasks([2, 1]))
    consumers = [strategy.consumer(client) for _ in range(3)]
    lost = [await claim(each) for each in consumers[:2]]

    assert (await consumers[2].next(None)).lease is None
    assert (await strategy.waiting(client), await strategy.locks_left(client)) == (1, 2)
    assert not (await strategy.reap(client)).leases, "it has no leases"

    await consumers[1].complete(lost[1])
    assert await strategy.locks_left(client) == 1, "those of the living go"
    assert await client.ttl(lost[0].partition_key + b":lock") > 1700, "the other stays"


@pytest.mark.parametrize("name", LEASED)
async def test_empty_queue_gives_nothing(client: Redis, name: str) -> None:
    strategy = queue(name)
    consumer = strategy.consumer(client)

    assert (await consumer.next(None)).lease is None
    assert not (await strategy.reap(client)).leases
    assert (await strategy.waiting(client), await strategy.locks_left(client)) == (0, 0)

    await strategy.push(client, [])
    await strategy.push(client, tasks([0, 2]))
    assert await served(consumer) == [1, 1]
    assert (await consumer.next(None)).lease is None
    await assert_nothing_left(strategy, client)
