"""Worker time against values that were worked out with another simulator and another fold.

Round robin over 40 partitions of 60 tasks on 8 workers, of which some cost a multiple.
"""

from functools import cache

import pytest
from fairness.case import Outcome, run
from fairness.disciplines import Maker, RoundRobin, VirtualTimeByCost
from fairness.kinds_of_trouble import costly
from fairness.words import ANY

from queue_fairness.events import Arrived, DequeueCost, Finished, PickedUp
from queue_fairness.fairness import FairnessFold, Level


@cache
def outcome(dear: int, factor: float, limit: int, discipline: Maker = RoundRobin) -> Outcome:
    return run(costly(discipline, ANY, "", dear, factor, limit=limit), 1)


@pytest.mark.parametrize(
    ("dear", "factor", "limit", "least", "lag_share", "lag_tasks", "word"),
    [
        (1, 50, 0, 0.43, 0.59, 34.6, Level.UNFAIR),
        (1, 50, 1, None, 0.15, 4.3, Level.FAIR),
        (1, 2, 0, None, 0.08, None, Level.FAIR),
        (1, 5, 0, None, 0.14, None, Level.FAIR),
        (1, 10, 0, None, 0.23, None, Level.UNFAIR),
        (1, 20, 0, None, 0.37, None, Level.UNFAIR),
        (20, 4, 0, 0.39, 0.63, 37.0, Level.UNFAIR),
    ],
)
def test_who_costs_more_gets_more_by_equal_turns(
    dear: int,
    factor: float,
    limit: int,
    least: float | None,
    lag_share: float,
    lag_tasks: float | None,
    word: Level,
) -> None:
    found = outcome(dear, factor, limit)
    time = found.measures.worker_time

    assert time.lag_share == pytest.approx(lag_share, abs=0.03)
    if least is not None:
        assert time.least == pytest.approx(least, abs=0.02)
    if lag_tasks is not None:
        assert time.lag_tasks == pytest.approx(lag_tasks, rel=0.1)
    assert found.verdict.word is Level.FAIR, "their turns are equal"
    assert [each.word for each in found.verdict.aspects] == [word]


@pytest.mark.parametrize(
    ("factor", "largest", "median"),
    [(2, 0.05, 0.97), (5, 0.115, 0.91), (10, 0.205, 0.81), (20, 0.339, 0.68), (50, 0.556, 0.46)],
)
def test_the_largest_share_is_named_and_the_typical_one_told(
    factor: float, largest: float, median: float
) -> None:
    time = outcome(1, factor, 0).measures.worker_time

    assert time.largest_partition == 0
    assert time.largest == pytest.approx(largest, abs=0.015)
    assert time.largest_due == pytest.approx(1 / 40, abs=0.002)
    assert time.median == pytest.approx(median, abs=0.02)


def test_virtual_time_by_cost_owes_hardly_anything() -> None:
    time = outcome(1, 50, 1, VirtualTimeByCost).measures.worker_time

    assert time.lag_tasks == pytest.approx(0.7, abs=0.1)
    assert time.lag_share == pytest.approx(0.03, abs=0.01)


def test_costs_that_tasks_told_in_closed_form() -> None:
    fold = FairnessFold(1)
    for partition in (0, 1):
        fold.apply(Arrived(0.0, partition, 20))
    for k in range(40):
        fold.apply(PickedUp(float(k), 0, k % 2, k, 0.0, DequeueCost()))
        fold.apply(Finished(k + 1.0, 0, k % 2, k, cost=3.0 if k % 2 == 0 else 1.0))

    measures = fold.measures()

    # Of 4 a round each is due 2, and gets 3 or 1; it is looked at before its own last one counts.
    assert measures.cost is not None
    assert measures.cost.least == pytest.approx(0.5, abs=0.03)
    assert measures.cost.most == pytest.approx(1.5, abs=0.03)
    assert measures.cost.largest == pytest.approx(0.75)
    assert (measures.cost.largest_partition, measures.cost.lag_partition) == (0, 1)
    assert measures.cost.lag_max == pytest.approx(20, abs=1.01)
    assert measures.cost.lag_tasks == pytest.approx(measures.cost.lag_max / 2)
    assert measures.cost.lag_by_chance == pytest.approx(0, abs=1e-6), "each one's all cost the same"
    assert measures.worker_time.lag_max <= 1


def test_no_cost_told_is_no_cost_of_nothing() -> None:
    fold = FairnessFold(1)
    fold.apply(Arrived(0.0, 0, 1))
    fold.apply(PickedUp(0.0, 0, 0, 0, 0.0, DequeueCost()))
    fold.apply(Finished(1.0, 0, 0, 0))

    assert fold.measures().cost is None


def test_pickups_that_are_told_late_take_no_time_back() -> None:
    fold = FairnessFold(2)
    fold.apply(Arrived(0.0, 0, 4))
    fold.apply(Arrived(0.0, 1, 4))
    for turn in range(4):
        at = 0.01 * turn
        fold.apply(PickedUp(at + 0.008, 0, 0, turn, 0.0, DequeueCost()))
        # Drawn after it, so told after it, though its work was over by then.
        fold.apply(PickedUp(at + 0.001, 1, 1, 4 + turn, 0.0, DequeueCost()))
        fold.apply(Finished(at + 0.002, 1, 1, 4 + turn, False))
        fold.apply(Finished(at + 0.009, 0, 0, turn, False))

    time = fold.measures().worker_time

    assert time.lag_max >= 0
    assert time.lag_by_turns is not None
    assert time.lag_tasks is not None
    assert time.lag_tasks >= 0
