"""What a plan lets arrive, in all: the same for every strategy."""

import pytest

from queue_fairness.engine.schedule import TaskLog, initial_tasks, scheduled_arrivals
from queue_fairness.plan import Plan


def _entered(plan: Plan) -> list[tuple[float, int, float]]:
    """All that arrives: when, whose, and how long it takes."""
    task_log = TaskLog(plan)
    tasks = list(initial_tasks(plan, task_log))
    for due in scheduled_arrivals(plan):
        tasks += (task_log.enter(due.partition, due.at) for _ in range(due.tasks))
    return [(task_log.due_at(each.number), each.partition, task_log.work_s(each)) for each in tasks]


def test_every_strategy_gets_the_same_load() -> None:
    plans = [
        Plan(
            strategy=strategy,
            partitions=20,
            load=0.9,
            duration=5,
            arrivals="bursts",
            sizes="zipf",
            noisy=2,
            noisy_tasks=30,
            noisy_at=1,
            work_distribution="pareto",
            work_scale="4*10,1",
        )
        for strategy in ("scan", "round-robin")
    ]

    first, second = map(_entered, plans)

    assert first == second
    assert [at for at, _, _ in first] == sorted(at for at, _, _ in first)
    assert sum(partition == 20 for _, partition, _ in first) == 30
    assert [at for at, partition, _ in first if partition >= 20] == [1.0] * 60


def test_newcomer_of_a_drain_arrives_late_with_all_its_tasks() -> None:
    plan = Plan(partitions=5, tasks_per_partition=4, newcomer_at=2)

    entered = _entered(plan)

    assert len(entered) == plan.total_tasks == 20
    assert [at for at, partition, _ in entered if partition == 4] == [2.0] * 4
    assert all(at == 0 for at, partition, _ in entered if partition != 4)


def test_newcomer_of_a_sustained_load_has_nothing_before() -> None:
    plan = Plan(partitions=5, rate=100, duration=5, newcomer_at=2)

    times = [at for at, partition, _ in _entered(plan) if partition == 4]

    assert times
    assert min(times) >= 2


def test_load_is_a_share_of_what_the_workers_can_do() -> None:
    plan = Plan(load=1.2, workers=8, work_duration=0.025)
    scaled = Plan(load=1.2, workers=8, work_duration=0.025, partitions=4, work_scale="3*2,1")

    assert plan.arrival_rate == pytest.approx(384)
    assert scaled.mean_work_s == pytest.approx(0.05)
    assert scaled.arrival_rate == pytest.approx(192)


def test_retried_task_is_due_when_it_is_back() -> None:
    plan = Plan(partitions=2, tasks_per_partition=2)
    task_log = TaskLog(plan)
    tasks = list(initial_tasks(plan, task_log))

    task_log.reschedule(tasks[1].number, 0.7)

    assert [task_log.due_at(each.number) for each in tasks] == [0, 0.7, 0, 0]
    assert task_log.due_at(task_log.enter(0, 3.0).number) == 3.0


def test_open_waits_are_those_of_quiet_tasks_that_nobody_took() -> None:
    task_log = TaskLog(Plan(partitions=2, noisy=1, rate=10))
    for partition, due_at in ((0, 1.0), (2, 1.0), (1, 3.0), (0, 4.0)):
        task_log.enter(partition, due_at)

    assert list(task_log.open_quiet_waits(5.0, lambda number: number == 0)) == [2.0, 1.0]


def test_mean_work_is_that_of_the_tasks_that_were_taken() -> None:
    task_log = TaskLog(Plan(partitions=2, load=0.5, work_duration=0.1, work_scale="1,3"))
    for partition in (0, 1, 1):
        task_log.enter(partition, 0.0)

    assert task_log.mean_work_s(lambda _: True) == pytest.approx(0.7 / 3)
    assert task_log.mean_work_s(lambda number: number == 1) == pytest.approx(0.3)
    assert task_log.mean_work_s(lambda _: False) is None
