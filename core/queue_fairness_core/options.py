"""The command line: the plan's table of fields as options, and back to a plan."""

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import NoReturn

from queue_fairness_core.errors import PlanError
from queue_fairness_core.fairness.gates import parse_fail_if
from queue_fairness_core.gate import Gate
from queue_fairness_core.plan import Plan, PlanField, parse_plan, plan_fields
from queue_fairness_core.server.choice import ServerChoice
from queue_fairness_core.strategies import STRATEGIES

PROGRAM = "queue-fairness-tui"

EXIT_STATUS = {
    0: "done",
    1: "Redis or tool error",
    2: "usage",
    3: "a --fail-if limit was broken",
    4: "--fail-if cannot be decided: the verdict is INCONCLUSIVE",
    130: "interrupted",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line asks for."""

    plan: Plan
    server: ServerChoice
    headless: bool
    json: str | None
    """Where the JSON document goes: a path, `-` for stdout, None for nowhere."""
    gate: Gate
    """The limits whose breach is an exit status."""


class _Parser(argparse.ArgumentParser):
    """Refuses with one line on stderr and exit status 2."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def parse(arguments: Sequence[str], environment: Mapping[str, str] = os.environ) -> Options:
    """Read the command line. `--help`, `--version` and refusals end the program (SystemExit)."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    try:
        plan = parse_plan(
            {
                each.name: text
                for each in plan_fields()
                if (text := getattr(asked, each.name)) is not None
            }
        )
        url = asked.redis_url
        if url is None and asked.redis_server is None:
            url = environment.get("REDIS_URL") or None
        server = ServerChoice(redis_url=url, redis_server=asked.redis_server)
        _check_writable(asked.json)
        gate = Gate(
            limits=tuple(parse_fail_if(each) for each in asked.fail_if),
            allow_inconclusive=asked.allow_inconclusive,
        )
    except PlanError as error:
        parser.error(str(error))
    return Options(plan=plan, server=server, headless=asked.headless, json=asked.json, gate=gate)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog=PROGRAM,
        description="See, live, whether a partitioned Redis work queue shares its workers fairly "
        "among its tenants. Without options it runs a small plan on a Redis of its own.",
        epilog=_epilog(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    plan = parser.add_argument_group("the plan")
    for each in plan_fields():
        plan.add_argument(*each.flags, dest=each.name, metavar=_metavar(each), help=_help(each))
    server = parser.add_argument_group("the Redis (default: one of its own, from PATH or bundled)")
    server.add_argument(
        "--redis-url",
        metavar="URL",
        help="Use this Redis: redis://[user:password@]host:port/db, rediss:// or unix://. "
        "The environment's REDIS_URL does the same. Only keys of the run are touched.",
    )
    server.add_argument(
        "--redis-server",
        metavar="PROGRAM",
        help="Start this server program, or the one that comes along: bundled.",
    )
    output = parser.add_argument_group("output")
    output.add_argument(
        "--headless",
        action="store_true",
        help="No screen: progress on stderr, the report on stdout. "
        "By itself where stdout is no terminal.",
    )
    output.add_argument(
        "--json",
        metavar="PATH",
        help="Also write the whole result as JSON to this file; - writes it to stdout, "
        "in place of the report.",
    )
    output.add_argument(
        "--fail-if",
        metavar="LIMIT",
        action="append",
        default=[],
        help="Exit with status 3 if this holds of the result, such as "
        "'worst_wait_rounds.p99 > 3'; may be given several times. The names are the JSON's.",
    )
    output.add_argument(
        "--allow-inconclusive",
        action="store_true",
        help="With --fail-if: exit with status 0, not 4, where the verdict is INCONCLUSIVE.",
    )
    output.add_argument("--version", action="version", version=f"{PROGRAM} {version(PROGRAM)}")
    return parser


def _metavar(each: PlanField) -> str:
    if each.choices:
        return "NAME"
    return "S" if each.unit == "seconds" else "N"


def _help(each: PlanField) -> str:
    text = f"{each.help} ({each.bounds}; default {each.default})"
    return text.replace("%", "%%")


def _epilog() -> str:
    width = max(map(len, STRATEGIES))
    strategies = "\n".join(
        f"  {name:{width}}  {strategy.headline()}" for name, strategy in STRATEGIES.items()
    )
    statuses = ", ".join(f"{status} {meaning}" for status, meaning in EXIT_STATUS.items())
    return f"strategies:\n{strategies}\n\nexit status: {statuses}"


def _check_writable(path: str | None) -> None:
    """Refuse a result file that cannot be written before the run is made, not after it."""
    if path is None or path == "-":
        return
    folder = Path(path).absolute().parent
    if Path(path).is_dir():
        raise PlanError("json", f"--json {path} is a folder: name a file in it")
    if not folder.is_dir():
        raise PlanError("json", f"--json {path}: there is no folder {folder}; make it first")
    if not os.access(path if Path(path).exists() else folder, os.W_OK):
        raise PlanError("json", f"--json {path} is not writable: choose another path")
