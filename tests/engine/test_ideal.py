"""Fair turns, worked out: closed forms, and the fair fluid on the same tasks."""

import dataclasses
import math
from collections import Counter
from heapq import heappushpop
from itertools import pairwise

import pytest
from fairness.gps import Job, waits
from hypothesis import given, settings
from hypothesis import strategies as st

from queue_fairness.engine.ideal import (
    Ideal,
    Outage,
    Pace,
    Pickup,
    QuietWaits,
    Shift,
    crash,
    outages,
    pace,
)
from queue_fairness.engine.retry_policy import BACKOFF_S
from queue_fairness.engine.schedule import Arrival, TaskLog
from queue_fairness.events import Arrived, DequeueCost, Finished, LeaseExpired, Left, PickedUp
from queue_fairness.metrics.counters import Counters
from queue_fairness.plan import Plan

WORK_S = 0.1
FLOW = Plan(
    partitions=1, workers=1, work_duration=WORK_S, load=0.9, duration=60, work_distribution="pareto"
)
DRAIN = Plan(partitions=7, tasks_per_partition=5, workers=1, work_duration=WORK_S, noisy_tasks=1)


def _pickups(ideal: Ideal, until_s: float = math.inf) -> tuple[list[Pickup], TaskLog]:
    task_log = TaskLog(ideal.plan)
    return list(ideal.pickups(until_s, task_log)), task_log


def _drain_s(plan: Plan, **changes: object) -> float:
    """When the last task of a drain is taken."""
    ideal = dataclasses.replace(Ideal(plan=plan, weights={}), **changes)  # type: ignore[arg-type]
    pickups, _ = _pickups(ideal)
    assert len(pickups) == plan.total_tasks
    return pickups[-1].at


@pytest.mark.parametrize("limit", [1, 2, 0])
def test_one_tenant_waits_as_the_recursion_of_kiefer_and_wolfowitz_says(limit: int) -> None:
    workers = 3
    plan = dataclasses.replace(FLOW, workers=workers, load=0.9 * min(limit or workers, workers) / 3)
    pickups, task_log = _pickups(Ideal(plan=plan, limit=limit, weights={}))
    free: list[float] = [0.0] * (limit or workers)

    assert len(pickups) == task_log.entered > 100
    for number, (at, task, wait_s) in enumerate(pickups):
        due = task_log.due_at(number)
        starts = max(due, free[0])
        heappushpop(free, starts + task_log.work_s(task))

        assert task.number == number
        assert at == pytest.approx(starts)
        assert wait_s == pytest.approx(starts - due)


