"""Where the tasks of a run are said to be, at its end and in mid-run."""

import pytest

from queue_fairness.engine.outcome import Outcome
from queue_fairness.engine.reaper import REAP_S
from queue_fairness.engine.task_balance import TaskBalance
from queue_fairness.events import (
    Arrived,
    DequeueCost,
    Event,
    Finished,
    Left,
    PickedUp,
    ReplyLost,
)
from queue_fairness.metrics.counters import Counters
from queue_fairness.plan import Plan

PLAN = Plan(partitions=2, tasks_per_partition=5, workers=3)
TTL_S = 2.0


def _balance(*events: Event, left: int | None, ended_at: float, ttl_s: float = 0.0) -> TaskBalance:
    counters = Counters(PLAN)
    for event in (Arrived(0.0, 0, 5), Arrived(0.0, 1, 5), *events):
        counters.apply(event)
    return TaskBalance(counters, Outcome(enqueued=10, elapsed_s=ended_at, left=left), ttl_s)


def _pickup(worker: int) -> PickedUp:
    return PickedUp(1.0, worker, 0, worker, 0.0, DequeueCost(round_trips=1))


CRASH = (_pickup(0), Left(1.5, 0, crashed=True))


def test_every_task_is_somewhere() -> None:
    balance = _balance(_pickup(0), _pickup(1), Finished(1.2, 0, 0, 0), left=8, ended_at=2.0)

    assert (balance.enqueued, balance.out_of_queue, balance.waiting) == (10, 2, 8)
    assert balance.lost() == 1, "the one in flight is neither done nor left"
    assert balance.missing() == 0, "it is explained"


def test_nothing_is_said_of_losses_where_redis_could_not_be_asked() -> None:
    balance = _balance(left=None, ended_at=2.0)

    assert balance.lost() is None
    assert balance.missing() is None


def test_task_that_nobody_can_explain_is_missing() -> None:
    balance = _balance(left=7, ended_at=2.0)

    assert (balance.lost(), balance.missing()) == (3, 3)


@pytest.mark.parametrize(
    ("ttl_s", "in_lease", "lost"),
    [(TTL_S, 1, 0), (0.0, 0, 1)],
    ids=["comes back", "no leases"],
)
def test_task_of_a_crashed_worker_is_lost_unless_its_lease_brings_it_back(
    ttl_s: float, in_lease: int, lost: int
) -> None:
    balance = _balance(*CRASH, left=9, ended_at=2.0, ttl_s=ttl_s)

    assert balance.in_lease(2.0) == in_lease
    assert balance.lost() == lost
    assert balance.missing() == 0, "the crash explains it"


def test_lease_is_waited_for_no_longer_than_it_can_take() -> None:
    balance = _balance(*CRASH, left=9, ended_at=2.0, ttl_s=TTL_S)

    assert balance.in_lease(1.5 + TTL_S + REAP_S) == 1
    assert balance.in_lease(1.6 + TTL_S + REAP_S) == 0


def test_tasks_that_somebody_else_put_there_count_as_enqueued() -> None:
    assert _balance(left=12, ended_at=2.0).enqueued == 12


def test_nothing_is_lost_where_all_is_done_whatever_redis_would_say() -> None:
    done: list[Event] = []
    for number in range(10):
        pickup = PickedUp(1.0, 0, number // 5, number, 0.0, DequeueCost(round_trips=1))
        done += [pickup, Finished(1.1, 0, number // 5, number)]

    assert _balance(*done, left=None, ended_at=2.0).lost() == 0


def test_lost_replies_took_no_more_tasks_along_than_there_are() -> None:
    some = [ReplyLost(0.1, 0), ReplyLost(0.2, 0), ReplyLost(0.3, 1)]
    done: list[Event] = []
    for number in range(9):
        pickup = PickedUp(1.0, 0, number // 5, number, 0.0, DequeueCost(round_trips=1))
        done += [pickup, Finished(1.1, 0, number // 5, number)]

    assert _balance(*some, left=None, ended_at=2.0).may_be_lost == 3
    assert _balance(*some, *done, left=None, ended_at=2.0).may_be_lost == 1
