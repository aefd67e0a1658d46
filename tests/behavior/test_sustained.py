"""Sustained load on real servers: what comes, what is done, and what is counted."""

import dataclasses
import time

import pytest
from behavior.sustained import STEADY, adds_up, run
from overheard import overheard
from runs import engine_of
from servers import on_each_engine, on_one_engine, until

from queue_fairness.engine.session import Session
from queue_fairness.events import Arrived, Event, Finished, PickedUp
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.plan import Plan
from queue_fairness.strategies import STRATEGIES

pytestmark = [on_one_engine, pytest.mark.sample(2)]


async def _events(session: Session, plan: Plan) -> list[Event]:
    """All that happens in a run, in order."""
    run = engine_of(await session.start(plan))
    happened = overheard(run)
    await session.wait()
    return happened


@on_each_engine
@pytest.mark.parametrize("strategy", STRATEGIES)
async def test_sustained_load_ends_with_its_time_and_accounts_for_every_task(
    session: Session, strategy: str
) -> None:
    plan = dataclasses.replace(STEADY, strategy=strategy, duration=0.5)

    final = await run(session, plan)

    assert final.phase is Phase.ENDED
    assert 0.5 <= final.elapsed_s < 1
    assert adds_up(final)
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


@pytest.mark.parametrize("task", ["cpu", "user_tasks:works"])
async def test_other_kinds_of_work_are_done(
    session: Session, task: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend("tests/behavior")
    plan = Plan(partitions=10, tasks_per_partition=4, work_duration=0.002, task=task)

    final = await run(session, plan)

    assert (final.completed, final.failed) == (40, 0)
    assert final.elapsed_s >= 40 * 0.002 / 8


async def test_newcomer_is_served_in_its_turn_by_turns_and_last_by_fifo(session: Session) -> None:
    plan = Plan(
        partitions=30, tasks_per_partition=15, work_duration=0.01, newcomer_at=0.2, workers=4
    )

    fifo = await run(session, dataclasses.replace(plan, strategy="fifo"))
    turns = await run(session, dataclasses.replace(plan, strategy="round-robin"))

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
    final = await run(session, dataclasses.replace(STEADY, slow_worker=5, load=0.9, duration=2))

    assert final.workers[0] * 2 < min(final.workers[1:])


async def test_concurrency_limit_of_the_plan_is_kept(session: Session) -> None:
    plan = Plan(
        partitions=2, tasks_per_partition=40, workers=8, work_duration=0.01, strategy="round-robin"
    )
    locked = await run(session, plan)
    free = await run(session, dataclasses.replace(plan, concurrency_limit=0))

    assert locked.elapsed_s > 40 * 0.01
    assert free.elapsed_s < 0.6 * locked.elapsed_s


async def test_constant_arrivals_are_counted_and_their_lateness_known(session: Session) -> None:
    final = await run(
        session,
        dataclasses.replace(STEADY, load=0, rate=1000, arrivals="constant", duration=1),
    )

    assert final.lateness.p50 is not None
    assert final.arrived == 1000
