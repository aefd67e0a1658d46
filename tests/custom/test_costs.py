"""A user's queue that asks for it is told what each task cost."""

import asyncio
import secrets
import time

import pytest
from custom.cost_queues import Recording
from redis.asyncio import Redis
from runs import engine_of
from servers import on_one_engine

from queue_fairness.engine.session import Session
from queue_fairness.metrics.snapshot import Phase
from queue_fairness.plan import Plan
from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.server import Server
from queue_fairness.strategies import Consumer, Lease, Strategy, Task
from queue_fairness.strategies.custom import find_strategy, opened

WORK_S = 0.05

pytestmark = on_one_engine


def _queue(name: str) -> Strategy:
    # Those in memory tell runs apart by the prefix.
    found = find_strategy(f"custom.cost_queues:{name}")
    return found(f"qf:{{{secrets.token_hex(4)}}}", ["p0", "p1"], workers=1)


async def _claim(consumer: Consumer) -> Lease:
    lease = (await consumer.next(None)).lease
    assert lease is not None
    return lease


@pytest.mark.parametrize("name", ["Told", "ToldIfItLikes"])
async def test_cost_is_what_the_task_reported_or_else_the_seconds_it_took(
    server: Server, client: Redis, name: str
) -> None:
    strategy = _queue(name)
    async with opened(strategy, server.endpoint.url, 1):
        await strategy.push(client, [Task(0, 0), Task(0, 1), Task(1, 2)])
        consumer = strategy.consumer(client)
        reported = await _claim(consumer)
        await consumer.complete(reported._replace(cost=1234.5))
        free = await _claim(consumer)
        await consumer.complete(free._replace(cost=0.0))
        asked_at = time.monotonic()
        timed = await _claim(consumer)
        await asyncio.sleep(WORK_S)
        await consumer.complete(timed)
        longest_s = time.monotonic() - asked_at

    first, second, third = Recording.costs[strategy.prefix]
    assert first == (b"0:0", 1234.5)
    assert second == (b"0:1", 0.0), "nothing is a cost as well"
    assert third[0] == b"1:2"
    assert WORK_S <= third[1] < longest_s


async def test_failed_attempt_costs_the_time_it_took(server: Server, client: Redis) -> None:
    strategy = _queue("Told")
    async with opened(strategy, server.endpoint.url, 1):
        await strategy.push(client, [Task(0, 0)])
        consumer = strategy.consumer(client)
        failed = await _claim(consumer)
        await asyncio.sleep(WORK_S)
        assert await consumer.retry(failed, at_head=False)
        asked_at = time.monotonic()
        await consumer.complete(await _claim(consumer))
        longest_s = time.monotonic() - asked_at

    (_, lost), (_, done) = Recording.costs[strategy.prefix]
    assert lost >= WORK_S
    assert 0 <= done < longest_s, "the failed attempt is not charged twice"


async def test_second_argument_of_another_kind_is_left_alone(server: Server, client: Redis) -> None:
    strategy = _queue("NotTold")
    async with opened(strategy, server.endpoint.url, 1):
        await strategy.push(client, [Task(0, 0)])
        consumer = strategy.consumer(client)
        await consumer.complete((await _claim(consumer))._replace(cost=5.0))

    assert Recording.costs[strategy.prefix] == [(b"0:0", -1.0)]


async def test_static_method_is_told_as_well(server: Server, client: Redis) -> None:
    strategy = _queue("ToldByStaticMethod")
    async with opened(strategy, server.endpoint.url, 1):
        await strategy.push(client, [Task(0, 0)])
        consumer = strategy.consumer(client)
        await consumer.complete((await _claim(consumer))._replace(cost=5.0))

    assert Recording.costs["static"] == [(b"", 5.0)]


async def test_costs_of_a_whole_run_reach_the_queue(server: Server) -> None:
    plan = Plan(
        partitions=6,
        tasks_per_partition=5,
        strategy="custom.cost_queues:Told",
        task="behavior.user_tasks:costs_its_number",
    )
    async with Session(ServerChoice(redis_url=server.endpoint.url)) as session:
        run = engine_of(await session.start(plan))
        await session.wait()

    assert run.snapshot().phase is Phase.DRAINED
    costs = {
        int(task.split(b":")[1]): cost for task, cost in Recording.costs[run.parts.keys.prefix]
    }
    assert len(costs) == 30
    for number, cost in costs.items():
        if number % 3 == 2:
            assert 0 <= cost < run.snapshot().elapsed_s, "it reported nothing: the seconds it took"
        else:
            assert cost == number
