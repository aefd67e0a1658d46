"""The bookkeeping of hands and of what comes back: events in, counts out."""

import pytest

from queue_fairness.engine.in_flight import InFlightTasks
from queue_fairness.events import (
    Arrived,
    DequeueCost,
    Event,
    Failed,
    Finished,
    Joined,
    LeaseExpired,
    Left,
    Marked,
    PickedUp,
)
from queue_fairness.fairness.fold import FairnessFold
from queue_fairness.metrics.counters import Counters
from queue_fairness.metrics.snapshot import Gone
from queue_fairness.plan import Plan
from queue_fairness.strategies import Lease, Task

COST = DequeueCost(round_trips=1)


def _lease(number: int, token: bytes = b"1") -> Lease:
    return Lease(Task(0, number), b"p0", token)


def test_task_is_counted_once_however_often_it_is_done() -> None:
    hands = InFlightTasks()
    hands.expect(2)

    hands.mark_finished(0)
    hands.mark_finished(0)

    assert hands.unfinished == 1


def test_worker_whose_lease_expired_while_it_worked_is_late() -> None:
    hands = InFlightTasks()
    hands.expect(1)
    hands.start(0, _lease(0))

    assert not hands.expire_lease(_lease(0))
    assert hands.end(0)
    assert not hands.end(0), "it was told once"
    assert hands.unfinished == 1


def test_task_whose_end_nobody_heard_is_done_once_more() -> None:
    hands = InFlightTasks()
    hands.expect(1)
    hands.start(0, _lease(0))
    hands.end(0)
    hands.mark_finished(0)

    assert hands.expire_lease(_lease(0))
    assert hands.unfinished == 1


def test_crashed_worker_says_what_it_worked_on() -> None:
    hands = InFlightTasks()
    hands.expect(1)
    hands.start(3, _lease(0))

    assert hands.crash(3) == _lease(0)
    assert hands.crash(3) is None
    assert hands.working == set()


def _counters(*events: Event) -> Counters:
    counters = Counters(Plan(partitions=2, tasks_per_partition=2, workers=2))
    for event in events:
        counters.apply(event)
    return counters


def test_crash_leaves_a_task_in_nobodys_hands() -> None:
    counters = _counters(PickedUp(1.0, 0, 1, 0, 0.0, COST), Left(1.5, 0, True))

    assert counters.gone == (Gone(0, 1, 0, 1.5),)
    assert (counters.in_flight, counters.workers_at_work, counters.duplicated) == (0, 1, 0)


def test_task_of_a_crashed_worker_comes_back_when_its_lease_expires() -> None:
    counters = _counters(
        PickedUp(1.0, 0, 1, 0, 0.0, COST),
        Left(1.5, 0, True),
        LeaseExpired(3.0, 1, 0),
        PickedUp(3.1, 1, 1, 0, 0.0, COST),
        Finished(3.2, 1, 1, 0),
    )

    assert counters.gone == ()
    assert counters.recovered == [(Gone(0, 1, 0, 1.5), 3.0)]
    assert (counters.completed, counters.in_flight, counters.duplicated) == (1, 0, 0)


def test_failed_attempt_may_be_picked_up_again_and_a_dead_task_may_not() -> None:
    counters = _counters(
        PickedUp(1.0, 0, 1, 0, 0.0, COST),
        Failed(1.1, 0, 1, 0, False),
        PickedUp(1.2, 0, 1, 0, 1.1, COST),
        Failed(1.3, 0, 1, 0, True),
    )
    assert (counters.failed, counters.dead, counters.completed, counters.duplicated) == (2, 1, 0, 0)

    counters.apply(PickedUp(1.4, 1, 1, 0, 0.0, COST))

    assert counters.duplicated == 1


def test_worker_that_joins_has_a_count_of_its_own() -> None:
    counters = _counters(
        Joined(1.0, 4), PickedUp(1.0, 4, 1, 0, 0.0, COST), Finished(1.1, 4, 1, 0), Marked(1, "x")
    )

    assert counters.by_worker == [0, 0, 0, 0, 1]
    assert counters.workers_at_work == 3
    assert counters.sums.timeline().marks[0].text == "x"


def test_waits_of_quiet_partitions_are_told_apart_from_the_first_noise_on() -> None:
    counters = Counters(Plan(partitions=2, noisy=1, rate=10))
    quiet: list[Event] = [Arrived(0.0, 0, 1), PickedUp(1.0, 0, 0, 0, 0.0, COST)]
    noise: list[Event] = [Arrived(0.0, 2, 1), PickedUp(9.0, 0, 2, 1, 0.0, COST)]
    more: list[Event] = [Arrived(9.0, 1, 1), PickedUp(12.0, 0, 1, 2, 9.0, COST)]

    for event in (*quiet, *noise, *more):
        counters.apply(event)

    assert counters.sums.quiet_wait_p95_s(()) == pytest.approx(3.0, rel=0.01)
    assert counters.sums.waits().p95 == pytest.approx(9.0, rel=0.01)
    assert counters.partitions == 3
    assert counters.sums.quiet_wait_p95_s([50.0] * 9) == pytest.approx(50, rel=0.01)
    assert [counters.was_taken(task) for task in (0, 2, 3, 99)] == [True, True, False, False]


def _served(fold: FairnessFold) -> tuple[int, float, float]:
    measures = fold.measures()
    return measures.dispatches, measures.debt_tasks_max, measures.tasks_per_partition


def test_redelivery_is_a_dispatch_more_whichever_is_heard_of_first() -> None:
    begin: list[Event] = [
        Arrived(0.0, 0, 2),
        Arrived(0.0, 1, 2),
        PickedUp(1.0, 0, 0, 0, 0.0, COST),
    ]
    expired, again = LeaseExpired(2.0, 0, 0), PickedUp(2.0, 1, 0, 0, 0.0, COST)
    ended = Finished(3.0, 1, 0, 0)
    folds = [FairnessFold(2, 1), FairnessFold(2, 1)]

    for event in (*begin, expired, again, ended):
        folds[0].apply(event)
    for event in (*begin, again, expired, ended):
        folds[1].apply(event)

    assert _served(folds[0])[0] == 2
    assert _served(folds[1])[0] == 1, "the claim that came before its reason is not told apart"
    assert all(_served(fold)[2] == 2 for fold in folds), "no more work than there was"


def test_worker_that_left_is_not_idle() -> None:
    fold = FairnessFold(2, 1)
    for event in (
        Arrived(0.0, 0, 50),
        Arrived(0.0, 1, 50),
        PickedUp(0.0, 0, 0, 0, 0.0, COST),
        Left(0.0, 1, False),
        Finished(10.0, 0, 0, 0),
    ):
        fold.apply(event)

    assert fold.measures().conservation.busy == pytest.approx(1.0)
