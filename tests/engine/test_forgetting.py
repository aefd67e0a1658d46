"""What a run forgets of its oldest tasks changes nothing of what it says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from runs import engine_of
from servers import on_one_engine

from queue_fairness.engine import forgetting
from queue_fairness.engine.in_flight import InFlightTasks
from queue_fairness.engine.schedule import TaskLog
from queue_fairness.engine.session import Session
from queue_fairness.events import DequeueCost, Event, Finished, LeaseExpired, PickedUp
from queue_fairness.metrics.counters import Counters
from queue_fairness.metrics.snapshot import Phase
from queue_fairness.plan import Plan
from queue_fairness.strategies import Lease, Task

PLAN = Plan(partitions=3, load=0.5, duration=5, work_distribution="exponential", noisy=1)
COST = DequeueCost(round_trips=1)


def _log() -> TaskLog:
    log = TaskLog(PLAN)
    for number in range(40):
        log.enter(number % 4, 0.1 * number)
    return log


@given(before=st.lists(st.integers(0, 40)), taken=st.integers(0, 40))
def test_waits_and_work_are_those_of_all_tasks(before: list[int], taken: int) -> None:
    whole, forgetful = _log(), _log()
    for each in sorted(before):
        forgetful.forget(min(each, taken))

    def was_taken(number: int) -> bool:
        return number < taken

    assert list(forgetful.open_quiet_waits(9, was_taken)) == pytest.approx(
        list(whole.open_quiet_waits(9, was_taken))
    )
    assert forgetful.mean_work_s(was_taken) == pytest.approx(whole.mean_work_s(was_taken))
    for number in range(taken, 40):
        assert forgetful.due_at(number) == whole.due_at(number)
        assert forgetful.work_s(Task(0, number)) == whole.work_s(Task(0, number))


def test_time_of_a_forgotten_task_is_bounded_by_the_oldest_kept() -> None:
    log = _log()
    log.forget(10)

    assert log.due_at(3) == log.due_at(10)
    log.reschedule(3, 99.0)
    assert log.due_at(10) == 1.0


def _done(number: int) -> list[Event]:
    at = 0.1 * number
    return [PickedUp(at, 0, 0, number, 0.0, COST), Finished(at + 0.05, 0, 0, number)]


def test_counts_go_on_and_a_late_pickup_is_a_duplicate() -> None:
    counters = Counters(PLAN)
    for event in (each for number in range(10) for each in _done(number)):
        counters.apply(event)

    counters.forget(8)
    assert (counters.completed, counters.duplicated) == (10, 0)
    assert all(map(counters.was_taken, range(10)))
    assert not counters.was_taken(10)

    for event in (*_done(3), *_done(10)):
        counters.apply(event)
    assert (counters.completed, counters.duplicated, counters.picked_up) == (11, 1, 12)


def test_what_is_not_finished_holds_up_forgetting() -> None:
    tasks = InFlightTasks()
    tasks.expect(5)
    for number in (0, 1, 3):
        tasks.mark_finished(number)
    assert tasks.oldest_unfinished() == 2

    tasks.forget(2)
    tasks.mark_finished(1)
    tasks.mark_finished(2)
    assert tasks.oldest_unfinished() == 4
    assert tasks.unfinished == 1


def test_task_that_is_done_once_more_is_the_oldest_again() -> None:
    tasks = InFlightTasks()
    tasks.expect(3)
    lease = Lease(Task(0, 0), b"p0", b"1")
    tasks.start(0, lease)
    tasks.end(0)
    tasks.mark_finished(0)
    assert tasks.oldest_unfinished() == 1

    assert tasks.expire_lease(lease)
    assert tasks.oldest_unfinished() == 0


def test_lease_of_a_forgotten_task_brings_nothing_back() -> None:
    tasks = InFlightTasks()
    tasks.expect(2)
    lease = Lease(Task(0, 0), b"p0", b"1")
    tasks.start(0, lease)
    tasks.end(0)
    tasks.mark_finished(0)
    tasks.forget(1)
    counters = Counters(PLAN)
    counters.apply(_done(0)[0])
    counters.apply(_done(0)[1])
    counters.forget(1)

    assert not tasks.expire_lease(lease)
    counters.apply(LeaseExpired(1.0, 0, 0, False))
    assert (tasks.unfinished, counters.completed) == (1, 1)


@on_one_engine
async def test_a_long_run_keeps_what_is_under_way_alone(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "FORGET_S", 0.1)
    monkeypatch.setattr(forgetting, "FORGET_TTLS", 0.0)
    plan = Plan(
        partitions=10,
        workers=4,
        work_duration=0.005,
        load=0.5,
        duration=1.5,
        strategy="round-robin",
    )
    run = engine_of(await session.start(plan))
    await session.wait()

    final = run.snapshot()
    assert final.phase is Phase.ENDED
    assert final.arrived == final.completed + (final.left or 0) + final.cut_short
    assert (final.lost, final.duplicated) == (final.cut_short, 0)
    assert run.parts.in_flight.oldest_unfinished() >= final.completed * 0.9
    kept = final.arrived - run.parts.task_log._forgotten
    assert kept < final.arrived / 2
