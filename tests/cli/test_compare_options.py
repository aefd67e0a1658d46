"""`compare` on the command line: what is asked for, refused and explained."""

import shlex

import pytest
from analysis.compared import LOAD, SCAN, TURNS, compared, picture_of

from queue_fairness.cli.commands import CompareCommand, RunCommand
from queue_fairness.cli.options import parse
from queue_fairness.plan import Plan
from queue_fairness.report.command import command
from queue_fairness.strategies import STRATEGIES


def test_command_asks_for_the_same_again() -> None:
    comparison = compared(picture_of(SCAN), picture_of(TURNS), repeats=2)
    program, *arguments = shlex.split(command(comparison))

    options = parse(arguments, {})

    assert program == "queue-fairness-tui"
    assert options.command == CompareCommand(plan=LOAD, strategies=(SCAN, TURNS), repeats=2)
    assert options.server.redis_server == "bundled"


def test_compare_is_all_strategies_once_unless_told() -> None:
    options = parse(["compare", "-P", "60"], {})

    by_turns = tuple(name for name in STRATEGIES if name != "virtual-time-by-cost")
    plan = Plan(partitions=60)
    assert options.command == CompareCommand(plan=plan, strategies=by_turns)
    assert parse(["-P", "60"], {}).command == RunCommand(plan=plan)


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param("--fair-by time", id="fair-by-time"),
        pytest.param("--fair-by tokens --task behavior.user_tasks:works", id="fair-by-tokens"),
        pytest.param("--strategies all", id="all"),
    ],
)
def test_strategies_by_cost_are_compared_where_cost_counts(asked: str) -> None:
    options = parse(["compare", *asked.split()], {})

    assert isinstance(options.command, CompareCommand)
    assert options.command.strategies == tuple(STRATEGIES)


@pytest.mark.parametrize(
    ("arguments", "first_task_traceback"),
    [
        pytest.param("compare --strategies scan,best", "--strategies best is not", id="unknown"),
        pytest.param("compare --strategies scan,scan", "names scan twice", id="twice"),
        pytest.param("compare --strategies ,", "(empty) is not known", id="empty"),
        pytest.param("compare --repeat 0", "--repeat 0 is too small: allowed are 1", id="none"),
        pytest.param("compare --repeat 1.5", "--repeat 1.5 is not a whole number", id="float"),
        pytest.param("compare --strategy scan", "compare takes --strategies", id="singular"),
        pytest.param("compare --markdown --json -", "both want stdout", id="two-outputs"),
        pytest.param("compare -P 0", "--partitions 0 is too small", id="plan"),
        pytest.param("compare scan", "scan is a strategy: give --strategies scan", id="word"),
        pytest.param("-P 10 compare", "the word compare comes first", id="late"),
        pytest.param(
            "--repeat 3",
            "--repeat is no option here, but of queue-fairness-tui compare",
            id="without-the-word",
        ),
    ],
)
def test_refusal_is_one_line_and_status_2(
    arguments: str, first_task_traceback: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refusal:
        parse(arguments.split(), {})

    written = capsys.readouterr()
    assert refusal.value.code == 2
    assert first_task_traceback in written.err
    assert written.err.count("\n") == 1
    assert not written.out


def test_help_of_compare_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["compare", "--help-all"], {})
    said = " ".join(capsys.readouterr().out.split())
    for words in ("--strategies A,B,C", "--repeat N", "--markdown", "apply to every run"):
        assert words in said
    assert "--strategy NAME" not in said

    with pytest.raises(SystemExit):
        parse(["--help"], {})
    assert "queue-fairness-tui compare --help" in capsys.readouterr().out
