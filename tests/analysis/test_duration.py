"""How long runs will take, and the run that a summary advises."""

import dataclasses

import pytest
from script import snapshot

from queue_fairness.analysis.comparison import Comparison
from queue_fairness.analysis.duration import (
    about,
    expected_s,
    left_s,
    planned_s,
    rough,
    said,
    series_s,
)
from queue_fairness.analysis.next_run import advised, differences
from queue_fairness.metrics.snapshot import Phase
from queue_fairness.plan import Plan

PLAN = Plan(partitions=60, tasks_per_partition=10, workers=4, work_duration=0.02)
SUSTAINED = Plan(partitions=20, workers=4, work_duration=0.02, load=1.1, duration=30)
NOISY = dataclasses.replace(SUSTAINED, noisy=1, noisy_tasks=100, paired=True)


def test_a_plan_takes_its_work_or_its_time() -> None:
    assert planned_s(PLAN) == pytest.approx(3.5)
    assert planned_s(SUSTAINED) == pytest.approx(30.5)
    assert planned_s(NOISY) == pytest.approx(61), "a paired run has two parts"
    assert planned_s(dataclasses.replace(PLAN, work_duration=0)) is None


def test_runs_that_were_made_correct_what_is_expected() -> None:
    run = snapshot(PLAN)
    slow = dataclasses.replace(run, elapsed_s=6.0)

    assert expected_s(PLAN, [slow]) == pytest.approx(6.5)
    assert expected_s(PLAN, [dataclasses.replace(slow, phase=Phase.STOPPED)]) == planned_s(PLAN)
    without_work = dataclasses.replace(PLAN, work_duration=0)
    assert expected_s(without_work, []) is None
    assert expected_s(without_work, [slow]) == pytest.approx(6.5)


def test_what_is_left_of_a_series_falls_to_nothing() -> None:
    asked = Comparison(plan=PLAN, strategies=("scan", "fifo", "round-robin"))
    assert about(asked) == ", about 10 s"
    assert series_s(asked) == pytest.approx(10.5)
    half = snapshot(PLAN, Phase.DRAINING, 0.5)
    left = [left_s(asked, half), left_s(asked.with_run(snapshot(PLAN)), half)]
    assert left[0] is not None
    assert left[1] is not None
    assert 10.5 > left[0] > left[1] > 3.4
    for name in asked.strategies:
        asked = asked.with_run(snapshot(dataclasses.replace(PLAN, strategy=name)))
    assert series_s(asked) == 0
    assert said(None) == ""


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0, "1 s"), (8.2, "9 s"), (48, "50 s"), (300, "5 min"), (7800, "2 h 10 min")],
)
def test_times_are_said_as_people_say_them(seconds: float, text: str) -> None:
    assert rough(seconds) == text


def test_an_unfair_run_advises_the_strategy_that_it_names() -> None:
    run = snapshot(PLAN)
    assert run.assessment is not None
    other = advised(run)

    assert other is not None
    assert run.assessment.verdict.next_step[0].startswith(other.strategy)
    assert differences(PLAN, other) == [("strategy", "scan", "round-robin")]


def test_a_fair_drain_advises_overload_and_a_failed_run_nothing() -> None:
    fair = snapshot(dataclasses.replace(PLAN, strategy="round-robin"))
    other = advised(fair)
    assert other is not None
    assert other.load > 1

    assert advised(dataclasses.replace(fair, failure="Redis is gone")) is None


def test_a_run_too_short_to_judge_advises_a_longer_one() -> None:
    short = snapshot(dataclasses.replace(PLAN, tasks_per_partition=1))
    other = advised(short)

    assert other is not None
    assert other.tasks_per_partition == 10
