"""`scenarios`: lists the built-in workloads."""

import sys
from collections.abc import Mapping, Sequence
from typing import NoReturn

from queue_fairness.cli.commands import PROGRAM
from queue_fairness.cli.parsers import Parser, make_parser
from queue_fairness.cli.streams import write_out
from queue_fairness.plan import description, parse_plan
from queue_fairness.plan.scenarios import load_scenario, scenario_names

WORD = "scenarios"


def parse(arguments: Sequence[str], environment: Mapping[str, str]) -> NoReturn:  # noqa: ARG001
    """Print the scenarios, and end the program."""
    parser().parse_whole(arguments)
    lines = []
    for name in scenario_names():
        scenario = load_scenario(name)
        lines.append(f"{name:16} {scenario.about}")
        lines.append(f"{'':16} {description.whole(parse_plan(scenario.values))}")
    lines += ["", f"run one: {PROGRAM} --scenario NAME, or the path of a TOML file of your own"]
    write_out("\n".join(lines) + "\n")
    sys.exit(0)


def parser() -> Parser:
    """Knows no options."""
    return make_parser(WORD, "Lists the built-in workloads, and how to run one.")
