"""The parts of which the parser of each word is made: the plan, the server, the output.

A text is kept as it was typed; `reading` turns it into values.
"""

import argparse
import dataclasses
import sys
import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NoReturn

from queue_fairness.cli.commands import FORMATS, PROGRAM
from queue_fairness.cli.streams import complain, write_out
from queue_fairness.outside import harmless, masked
from queue_fairness.plan import PATTERN_FORM, grouped_fields
from queue_fairness.plan.field import PlanField, PlanValue
from queue_fairness.plan.scenarios import scenario_names
from queue_fairness.strategies import STRATEGIES

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

EXIT_STATUS = {
    0: "done",
    1: "Redis or tool error",
    2: "usage",
    3: "a limit (--fail-if, --require) was broken",
    4: "a limit cannot be decided",
    130: "interrupted (128 + n: ended by signal n)",
}
"""Where several apply, 130 comes before 1, 1 before 3, 3 before 4."""


class Parser(argparse.ArgumentParser):
    """Refuses with one line on stderr and exit status 2."""

    def error(self, message: str) -> NoReturn:
        """End the program with one sentence."""
        self.exit(2, f"{self.prog}: {harmless(masked(message))}\n")

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        """End the program, after a last word on stderr."""
        complain(message or "")
        sys.exit(status)

    def print_help(self, file: "SupportsWrite[str] | None" = None) -> None:  # noqa: ARG002
        """Print the help to stdout, which argparse's own does without a look at errors."""
        write_out(self.format_help())

    def flags(self) -> frozenset[str]:
        """The options that take no value."""
        return frozenset(
            option for each in self._actions if each.nargs == 0 for option in each.option_strings
        )


def make_parser(prog: str, description: str) -> Parser:
    """An empty parser; its `--help` ends with the strategies and the exit statuses."""
    return Parser(
        prog=prog,
        usage=f"{prog} [option ...]",
        description=description,
        epilog=_epilog(),
        formatter_class=HelpFormatter,
        allow_abbrev=False,
    )


def add_plan_options(
    parser: argparse.ArgumentParser,
    hidden: str = "",
    defaults: Mapping[str, PlanValue] | None = None,
) -> None:
    """Add an option for each field of the plan.

    Args:
        parser: Gets them.
        hidden: A field that `--help` does not show.
        defaults: Those that differ from the plan's own, for `--help` alone.
    """
    others = defaults or {}
    parser.add_argument(
        "--scenario",
        metavar="NAME|FILE",
        help="Start from this workload; the options below override it. "
        f"({', '.join(scenario_names())}, or a TOML file; `{PROGRAM} scenarios` explains them)",
    )
    for heading, fields in grouped_fields():
        group = parser.add_argument_group(heading)
        for each in fields:
            shown = dataclasses.replace(each, default=others.get(each.name, each.default))
            text = argparse.SUPPRESS if each.name == hidden else field_help(shown)
            if each.is_flag:
                group.add_argument(
                    *each.flags, dest=each.name, action="store_const", const="yes", help=text
                )
            else:
                group.add_argument(*each.flags, dest=each.name, metavar=_metavar(each), help=text)


def add_server_options(parser: argparse.ArgumentParser) -> None:
    """Add what says which Redis is used."""
    server = parser.add_argument_group(
        "the Redis server (default: a temporary one, from PATH or bundled)"
    )
    server.add_argument(
        "--redis-url",
        metavar="URL",
        help="Use this Redis: redis://[user:password@]host:port/db, rediss:// or unix://. "
        "The environment variable REDIS_URL does the same. Only keys of the run are touched.",
    )
    server.add_argument(
        "--redis-server",
        metavar="PROGRAM",
        help="Start this server program; `bundled` is the one that is installed with this tool.",
    )
    server.add_argument(
        "--key-prefix",
        metavar="TEXT",
        default="",
        help="Let the names of all keys of the run begin with this, such as `app:`.",
    )
    server.add_argument(
        "--allow-eviction",
        action="store_true",
        help="Run even if the run comes near the maxmemory of Redis, so that other keys could be "
        "evicted or other clients' writes refused.",
    )


