"""What must hold for every run, whatever the order."""

from random import Random

import pytest
from fairness.orders import FREE, fold, measure, round_robin, service
from fairness.orders import events as in_order
from fairness.simulator import DISCIPLINES, Discipline, Load, simulate
from hypothesis import given, settings
from hypothesis import strategies as st

from queue_fairness.events import Arrived, Finished, PickedUp, Polled
from queue_fairness.fairness import FairnessFold, jain_index
from queue_fairness.fairness.survey import _left

orders = st.lists(st.integers(0, 7), min_size=1, max_size=80)
shares = st.lists(st.floats(0, 1e6), min_size=1, max_size=30)


@given(shares)
def test_jain_lies_between_one_nth_and_one(values: list[float]) -> None:
    index = jain_index(values)

    assert 1 / len(values) - 1e-9 <= index <= 1 + 1e-9


@given(st.lists(st.floats(0.01, 1e3), min_size=1, max_size=30), st.floats(0.01, 100))
def test_jain_does_not_depend_on_the_scale(values: list[float], scale: float) -> None:
    assert jain_index([value * scale for value in values]) == pytest.approx(jain_index(values))


@pytest.mark.parametrize(
    ("values", "index"),
    [([], 1), ([0, 0], 1), ([5], 1), ([1, 1, 1, 1], 1), ([1, 0, 0, 0], 0.25), ([1, 1, 0, 0], 0.5)],
)
def test_jain_of_k_equal_shares_among_n_is_k_nths(values: list[float], index: float) -> None:
    assert jain_index(values) == pytest.approx(index)


@given(orders)
def test_waits_are_never_negative_and_their_spread_is_in_order(order: list[int]) -> None:
    waits = measure(order).worst_wait_rounds

    assert 0 <= waits.p50 <= waits.p99 <= waits.max


@given(orders, st.integers(0, 2))
def test_every_pickup_is_a_dispatch_and_debts_cancel(order: list[int], limit: int) -> None:
    made = fold(order, limit=limit)
    half = FairnessFold(1, limit)
    for event in list(in_order(order))[: len(set(order)) + len(order)]:
        half.apply(event)

    assert made.measures().dispatches == len(order)
    at_hand = half._debt._spare
    left = sum(_left(partition, half._debt.rounds) for partition in half._partitions.values())
    waiting = sum(partition.waiting for partition in half._partitions.values())
    # What the fluid had nobody to give to is dispatched, and not yet served by it.
    assert waiting - left == pytest.approx(-at_hand, abs=1e-6)


@given(orders)
def test_live_numbers_are_those_of_a_run_stopped_there(order: list[int]) -> None:
    watched, unwatched = FairnessFold(1), FairnessFold(1)
    for event in in_order(order):
        watched.apply(event)
        watched.measures()
        watched.worst_now()
        unwatched.apply(event)

    live, end = watched.measures(), unwatched.measures()

    for name in ("debt_tasks_max", "debt_tasks_now", "round_jain", "rounds", "starving"):
        assert getattr(live, name) == getattr(end, name)
    assert live.worst_wait_rounds.p50 == end.worst_wait_rounds.p50
    assert live.first_pickup_rounds.mean == pytest.approx(end.first_pickup_rounds.mean)


@given(orders, st.floats(0.5, 20))
def test_waits_and_debts_do_not_depend_on_the_scale_of_weights(
    order: list[int], scale: float
) -> None:
    plain = measure(order, limit=0)
    scaled = measure(order, limit=0, weights=dict.fromkeys(range(8), scale))

    assert scaled.worst_wait_rounds.max == pytest.approx(plain.worst_wait_rounds.max)
    assert scaled.debt_tasks_max == pytest.approx(plain.debt_tasks_max, abs=1e-6)


@given(st.integers(2, 40), st.integers(1, 6), st.integers(1, 5))
def test_round_robin_never_waits_more_than_a_round(
    partitions: int, tasks: int, workers: int
) -> None:
    order = round_robin(partitions, tasks)
    if workers > partitions:
        workers = partitions

    measures = measure(order, workers=workers)

    assert measures.worst_wait_rounds.max <= 1
    assert measures.debt_tasks_max <= 1 + 1e-6


@given(orders)
def test_a_round_is_no_more_than_all_and_no_less_than_the_fluid_serves(order: list[int]) -> None:
    most = max(order.count(partition) for partition in set(order))

    rounds = measure(order, limit=0).rounds

    assert len(order) / len(set(order)) - 1e-9 <= rounds <= most + 1e-9


@given(st.randoms(), st.integers(2, 8), st.integers(1, 8), st.integers(1, 4))
def test_drain_of_m_tasks_each_has_m_rounds_in_any_order(
    random: Random, partitions: int, tasks: int, workers: int
) -> None:
    order = round_robin(partitions, tasks)
    random.shuffle(order)

    assert measure(order, workers=workers, limit=0).rounds == pytest.approx(tasks)


