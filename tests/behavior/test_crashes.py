"""Crashes of workers, leases and attempts that fail, on real servers."""

import dataclasses

import pytest
from behavior.sustained import STEADY, adds_up, run
from servers import ENGINES, on_each_engine, on_one_engine

from queue_fairness.engine.session import Session
from queue_fairness.fairness.word import Level
from queue_fairness.metrics.snapshot import Phase
from queue_fairness.plan import Plan
from queue_fairness.report.results import render
from queue_fairness.report.run_json import document
from queue_fairness.strategies import STRATEGIES

LEASED = [name for name, each in STRATEGIES.items() if each.lease_ttl_s]


LEASE_CASES = [
    (engine, name)
    for name in LEASED
    for engine in (ENGINES if name in ("round-robin", "stride-tag", "streams") else ENGINES[-1:])
]
"""One of each kind of lease on each engine, and all on one."""


pytestmark = [on_one_engine, pytest.mark.sample(2)]


async def test_crash_under_scan_loses_the_task_and_locks_the_partition(session: Session) -> None:
    final = await run(
        session, dataclasses.replace(STEADY, strategy="scan", crash_at=0.5, duration=2)
    )

    assert final.lost is not None
    assert final.lost - final.cut_short == 1
    assert len(final.gone) == 1
    gone = final.gone[0]
    assert final.assessment is not None
    assert final.assessment.verdict.word is Level.BROKEN
    name = final.plan.partition_name(gone.partition)
    assert f"task {gone.task:,} of {name}, in w{gone.worker}'s hands" in render(final, "text")
    assert document(final)["crashes"]


@pytest.mark.parametrize(("server", "strategy"), LEASE_CASES, indirect=["server"])
async def test_crash_under_a_lease_costs_one_lease_time_and_no_task(
    session: Session, strategy: str
) -> None:
    plan = dataclasses.replace(
        STEADY, strategy=strategy, load=0.5, crash_at=0.2, crash_return=0.3, lease_ttl=0.5
    )

    final = await run(session, dataclasses.replace(plan, duration=1.6))

    assert final.gone == ()
    assert len(final.recovered) == 1
    gone, at = final.recovered[0]
    assert 0.4 < at - gone.at < 2
    assert final.lost is not None
    assert (final.lost - final.cut_short, final.duplicated, final.leases_expired) == (0, 0, 1)
    assert final.workers_at_work == 8
    assert [mark.text for mark in final.timeline.marks] == [
        f"worker w{gone.worker} crashed",
        f"worker w{gone.worker} is back",
    ]


async def test_lease_that_has_not_expired_at_the_end_is_no_loss(session: Session) -> None:
    final = await run(session, dataclasses.replace(STEADY, crash_at=0.5, duration=1.5))

    assert final.lost is not None
    assert (final.in_lease, final.lost - final.cut_short) == (1, 0)
    assert adds_up(final)
    assert final.assessment is not None
    assert final.assessment.verdict.word is not Level.BROKEN


@on_each_engine
@pytest.mark.parametrize("retry", ["head", "tail", "backoff"])
@pytest.mark.parametrize("strategy", ["scan", "round-robin", "streams", "fifo"])
async def test_failed_tasks_are_tried_again_until_they_are_done_or_dead(
    session: Session, strategy: str, retry: str
) -> None:
    plan = Plan(
        partitions=20,
        tasks_per_partition=10,
        work_duration=0.001,
        strategy=strategy,
        failure_rate=0.4,
        retry=retry,
        max_attempts=2,
    )

    final = await run(session, plan)

    # The same attempts fail under every strategy: 200 tasks, 0.4 of the attempts.
    assert (final.failed, final.dead, final.completed) == (127, 42, 158)
    assert (final.left, final.lost, final.duplicated, final.locks_left) == (0, 0, 0, 0)
    assert final.picked_up == final.completed + final.failed


async def test_a_failed_task_on_its_way_back_is_not_overlooked(session: Session) -> None:
    # Over a slow network it is neither in the queue nor in anybody's hands for a while.
    plan = Plan(
        partitions=2,
        tasks_per_partition=3,
        workers=4,
        work_duration=0.001,
        failure_rate=0.8,
        retry="head",
        max_attempts=20,
        network_delay=0.01,
    )

    final = await run(session, plan)

    assert (final.completed, final.left, final.lost) == (6, 0, 0)


async def test_users_task_that_raises_is_a_failed_attempt(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend("tests/behavior")
    plan = Plan(
        partitions=10,
        tasks_per_partition=4,
        task="user_tasks:raises_for_odd_ones",
        strategy="round-robin",
        max_attempts=2,
    )

    final = await run(session, plan)

    assert (final.completed, final.dead, final.failed) == (20, 20, 40)
    assert final.failure_details is not None
    assert "odd number" in final.failure_details


@pytest.mark.parametrize("strategy", ["scan", "round-robin"])
async def test_drain_ends_when_its_only_worker_has_crashed(session: Session, strategy: str) -> None:
    run = await session.start(
        Plan(workers=1, crash_at=0.2, strategy=strategy, partitions=50, work_duration=0.01)
    )
    await session.wait()

    final = run.snapshot()
    assert final.phase.is_final
    assert final.left is not None
    assert final.left > 0
    assert final.workers_at_work == 0


async def test_crash_in_a_drain_is_no_failure_of_the_run(session: Session) -> None:
    final = await run(
        session, Plan(workers=4, crash_at=0.3, partitions=50, work_duration=0.01, strategy="scan")
    )

    assert final.phase is Phase.DRAINED
    assert final.lost == 1
    assert final.assessment is not None
    assert final.assessment.verdict.word is Level.BROKEN
