"""Small pieces of a run: keys, weights, clock, marks, warnings, and what may stand for a run."""

import pytest
from script import Scene, ScriptedRun

from queue_fairness.engine.fault import Fault
from queue_fairness.engine.outcome import Outcome
from queue_fairness.engine.paired_run import PairedRun, make_run
from queue_fairness.engine.planned_marks import planned_marks
from queue_fairness.engine.run import Run
from queue_fairness.engine.run_clock import RunClock
from queue_fairness.engine.run_handle import RunHandle
from queue_fairness.engine.run_keys import RunKeys
from queue_fairness.engine.run_parts import weights_of
from queue_fairness.engine.subprocess_run import SubprocessRun
from queue_fairness.metrics.snapshot import Phase
from queue_fairness.plan import Plan

PLAIN = Plan(partitions=3, tasks_per_partition=1)
PAIRED = Plan(partitions=3, rate=50, duration=1, noisy=1, paired=True)

RUNS: list[RunHandle] = [
    Run(PLAIN),
    PairedRun(PAIRED),
    SubprocessRun(PLAIN),
    ScriptedRun(PLAIN, Scene(Phase.STARTING, 0.0)),
]
"""Every kind; that each is a `RunHandle` is for the type checker to say."""


@pytest.mark.parametrize("run", RUNS[:3], ids=lambda run: type(run).__name__)
def test_run_that_has_not_begun_can_be_looked_at_but_not_disturbed(run: RunHandle) -> None:
    seen = run.snapshot()

    assert (seen.phase, seen.completed, seen.server) == (Phase.STARTING, 0, None)
    assert run.inject(Fault.ADD_WORKER) == "only while the workers are at work"


def test_plan_says_which_kind_of_run_it_gets() -> None:
    assert isinstance(make_run(PLAIN), Run)
    assert isinstance(make_run(PAIRED), PairedRun)


def test_paired_run_shows_its_first_part_first() -> None:
    seen = PairedRun(PAIRED).snapshot()

    assert seen.pair_label == "first without the noise"
    assert seen.plan.noisy == 0


def test_two_runs_share_no_key() -> None:
    first, second = RunKeys.draw(), RunKeys.draw()

    assert len({*first.prefixes, *second.prefixes}) == 4
    for keys in (first, second):
        assert keys.results_prefix.startswith(f"{keys.foreign_prefix}:")
        assert keys.witness.startswith(f"{keys.foreign_prefix}:")


def test_weights_count_from_the_least_one_which_is_left_out() -> None:
    assert weights_of(Plan(partitions=4)) == {}
    assert weights_of(Plan(partitions=4, weights="2,4,2,6")) == {1: 2.0, 3: 3.0}


def test_clock_stands_at_zero_until_it_is_started() -> None:
    clock = RunClock()
    assert (clock.is_running, clock.now()) == (False, 0.0)

    clock.start()

    first = clock.now()
    assert clock.is_running
    assert 0 <= first <= clock.now()


def test_marks_of_a_plan_come_in_order() -> None:
    plan = Plan(partitions=3, noisy=2, noisy_tasks=1000, noisy_at=4.0, newcomer_at=2.0)

    assert planned_marks(plan) == [(2.0, "p2 is new"), (4.0, "noise: 2 x 1,000 tasks")]
    assert planned_marks(PLAIN) == []


def test_warning_is_kept_once() -> None:
    outcome = Outcome()

    for warning in ("no room", None, "no room", "no cost"):
        outcome.warn(warning)

    assert outcome.warnings == ["no room", "no cost"]