@settings(max_examples=30)
@given(st.integers(0, 10_000))
def test_memory_does_not_grow_with_the_tasks(seed: int) -> None:
    random = Random(seed)
    made = FairnessFold(2)
    for task in range(600):
        partition = random.randrange(4)
        made.apply(Arrived(task, partition, 1))
        made.apply(PickedUp(task, 0, partition, task, task, FREE))
        made.apply(Finished(task + 0.5, 0, partition, task))

    assert len(made._debt._times) <= made._debt._entries <= 2 * 4 + 65
    assert len(made._debt._enough) <= 2 * 4 + 65
    assert len(made._fair_backlog._empty_at) <= 4
    assert len(made._fair_backlog._times) <= 2 * 4 + 65
    assert len(made._workers_of) == 0
    # Visited at every fourth task of a partition; until then each task may leave an entry.
    assert len(made._worker_time._leaving) <= 4 * 4
    assert len(made._waits._first_waits) <= 4


def test_memory_does_not_grow_with_the_tasks_that_wait() -> None:
    made = FairnessFold(2)
    for task in range(2_000):
        made.apply(Arrived(task, task % 4, 1))

    assert len(made._fair_backlog._empty_at) <= 4
    assert len(made._fair_backlog._times) <= 2 * 4 + 65
    assert len(made._debt._times) <= made._debt._entries <= 2 * 4 + 65


@pytest.mark.parametrize("discipline", DISCIPLINES)
@pytest.mark.parametrize("limit", [0, 1, 2])
@pytest.mark.parametrize("workers", [1, 3, 12])
def test_drain_of_equal_tasks_has_as_many_rounds_whatever_the_order_and_limit(
    workers: int, limit: int, discipline: type[Discipline]
) -> None:
    load = Load(
        partitions=9,
        arrivals=[Arrived(0.0, partition, 7) for partition in range(9)],
        workers=workers,
        limit=limit,
        work_s=0.1,
        jitter=0.5,
    )
    made = FairnessFold(workers, limit)
    for event in simulate(load, discipline, 1):
        made.apply(event)

    assert made.measures().rounds == pytest.approx(7)


@settings(max_examples=60, deadline=None)
@given(
    st.randoms(use_true_random=False),
    st.sampled_from([0, 1, 2]),
    st.lists(st.floats(1, 10), min_size=6, max_size=6),
)
def test_sums_of_weights_leave_nothing_behind(
    random: Random, limit: int, weights: list[float]
) -> None:
    made = FairnessFold(1, limit, dict(enumerate(weights)))
    for burst in range(20):
        order = [random.randrange(6) for _ in range(random.randint(1, 12))]
        for partition in order:
            made.apply(Arrived(burst * 100.0, partition, 1))
        for event in service(order, start=burst * 100.0):
            made.apply(event)
        made.apply(Polled(burst * 100.0 + 50, 0, FREE))

        assert made._backlog.eligible_weight == made._backlog.weight == 0
        assert made._debt.weight == made._debt.open_weight == made._fair_backlog.weight == 0

    made._worker_time.forget(10**9, made._conservation.busy_s)
    assert made._worker_time._active_weight == 0
    assert made._cost._weight == pytest.approx(0, abs=1e-12)


@given(orders, st.permutations(range(8)))
def test_names_of_partitions_mean_nothing(order: list[int], names: list[int]) -> None:
    plain = measure(order)
    renamed = measure([names[partition] for partition in order])

    for name in ("debt_tasks_max", "rounds", "contended_share", "round_jain", "beyond_three"):
        value = getattr(plain, name)
        assert getattr(renamed, name) == (None if value is None else pytest.approx(value, abs=1e-9))
    assert renamed.worst_wait_rounds.max == pytest.approx(plain.worst_wait_rounds.max)
    assert renamed.shares.short == plain.shares.short


@given(orders, st.integers(1, 6), st.floats(0.1, 50))
def test_measures_of_the_order_know_no_clock(order: list[int], workers: int, pace: float) -> None:
    plain, slow = FairnessFold(workers, 0), FairnessFold(workers, 0)
    for event in in_order(order, workers):
        plain.apply(event)
        slow.apply(event._replace(at=event.at * pace))

    one, other = plain.measures(), slow.measures()

    assert one.worst_wait_rounds.max == other.worst_wait_rounds.max
    assert one.debt_tasks_max == other.debt_tasks_max
    assert one.round_jain == other.round_jain
    assert one.shares.observed == other.shares.observed
    assert one.mechanism.forced_starts == other.mechanism.forced_starts
