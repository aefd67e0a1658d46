"""The command line: the plan's table of fields as options, and back to a plan."""

import argparse
import dataclasses
import os
import sys
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from queue_fairness.errors import PlanError
from queue_fairness.plan import (
    PATTERN_FORM,
    Plan,
    grouped_fields,
    parse_plan,
    plan_field,
    plan_fields,
)
from queue_fairness.plan import description as plan_words
from queue_fairness.plan.field import PlanField, PlanValue
from queue_fairness.plan.scenarios import load_scenario, scenario_names
from queue_fairness.report.limit import FailIf, parse_fail_if, parse_require
from queue_fairness.report.limits import Limits
from queue_fairness.server.choice import ServerChoice
from queue_fairness.strategies import STRATEGIES
from queue_fairness.strategies.custom import compared_names

if TYPE_CHECKING:
    from queue_fairness.cli.sweep_options import SweepChoice

PROGRAM = "queue-fairness-tui"

EXIT_STATUS = {
    0: "done",
    1: "Redis or tool error",
    2: "usage",
    3: "a limit (--fail-if, --require) was broken",
    4: "a limit cannot be decided",
    130: "interrupted",
}
"""Where several apply, 130 comes before 1, 1 before 3, 3 before 4."""


COMPARE = "compare"
"""The word that asks for a comparison, first on the command line."""
SWEEP = "sweep"
"""The word that asks how cost grows with one number of the plan."""
SCENARIOS = "scenarios"
"""The word that asks for the list of scenarios."""
SCHEMA = "schema"
"""The word that asks for the JSON Schema of the results."""
FORMATS = ("text", "markdown", "json", "csv")
"""What a result can be printed as, the default first."""
ALL = "all"
HELP = "help"
"""The word that asks for the list of names, in place of a limit."""
USUAL = f"{ALL} but those by cost, which --fair-by time or tokens adds"
"""What is compared where no strategies are named, in words."""
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
    help="Run each strategy so often, by turns; more than once shows how far results spread.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonChoice:
    """What `compare` is asked for, beside the plan."""

    strategies: tuple[str, ...]
    repeats: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the command line asks for."""

    plan: Plan
    server: ServerChoice
    headless: bool
    json: str | None
    """Where the JSON document goes: a path, `-` for stdout, None for nowhere."""
    format: str
    """In which format stdout gets the result: one of `FORMATS`."""
    isolate: bool
    """Whether the workers get a process of their own."""
    gate: Limits
    """The limits whose breach is an exit status."""
    comparison: ComparisonChoice | None = None
    """Which strategies to run the plan with; None to run it once, with its own."""
    sweep: "SweepChoice | None" = None
    """Which number of the plan to vary; None for none. The plan is that of the first run."""

    @property
    def stdout_format(self) -> str:
        """The same, with `--json -` for JSON."""
        return "json" if self.json == "-" else self.format


class _Parser(argparse.ArgumentParser):
    """Refuses with one line on stderr and exit status 2."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def parse(arguments: Sequence[str], environment: Mapping[str, str] = os.environ) -> Options:
    """Read the command line. `--help`, `--version` and refusals end the program (SystemExit)."""
    # Not argparse's own sub-commands: the defaults of those silently replace what was asked for
    # in front of the word.
    if arguments[:1] == [SCENARIOS]:
        _list_scenarios(arguments[1:])
    if arguments[:1] == [SCHEMA]:
        _print_schema(arguments[1:])
    word = arguments[0] if arguments[:1] in ([COMPARE], [SWEEP]) else ""
    parser = {COMPARE: _comparison_parser, SWEEP: _sweep_parser, "": _run_parser}[word]()
    asked, unknown = parser.parse_known_args(arguments[1:] if word else arguments)
    if unknown:
        parser.error(_unrecognized(unknown))
    if any(each.strip().lower() == HELP for each in asked.fail_if):
        _list_names()
    try:
        sweep = _sweep(asked) if word == SWEEP else None
        plan = sweep.sweep.plans[0] if sweep else parse_plan(_asked_values(asked))
        comparison = _comparison(asked, plan) if word == COMPARE else None
        url = asked.redis_url
        if url is None and asked.redis_server is None:
            url = environment.get("REDIS_URL") or None
        server = ServerChoice(
            redis_url=url,
            redis_server=asked.redis_server,
            allow_eviction=asked.allow_eviction,
        )
        _check_writable(asked.json)
        form = _format(asked)
        gate = Limits(
            limits=_limits(asked.require, asked.fail_if),
            allow_inconclusive=asked.allow_inconclusive,
        )
    except PlanError as error:
        parser.error(str(error))
    return Options(
        plan=plan,
        server=server,
        headless=asked.headless,
        json=asked.json,
        format=form,
        isolate=asked.isolate,
        gate=gate,
        comparison=comparison,
        sweep=sweep,
    )


