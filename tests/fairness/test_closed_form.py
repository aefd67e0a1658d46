"""Orders made by hand, against values worked out in closed form."""

from random import Random

import pytest
from fairness.orders import FREE, fold, measure, round_robin, sequential, service

from queue_fairness.events import Arrived, Finished, PickedUp, Polled
from queue_fairness.fairness import FairnessFold, jain_index


@pytest.mark.parametrize(("partitions", "tasks"), [(10, 3), (50, 20), (200, 10)])
def test_strict_round_robin_waits_less_than_a_round(partitions: int, tasks: int) -> None:
    measures = measure(round_robin(partitions, tasks))

    # Rank k is first served after k of P dispatches; later ones after P - 1.
    last = (partitions - 1) / partitions
    assert measures.worst_wait_rounds.max == pytest.approx(last)
    assert measures.first_pickup_rounds.mean == pytest.approx(last / 2)
    assert measures.first_pickup_rounds.max == pytest.approx(last)
    assert measures.debt_tasks_max == pytest.approx(last)
    assert measures.debt_tasks_now == pytest.approx(0, abs=1e-9)
    assert measures.round_jain == pytest.approx(1)
    assert measures.rounds == pytest.approx(tasks)
    assert measures.mechanism.peak_in_progress == partitions
    assert measures.mechanism.forced_starts == 0
    assert measures.mechanism.starts == partitions - 1
    # Of the last one's end the queue has not heard.
    assert measures.mechanism.emptied == partitions - 1
    assert measures.mechanism.tasks_per_run == 1
    assert measures.tasks_per_partition == tasks
    assert measures.beyond_three == 0
    assert measures.shares.short in (0.0, None)
    assert not measures.imbalance.is_systematic


@pytest.mark.parametrize(("partitions", "tasks"), [(10, 3), (50, 20), (200, 10)])
def test_sequential_drain_waits_for_all_the_tasks_before(partitions: int, tasks: int) -> None:
    measures = measure(sequential(partitions, tasks))

    # Rank k is first served after k * m dispatches, in rounds of P; then it never waits again.
    assert measures.worst_wait_rounds.max == pytest.approx(tasks * (partitions - 1) / partitions)
    assert measures.first_pickup_rounds.mean == pytest.approx(
        tasks * (partitions - 1) / partitions / 2
    )
    assert measures.repeat_pickup_rounds == 0
    # The fluid has served k * m / P of rank k's tasks when its turn comes.
    assert measures.debt_tasks_max == pytest.approx(tasks * (partitions - 1) / partitions)
    assert measures.rounds == pytest.approx(tasks)
    assert measures.mechanism.peak_in_progress == 1
    assert measures.mechanism.forced_starts == measures.mechanism.starts == partitions - 1
    assert measures.mechanism.tasks_per_run == pytest.approx(tasks)
    assert measures.round_jain is None or measures.round_jain < 2.5 / tasks


def test_first_window_of_a_sequential_drain_has_jain_one_over_m() -> None:
    order = sequential(100, 4)

    made = FairnessFold(1)
    for partition in range(100):
        made.apply(Arrived(0.0, partition, 4))
    for event in service(order[:100]):
        made.apply(event)

    assert made.measures().round_jain == pytest.approx(1 / 4)


def test_sequential_drain_by_several_workers_starts_as_many_at_once() -> None:
    groups = [k + w for k in range(0, 80, 8) for _ in range(5) for w in range(8)]

    measures = measure(groups, workers=8)

    assert measures.mechanism.peak_in_progress == 8
    assert measures.first_pickup_rounds.max == pytest.approx((72 * 5 + 7) / 80, abs=0.01)
    assert measures.mechanism.starts == 80 - 8


