"""The command line without a word: one run."""

import argparse
from collections.abc import Mapping, Sequence

from queue_fairness.cli.commands import PROGRAM, Options, RunCommand
from queue_fairness.cli.parsers import (
    Parser,
    add_output_options,
    add_plan_options,
    add_server_options,
    make_parser,
)
from queue_fairness.cli.reading import plan_texts, read_options
from queue_fairness.plan import parse_plan


def parse(arguments: Sequence[str], environment: Mapping[str, str]) -> Options:
    """Read the arguments; `--help`, `--version` and refusals end the program (SystemExit)."""
    return read_options(_parser(), arguments, environment, _command)


def _command(asked: argparse.Namespace) -> RunCommand:
    return RunCommand(plan=parse_plan(plan_texts(asked)))


def _parser() -> Parser:
    parser = make_parser(
        PROGRAM,
        "Shows, live, whether a partitioned Redis work queue shares its workers fairly among\n"
        "its tenants. Without options it runs a small plan on a temporary Redis.\n\n"
        f"To compare strategies on the same load: {PROGRAM} compare --help\n"
        f"To see how cost grows with the load:   {PROGRAM} sweep --help\n"
        f"To list the built-in workloads:        {PROGRAM} scenarios",
    )
    add_plan_options(parser)
    add_server_options(parser)
    add_output_options(parser)
    return parser
