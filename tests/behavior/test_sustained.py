"""Sustained load, noise, crashes, retries and faults, on real servers."""

import dataclasses
import time

import pytest
from overheard import overheard
from runs import engine_of
from servers import ENGINES, on_each_engine, on_one_engine, until

from queue_fairness.engine.fault import FOREIGN_KEYS, Fault
from queue_fairness.engine.session import Session
from queue_fairness.events import Arrived, Event, Finished, PickedUp
from queue_fairness.fairness.word import Level
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.plan import Plan
from queue_fairness.report.results import render
from queue_fairness.report.run_json import document
from queue_fairness.server.server import Server
from queue_fairness.strategies import STRATEGIES

LEASED = [name for name, each in STRATEGIES.items() if each.lease_ttl_s]
LEASE_CASES = [
    (engine, name)
    for name in LEASED
    for engine in (ENGINES if name in ("round-robin", "stride-tag", "streams") else ENGINES[-1:])
]
"""One of each kind of lease on each engine, and all on one."""
STEADY = Plan(
    partitions=40, workers=8, work_duration=0.01, load=0.7, duration=3, strategy="round-robin"
)

pytestmark = [on_one_engine, pytest.mark.sample(2)]


async def _run(session: Session, plan: Plan) -> Snapshot:
    run = await session.start(plan)
    await session.wait()
    final = run.snapshot()
    assert final.phase.is_complete, final.failure
    assert render(final, "text")
    assert document(final)["phase"] == final.phase.value
    return final


async def _events(session: Session, plan: Plan) -> list[Event]:
    """All that happens in a run, in order."""
    run = engine_of(await session.start(plan))
    happened = overheard(run)
    await session.wait()
    return happened


def _adds_up(final: Snapshot) -> bool:
    assert final.left is not None
    assert final.lost is not None
    out = final.completed + final.dead + final.left + final.lost + final.in_lease
    return final.enqueued == final.arrived == out


@on_each_engine
@pytest.mark.parametrize("strategy", STRATEGIES)
async def test_sustained_load_ends_with_its_time_and_accounts_for_every_task(
    session: Session, strategy: str
) -> None:
    plan = dataclasses.replace(STEADY, strategy=strategy, duration=0.5)

    final = await _run(session, plan)

    assert final.phase is Phase.ENDED
    assert 0.5 <= final.elapsed_s < 1
    assert _adds_up(final)
    assert final.lost is not None
    assert (final.lost - final.cut_short, final.duplicated) == (0, 0)
    assert final.arrived == pytest.approx(plan.expected_tasks, rel=0.2)


async def test_scan_starves_under_overload_and_turns_do_not(session: Session) -> None:
    # So many rounds, however long a busy machine needs for them.
    rounds = 24
    plan = Plan(partitions=100, workers=8, work_duration=0.01, load=1.5, duration=60)

    scan, scans = await _stopped_after(session, plan, rounds * plan.partitions)
    plan = dataclasses.replace(plan, strategy="round-robin")
    turns, others = await _stopped_after(session, plan, rounds * plan.partitions)

    assert scan.assessment is not None
    assert turns.assessment is not None
    assert scan.assessment.measures.worst_wait_rounds.max > 15
    assert scan.assessment.measures.never_served > 0
    assert turns.assessment.measures.worst_wait_rounds.p99 < 3
    assert turns.assessment.measures.never_served == 0
    due, also_due = ({each.task: each.arrived_at for each in some} for some in (scans, others))
    in_both = due.keys() & also_due.keys()
    assert len(in_both) > plan.partitions
    assert all(due[task] == also_due[task] for task in in_both), "the same load for both"


async def _stopped_after(
    session: Session, plan: Plan, dispatches: int
) -> tuple[Snapshot, list[PickedUp]]:
    """A run that is stopped once so many tasks were taken, and what was taken until it ended."""
    run = engine_of(await session.start(plan))
    happened = overheard(run)
    await until(lambda: run.recorder.counters.picked_up >= dispatches)
    await session.stop()
    assert run.snapshot().phase is Phase.STOPPED
    return run.snapshot(), [event for event in happened if isinstance(event, PickedUp)]


async def test_littles_law_and_utilization_hold(session: Session) -> None:
    happened = await _events(session, STEADY)

    assert session.run is not None
    final = session.run.snapshot()
    depth = area = last = 0.0
    waits, sent_late = [], []
    sent: dict[int, list[float]] = {}
    for event in happened:
        if isinstance(event, Arrived | PickedUp):
            area += depth * (event.at - last)
            last = event.at
            depth += event.tasks if isinstance(event, Arrived) else -1
        if isinstance(event, Arrived):
            sent.setdefault(event.partition, []).extend([event.at] * event.tasks)
        if isinstance(event, PickedUp):
            waits.append(event.at - event.arrived_at)
            sent_late.append(sent[event.partition].pop(0) - event.arrived_at)
    # A task that is due and not yet sent waits as well, but not in the queue; who still waits at
    # the end has waited up to then.
    open_waits_s = sum(last - at for left in sent.values() for at in left)
    waited_s = sum(waits) - sum(sent_late) + open_waits_s
    assert min(sent_late) >= 0
    assert area == pytest.approx(waited_s, rel=1e-6)
    assert sum(final.served_by_rank) == final.picked_up == len(waits)
    assert final.assessment is not None
    busy = final.assessment.measures.conservation.busy
    assert busy == pytest.approx(_busy(happened, final.elapsed_s), rel=0.02)
    assert busy > 0.98 * final.completed * STEADY.work_duration / (STEADY.workers * final.elapsed_s)


