"""Faults that a key injects into a run, and what they cost."""

import dataclasses

import pytest
from behavior.sustained import STEADY, run
from runs import engine_of
from servers import on_each_engine, on_one_engine, until

from queue_fairness.engine.fault import FOREIGN_KEYS, Fault
from queue_fairness.engine.session import Session
from queue_fairness.metrics.snapshot import Phase
from queue_fairness.plan import Plan
from queue_fairness.server.server import Server

pytestmark = [on_one_engine, pytest.mark.sample(2)]


@on_each_engine
async def test_faults_can_be_injected_and_are_marked(session: Session) -> None:
    run = engine_of(await session.start(dataclasses.replace(STEADY, duration=60, lease_ttl=0.5)))
    assert "only while" in run.inject(Fault.ADD_WORKER)
    await until(lambda: run.snapshot().completed > 50)

    assert run.inject(Fault.ADD_WORKER) == "worker w8 joins"
    await until(lambda: run.snapshot().workers_at_work == 9)
    assert run.inject(Fault.REMOVE_WORKER) == "worker w8 leaves"
    assert run.inject(Fault.SLOW_WORKER) == "worker w0 is 10 times as slow"
    assert run.inject(Fault.NOISY_PARTITION) == "noisy1 drops 5,000 tasks"
    assert run.inject(Fault.FOREIGN_KEYS).startswith(f"{FOREIGN_KEYS:,} foreign keys")
    assert "crashes" in run.inject(Fault.CRASH_WORKER)
    await until(lambda: len(run.snapshot().recovered) == 1)
    await until(lambda: run.faults is not None and run.faults.foreign.added == FOREIGN_KEYS)
    run.stop()
    await session.wait()

    final = run.snapshot()
    assert final.phase is Phase.STOPPED
    assert len(final.timeline.marks) == 6
    assert final.arrived > 5000
    assert final.workers_at_work == 7
    assert final.lost is not None
    assert final.lost - final.cut_short == 0


async def test_last_worker_stays(session: Session) -> None:
    run = await session.start(dataclasses.replace(STEADY, workers=1, duration=20))
    await until(lambda: run.snapshot().completed > 5)

    assert run.inject(Fault.REMOVE_WORKER) == "the last worker stays"
    await session.stop()


async def test_each_key_lets_another_worker_leave_also_before_the_first_has_left(
    session: Session,
) -> None:
    plan = dataclasses.replace(STEADY, workers=4, work_duration=0.5, duration=20)
    run = await session.start(plan)
    await until(lambda: run.snapshot().picked_up >= 4)

    said = [run.inject(Fault.REMOVE_WORKER) for _ in range(4)]

    leaving = [f"worker w{each} leaves" for each in (3, 2, 1)]
    assert said == [*leaving, "the last worker stays"]
    await until(lambda: run.snapshot().workers_at_work == 1)
    await session.stop()


@on_each_engine
async def test_foreign_keys_cost_scan_dear_and_leave_others_alone(session: Session) -> None:
    plan = Plan(partitions=40, tasks_per_partition=3, work_duration=0.0, foreign_keys=5000)

    scan = await run(session, plan)
    turns = await run(session, dataclasses.replace(plan, strategy="round-robin"))

    assert (scan.completed, turns.completed) == (120, 120)
    assert scan.per_pop(scan.dequeue_cost.scans) > 5  # type: ignore[operator]  # it is known
    assert turns.per_pop(turns.dequeue_cost.scans) == 0


@on_each_engine
async def test_results_lie_in_the_same_database_for_a_while(
    session: Session, server: Server
) -> None:
    run = engine_of(await session.start(dataclasses.replace(STEADY, results_ttl=30)))
    await until(lambda: run.snapshot().completed > 50)

    async with server.connect("test") as client:
        kept = await client.keys(f"{run.parts.keys.foreign_prefix}:result:*")
        assert len(kept) > 25
        assert 0 < await client.ttl(kept[0]) <= 30
    await session.stop()


async def test_network_delay_is_in_every_pop(session: Session) -> None:
    plan = Plan(
        partitions=20,
        tasks_per_partition=3,
        work_duration=0.001,
        strategy="round-robin",
        network_delay=0.02,
    )

    final = await run(session, plan)

    assert final.completed == 60
    assert final.pops.p50 is not None
    assert final.pops.p50 >= 0.0199