def _format(asked: argparse.Namespace) -> str:
    """What stdout gets.

    Raises:
        PlanError: Two options want different formats there, or there is no such format.
    """
    wanted = {
        "--json -": "json" if asked.json == "-" else None,
        "--markdown": "markdown" if asked.markdown else None,
        f"--format {asked.format}": asked.format,
    }
    given = {option: form for option, form in wanted.items() if form is not None}
    if len(set(given.values())) > 1:
        both = " and ".join(given)
        raise PlanError("format", f"{both} both want stdout: give one of them")
    form = next(iter(given.values()), FORMATS[0])
    if form not in FORMATS:
        raise PlanError("format", f"--format {form}: choose one of {', '.join(FORMATS)}")
    return form


def _limits(require: Sequence[str], fail_if: Sequence[str]) -> tuple[FailIf, ...]:
    """What must not be broken, the verdict first.

    Raises:
        PlanError: A limit is wrong, or a name unknown.
    """
    required = tuple(parse_require(each) for each in require)
    if not fail_if:
        return required
    # Not before: the names are those of a document, which brings all of the engine along.
    from queue_fairness.report.json_numbers import number_names

    return (*required, *(parse_fail_if(each, number_names()) for each in fail_if))


def _list_names() -> NoReturn:
    """Print what a limit may name, and end the program."""
    from queue_fairness.report.limit_help import gate_help

    sys.stdout.write(gate_help())
    sys.exit(0)


def _asked_values(asked: argparse.Namespace) -> dict[str, str]:
    """What the scenario says, and what the command line says in its place."""
    scenario = load_scenario(asked.scenario).values if asked.scenario else {}
    said = {
        each.name: text for each in plan_fields() if (text := getattr(asked, each.name)) is not None
    }
    return {**scenario, **said}


def _unrecognized(words: Sequence[str]) -> str:
    if words[0] in (COMPARE, SWEEP, SCENARIOS, SCHEMA):
        return f"the word {words[0]} comes first: {PROGRAM} {words[0]} ..."
    return f"unrecognized arguments: {' '.join(words)}"


def _comparison(asked: argparse.Namespace, plan: Plan) -> ComparisonChoice:
    _check_several(COMPARE, asked)
    if asked.strategies is None:
        strategies = compared_names(tuple(STRATEGIES), plan.fair_by, plan.strategy)
    else:
        strategies = _strategies(asked.strategies)
    return ComparisonChoice(
        strategies=strategies,
        repeats=int(_REPEAT.parse(asked.repeat)),
    )


def _sweep(asked: argparse.Namespace) -> "SweepChoice":
    from queue_fairness.cli.sweep_options import SweepChoice, read_sweep

    _check_several(SWEEP, asked)
    sweep = read_sweep(
        _asked_values(asked),
        _strategies(asked.strategies),
        int(_REPEAT.parse(asked.repeat)),
        asked.total_tasks,
        has_work=asked.scenario is not None,
    )
    return SweepChoice(sweep=sweep)


def _check_several(word: str, asked: argparse.Namespace) -> None:
    """Refuse options that do not go with several runs, or not with each other."""
    if asked.strategy is not None:
        raise PlanError("strategy", f"{word} takes --strategies, a list, in place of --strategy")


def _strategies(text: str) -> tuple[str, ...]:
    """The strategies named in a list, or all.

    Raises:
        PlanError: A name is unknown, or there twice.
    """
    if text.strip() == ALL:
        return tuple(STRATEGIES)
    names = tuple(str(_STRATEGIES.parse(name)) for name in text.split(","))
    for name in names:
        if names.count(name) > 1:
            raise PlanError(
                "strategies", f"--strategies names {name} twice: --repeat runs each several times"
            )
    return names


class _HelpFormatter(argparse.RawDescriptionHelpFormatter):
    """Keeps the lines of the description, and each name in one piece."""

    def _split_lines(self, text: str, width: int) -> list[str]:
        return textwrap.wrap(" ".join(text.split()), width, break_on_hyphens=False)


def _run_parser() -> argparse.ArgumentParser:
    parser = _parser(
        PROGRAM,
        "See, live, whether a partitioned Redis work queue shares its workers fairly "
        "among its tenants. Without options it runs a small plan on a Redis of its own.\n\n"
        f"To run one load under several strategies: {PROGRAM} {COMPARE} --help\n"
        f"To see how cost grows with the load: {PROGRAM} {SWEEP} --help",
    )
    _add_plan_options(parser)
    _add_server_options(parser)
    _add_output_options(parser, "output")
    return parser


def _comparison_parser() -> argparse.ArgumentParser:
    parser = _parser(
        f"{PROGRAM} {COMPARE}",
        "Run the same load, seed and arrival order under each strategy, one after another, and\n"
        "say which to take for it and what that costs.",
    )
    _add_several_options(parser, "the comparison", default=None)
    # Hidden, not absent: whoever asks for it is told what to ask for instead.
    _add_plan_options(parser, hidden="strategy")
    _add_server_options(parser)
    _add_output_options(parser, "output (limits apply to every run)")
    return parser


