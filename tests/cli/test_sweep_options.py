"""`sweep` on the command line: what it takes, and how it refuses before any run."""

import dataclasses

import pytest

from queue_fairness.analysis.sweep import Sweep
from queue_fairness.cli.commands import SweepCommand
from queue_fairness.cli.options import parse
from queue_fairness.plan import Plan, plan_fields
from queue_fairness.plan.field import PlanField
from queue_fairness.strategies import STRATEGIES

NUMERIC = [each for each in plan_fields() if each.kind in (int, float)]


def _sweep(arguments: str) -> Sweep:
    options = parse(["sweep", *arguments.split()], {})
    assert isinstance(options.command, SweepCommand)
    assert options.command.plan == options.command.sweep.plans[0]
    return options.command.sweep


@pytest.mark.parametrize("field", NUMERIC, ids=lambda each: str(each.name))
def test_every_numeric_field_takes_a_list(field: PlanField) -> None:
    assert field.minimum is not None
    low = field.kind(f"{field.minimum:g}")
    assert not isinstance(low, str)
    sweep = _sweep(f"{field.option} {low + 1},{low}")

    assert (sweep.name, sweep.values) == (field.name, (low, low + 1))
    assert [getattr(plan, field.name) for plan in sweep.plans[::2]] == [low, low + 1]


def test_values_may_have_units_and_words_may_have_commas() -> None:
    sweep = _sweep("--work-duration 5ms,0 --sizes 5000,10 -P 2 --foreign-keys 7")

    assert sweep.values == (0, 0.005)
    assert sweep.plans[0].sizes == "5000,10"
    assert sweep.plans[0].foreign_keys == 7


def test_sustained_load_and_scenarios_keep_their_work() -> None:
    assert _sweep("--load 0.5,1.2 --duration 2s").plans[-1].load == 1.2
    assert _sweep("--rate 10,20").plan.work_duration == Plan().work_duration
    scenario = parse(["--scenario", "retry-storm"], {}).command.plan
    found = _sweep("--scenario retry-storm -w 2,4")
    assert found.plans[0] == dataclasses.replace(scenario, workers=2, strategy="scan")


def test_rest_of_the_plan_is_as_asked_for_and_without_work_unless_told() -> None:
    sweep = _sweep("-P 9,5 -t 4 -w 3 --seed 7 --arrival-order shuffled --repeat 2")

    assert sweep.plans[0] == Plan(
        partitions=5,
        tasks_per_partition=4,
        workers=3,
        work_duration=0,
        arrival_order="shuffled",
        seed=7,
        strategy="scan",
    )
    assert (sweep.strategies, sweep.repeats) == (("scan", "round-robin"), 2)
    assert sweep.total_tasks is None
    assert _sweep("-P 9,5 --work-duration 0.5").plan.work_duration == 0.5


def test_strategies_are_named_or_all() -> None:
    assert _sweep("-w 1,2 --strategies fifo,scan").strategies == ("fifo", "scan")
    assert _sweep("-w 1,2 --strategies all").strategies == tuple(STRATEGIES)


def test_total_takes_the_place_of_tasks_per_partition() -> None:
    sweep = _sweep("-P 50,200,1000 --total-tasks 1000")

    assert sweep.total_tasks == 1000
    assert [plan.tasks_per_partition for plan in sweep.plans[::2]] == [20, 5, 1]


def test_default_of_what_varies_bounds_nothing() -> None:
    # 200 partitions, the default, of so many tasks would be too many.
    assert _sweep("-P 2,3 -t 1000000").plans[-1].total_tasks == 3_000_000


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        pytest.param("sweep", "sweep needs one option with a list of values", id="no-list"),
        pytest.param("sweep -P 50", "sweep needs one option with a list", id="one-value"),
        pytest.param("sweep -P 1,2 -w 3,4", "--partitions and --workers have lists", id="two"),
        pytest.param("sweep -P 50,50", "--partitions names 50 twice", id="twice"),
        pytest.param("sweep --work-duration 1,1.0", "names 1.0 twice", id="twice-in-value"),
        pytest.param("sweep -P 50,", "--partitions (empty) is not a whole number", id="empty"),
        pytest.param("sweep -P 50,x", "--partitions x is not a whole number", id="word"),
        pytest.param("sweep -w 8,2000", "--workers 2000 is too large", id="bound"),
        pytest.param(
            "sweep --arrival-order block,shuffled",
            "--arrival-order is not a number",
            id="no-number",
        ),
        pytest.param(
            "sweep -P 50,1000000 -t 100",
            "is 100,000,000 tasks: allowed are at most 10,000,000 in one run",
            id="too-many-tasks",
        ),
        pytest.param(
            "sweep -w 1,2 --total-tasks 9", "needs a list of partitions", id="total-of-what"
        ),
        pytest.param("sweep -P 1,2 -t 4 --total-tasks 9", "exclude each other", id="two-amounts"),
        pytest.param("sweep -P 1,2 --total-tasks 0", "--total-tasks 0 is too small", id="no-tasks"),
        pytest.param("sweep -P 1,2 --total-tasks x", "--total-tasks x is not a", id="total-word"),
        pytest.param("sweep -P 1,2 --strategy scan", "sweep takes --strategies", id="singular"),
        pytest.param("sweep -P 1,2 --strategies best", "best is not known", id="unknown"),
        pytest.param("sweep -P 1,2 --repeat 0", "--repeat 0 is too small", id="no-repeat"),
        pytest.param("sweep -P 1,2 --markdown --json -", "both want stdout", id="two-outputs"),
        pytest.param("-P 1,2 sweep", "the word sweep comes first", id="late"),
        pytest.param("-P 1,2", "--partitions 1,2 is not a whole number", id="without-the-word"),
    ],
)
def test_refusal_is_one_line_and_status_2(
    arguments: str, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refusal:
        parse(arguments.split(), {})

    written = capsys.readouterr()
    assert refusal.value.code == 2
    assert complaint in written.err
    assert written.err.count("\n") == 1
    assert not written.out


def test_help_says_that_there_is_no_work_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["sweep", "--help-all"], {})
    said = " ".join(capsys.readouterr().out.split())
    assert "which measures the queue alone. (0 to 3,600; default 0)" in said
    for words in ("--total-tasks N", "--partitions 50,200,1000", "default scan,round-robin"):
        assert words in said
    assert "--strategy NAME" not in said

    with pytest.raises(SystemExit):
        parse(["--help"], {})
    assert "queue-fairness-tui sweep --help" in capsys.readouterr().out