def _busy(happened: list[Event], end: float) -> float:
    """The share of the workers' time up to the end in which they had a task in hand."""
    began: dict[int, float] = {}
    busy_s = 0.0
    for event in happened:
        if isinstance(event, PickedUp):
            began[event.task] = event.at
        elif isinstance(event, Finished):
            busy_s += min(event.at, end) - min(began.pop(event.task), end)
    busy_s += sum(max(0.0, end - at) for at in began.values())
    return busy_s / (STEADY.workers * end)


async def test_wait_counts_from_when_a_task_was_due(session: Session) -> None:
    plan = dataclasses.replace(STEADY, load=0.1, duration=2)
    run = await session.start(plan)
    await until(lambda: run.snapshot().completed > 5)

    time.sleep(0.4)  # noqa: ASYNC251  # holds up the generator, as a slow machine would
    await session.wait()

    final = run.snapshot()
    assert final.lateness.maximum is not None
    assert final.lateness.maximum > 0.3
    assert final.waits.maximum is not None
    assert final.waits.maximum > 0.3


async def test_crash_under_scan_loses_the_task_and_locks_the_partition(session: Session) -> None:
    final = await _run(
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

    final = await _run(session, dataclasses.replace(plan, duration=1.6))

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
    final = await _run(session, dataclasses.replace(STEADY, crash_at=0.5, duration=1.5))

    assert final.lost is not None
    assert (final.in_lease, final.lost - final.cut_short) == (1, 0)
    assert _adds_up(final)
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

    final = await _run(session, plan)

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

    final = await _run(session, plan)

    assert (final.completed, final.left, final.lost) == (6, 0, 0)


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
    final = await _run(session, plan)

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

    scan = await _run(session, plan)
    turns = await _run(session, dataclasses.replace(plan, strategy="round-robin"))

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

    final = await _run(session, plan)

    assert final.completed == 60
    assert final.pops.p50 is not None
    assert final.pops.p50 >= 0.0199


@pytest.mark.parametrize("task", ["cpu", "user_tasks:works"])
async def test_other_kinds_of_work_are_done(
    session: Session, task: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend("tests/behavior")
    plan = Plan(partitions=10, tasks_per_partition=4, work_duration=0.002, task=task)

    final = await _run(session, plan)

    assert (final.completed, final.failed) == (40, 0)
    assert final.elapsed_s >= 40 * 0.002 / 8


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

    final = await _run(session, plan)

    assert (final.completed, final.dead, final.failed) == (20, 20, 40)
    assert final.failure_details is not None
    assert "odd number" in final.failure_details


async def test_newcomer_is_served_in_its_turn_by_turns_and_last_by_fifo(session: Session) -> None:
    plan = Plan(
        partitions=30, tasks_per_partition=15, work_duration=0.01, newcomer_at=0.2, workers=4
    )

    fifo = await _run(session, dataclasses.replace(plan, strategy="fifo"))
    turns = await _run(session, dataclasses.replace(plan, strategy="round-robin"))

    newcomer = plan.partitions - 1
    first = [
        final.first_pickup_s[list(final.partition_by_rank).index(newcomer)]
        for final in (fifo, turns)
    ]
    assert first[0] > 0.8 * fifo.elapsed_s
    assert first[1] < 0.5 * turns.elapsed_s


async def test_weights_are_kept_to_by_virtual_time_in_a_run(session: Session) -> None:
    plan = Plan(
        partitions=40,
        tasks_per_partition=25,
        work_duration=0.002,
        strategy="virtual-time",
        weights="4*20,1",
    )
    happened = await _events(session, plan)

    served = [event.partition for event in happened if isinstance(event, PickedUp)][:500]
    heavy = sum(partition < 20 for partition in served)
    assert heavy / (500 - heavy) == pytest.approx(4, abs=0.3)


async def test_slow_worker_does_fewer_tasks(session: Session) -> None:
    final = await _run(session, dataclasses.replace(STEADY, slow_worker=5, load=0.9, duration=2))

    assert final.workers[0] * 2 < min(final.workers[1:])


async def test_concurrency_limit_of_the_plan_is_kept(session: Session) -> None:
    plan = Plan(
        partitions=2, tasks_per_partition=40, workers=8, work_duration=0.01, strategy="round-robin"
    )
    locked = await _run(session, plan)
    free = await _run(session, dataclasses.replace(plan, concurrency_limit=0))

    assert locked.elapsed_s > 40 * 0.01
    assert free.elapsed_s < 0.6 * locked.elapsed_s


async def test_constant_arrivals_are_counted_and_their_lateness_known(session: Session) -> None:
    final = await _run(
        session,
        dataclasses.replace(STEADY, load=0, rate=1000, arrivals="constant", duration=1),
    )

    assert final.lateness.p50 is not None
    assert final.arrived == 1000


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
    final = await _run(
        session, Plan(workers=4, crash_at=0.3, partitions=50, work_duration=0.01, strategy="scan")
    )

    assert final.phase is Phase.DRAINED
    assert final.lost == 1
    assert final.assessment is not None
    assert final.assessment.verdict.word is Level.BROKEN
