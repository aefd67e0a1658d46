"""Events that are told late, or in another order than they happened, spoil no measure."""

import pytest
from fairness.orders import FREE

from queue_fairness.events import Arrived, Finished, PickedUp, Polled
from queue_fairness.fairness import FairnessFold


def test_pickup_reported_before_its_arrival_leaves_no_trace() -> None:
    made = FairnessFold(1)
    made.apply(PickedUp(0.0, 0, 0, 0, 0.0, FREE))
    made.apply(Arrived(0.0, 0, 1))
    made.apply(Finished(1.0, 0, 0, 0))
    made.apply(Arrived(1.0, 1, 1))

    measures = made.measures()

    assert measures.never_served == 1
    assert measures.debt_tasks_now == pytest.approx(0, abs=1e-9)
    assert measures.peak_backlogged == 1


def test_redelivered_task_is_dispatched_once_and_its_first_holder_forgotten() -> None:
    made = FairnessFold(2)
    made.apply(Arrived(0.0, 0, 2))
    made.apply(PickedUp(0.0, 0, 0, 7, 0.0, FREE))
    made.apply(PickedUp(5.0, 1, 0, 7, 0.0, FREE))
    made.apply(Finished(6.0, 0, 0, 7))
    assert made.measures().never_served == 0
    assert made.worst_now().partitions == ()

    made.apply(Finished(7.0, 1, 0, 7))
    assert made.worst_now().partitions == (), "the queue hears of it with the next request"
    made.apply(Polled(7.0, 1, FREE))

    assert made.measures().dispatches == 1
    assert [each.waiting for each in made.worst_now().partitions] == [1]


def test_next_pickup_reported_before_the_end_of_the_last_is_no_redelivery() -> None:
    made = FairnessFold(2)
    made.apply(Arrived(0.0, 0, 2))
    made.apply(PickedUp(0.0, 0, 0, 0, 0.0, FREE))
    made.apply(PickedUp(1.0, 1, 0, 1, 0.0, FREE))
    made.apply(Finished(1.0, 0, 0, 0))
    made.apply(Finished(2.0, 1, 0, 1))

    measures = made.measures()

    assert measures.dispatches == 2
    assert made.worst_now().partitions == ()
    assert measures.worst_wait_rounds.max == 0


def test_pickup_before_the_end_of_the_last_one_is_told_forgets_no_debt() -> None:
    made = FairnessFold(2)
    for partition in (0, 1):
        made.apply(Arrived(0.0, partition, 50))
    for task in range(10):
        worker = task % 2
        made.apply(PickedUp(float(task), worker, 0, task, 0.0, FREE))
        if task:
            made.apply(Finished(float(task), 1 - worker, 0, task - 1))

    measures = made.measures()

    # The other one is owed half of ten tasks, this one nothing.
    assert measures.debt_tasks_max == pytest.approx(5, abs=0.51)
    assert measures.indebted is not None
    assert measures.indebted.partition == 1


def test_limit_of_one_is_kept_by_the_arithmetic_when_events_come_late() -> None:
    made = FairnessFold(2)
    made.apply(Arrived(0.0, 0, 100))
    made.apply(PickedUp(0.0, 0, 0, 0, 0.0, FREE))
    made.apply(PickedUp(1.0, 1, 0, 1, 0.0, FREE))

    assert made.measures().debt_tasks_max == pytest.approx(0, abs=1e-9)
