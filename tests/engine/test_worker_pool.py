"""Whole runs in which leases are renewed, expire, and are taken back."""

import dataclasses

import pytest
from redis.asyncio import Redis
from runs import engine_of
from servers import until
from strategies.hands import LEASED

from queue_fairness.engine.run import Run
from queue_fairness.engine.session import Session
from queue_fairness.metrics.snapshot import Phase
from queue_fairness.plan import Plan
from queue_fairness.strategies import STRATEGIES, Lease, Strategy

TTL_S = 0.15
KINDS = ["round-robin", "stride-tag", "streams"]
"""One of each kind: with lanes, with storage of its own, and without our leases."""


@pytest.fixture
def name(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """A strategy whose leases are short."""
    name = str(request.param)
    monkeypatch.setattr(STRATEGIES[name], "lease_ttl_s", TTL_S)
    return name


def _plan(name: str, work_s: float) -> Plan:
    return Plan(
        partitions=6,
        tasks_per_partition=1,
        workers=6,
        work_duration=work_s,
        strategy=name,
        lease_ttl=TTL_S,
    )


async def _drain(session: Session, plan: Plan) -> Run:
    run = engine_of(await session.start(plan))
    await session.wait()
    return run


@pytest.mark.parametrize("name", KINDS, indirect=True)
async def test_long_work_keeps_its_lease(session: Session, name: str) -> None:
    run = await _drain(session, _plan(name, 3 * TTL_S))

    final = run.snapshot()
    assert final.phase is Phase.DRAINED, final.failure
    assert (final.picked_up, final.completed, final.duplicated) == (6, 6, 0)
    assert run.recorder.counters.leases_expired == 0


@pytest.mark.parametrize("name", KINDS, indirect=True)
async def test_task_done_twice_after_an_expired_lease_is_not_the_queues_fault(
    session: Session, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    renew, forgets = STRATEGIES[name].renew, True

    async def forget(strategy: Strategy, client: Redis, lease: Lease) -> bool:
        return forgets or await renew(strategy, client, lease)

    monkeypatch.setattr(STRATEGIES[name], "renew", forget)

    # More workers than tasks: those without one take over what expires.
    run = engine_of(await session.start(dataclasses.replace(_plan(name, 3 * TTL_S), workers=9)))
    await until(lambda: run.recorder.counters.leases_expired > 0)
    forgets = False
    await session.wait()

    final = run.snapshot()
    assert final.phase is Phase.DRAINED, final.failure
    assert (final.enqueued, final.completed, final.lost, final.left) == (6, 6, 0, 0)
    assert (final.duplicated, sum(final.workers), final.locks_left) == (0, 6, 0)
    assert final.picked_up > 6


# A worker of another process gets nothing out of a shard whose own worker is busy.
@pytest.mark.sample(2)
@pytest.mark.parametrize("name", [each for each in LEASED if each != "key-shard"], indirect=True)
async def test_run_waits_for_the_lease_of_a_worker_that_died(
    session: Session, client: Redis, name: str
) -> None:
    plan = Plan(
        partitions=20,
        tasks_per_partition=20,
        workers=4,
        work_duration=0.002,
        strategy=name,
        lease_ttl=TTL_S,
    )
    run = engine_of(await session.start(plan))
    await until(lambda: run.snapshot().completed > 10)

    # A worker of another process takes a task and is never heard of again.
    names = [plan.partition_name(each) for each in range(plan.partitions)]
    other = STRATEGIES[name](run.parts.keys.prefix, names, workers=4)
    for _ in range(7 if name == "streams" else 0):
        other.consumer(client)
    stolen = None
    consumer = other.consumer(client)
    while stolen is None and not run.snapshot().phase.is_final:
        stolen = (await consumer.next(None)).lease
    assert stolen is not None
    await session.wait()

    final = run.snapshot()
    assert final.phase is Phase.DRAINED, final.failure
    assert (final.completed, final.lost, final.duplicated, final.locks_left) == (400, 0, 0, 0)
    assert run.recorder.counters.leases_expired == 1


async def test_reaper_has_a_connection_of_its_own(session: Session, client: Redis) -> None:
    run = await session.start(
        Plan(partitions=50, tasks_per_partition=50, strategy="round-robin", work_duration=0.05)
    )
    # It connects at its first look, after a second.
    await until(lambda: run.snapshot().elapsed_s > 1.1)

    names = [each["name"] for each in await client.client_list()]

    assert names.count("qf-reaper") == 1
    await session.stop()
