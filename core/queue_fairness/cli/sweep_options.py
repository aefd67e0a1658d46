"""`sweep`: one load at several values of one number of the plan."""

import argparse
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from queue_fairness.cli.brief_help import BriefHelp
from queue_fairness.cli.commands import Options, SweepCommand
from queue_fairness.cli.parsers import Parser, make_parser
from queue_fairness.cli.reading import plan_texts, read_options
from queue_fairness.cli.series_options import (
    add_series_options,
    add_shared_options,
    check_series,
    read_repeats,
    read_strategies,
)
from queue_fairness.errors import PlanError
from queue_fairness.plan import MAX_TASKS, parse_plan, plan_field
from queue_fairness.plan.field import PlanField, PlanValue

if TYPE_CHECKING:
    from queue_fairness.analysis.sweep import Number

WORD = "sweep"
STRATEGIES = "scan,round-robin"
"""Which strategies are run where none are named: the original design, and a fair one."""
EXAMPLE = "--partitions 50,200,1000"
BRIEF = BriefHelp(
    about="Runs one load at several values of one number, and says how rate, round trips\n"
    f"and waits grow with it. Give one option a list: {EXAMPLE}",
    examples={
        "sweep -P 50,200,1k --total-tasks 6k": "more tenants",
        "sweep --workers 2,8,32": "more workers",
        "sweep --load 0.5,0.9,1.2": "to overload",
        "sweep --network-delay 0,1ms,5ms": "a Redis far away",
    },
    options={
        "--strategies A,B,C": f"which ones ({STRATEGIES})",
        "--repeat N": "interleaved repeats of each (1)",
        "--total-tasks N": "with a list of partitions: tasks of each run",
        "-P, -t, -w N": "partitions, tasks of each, workers (200, 10, 8)",
        "--work-duration TIME": "work of a task (0: the queue's own cost)",
        "-o FILE ...": "write .html .md .json .csv .svg .txt",
    },
)
DEFAULTS: Mapping[str, PlanValue] = {"work_duration": 0}
"""Defaults that differ here. With work, workers / work duration bounds the rate of every queue,
and the queue's own cost cannot show."""

TOTAL_TASKS = PlanField(
    name="total_tasks",
    flags=("--total-tasks",),
    kind=int,
    unit="tasks",
    minimum=1,
    maximum=MAX_TASKS,
    default=0,
    help="With a list of --partitions: total number of tasks, divided among the partitions of "
    "each run (at least one each), in place of --tasks-per-partition.",
)


def parse(arguments: Sequence[str], environment: Mapping[str, str]) -> Options:
    """Read what follows the word; `--help` and refusals end the program (SystemExit)."""
    return read_options(parser(), arguments, environment, _command)


def parser() -> Parser:
    """Knows the options of a run, and how what varies is shared out."""
    words = make_parser(
        WORD,
        "Runs one load at several values of one number, and says how rate, round trips and waits\n"
        f"grow with it. Give one option a list of values: {EXAMPLE}",
        BRIEF,
        measures=True,
    )
    group = add_series_options(words, "the sweep", STRATEGIES, STRATEGIES)
    group.add_argument(
        TOTAL_TASKS.option, metavar="N", help=f"{TOTAL_TASKS.help} ({TOTAL_TASKS.bounds})"
    )
    add_shared_options(words, DEFAULTS)
    return words


def _command(asked: argparse.Namespace) -> SweepCommand:
    """The sweep that was asked for, every plan of it checked.

    Raises:
        PlanError: No field, or more than one, has a list; or a value is out of bounds.
    """
    # Imported here: it brings the metrics along, which `--help` does without.
    from queue_fairness.analysis.sweep import Sweep, share

    check_series(WORD, asked)
    texts = plan_texts(asked)
    field = _varied(texts)
    values = _values(field, texts[field.name])
    # A scenario and an open-loop load keep their work.
    without_work = asked.scenario is None and not {"rate", "load"} & texts.keys()
    single = {name: str(value) for name, value in DEFAULTS.items() if without_work}
    single |= {**texts, field.name: str(values[0])}
    total = _total(texts, field, asked.total_tasks)
    if total is not None:
        assert isinstance(values[0], int)
        single["tasks_per_partition"] = str(share(total, values[0]))
    sweep = Sweep(
        plan=parse_plan(single),
        name=field.name,
        values=values,
        strategies=read_strategies(asked.strategies),
        repeats=read_repeats(asked),
        total_tasks=total,
    )
    assert sweep.plans, "makes each plan once, so that a bad one is refused now"
    return SweepCommand(sweep=sweep)


def _varied(texts: Mapping[str, str]) -> PlanField:
    """The one field that has a list."""
    fields = [plan_field(name) for name, text in texts.items() if "," in text]
    # Patterns may hold commas of their own, such as `--sizes 5000,10`.
    lists = [each for each in fields if each.kind in (int, float)]
    if not lists and fields:
        option = fields[0].option
        raise PlanError(
            fields[0].name,
            f"{option} is not a number: sweep varies one numeric option, as in {EXAMPLE}",
        )
    if not lists:
        raise PlanError("sweep", f"sweep needs one option with a list of values, as in {EXAMPLE}")
    if len(lists) > 1:
        both = " and ".join(each.option for each in lists)
        raise PlanError("sweep", f"{both} have lists: give a list to one of them only")
    return lists[0]


def _values(field: PlanField, text: str) -> "tuple[Number, ...]":
    values: list[Number] = []
    for part in text.split(","):
        value = field.parse(part)
        assert not isinstance(value, str)
        if value in values:
            raise PlanError(
                field.name,
                f"{field.option} names {part.strip()} twice: name it once, and give --repeat 2",
            )
        values.append(value)
    return tuple(sorted(values))


def _total(texts: Mapping[str, str], field: PlanField, text: str | None) -> int | None:
    if text is None:
        return None
    if field.name != "partitions":
        raise PlanError("total_tasks", f"--total-tasks needs a list of partitions, as in {EXAMPLE}")
    if "tasks_per_partition" in texts:
        raise PlanError(
            "total_tasks", "--total-tasks and --tasks-per-partition exclude each other: give one"
        )
    return int(TOTAL_TASKS.parse(text))