@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("order", ["block", "shuffled", "interleaved"])
def test_everybody_has_one_turn_a_round(workers: int, order: str) -> None:
    plan = dataclasses.replace(DRAIN, workers=workers, arrival_order=order)
    pickups, _ = _pickups(Ideal(plan=plan, weights={}))
    partitions = [each.task.partition for each in pickups]

    rounds = [partitions[first : first + 7] for first in range(0, 35, 7)]
    assert all(sorted(each) == list(range(7)) for each in rounds)
    assert pickups[6].at == pytest.approx(WORK_S * (6 // workers)), "the last of the first round"


def test_turns_follow_the_weights() -> None:
    plan = dataclasses.replace(DRAIN, partitions=2, tasks_per_partition=60)
    pickups, _ = _pickups(Ideal(plan=plan, weights={0: 2.0}))
    served = [0, 0]

    for pickup in pickups[:90]:
        served[pickup.task.partition] += 1
        assert abs(served[0] - 2 * served[1]) <= 2
    assert served == [60, 30]


def test_fair_by_time_charges_the_work_of_a_turn() -> None:
    plan = Plan(
        partitions=2,
        tasks_per_partition=40,
        workers=1,
        work_duration=WORK_S,
        work_scale="1,4",
        fair_by="time",
    )
    pickups, _ = _pickups(Ideal(plan=plan, weights={}))
    scale = Counter(each.task.partition for each in pickups[:50])

    assert scale == {0: 40, 1: 10}


@pytest.mark.parametrize(("limit", "at_once"), [(1, 1), (2, 2), (0, 4), (9, 4)])
def test_limit_is_kept(limit: int, at_once: int) -> None:
    plan = dataclasses.replace(DRAIN, partitions=1, tasks_per_partition=40, workers=4)

    assert _drain_s(plan, limit=limit) == pytest.approx((40 / at_once - 1) * WORK_S)


def test_slow_worker_takes_its_time_and_others_do_not_wait_for_it() -> None:
    plan = dataclasses.replace(DRAIN, partitions=90, tasks_per_partition=1, workers=2)
    plan = dataclasses.replace(plan, slow_worker=8)

    assert _drain_s(plan) == pytest.approx(79 * WORK_S)


def test_pace_stretches_the_work_and_adds_the_pops() -> None:
    assert _drain_s(DRAIN, pace=Pace(2.0, 0.05)) == pytest.approx(34 * (2 * WORK_S + 0.05))


def test_workers_come_and_go() -> None:
    plan = dataclasses.replace(DRAIN, partitions=40, tasks_per_partition=1, workers=2)
    half = (Shift(0.95, 1, comes=False),)
    back = crash(0.95, 1, dataclasses.replace(plan, crash_return=1))
    more = (Shift(0.95, 2, comes=True),)

    assert _drain_s(plan) == pytest.approx(1.9)
    assert _drain_s(plan, shifts=half) == pytest.approx(2.9), "20 tasks are left for one worker"
    assert _drain_s(dataclasses.replace(plan, crash_at=0.95)) == _drain_s(plan, shifts=half)
    assert _drain_s(plan, shifts=back) == pytest.approx(2.4, abs=WORK_S)
    assert _drain_s(plan, shifts=more) == pytest.approx(1.6, abs=WORK_S)


@pytest.mark.parametrize(("limit", "of_it"), [(1, [0.0, 1.0]), (2, [0.0] * 2), (0, [0.0] * 2)])
def test_crash_takes_up_a_slot_of_its_partition(limit: int, of_it: list[float]) -> None:
    plan = dataclasses.replace(DRAIN, partitions=3, tasks_per_partition=2, workers=6)
    ideal = Ideal(plan=plan, limit=limit, weights={}, outages=[Outage(0.05, 1, 1.0)])
    pickups, _ = _pickups(ideal)

    assert [each.at for each in pickups if each.task.partition == 1] == of_it


def test_outage_that_never_ends_keeps_the_rest_waiting() -> None:
    plan = dataclasses.replace(DRAIN, partitions=3, tasks_per_partition=2, workers=6)
    pickups, task_log = _pickups(Ideal(plan=plan, weights={}, outages=[Outage(0.05, 1, math.inf)]))

    assert len(pickups) == task_log.entered - 1


def test_outages_are_those_of_the_run() -> None:
    counters = Counters(dataclasses.replace(DRAIN, workers=2))
    counters.apply(Arrived(0.0, 3, 2))
    for worker, at in ((0, 0.1), (1, 0.2)):
        counters.apply(PickedUp(at, worker, 3, worker, 0.0, DequeueCost()))
        counters.apply(Left(at + 0.5, worker, True))
    counters.apply(LeaseExpired(2.0, 3, 0, False))

    assert outages(counters) == [Outage(0.6, 3, 2.0), Outage(0.7, 3, math.inf)]


@pytest.mark.parametrize("retry", ["head", "tail", "backoff"])
def test_failed_tasks_come_again(retry: str) -> None:
    plan = dataclasses.replace(DRAIN, failure_rate=1, retry=retry, max_attempts=3)
    pickups, _ = _pickups(Ideal(plan=plan, weights={}))
    attempts = Counter(each.task.number for each in pickups)
    of_one = [each.task.number for each in pickups if each.task.partition == 0]
    again = [(before, after) for before, after in pairwise(of_one) if before == after]

    assert attempts == dict.fromkeys(range(35), 3)
    assert len(again) >= 10 if retry == "head" else len(again) < 10
    first, second, third = (each.at for each in pickups if each.task.number == 0)
    rests = (second - first - WORK_S, third - second - WORK_S)
    if retry == "backoff":
        assert rests[0] >= BACKOFF_S
        assert rests[1] >= 2 * BACKOFF_S


def test_piles_that_somebody_added_have_to_be_served_too() -> None:
    pile = Arrival(0.0, 7, 35)
    pickups, task_log = _pickups(Ideal(plan=DRAIN, weights={}, piles=[pile]))

    assert task_log.entered == 70
    assert [each.task.partition for each in pickups[:8]].count(7) == 1


def test_nobody_may_be_left_out_who_still_waits() -> None:
    plan = dataclasses.replace(DRAIN, partitions=2, tasks_per_partition=1, noisy=1, noisy_at=0)
    waits_now = Ideal(plan=plan, weights={}).quiet_waits(WORK_S / 2)

    assert waits_now is not None
    assert waits_now.tasks == 2
    assert waits_now.mean_s == pytest.approx(WORK_S / 4), "none, and half a task so far"
    assert waits_now.p95_s == pytest.approx(WORK_S / 2, rel=0.01)


def test_noisy_tasks_do_not_count() -> None:
    plan = dataclasses.replace(DRAIN, noisy=1, noisy_tasks=500, noisy_at=0)
    found = Ideal(plan=plan, weights={}).quiet_waits(math.inf)

    assert found is not None
    assert found.tasks == 35
    assert found.p95_s is not None
    assert found.p95_s < 40 * WORK_S, "five rounds of eight"


def test_same_plan_has_one_answer() -> None:
    plan = dataclasses.replace(FLOW, partitions=5, workers=2, noisy=2, noisy_tasks=50)

    def answer() -> QuietWaits | None:
        return Ideal(plan=plan, weights={}).quiet_waits(60)

    assert answer() == answer()
    assert answer() is not None


def test_nothing_comes_of_it_when_nobody_wants_it_any_more() -> None:
    ideal = Ideal(plan=DRAIN, weights={}, is_wanted=lambda: False)

    assert ideal.quiet_waits(math.inf) is None


def test_no_task_no_wait() -> None:
    plan = Plan(partitions=1, rate=0.001, duration=0.1, noisy=1, noisy_at=9)

    assert Ideal(plan=plan, weights={}).quiet_waits(0.1) == QuietWaits(None, None, 0)


@pytest.mark.parametrize(
    ("work_s", "expected"),
    [
        pytest.param(0.1, Pace(1.5, 0.05), id="stretched"),
        pytest.param(None, Pace(1.0, 0.2), id="work that the plan does not know"),
    ],
)
def test_pace_is_what_workers_took(work_s: float | None, expected: Pace) -> None:
    counters = Counters(DRAIN)
    counters.apply(Arrived(0.0, 0, 2))
    for number, at in enumerate((1.0, 1.2)):
        counters.apply(PickedUp(at, 0, 0, number, 0.0, DequeueCost()))
        counters.apply(Finished(at + 0.15, 0, 0, number, False))

    found = pace(DRAIN, work_s, counters)

    assert dataclasses.astuple(found) == pytest.approx(dataclasses.astuple(expected))


def test_pace_without_a_finished_task_is_the_plans() -> None:
    assert pace(DRAIN, None, Counters(DRAIN)) == Pace()


@settings(max_examples=60, deadline=None)
@given(
    partitions=st.integers(1, 8),
    noisy=st.integers(0, 4),
    pile=st.integers(1, 20),
    workers=st.integers(1, 6),
    limit=st.integers(0, 3),
    load=st.sampled_from([0.3, 0.8, 1.0, 1.3]),
    seed=st.integers(0, 9999),
)
def test_fluid_says_the_same_within_turns_of_one_task(
    partitions: int, noisy: int, pile: int, workers: int, limit: int, load: float, seed: int
) -> None:
    plan = Plan(
        partitions=partitions,
        noisy=noisy,
        noisy_tasks=pile,
        noisy_at=0.7,
        workers=workers,
        work_duration=WORK_S,
        load=load,
        duration=4,
        seed=seed,
    )
    pickups, task_log = _pickups(Ideal(plan=plan, limit=limit, weights={}))
    partition_of = {each.task.number: each.task.partition for each in pickups}
    jobs = [
        Job(task_log.due_at(each), partition_of[each], WORK_S) for each in range(task_log.entered)
    ]
    fluid = waits(jobs, workers, limit)
    off = [each.wait_s - fluid[each.task.number] for each in pickups]
    round_s = WORK_S * (1 + plan.all_partitions / workers)

    assert len(pickups) == task_log.entered
    assert max(off, default=0.0) < 1.5 * round_s
    assert min(off, default=0.0) > -3 * round_s, "within a tenant the fluid does tasks side by side"
    assert abs(sum(off)) <= round_s * len(off)