def test_uniformly_random_choice_has_mean_wait_one_and_jain_one_half() -> None:
    random = Random(4)
    partitions, picks = 200, 100 * 200
    order = [random.randrange(partitions) for _ in range(picks)]
    made = FairnessFold(1, concurrency_limit=0)
    for partition in range(partitions):
        made.apply(Arrived(0.0, partition, picks))
    for event in service(order):
        made.apply(event)

    measures = made.measures()

    # Each pick is anyone's with 1/P: waits are geometric with mean (P - 1) / P rounds.
    assert measures.repeat_pickup_rounds == pytest.approx(1, rel=0.03)
    # A round's counts are multinomial: J = 1 / (1 + CV^2), CV^2 about (P - 1) / P.
    assert measures.round_jain == pytest.approx(partitions / (2 * partitions - 1), rel=0.03)
    # The longest of n exponential waits is about ln n.
    assert 7 < measures.worst_wait_rounds.max < 16


def test_fifo_behind_a_noisy_partition_waits_for_its_backlog() -> None:
    noisy, quiet = 0, range(1, 5)
    made = FairnessFold(1, concurrency_limit=0)
    made.apply(Arrived(0.0, noisy, 100))
    for partition in quiet:
        made.apply(Arrived(0.0, partition, 1))
    for event in service([noisy] * 100 + list(quiet)):
        made.apply(event)

    measures = made.measures()

    # 100 dispatches in rounds of five; then the quiet ones alone are left, four, three and two.
    assert measures.worst_wait_rounds.max == pytest.approx(100 / 5 + 1 / 4 + 1 / 3 + 1 / 2)
    assert measures.starving == 3
    # Each quiet partition is owed its only task after a round, and no more later.
    assert measures.debt_tasks_max == pytest.approx(1)


def test_weighted_shares_are_fair_when_they_follow_the_weights() -> None:
    weights = {0: 3.0, 1: 1.0}
    measures = measure([0, 0, 1, 0] * 10, limit=0, weights=weights)

    # The heavy one lets one dispatch pass of four, at three turns a round: 3/4 of a turn.
    assert measures.worst_wait_rounds.max == pytest.approx(3 / 4)
    assert measures.round_jain == pytest.approx(1)
    assert measures.debt_tasks_max <= 1
    assert measures.rounds == pytest.approx(10)


def test_equal_turns_are_unfair_to_a_heavier_partition() -> None:
    weights = {0: 3.0, 1: 1.0}
    measures = measure([0, 1] * 20, limit=0, weights=weights)

    # Of 4 tasks dispatched the fluid serves the heavy one 3, the queue 2: one more owed a round.
    # The fluid empties it after 20 / 3 rounds, 26 2/3 dispatches; it has had 13 or 14 by then.
    assert measures.debt_tasks_max == pytest.approx(20 - 13.5, abs=0.51)
    # Shares of a round: 2 / 3 and 2.
    expected = jain_index([2 / 3, 2])
    assert measures.round_jain == pytest.approx(expected, abs=0.02)


def test_one_task_per_partition_is_fair_in_any_order() -> None:
    order = list(range(40))
    Random(1).shuffle(order)

    measures = measure(order)

    assert measures.worst_wait_rounds.max == pytest.approx(39 / 40)
    assert measures.round_jain == pytest.approx(1)
    assert measures.rounds == pytest.approx(1)


def test_one_partition_waits_for_nobody() -> None:
    measures = measure([0] * 10)

    assert measures.worst_wait_rounds.max == 0
    assert measures.debt_tasks_max == 0
    assert measures.contended_share == 0
    assert measures.round_jain is None
    assert measures.rounds == pytest.approx(10)


def test_empty_run_measures_nothing() -> None:
    measures = FairnessFold(8).measures()

    assert measures.worst_wait_rounds.max == 0
    assert measures.first_pickup_rounds.mean == 0
    assert measures.debt_tasks_max == 0
    assert measures.round_jain is None
    assert measures.contended_share == 0
    assert measures.conservation.conserved is None
    assert measures.worst_partition is None
    assert measures.partitions == 0


def test_open_waits_count_live_and_after_a_stop() -> None:
    made = FairnessFold(1)
    for partition in range(10):
        made.apply(Arrived(0.0, partition, 10))
    for event in service([0] * 10 + [1] * 10):
        made.apply(event)

    measures = made.measures()

    assert measures.worst_partition == 2
    assert measures.worst_wait_rounds.max == pytest.approx(20 / 10)
    assert measures.never_served == 8
    assert measures.served_partitions == 2
    # The fluid has served everyone two tasks.
    assert measures.debt_tasks_now == pytest.approx(2)


