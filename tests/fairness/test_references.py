"""The reference fluids on loads whose answer is known by hand."""

import pytest
from fairness.gps import Job, finishes, shares, waits
from fairness.service_lag import service_lag
from fairness.share_windows import shares_by_window
from fairness.simulator import (
    DISCIPLINES,
    Discipline,
    Load,
    RoundRobin,
    Scan,
    batch,
    poisson,
    simulate,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from queue_fairness.events import Arrived, DequeueCost, Event, Finished, PickedUp


def test_water_filling_gives_the_capped_their_cap_and_shares_the_rest() -> None:
    assert shares({1: 0.5, 2: 4, 3: 4}, {1: 1, 2: 1, 3: 2}, 5) == pytest.approx(
        {1: 0.5, 2: 1.5, 3: 3.0}
    )
    assert shares({1: 1, 2: 1}, {1: 1, 2: 1}, 8) == {1: 1, 2: 1}
    assert shares({}, {}, 8) == {}


def test_one_worker_is_shared_by_two() -> None:
    jobs = [Job(0.0, 0, 1.0), Job(0.0, 0, 1.0), Job(0.0, 1, 1.0)]

    assert finishes(jobs, workers=1) == pytest.approx([2.0, 3.0, 2.0])
    assert waits(jobs, workers=1) == pytest.approx([1.0, 2.0, 1.0])


def test_weights_and_a_late_arrival() -> None:
    jobs = [Job(0.0, 0, 3.0), Job(0.0, 1, 1.0), Job(4.0, 2, 1.0)]

    assert finishes(jobs, 1, weights={0: 3}) == pytest.approx([4.0, 4.0, 5.0])


def test_lock_keeps_a_partition_to_one_worker_and_a_task_is_done_by_one() -> None:
    jobs = [Job(0.0, 0, 1.0), Job(0.0, 0, 1.0), Job(0.0, 1, 1.0)]

    assert finishes(jobs, workers=4, limit=1) == pytest.approx([1.0, 2.0, 1.0])
    assert finishes(jobs, workers=4, limit=0) == pytest.approx([1.0, 1.0, 1.0])


def test_stopped_run_counts_the_waits_so_far() -> None:
    jobs = [Job(0.0, 0, 5.0), Job(1.0, 0, 5.0)]

    assert waits(jobs, workers=1, until_s=6.0) == [0.0, 0.0]
    assert waits(jobs, workers=1, until_s=8.0) == [0.0, 2.0]


def test_round_robin_gets_its_share_in_each_window() -> None:
    events = list(simulate(Load(partitions=20, arrivals=batch(20, 10, "block")), RoundRobin, 1))

    found = shares_by_window(events, {})

    assert {(each.window, each.received) for each in found} == {(0, 5.0), (1, 5.0)}
    assert all(each.due == 5.0 for each in found if each.whole)
    assert len(found) == 21, (
        "in the last one all but the last to be served run empty before its end"
    )


def test_scan_leaves_the_last_without_any() -> None:
    events = list(
        simulate(Load(partitions=20, arrivals=batch(20, 10, "block"), workers=2), Scan, 1)
    )

    first = [each for each in shares_by_window(events, {}) if each.window == 0]

    assert sorted(each.received for each in first) == [0.0] * 10 + [10.0]
    assert {each.due for each in first} == {5.0}


def test_open_window_is_due_what_the_fluid_went_through() -> None:
    price = DequeueCost()
    events: list[Event] = [Arrived(0.0, 0, 9), Arrived(0.0, 1, 9)]
    events += [PickedUp(k, 0, 0, k, 0.0, price) for k in range(4)]

    found = shares_by_window(events, {})

    assert [(each.partition, each.received, each.due, each.whole) for each in found] == [
        (0, 4.0, 2.0, False),
        (1, 0.0, 2.0, False),
    ]


def test_worker_time_is_owed_to_whom_waits() -> None:
    price = DequeueCost()
    events: list[Event] = [
        Arrived(0.0, 0, 1),
        Arrived(0.0, 1, 1),
        PickedUp(0.0, 0, 0, 0, 0.0, price),
        Finished(4.0, 0, 0, 0),
        PickedUp(4.0, 0, 1, 1, 0.0, price),
        Finished(5.0, 0, 1, 1),
    ]

    lag = service_lag(events, limit=1, weights={})

    assert lag.served_s == {0: 4.0, 1: 1.0}
    assert lag.due_s == {0: 2.0, 1: 3.0}
    assert lag.lag_max_s == {0: 0.0, 1: 2.0}
    assert lag.lag_s == {0: -2.0, 1: 0.0}, "what is owed is forgiven, what was overdrawn is not"


def test_lock_forbids_what_is_not_owed() -> None:
    price = DequeueCost()
    events: list[Event] = [
        Arrived(0.0, 0, 9),
        Arrived(0.0, 1, 1),
        PickedUp(0.0, 0, 0, 0, 0.0, price),
        PickedUp(0.0, 1, 1, 1, 0.0, price),
        Finished(4.0, 1, 1, 1),
    ]

    assert set(service_lag(events, limit=1, weights={0: 5.0}).lag_max_s.values()) == {0.0}
    assert service_lag(events, limit=0, weights={0: 3.0}).lag_max_s[0] == pytest.approx(2.0)


@settings(max_examples=60, deadline=None)
@given(
    limit=st.integers(0, 3),
    weights=st.lists(st.sampled_from([1.0, 2.0, 5.0]), min_size=4, max_size=4),
    seed=st.integers(0, 99),
    discipline=st.sampled_from(DISCIPLINES),
)
def test_fluid_gives_out_what_the_workers_do(
    limit: int, weights: list[float], seed: int, discipline: type[Discipline]
) -> None:
    load = Load(
        partitions=4,
        arrivals=poisson([20.0, 40.0, 10.0, 5.0], 1.0, seed),
        workers=3,
        limit=limit,
        jitter=0.5,
    )
    events = list(simulate(load, discipline, seed))

    lag = service_lag(events, limit, dict(enumerate(weights)))

    assert sum(lag.due_s.values()) == pytest.approx(sum(lag.served_s.values()))
    assert sum(lag.served_s.values()) == pytest.approx(_work_s(events))
    assert min(lag.lag_max_s.values(), default=0.0) >= 0.0


def _work_s(events: list[Event]) -> float:
    begun = {e.task: e.at for e in events if isinstance(e, PickedUp)}
    return sum(e.at - begun[e.task] for e in events if isinstance(e, Finished))


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 99), discipline=st.sampled_from(DISCIPLINES))
def test_windows_have_no_more_than_was_dispatched(seed: int, discipline: type[Discipline]) -> None:
    load = Load(partitions=6, arrivals=batch(6, 12, "shuffled", seed), workers=2, jitter=0.5)
    events = list(simulate(load, discipline, seed))

    found = shares_by_window(events, {})

    for window in {each.window for each in found}:
        inside = [each for each in found if each.window == window]
        assert sum(each.tasks for each in inside) <= 6 * 5 + 1
        assert all(0.0 < each.due <= 5.0 for each in inside)


@settings(max_examples=40, deadline=None)
@given(
    workers=st.integers(1, 4),
    limit=st.integers(0, 2),
    work=st.lists(
        st.tuples(st.floats(0, 3), st.integers(0, 3), st.floats(0.01, 2)), min_size=1, max_size=20
    ),
)
def test_fluid_is_work_conserving(
    workers: int, limit: int, work: list[tuple[float, int, float]]
) -> None:
    jobs = [Job(*each) for each in sorted(work)]

    ends = finishes(jobs, workers, limit)

    assert all(end >= job.at + job.work_s - 1e-6 for job, end in zip(jobs, ends, strict=True))
    total = sum(job.work_s for job in jobs)
    assert max(ends) <= max(job.at for job in jobs) + total + 1e-6
    assert max(ends) >= total / workers - 1e-6
