"""The fold against a slow, obvious recomputation; and the summary against closed forms."""

import math
import random
import statistics

import pytest
from script import events, snapshot

from queue_fairness.analysis.summary import summarize
from queue_fairness.events import (
    Arrived,
    DequeueCost,
    Event,
    Finished,
    LeaseExpired,
    PickedUp,
    Polled,
    ReplyLost,
)
from queue_fairness.metrics.counters import Counters, RecentRate
from queue_fairness.plan import Plan

COST = DequeueCost(round_trips=3, scans=2, lost_locks=1, lock_races=1)


def _random_events(plan: Plan, seed: int) -> list[Event]:
    chance = random.Random(seed)
    order = [each for each in range(plan.partitions) for _ in range(plan.tasks_per_partition)]
    chance.shuffle(order)
    happened: list[Event] = [
        Arrived(0.0, each, plan.tasks_per_partition) for each in range(plan.partitions)
    ]
    at = 0.0
    for number, partition in enumerate(order):
        at += chance.expovariate(100)
        worker = chance.randrange(plan.workers)
        happened.append(PickedUp(at, worker, partition, number, 0.0, COST))
        at += chance.expovariate(100)
        happened.append(Finished(at, worker, partition, number))
        if chance.random() < 0.1:
            happened.append(Polled(at, worker, DequeueCost(round_trips=1, scans=1)))
    return happened


@pytest.mark.parametrize("seed", range(5))
def test_ledger_agrees_with_slow_recomputation(seed: int) -> None:
    plan = Plan(partitions=17, tasks_per_partition=6, workers=3)
    happened = _random_events(plan, seed)
    counters = Counters(plan)

    for event in happened:
        counters.apply(event)

    pickups = [each for each in happened if isinstance(each, PickedUp)]
    first: dict[int, tuple[float, int]] = {}
    for index, each in enumerate(pickups):
        first.setdefault(each.partition, (each.at, index))
    assert list(counters.first_pickup_s) == [at for at, _ in first.values()]
    assert list(counters.first_pickup_index) == [index for _, index in first.values()]
    assert list(counters.partition_by_rank) == list(first)
    assert list(counters.served_by_rank()) == [plan.tasks_per_partition] * plan.partitions
    assert list(counters.wait_sum_by_rank()) == pytest.approx(
        [sum(each.at for each in pickups if each.partition == which) for which in first]
    )
    waits = sorted(each.at for each in pickups)
    seen = counters.sums.waits()
    assert seen.mean == pytest.approx(statistics.mean(waits))
    assert seen.stdev == pytest.approx(statistics.stdev(waits))
    assert seen.p95 == pytest.approx(waits[math.ceil(0.95 * len(waits)) - 1], rel=0.006)
    finished = [each.worker for each in happened if isinstance(each, Finished)]
    assert counters.by_worker == [finished.count(worker) for worker in range(plan.workers)]
    polls = sum(isinstance(each, Polled) for each in happened)
    assert counters.sums.cost().round_trips == 3 * len(pickups) + polls
    assert counters.sums.cost().lock_races == len(pickups)
    assert counters.completed == counters.picked_up == plan.total_tasks
    assert counters.in_flight == 0


def test_task_picked_up_twice_is_a_duplicate_and_completed_once() -> None:
    counters = Counters(Plan(partitions=2, tasks_per_partition=1, workers=2))

    for worker in (0, 1):
        counters.apply(PickedUp(0.1, worker, 0, 0, 0.0, COST))
    assert counters.in_flight == 2
    for worker in (0, 1):
        counters.apply(Finished(0.2, worker, 0, 0))
    counters.apply(ReplyLost(0.3, 1))

    assert counters.duplicated == 1
    assert counters.completed == 1
    assert counters.in_flight == 0
    assert counters.replies_lost == 1


def test_pop_lasts_from_the_end_of_a_task_to_the_next_pickup() -> None:
    counters = Counters(Plan(partitions=1, tasks_per_partition=9, workers=2))
    assert counters.sums.pops().p50 is None
    happened: list[Event] = [
        PickedUp(0.9, 0, 0, 0, 0.0, COST),  # a worker's first: it pays for the connection
        PickedUp(0.9, 1, 0, 1, 0.0, COST),
        Finished(1.0, 0, 0, 0),
        Finished(1.1, 1, 0, 1),
        PickedUp(1.2, 0, 0, 2, 0.0, COST),
        Polled(1.3, 1, COST),
        PickedUp(1.9, 1, 0, 3, 0.0, COST),  # after an empty-handed poll and a pause
        Finished(2.0, 0, 0, 2),
        ReplyLost(2.1, 0),
        PickedUp(2.9, 0, 0, 4, 0.0, COST),  # after a new connection
    ]

    for event in happened:
        counters.apply(event)

    assert counters.sums.pops().p50 == counters.sums.pops().p99 == pytest.approx(0.2, rel=0.01)


