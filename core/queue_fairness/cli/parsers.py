"""The parts of which the parser of each word is made: the plan, the server, the output.

A text is kept as it was typed; `reading` turns it into values.
"""

import argparse
import dataclasses
from collections.abc import Mapping, Sequence

from queue_fairness.cli.commands import ENDINGS, FORMATS, PROGRAM, THEMES
from queue_fairness.cli.kept_options import add_kept_options
from queue_fairness.cli.parser import EXIT_STATUS, Parser, make_parser
from queue_fairness.cli.streams import write_out
from queue_fairness.plan import PATTERN_FORM, grouped_fields
from queue_fairness.plan.field import PlanField, PlanValue
from queue_fairness.plan.scenarios import scenario_names

__all__ = [
    "EXIT_STATUS",
    "Parser",
    "add_output_options",
    "add_plan_options",
    "add_server_options",
    "add_settings_options",
    "field_help",
    "make_parser",
]


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


def add_settings_options(parser: argparse.ArgumentParser) -> None:
    """Add what says where defaults are from."""
    group = parser.add_argument_group(
        "defaults (an option comes before QUEUE_FAIRNESS_*, that before config.toml)"
    )
    group.add_argument(
        "--config",
        metavar="FILE",
        help="Take defaults from this TOML file, not from ~/.config/queue-fairness-tui/config.toml "
        "(or $XDG_CONFIG_HOME): a line such as `workers = 16` for an option.",
    )
    group.add_argument(
        "--no-config",
        action="store_true",
        help="Take no defaults from a file or from QUEUE_FAIRNESS_*, nor a Redis from REDIS_URL.",
    )
    group.add_argument(
        "--show-config",
        action="store_true",
        help="Print the value of each option and where it is from, and exit.",
    )


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
        "--yes",
        action="store_true",
        help="Do not ask before a run on another machine.",
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
        "--theme",
        metavar="NAME",
        default=THEMES[0],
        help=f"Colors of the screen: {', '.join(THEMES)} (default {THEMES[0]}: as the terminal's "
        "background is).",
    )
    output.add_argument(
        "--isolate",
        action="store_true",
        help="Run the workers in a process of their own, so that drawing the screen does not "
        "delay them.",
    )
    output.add_argument(
        "--notify",
        action="store_true",
        help="Ring the bell, send a notification (OSC 9) and set the title of the terminal when "
        "all is done.",
    )
    output.add_argument(
        "--record",
        metavar="FILE",
        help="Also record every event of the runs in this file (JSON Lines; compressed if it ends "
        f"in .gz or .zst): `{PROGRAM} replay FILE` plays it, `{PROGRAM} judge FILE` judges it.",
    )
    _add_file_options(output)
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
    add_kept_options(output)
    output.add_argument("--version", action=_Version, nargs=0, help="Print the version, and exit.")


def _add_file_options(output: "argparse._ArgumentGroup") -> None:
    output.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        nargs="+",
        action="extend",
        default=[],
        help="Also write the result to this file, in the format that its ending says: "
        f"{', '.join(ENDINGS)}. Several files may be given. An .html file is one page without "
        "scripts, to be read in a browser, mailed and printed.",
    )
    output.add_argument(
        "--json",
        metavar="PATH",
        help="The same as -o FILE.json, whatever the file is called; - writes the document to "
        "stdout, in place of the report.",
    )


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