def test_worst_now_folds_ties_and_counts_the_never_served() -> None:
    made = FairnessFold(1)
    for partition in range(10):
        made.apply(Arrived(0.0, partition, 10))
    for event in service([0] * 10 + [1] * 5):
        made.apply(event)

    worst = made.worst_now(3)

    assert [each.partition for each in worst.partitions] == [2, 3, 4]
    assert worst.partitions[0].rounds == pytest.approx(1.5)
    assert worst.partitions[0].owed == pytest.approx(1.5)
    assert (worst.partitions[0].served, worst.partitions[0].arrived) == (0, 10)
    assert worst.tied == 5
    assert worst.never_served == 8


def test_worst_now_of_a_drained_queue_is_empty() -> None:
    worst = fold(round_robin(3, 3)).worst_now()

    assert worst.partitions == ()
    assert (worst.tied, worst.never_served) == (0, 0)


def test_idle_worker_beside_waiting_task_breaks_work_conservation() -> None:
    made = FairnessFold(2)
    made.apply(Arrived(0.0, 0, 1))
    made.apply(PickedUp(0.0, 0, 0, 0, 0.0, FREE))
    made.apply(Arrived(2.0, 1, 1))
    made.apply(Finished(4.0, 0, 0, 0))

    conservation = made.measures().conservation

    # Worker 1 stood idle for 4 s, in 2 of them beside a task, of 8 worker-seconds in all.
    assert conservation.busy == pytest.approx(4 / 8)
    assert conservation.idle_dequeuing == pytest.approx(2 / 8)
    assert conservation.idle_refused == 0
    assert conservation.conserved == pytest.approx(6 / 8)
    assert conservation.load == pytest.approx(6 / 8)


def test_work_of_no_length_makes_conservation_inapplicable() -> None:
    made = FairnessFold(1, concurrency_limit=0)
    made.apply(Arrived(0.0, 0, 5))
    for task in range(5):
        made.apply(PickedUp(task + 1.0, 0, 0, task, 0.0, FREE))
        made.apply(Finished(task + 1.0, 0, 0, task))

    conservation = made.measures().conservation

    assert conservation.conserved is None
    assert conservation.idle_refused is None
    assert conservation.load == pytest.approx(1)


def test_bulk_enqueue_gives_every_partition_the_same_round() -> None:
    made = FairnessFold(1)
    for partition in range(100):
        made.apply(Arrived(0.0, partition, 1))
    for event in service([99]):
        made.apply(event)

    waits = [each.rounds for each in made.worst_now(99).partitions]

    assert waits == pytest.approx([1 / 100] * 99)


def test_round_that_grows_during_a_wait_is_measured_at_its_end() -> None:
    made = FairnessFold(1)
    made.apply(Arrived(0.0, 0, 2))
    made.apply(PickedUp(0.0, 0, 0, 0, 0.0, FREE))
    made.apply(Finished(1.0, 0, 0, 0))
    newcomers = range(1, 20)
    for partition in newcomers:
        made.apply(Arrived(1.0, partition, 2))
    for number, partition in enumerate(newcomers, start=1):
        made.apply(PickedUp(1.0 + number, 0, partition, number, 1.0, FREE))
        made.apply(Finished(2.0 + number, 0, partition, number))

    measures = made.measures()

    assert measures.worst_wait_rounds.max == pytest.approx(19 / 20)


@pytest.mark.parametrize("workers", [1, 2, 4])
@pytest.mark.parametrize(
    ("order", "debt"),
    [
        pytest.param([0] * 20 + [1] * 20, 10.0, id="AA..BB.."),
        pytest.param([0, 1] * 20, 0.5, id="ABAB"),
        pytest.param([0, 0, 1, 1] * 10, 1.0, id="AABB"),
        pytest.param([0] * 9500 + [1] * 500, 500.0, id="9500 before 500"),
        pytest.param([0, 1] * 500 + [0] * 9000, 0.5, id="9500 and 500 by turns"),
        pytest.param(sequential(4, 100), 75.0, id="one after another"),
        pytest.param(round_robin(40, 60), 39 / 40, id="by turns"),
    ],
)
def test_an_order_is_the_same_whoever_carries_it_out(
    order: list[int], debt: float, workers: int
) -> None:
    alone, together = measure(order, limit=0), measure(order, workers=workers, limit=0)

    assert together.debt_tasks_max == pytest.approx(debt)
    assert together.rounds == pytest.approx(alone.rounds)
    assert together.worst_wait_rounds.max == pytest.approx(alone.worst_wait_rounds.max)
    assert together.first_pickup_rounds.mean == pytest.approx(alone.first_pickup_rounds.mean)
    assert together.shares.short == alone.shares.short


