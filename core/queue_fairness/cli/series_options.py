"""What `compare` and `sweep` have in common: strategies, repeats, limits per run."""

import argparse
import dataclasses
from collections.abc import Mapping

from queue_fairness.cli.parsers import (
    Parser,
    add_output_options,
    add_plan_options,
    add_server_options,
    add_settings_options,
    field_help,
)
from queue_fairness.errors import PlanError
from queue_fairness.plan import plan_field
from queue_fairness.plan.field import PlanField, PlanValue
from queue_fairness.strategies import STRATEGIES

ALL = "all"
MAX_REPEATS = 100

_STRATEGIES = dataclasses.replace(plan_field("strategy"), flags=("--strategies",))
"""How each name in `--strategies` is checked: as one in `--strategy`."""
_REPEAT = PlanField(
    name="repeat",
    flags=("--repeat",),
    kind=int,
    unit="times",
    minimum=1,
    maximum=MAX_REPEATS,
    default=1,
    help="Number of interleaved repeats of each strategy; more than one shows how far results "
    "vary.",
)


def add_series_options(
    parser: Parser, heading: str, default_strategies: str | None, usual: str
) -> "argparse._ArgumentGroup":
    """Add which strategies to run, and how often.

    Args:
        parser: Gets them.
        heading: Their heading in `--help`.
        default_strategies: The list that is run where none is given; None to leave that open.
        usual: That list in words.
    """
    group = parser.add_argument_group(heading)
    group.add_argument(
        _STRATEGIES.option,
        metavar="A,B,C",
        default=default_strategies,
        help=f"Strategies to run, separated by commas, or {ALL}. "
        f"({_STRATEGIES.bounds}; default {usual})",
    )
    group.add_argument(
        _REPEAT.option, metavar="N", default=_REPEAT.default_text, help=field_help(_REPEAT)
    )
    return group


def add_shared_options(parser: Parser, defaults: Mapping[str, PlanValue] | None = None) -> None:
    """Add the options of the plan, the server and the output."""
    # Hidden, not absent, so that `--strategy` is refused with a hint at `--strategies`.
    add_plan_options(parser, hidden="strategy", defaults=defaults)
    parser.defaults = defaults or {}
    add_server_options(parser)
    add_settings_options(parser)
    add_output_options(parser, "output (limits apply to every run)")


def check_series(word: str, asked: argparse.Namespace) -> None:
    """Refuse options that do not go with several runs, or not with each other.

    Raises:
        PlanError: There is such an option.
    """
    if asked.strategy is not None:
        raise PlanError("strategy", f"{word} takes --strategies, a list, in place of --strategy")


def read_repeats(asked: argparse.Namespace) -> int:
    """How often each strategy is run.

    Raises:
        PlanError: It is not a number, or out of bounds.
    """
    return int(_REPEAT.parse(asked.repeat))


def read_strategies(text: str) -> tuple[str, ...]:
    """The strategies named in a list, or all.

    Raises:
        PlanError: A name is unknown, or named twice.
    """
    if text.strip() == ALL:
        return tuple(STRATEGIES)
    names = tuple(str(_STRATEGIES.parse(name)) for name in text.split(","))
    for name in names:
        if names.count(name) > 1:
            raise PlanError(
                "strategies",
                f"--strategies names {name} twice: name it once, and give --repeat 2",
            )
    return names