def _sweep_parser() -> argparse.ArgumentParser:
    from queue_fairness.cli import sweep_options

    parser = _parser(
        f"{PROGRAM} {SWEEP}",
        "Run one load at several values of one number, and say how rate, round trips and waits\n"
        f"grow with it. Give one number a list of values: {sweep_options.EXAMPLE}",
    )
    group = _add_several_options(parser, "the sweep", default=",".join(sweep_options.STRATEGIES))
    total = sweep_options.TOTAL_TASKS
    group.add_argument(total.option, metavar="N", help=f"{total.help} ({total.bounds})")
    _add_plan_options(parser, hidden="strategy", defaults=sweep_options.DEFAULTS)
    _add_server_options(parser)
    _add_output_options(parser, "output (limits apply to every run)")
    return parser


def _add_several_options(
    parser: argparse.ArgumentParser, title: str, *, default: str | None
) -> "argparse._ArgumentGroup":
    """What comes with several runs: which strategies, and how often."""
    group = parser.add_argument_group(title)
    group.add_argument(
        _STRATEGIES.option,
        metavar="A,B,C",
        default=default,
        help=f"Which strategies to run, or {ALL}. "
        f"({_STRATEGIES.bounds}; default {default or USUAL})",
    )
    group.add_argument(
        _REPEAT.option, metavar="N", default=str(_REPEAT.default), help=_help(_REPEAT)
    )
    return group


def _parser(prog: str, description: str) -> argparse.ArgumentParser:
    return _Parser(
        prog=prog,
        usage=f"{prog} [option ...]",
        description=description,
        epilog=_epilog(),
        formatter_class=_HelpFormatter,
        allow_abbrev=False,
    )


def _list_scenarios(arguments: Sequence[str]) -> NoReturn:
    """Print the scenarios that come along, and end the program."""
    parser = _parser(f"{PROGRAM} {SCENARIOS}", "List the scenarios that come along.")
    parser.parse_args(arguments)
    lines = []
    for name in scenario_names():
        scenario = load_scenario(name)
        lines.append(f"{name:16} {scenario.about}")
        lines.append(f"{'':16} {plan_words.whole(parse_plan(scenario.values))}")
    lines += ["", f"run one: {PROGRAM} --scenario NAME, or a TOML file of your own"]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.exit(0)


def _print_schema(arguments: Sequence[str]) -> NoReturn:
    """Print the JSON Schema of the results, and end the program."""
    parser = _parser(f"{PROGRAM} {SCHEMA}", "Print the JSON Schema of what --json writes.")
    parser.parse_args(arguments)
    # As it is in the package: to generate it takes all of the engine.
    found = files("queue_fairness.report").joinpath("schema.json")
    sys.stdout.write(found.read_text(encoding="utf-8"))
    sys.exit(0)


def _add_plan_options(
    parser: argparse.ArgumentParser,
    hidden: str = "",
    defaults: Mapping[str, PlanValue] | None = None,
) -> None:
    others = defaults or {}
    parser.add_argument(
        "--scenario",
        metavar="NAME|FILE",
        help="Begin with this workload; the options below change it. "
        f"({', '.join(scenario_names())}, or a TOML file; `{PROGRAM} {SCENARIOS}` explains them)",
    )
    for group, fields in grouped_fields():
        plan = parser.add_argument_group(group)
        for each in fields:
            plan.add_argument(
                *each.flags,
                dest=each.name,
                metavar=_metavar(each),
                help=argparse.SUPPRESS
                if each.name == hidden
                else _help(dataclasses.replace(each, default=others.get(each.name, each.default))),
            )


def _add_server_options(parser: argparse.ArgumentParser) -> None:
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
    server.add_argument(
        "--allow-eviction",
        action="store_true",
        help="Run on a Redis whose maxmemory has no room for it, although keys of others could "
        "be evicted, or their writes refused.",
    )


def _add_output_options(parser: argparse.ArgumentParser, title: str) -> None:
    output = parser.add_argument_group(title)
    output.add_argument(
        "--headless",
        action="store_true",
        help="No screen: progress on stderr, the report on stdout. "
        "By itself where stdout is no terminal.",
    )
    output.add_argument(
        "--isolate",
        action="store_true",
        help="Accurate mode: the workers get a process of their own, which no screen delays.",
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
        help=f"What stdout gets the result as: {', '.join(FORMATS)} (default {FORMATS[0]}).",
    )
    output.add_argument(
        "--markdown",
        action="store_true",
        help="The same as --format markdown, as for $GITHUB_STEP_SUMMARY.",
    )
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
        help="Exit with status 3 if this holds of the result, such as "
        "'worst_wait_rounds.p99 > 3' or 'verdict < FAIR'; may be given several times. "
        "--fail-if help lists the names; a group without .p99 and the like is its largest value.",
    )
    output.add_argument(
        "--allow-inconclusive",
        action="store_true",
        help="With limits: exit with status 0, not 4, where the verdict is INCONCLUSIVE.",
    )
    output.add_argument("--version", action="version", version=f"{PROGRAM} {version(PROGRAM)}")


def _metavar(each: PlanField) -> str:
    if each.choices:
        return "NAME" if each.other_form != PATTERN_FORM else "VALUES"
    return {"seconds": "S", "tasks/s": "N/s"}.get(each.unit, "N")


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
