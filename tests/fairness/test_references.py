"""The reference fluids on loads whose answer is known by hand."""

import pytest
from fairness.gps import Job, finishes, shares, waits
from fairness.service_lag import service_lag
from fairness.share_windows import shares_by_window
from fairness.simulator import Load, RoundRobin, Scan, batch, simulate

from queue_fairness_core.events import Arrived, Event, Finished, PickedUp, Price


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


def test_lock_keeps_a_tenant_to_one_worker_and_a_task_is_done_by_one() -> None:
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
    price = Price()
    events: list[Event] = [Arrived(0.0, 0, 9), Arrived(0.0, 1, 9)]
    events += [PickedUp(k, 0, 0, k, 0.0, price) for k in range(4)]

    found = shares_by_window(events, {})

    assert [(each.tenant, each.received, each.due, each.whole) for each in found] == [
        (0, 4.0, 2.0, False),
        (1, 0.0, 2.0, False),
    ]


def test_worker_time_is_owed_to_whom_waits() -> None:
    price = Price()
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
    price = Price()
    events: list[Event] = [
        Arrived(0.0, 0, 9),
        Arrived(0.0, 1, 1),
        PickedUp(0.0, 0, 0, 0, 0.0, price),
        PickedUp(0.0, 1, 1, 1, 0.0, price),
        Finished(4.0, 1, 1, 1),
    ]

    assert set(service_lag(events, limit=1, weights={0: 5.0}).lag_max_s.values()) == {0.0}
    assert service_lag(events, limit=0, weights={0: 3.0}).lag_max_s[0] == pytest.approx(2.0)
