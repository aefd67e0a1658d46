"""Noise, and the paired runs that measure what it does to the quiet."""

import pytest
from behavior.sustained import run
from runs import engine_of
from servers import on_one_engine, until

from queue_fairness.engine.fault import Fault
from queue_fairness.engine.session import Session
from queue_fairness.fairness.word import Level
from queue_fairness.metrics.snapshot import Phase
from queue_fairness.plan import Plan
from queue_fairness.report.results import render
from queue_fairness.report.run_json import document

pytestmark = [on_one_engine, pytest.mark.sample(2)]


async def test_noise_is_compared_with_a_run_without_it(session: Session) -> None:
    plan = Plan(
        strategy="fifo",
        partitions=20,
        workers=4,
        work_duration=0.01,
        rate=100,
        duration=2,
        noisy=1,
        noisy_tasks=450,
        noisy_at=0.3,
        paired=True,
    )
    run = await session.start(plan)
    await until(lambda: run.snapshot().phase is Phase.SERVING)
    assert run.snapshot().pair_label == "first without the noise"
    assert run.snapshot().plan.noisy == 0
    await session.wait()

    final = run.snapshot()
    assert final.pair_label == "now with the noise"
    assert final.quiet_wait_baseline_p95_s is not None
    assert final.quiet_wait_p95_s is not None
    assert final.quiet_wait_p95_s > final.quiet_wait_baseline_p95_s
    assert final.quiet_slowdown is not None
    assert final.quiet_slowdown > 10
    assert final.assessment is not None
    assert final.assessment.verdict.word in (Level.UNFAIR, Level.STARVING)
    assert "times as long" in render(final, "text")
    assert final.partitions == 21


@pytest.mark.parametrize(
    ("strategy", "is_just"), [("round-robin", True), ("virtual-time", True), ("fifo", False)]
)
async def test_noise_is_judged_by_what_fair_turns_would_do(
    session: Session, strategy: str, is_just: bool
) -> None:
    plan = Plan(
        strategy=strategy,
        partitions=50,
        work_duration=0.01,
        rate=250,
        duration=2.4,
        # In the second case turns would leave each quiet partition more than twice what it needs,
        # so that a busy machine does not make them wait by turns as well.
        noisy=100 if is_just else 10,
        noisy_tasks=20 if is_just else 600,
        noisy_at=0.8,
        paired=True,
        concurrency_limit=1 if is_just else 0,
    )
    final = await run(session, plan)

    assert final.quiet_slowdown is not None
    assert final.quiet_slowdown > 10, "the load has risen under every order"
    assert final.assessment is not None
    verdict = final.assessment.verdict
    assert final.quiet_times_ideal is not None
    assert (final.quiet_times_ideal < 3) == is_just
    assert (verdict.word not in (Level.UNFAIR, Level.STARVING)) == is_just
    cause = "the load rose." if is_just else "the order does that, not the load."
    assert cause in " ".join(verdict.why)
    assert "with the noise, ideal" in render(final, "text")
    assert document(final)["quiet_wait_ideal_p95_s"] == final.quiet_wait_ideal_p95_s


async def test_stopped_run_is_held_against_fair_turns_up_to_then(session: Session) -> None:
    run = engine_of(
        await session.start(
            Plan(
                strategy="round-robin",
                partitions=10,
                load=0.9,
                duration=1,
                noisy=1,
                noisy_tasks=900,
                noisy_at=0,
                paired=True,
            )
        )
    )
    await until(lambda: run.recorder.counters.ended > 0)
    assert run.snapshot().pair_label == "now with the noise"
    live = run.snapshot()
    assert live.quiet_wait_ideal_p95_s is None
    assert live.quiet_slowdown is None, "nothing to hold it against yet"

    await session.stop()

    final = run.snapshot()
    assert final.phase is Phase.STOPPED
    assert final.quiet_wait_ideal_p95_s is not None
    assert final.quiet_wait_ideal_p95_s <= final.elapsed_s


async def test_paired_drain_with_noise_added_by_hand_has_its_ideal(session: Session) -> None:
    run = engine_of(
        await session.start(
            Plan(
                strategy="round-robin",
                partitions=10,
                tasks_per_partition=30,
                work_duration=0.01,
                noisy=1,
                noisy_tasks=40,
                noisy_at=0,
                paired=True,
                lease_ttl=0.5,
            )
        )
    )
    await until(lambda: run.recorder.counters.ended > 0)
    assert run.snapshot().pair_label == "now with the noise"
    assert "noisy2" in run.inject(Fault.NOISY_PARTITION)
    assert "joins" in run.inject(Fault.ADD_WORKER)
    assert "crashes" in run.inject(Fault.CRASH_WORKER)
    await session.wait()

    final = run.snapshot()
    assert final.phase is Phase.DRAINED
    assert final.quiet_times_ideal is not None
    assert final.quiet_times_ideal < 3


async def test_stop_ends_both_parts_of_a_paired_run(session: Session) -> None:
    run = await session.start(
        Plan(rate=50, duration=60, noisy=1, paired=True, strategy="round-robin")
    )
    await until(lambda: run.snapshot().phase is Phase.SERVING)

    await session.stop()

    assert run.snapshot().phase is Phase.STOPPED