def test_two_unequal_partitions_in_turn() -> None:
    measures = measure([0] * 9500 + [1] * 500, limit=0)

    # It lets 9,500 dispatches pass, of two partitions each; its 500 tasks are due after 1,000.
    assert measures.worst_wait_rounds.max == pytest.approx(9500 / 2)
    assert measures.rounds == pytest.approx(9500 / 2 + 500)
    assert measures.debt_tasks_max == pytest.approx(500)
    # By its first pickup 4,750 turns were due to it.
    assert measures.indebted is not None
    assert measures.indebted.rounds == pytest.approx(4750)
    assert measures.mechanism.forced_starts == measures.mechanism.starts == 1
    assert measures.shares.left_out == pytest.approx(0.5, abs=0.06)


@pytest.mark.parametrize("limit", [2, 4])
def test_limit_of_several_leaves_turns_as_they_are(limit: int) -> None:
    measures = measure(round_robin(6, 10), workers=4, limit=limit)

    assert measures.worst_wait_rounds.max == pytest.approx(5 / 6)
    assert measures.debt_tasks_max == pytest.approx(5 / 6)
    assert measures.rounds == pytest.approx(10)


@pytest.mark.parametrize(
    ("limit", "claimable", "contended"), [(1, 2, False), (2, 4, True), (4, 8, True), (0, 18, True)]
)
def test_slots_are_counted_as_slots(limit: int, claimable: int, contended: bool) -> None:
    made = FairnessFold(3, limit)
    for partition in (0, 1):
        made.apply(Arrived(0.0, partition, 9))

    made.apply(PickedUp(0.0, 0, 0, 0, 0.0, FREE))

    # Three workers ask, and two partitions with so many slots have tasks.
    assert contended is (claimable > 3)
    assert made.measures().contended_share == float(contended)


def test_sent_away_workers_are_not_there_to_take_a_task() -> None:
    made = FairnessFold(3)
    for partition in range(3):
        made.apply(Arrived(0.0, partition, 9))
    for worker in (1, 2):
        made.apply(Polled(0.0, worker, FREE))

    made.apply(PickedUp(0.0, 0, 0, 0, 0.0, FREE))

    assert made.measures().contended_share == 1


def test_partition_that_has_its_lock_is_owed_nothing_meanwhile() -> None:
    """One partition is on a long task while two others take forty turns each."""
    made = FairnessFold(2)
    for partition in range(3):
        made.apply(Arrived(0.0, partition, 50))
    made.apply(PickedUp(0.0, 0, 0, 0, 0.0, FREE))
    for event in service([1, 2] * 40):
        if isinstance(event, PickedUp | Finished):
            made.apply(event._replace(worker=1, task=event.task + 1))
    made.apply(Finished(80.0, 0, 0, 0))
    made.apply(PickedUp(80.0, 0, 0, 99, 0.0, FREE))

    measures = made.measures()

    assert measures.debt_tasks_max <= 1
    assert measures.worst_wait_rounds.max <= 1
    assert measures.shares.short in (0.0, None)


@pytest.mark.parametrize(("partitions", "workers"), [(9, 8), (33, 32), (65, 64), (100, 64)])
def test_strict_turns_of_many_workers_owe_a_few_tasks_at_most(
    partitions: int, workers: int
) -> None:
    measures = measure(round_robin(partitions, 20), workers=workers)

    # Whoever waits is one of the P - W + 1 to P partitions that are not at their limit.
    most = sum(1 / (partitions - k) for k in range(workers))
    assert measures.debt_tasks_max <= max(1.0, most)
    assert measures.worst_wait_rounds.max <= 1
