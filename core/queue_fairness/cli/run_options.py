"""The command line without a word: one run."""

import argparse
import textwrap
from collections.abc import Mapping, Sequence

from queue_fairness.cli.brief_help import WIDTH, BriefHelp
from queue_fairness.cli.commands import PROGRAM, Options, RunCommand
from queue_fairness.cli.parsers import (
    Parser,
    add_output_options,
    add_plan_options,
    add_server_options,
    add_settings_options,
    make_parser,
)
from queue_fairness.cli.reading import plan_texts, read_options
from queue_fairness.cli.words import WORDS
from queue_fairness.plan import parse_plan

ABOUT = """Shows, live, whether a partitioned Redis work queue shares its workers fairly
among its tenants. Without options it runs a small plan on a temporary Redis."""
MORE = (
    f"Compare strategies on one load: {PROGRAM} compare --help",
    f"See how cost grows with load:   {PROGRAM} sweep --help",
    *textwrap.wrap(
        f"Other words: {', '.join(each for each in WORDS if each not in ('compare', 'sweep'))}",
        WIDTH,
    ),
)
BRIEF = BriefHelp(
    about=ABOUT,
    examples={
        "": "one run: seven seconds",
        "--scenario overload": "load as in production",
        "--strategy round-robin -P 1k": "fair, many tenants",
        "--redis-url redis://localhost": "on a Redis of yours",
        "--headless --require FAIR": "for CI: exit status 3",
    },
    options={
        "-P, -t, -w N": "partitions, tasks of each, workers (200, 10, 8)",
        "--work-duration TIME": "work of a task (25ms)",
        "--strategy NAME": "how a worker finds its next task (scan)",
        "--load N, --duration TIME": "load that goes on: 1.2 is a fifth too much (60s)",
        "-o FILE ...": "write .html .md .json .csv .svg .txt",
    },
    more=MORE,
)


def parse(arguments: Sequence[str], environment: Mapping[str, str]) -> Options:
    """Read the arguments; `--help`, `--version` and refusals end the program (SystemExit)."""
    return read_options(parser(), arguments, environment, _command)


def _command(asked: argparse.Namespace) -> RunCommand:
    return RunCommand(plan=parse_plan(plan_texts(asked)))


def parser() -> Parser:
    """Knows the options of a run."""
    words = make_parser("", f"{ABOUT}\n\n" + "\n".join(MORE), BRIEF, measures=True)
    add_plan_options(words)
    add_server_options(words)
    add_settings_options(words)
    add_output_options(words)
    return words