def add_output_options(parser: argparse.ArgumentParser, heading: str = "output") -> None:
    """Add what says how the result is shown, written and judged."""
    output = parser.add_argument_group(heading)
    output.add_argument(
        "--headless",
        action="store_true",
        help="No screen: progress on stderr, the report on stdout. "
        "This is the default where stdout is not a terminal.",
    )
    output.add_argument(
        "--isolate",
        action="store_true",
        help="Run the workers in a process of their own, so that drawing the screen does not "
        "delay them.",
    )
    output.add_argument(
        "--json",
        metavar="PATH",
        help="Also write the whole result as JSON to this file; - writes it to stdout, "
        "in place of the report.",
    )
    output.add_argument(
        "--format",
        metavar="FORMAT",
        help=f"Format of the result on stdout: {', '.join(FORMATS)} (default {FORMATS[0]}).",
    )
    output.add_argument(
        "--markdown",
        action="store_true",
        help="The same as --format markdown, for example for $GITHUB_STEP_SUMMARY.",
    )
    _add_limit_options(output)
    output.add_argument("--version", action=_Version, nargs=0, help="Print the version, and exit.")


def _add_limit_options(output: "argparse._ArgumentGroup") -> None:
    output.add_argument(
        "--require",
        metavar="VERDICT",
        action="append",
        default=[],
        help="Exit with status 3 unless the verdict is at least this: FAIR, 'FAIR ON AVERAGE ONLY' "
        "(or avg), UNFAIR, STARVING.",
    )
    output.add_argument(
        "--fail-if",
        metavar="LIMIT",
        action="append",
        default=[],
        help="Exit with status 3 if this is true of the result, such as "
        "'worst_wait_rounds.p99 > 3' or 'verdict < FAIR'; may be given several times. "
        "--fail-if help lists all names; the name of a group stands for its largest value.",
    )
    output.add_argument(
        "--allow-inconclusive",
        action="store_true",
        help="With limits: exit with status 0, not 4, if the verdict is INCONCLUSIVE.",
    )


def field_help(each: PlanField) -> str:
    """What `--help` says of a field: its meaning, its accepted values, its default."""
    text = f"{each.help} ({each.bounds}; default {each.default_text})"
    return text.replace("%", "%%")


class HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Keeps the lines of the description, and each name in one piece."""

    def _split_lines(self, text: str, width: int) -> list[str]:
        return textwrap.wrap(" ".join(text.split()), width, break_on_hyphens=False)


class _Version(argparse.Action):
    """Looks the version up only when it is asked for: what finds it is slow to import."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,  # noqa: ARG002
        values: str | Sequence[object] | None,  # noqa: ARG002
        option_string: str | None = None,  # noqa: ARG002
    ) -> None:
        from importlib.metadata import version

        write_out(f"{PROGRAM} {version(PROGRAM)}\n")
        parser.exit()


def _metavar(each: PlanField) -> str:
    if each.choices:
        return "NAME" if each.other_form != PATTERN_FORM else "VALUES"
    return {"seconds": "S", "tasks/s": "N/s"}.get(each.unit, "N")


def _epilog() -> str:
    width = max(map(len, STRATEGIES))
    strategies = "\n".join(
        f"  {name:{width}}  {strategy.headline()}" for name, strategy in STRATEGIES.items()
    )
    statuses = ", ".join(f"{status} {meaning}" for status, meaning in EXIT_STATUS.items())
    return (
        f"strategies:\n{strategies}\n\n"
        "S is a time in seconds, or with its unit: 100us, 25ms, 60s, 1m30s, 2min, 1h\n"
        f"exit status: {statuses}"
    )