@pytest.mark.parametrize("is_told_first", [True, False])
def test_pickup_after_an_expired_lease_is_no_duplicate(is_told_first: bool) -> None:
    counters = Counters(Plan(partitions=1, tasks_per_partition=2, workers=2))
    expired = LeaseExpired(0.2, 0, 1)
    again = PickedUp(0.2, 1, 0, 1, 0.0, DequeueCost())

    counters.apply(PickedUp(0.1, 0, 0, 1, 0.0, DequeueCost()))
    for event in (expired, again) if is_told_first else (again, expired):
        counters.apply(event)
    counters.apply(Finished(0.3, 0, 0, 1, is_late=True))
    assert (counters.completed, counters.in_flight) == (0, 1)
    counters.apply(Finished(0.4, 1, 0, 1))

    assert (counters.leases_expired, counters.duplicated) == (1, 0)
    assert (counters.completed, counters.in_flight, counters.by_worker) == (1, 0, [0, 1])
    counters.apply(again)
    assert counters.duplicated == 1, "once more than leases expired"


def test_completion_that_the_queue_never_heard_of_is_taken_back() -> None:
    counters = Counters(Plan(partitions=1, tasks_per_partition=1, workers=1))
    counters.apply(PickedUp(0.1, 0, 0, 0, 0.0, DequeueCost()))
    counters.apply(Finished(0.2, 0, 0, 0))

    counters.apply(LeaseExpired(0.3, 0, 0, was_finished=True))
    assert counters.completed == 0

    counters.apply(PickedUp(0.4, 0, 0, 0, 0.0, DequeueCost()))
    counters.apply(Finished(0.5, 0, 0, 0))
    assert (counters.completed, counters.duplicated) == (1, 0)


def test_snapshot_does_not_move_with_the_ledger() -> None:
    plan = Plan(partitions=5, tasks_per_partition=2, workers=1)
    happened = list(events(plan))
    counters = Counters(plan)
    for event in happened[:9]:
        counters.apply(event)
    first, served = counters.first_pickup_s, counters.served_by_rank()
    seen = (list(first), list(served))

    for event in happened[9:]:
        counters.apply(event)

    assert (list(first), list(served)) == seen
    assert len(counters.first_pickup_s) == 5


def test_recent_rate_forgets_what_is_long_past() -> None:
    rate = RecentRate(2.0)
    assert rate.per_s(5.0) is None

    for each in range(1000):
        rate.add(each * 0.01)

    assert rate.per_s(10.0) == pytest.approx(100, rel=0.06)
    assert rate.per_s(20.0) == pytest.approx(200 / 12, rel=0.1)


def test_round_robin_has_the_ideal_numbers() -> None:
    plan = Plan(partitions=100, tasks_per_partition=10, workers=4, strategy="round-robin")

    summary = summarize(snapshot(plan))

    seen, ideal = summary.first_pickup_s, summary.first_pickup_ideal_s
    assert seen.mean == pytest.approx(ideal.mean, rel=0.01)
    assert seen.stdev == pytest.approx(ideal.stdev, rel=0.01)
    assert seen.maximum == pytest.approx(ideal.maximum, rel=0.01)
    assert summary.first_pickup_share_mean == pytest.approx(summary.first_pickup_share_ideal_mean)
    assert summary.first_pickup_share_max == pytest.approx(99 / 1000)
    average, wanted = summary.partition_wait_s, summary.partition_wait_ideal_s
    assert average.mean == pytest.approx(wanted.mean, rel=0.01)
    assert average.stdev == pytest.approx(wanted.stdev, rel=0.01)
    assert summary.starved_by_median_rule == 0
    assert summary.worker_stdev == 0


def test_sequential_drain_serves_the_median_partition_at_half_of_the_run() -> None:
    plan = Plan(partitions=1000, tasks_per_partition=10, workers=8)

    picture = snapshot(plan)
    summary = summarize(picture)

    assert summary.first_pickup_share_mean == pytest.approx(0.496, abs=0.001)
    assert summary.first_pickup_share_max == pytest.approx(0.9927, abs=0.001)
    assert summary.first_pickup_s.median == pytest.approx(picture.elapsed_s / 2, rel=0.02)
    mean, best = summary.first_pickup_s.mean, summary.first_pickup_ideal_s.mean
    assert mean is not None
    assert best is not None
    assert mean / best == pytest.approx(10, rel=0.02)
    waits, order_free = picture.waits, summary.wait_ideal_s
    assert waits.mean == pytest.approx(order_free.mean, rel=0.01)
    assert waits.stdev == pytest.approx(order_free.stdev, rel=0.01)


def test_run_of_one_task_has_numbers_where_they_exist() -> None:
    summary = summarize(snapshot(Plan(partitions=1, tasks_per_partition=1, workers=1)))

    assert summary.first_pickup_s.mean == 0
    assert summary.first_pickup_s.stdev is None
    assert summary.first_pickup_share_max == 0
    assert summary.worker_stdev is None
