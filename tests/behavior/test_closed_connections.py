"""Connections that the server, an operator or a timeout has closed."""

import dataclasses

import pytest
from behavior.server_faults import PLAN, begin, drain, on_each_strategy
from servers import OwnServer

from queue_fairness.engine.session import Session
from queue_fairness.plan import Plan
from queue_fairness.server.choice import ServerChoice

pytestmark = pytest.mark.sample(2)


@on_each_strategy
async def test_idle_connections_may_be_closed(redis: OwnServer, strategy: str) -> None:
    """Tasks are longer than the server's `timeout`; the control connection idles all the time."""
    redis.start("--timeout", "1")
    plan = Plan(
        partitions=4, tasks_per_partition=1, workers=2, work_duration=2.7, strategy=strategy
    )

    final = await drain(redis, plan)

    assert final.failure is None
    assert (final.completed, final.lost, final.duplicated, final.locks_left) == (4, 0, 0, 0)
    async with redis.client() as client:
        assert await client.dbsize() == 0


async def test_a_lease_is_renewed_over_connections_that_were_closed(redis: OwnServer) -> None:
    redis.start("--timeout", "1")
    plan = Plan(
        partitions=2, tasks_per_partition=1, workers=2, work_duration=8.5,
        strategy="round-robin", lease_ttl=7.0,
    )  # fmt: skip

    final = await drain(redis, plan)

    assert (final.failure, final.completed, final.leases_expired) == (None, 2, 0)


async def test_all_connections_killed_once_fail_no_run_with_leases(redis: OwnServer) -> None:
    redis.start()
    plan = dataclasses.replace(PLAN, strategy="round-robin", lease_ttl=0.5)
    async with Session(ServerChoice(redis_url=redis.url)) as session, redis.client() as other:
        run = await begin(session, plan)
        await other.client_kill_filter(_type="normal", skipme=True)
        await session.wait()

    final = run.snapshot()
    assert (final.failure, final.completed, final.lost) == (None, 1000, 0)
