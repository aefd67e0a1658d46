"""The pictures: a diagonal, a flat field, a starved row; and merging without loss."""

import pytest
from fairness.orders import fold, round_robin, sequential, service

from queue_fairness.events import Arrived
from queue_fairness.fairness import FairnessFold
from queue_fairness.fairness.heat import COLUMNS, ROWS


def test_round_robin_is_flat() -> None:
    picture = fold(round_robin(40, 10)).heat_map()

    assert len(picture.served) == 40
    assert all(row == (1,) * 10 for row in picture.served)
    assert all(row == (1.0,) * 10 for row in picture.owed)
    assert picture.unserved == 0


def test_sequential_drain_is_a_diagonal() -> None:
    picture = fold(sequential(40, 10)).heat_map()

    # Four partitions of ten tasks each fill a round of 40 dispatches.
    for row, (served, owed) in enumerate(zip(picture.served, picture.owed, strict=True)):
        column = row // 4
        assert [k for k, tasks in enumerate(served) if tasks] == [column]
        assert owed == (1.0,) * (column + 1) + (0.0,) * (10 - column - 1)


def test_starved_partitions_are_owed_and_not_served() -> None:
    made = FairnessFold(1)
    for partition in range(10):
        made.apply(Arrived(0.0, partition, 100))
    for event in service(list(range(8)) * 5):
        made.apply(event)

    picture = made.heat_map()

    # 40 dispatches are four rounds of ten.
    assert picture.unserved == 2
    assert picture.unserved_owed == (2.0,) * 4
    assert len(picture.served) == 8


@pytest.mark.parametrize(("partitions", "tasks"), [(50, 10), (500, 10), (30, 300), (200, 200)])
def test_merging_loses_nothing(partitions: int, tasks: int) -> None:
    picture = fold(round_robin(partitions, tasks)).heat_map()

    assert len(picture.served) <= ROWS
    assert len(picture.served[0]) <= COLUMNS
    assert sum(map(sum, picture.served)) == partitions * tasks
    assert sum(map(sum, picture.owed)) == pytest.approx(partitions * tasks)
    whole = picture.partitions_per_row * picture.rounds_per_column
    assert picture.served[0][0] == whole
    for served, owed in zip(picture.served, picture.owed, strict=True):
        assert owed == pytest.approx(served)


def test_merged_sequential_drain_is_still_a_diagonal() -> None:
    picture = fold(sequential(300, 20)).heat_map()

    for row, served in enumerate(picture.served):
        first = row * picture.partitions_per_row * 20 // 300
        last = min(19, ((row + 1) * picture.partitions_per_row * 20 - 1) // 300)
        columns = {k for k, tasks in enumerate(served) if tasks}
        assert columns <= set(range(first, last + 1))


def test_partition_that_comes_back_within_a_round_is_owed_once() -> None:
    made = FairnessFold(1, concurrency_limit=0)
    for partition in range(10):
        made.apply(Arrived(0.0, partition, 1 if partition == 0 else 10))
    for event in service([0, 1]):
        made.apply(event)
    made.apply(Arrived(2.0, 0, 1))
    for event in service([2, 0, 3, 4], start=2.0):
        made.apply(event)

    picture = made.heat_map()

    assert picture.served[0] == (2,)
    assert picture.owed[0] == (1.0,)


def test_heavier_partition_is_owed_more() -> None:
    made = fold([0, 0, 0, 1] * 5, limit=0, weights={0: 3.0})

    picture = made.heat_map()

    assert picture.owed[0] == (3.0,) * 5
    assert picture.served[0] == (3,) * 5


def test_empty_run_has_an_empty_map() -> None:
    picture = FairnessFold(1).heat_map()

    assert picture.served == ()
    assert picture.owed == ()
    assert picture.unserved_owed == ()
