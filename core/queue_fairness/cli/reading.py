"""From what a parser has read to `Options`, checked; shared by every word that measures."""

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NoReturn

from queue_fairness.cli.commands import FORMATS, THEMES, Command, Options
from queue_fairness.cli.kept_options import read_baseline, read_tag
from queue_fairness.cli.output_file import output_files
from queue_fairness.cli.parsers import Parser
from queue_fairness.cli.record_file import recordable
from queue_fairness.cli.settings import PREFIX, Settings, read_words, rivals_of
from queue_fairness.cli.streams import write_out
from queue_fairness.errors import PlanError
from queue_fairness.formatting.similar import closest
from queue_fairness.history.place import Place, place
from queue_fairness.plan import plan_fields
from queue_fairness.plan.scenarios import load_scenario
from queue_fairness.plan.table import note_set_elsewhere
from queue_fairness.server.url import keep_secrets_of

if TYPE_CHECKING:
    from queue_fairness.report.limits import Limits
    from queue_fairness.server.choice import ServerChoice

RUN_OPTIONS = (
    "record", "isolate", "redis_url", "redis_server", "yes", "key_prefix", "allow_eviction",
)  # fmt: skip
"""What means nothing where no run is made."""
HELP = "help"
"""What lists all names if it is given in place of a limit."""


def read_options(
    parser: Parser,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    read_command: Callable[[argparse.Namespace], Command],
) -> Options:
    """Read the arguments of a word; refusals end the program (SystemExit).

    Args:
        parser: Knows the options of the plan, the server and the output, and the word's own.
        arguments: What follows the word.
        environment: Where REDIS_URL may stand.
        read_command: Makes the word's command of what was read; may raise PlanError.
    """
    asked = check_words(parser, arguments, environment)
    where = place(asked.history, environment)
    if is_stdout(asked.json):
        asked.json = "-"
    if any(each.strip().lower() == HELP for each in asked.fail_if):
        _list_limit_names()
    try:
        return Options(
            command=read_command(asked),
            server=read_server(asked),
            headless=asked.headless,
            isolate=asked.isolate,
            is_sure=asked.yes,
            notify=asked.notify,
            json=asked.json,
            record=recordable(getattr(asked, "record", None)),
            files=output_files(asked.output, asked.json, asked.save_baseline),
            format=_format(asked),
            limits=_limits(asked, where),
            place=where,
            tag=read_tag(asked.tag),
            theme=_theme(asked.theme),
        )
    except PlanError as error:
        source = asked.settings.names.get(error.field)
        parser.error(f"{error} (set by {source})" if source else str(error))


def refuse_run_options(asked: argparse.Namespace) -> None:
    """Refuse options of a run where none is made; those of a settings file are for other words.

    Raises:
        PlanError: One was given.
    """
    for name in RUN_OPTIONS:
        if getattr(asked, name) and name not in asked.settings.names:
            option = f"--{name.replace('_', '-')}"
            raise PlanError(name, f"{option} is for runs, and none is made here: leave it out")


def check_words(
    parser: Parser, arguments: Sequence[str], environment: Mapping[str, str]
) -> argparse.Namespace:
    """The arguments by name, as texts; refusals end the program (SystemExit)."""
    _refuse_values_of_flags(parser, arguments)
    for name in (f"{PREFIX}REDIS_URL", "REDIS_URL"):
        keep_secrets_of(environment.get(name) or "")
    try:
        asked, unknown, settings = read_words(parser, arguments, environment)
    except PlanError as error:
        parser.error(str(error))
    keep_secrets_of(asked.redis_url or "")
    if unknown:
        parser.refuse(unknown)
    asked.settings = settings
    note_set_elsewhere(settings.named)
    if asked.show_config:
        _show(parser, asked)
    return asked


def _show(parser: Parser, asked: argparse.Namespace) -> NoReturn:
    from queue_fairness.cli.settings_table import show

    try:
        # Words that make no run have no plan, though options of its names.
        texts = plan_texts(asked) if "scenario" in asked else {}
    except PlanError as error:
        parser.error(str(error))
    show(parser, asked, texts, asked.settings)


def plan_texts(asked: argparse.Namespace) -> dict[str, str]:
    """The plan's fields as texts: those of the scenario, overridden by the command line.

    Raises:
        PlanError: The scenario cannot be read.
    """
    settings: Settings = asked.settings
    scenario = load_scenario(asked.scenario).values if asked.scenario else {}
    typed = {
        each.name: text for each in plan_fields() if (text := getattr(asked, each.name)) is not None
    }
    for name in typed.keys() & {rival for each in scenario for rival in rivals_of(each)}:
        if settings.is_above("scenario", name):
            del typed[name]
    overruled = {
        rival for each in typed if settings.is_above(each, "scenario") for rival in rivals_of(each)
    }
    kept = {name: text for name, text in scenario.items() if name not in overruled}
    return {**kept, **typed}


def _refuse_values_of_flags(parser: Parser, arguments: Sequence[str]) -> None:
    """Refuse `--paired yes` and `--paired=yes` with a sentence that says what to write."""
    flags = parser.flags()
    for number, each in enumerate(arguments):
        name, equals, value = each.partition("=")
        if name not in flags:
            continue
        following = arguments[number + 1 : number + 2]
        if not equals and following and following[0].lower() in ("yes", "no", "true", "false"):
            equals, value = "=", following[0]
        if equals:
            parser.error(f"{name} takes no value ({value}): write {name} alone, or leave it out")


def _list_limit_names() -> NoReturn:
    """Print what a limit may name, and end the program."""
    from queue_fairness.report.limit_help import limit_help

    write_out(limit_help())
    sys.exit(0)


def read_server(asked: argparse.Namespace) -> "ServerChoice":
    """The server that was asked for; the files that its URL names are looked at.

    Raises:
        PlanError: It makes no sense, or a certificate cannot be used.
    """
    from queue_fairness.server.certificates import check_files
    from queue_fairness.server.choice import ServerChoice

    source = asked.settings.names.get("redis_url", "")
    choice = ServerChoice(
        redis_url=asked.redis_url,
        redis_server=asked.redis_server,
        allow_eviction=asked.allow_eviction,
        key_prefix=asked.key_prefix,
        is_from_environment=source == "REDIS_URL",
        source=source,
    )
    if choice.redis_url is not None:
        check_files(choice.redis_url, choice.given_by)
    return choice


def _limits(asked: argparse.Namespace, where: Place) -> "Limits":
    """What must not be broken, the verdict first.

    Raises:
        PlanError: A limit is wrong, or its name is unknown.
    """
    from queue_fairness.report.limit import parse_fail_if, parse_require
    from queue_fairness.report.limits import Limits

    limits = [parse_require(each) for each in asked.require]
    if asked.fail_if:
        # Only then: the names are those of a document, whose import takes as long as all else.
        from queue_fairness.report.json_numbers import number_names

        limits += [parse_fail_if(each, number_names()) for each in asked.fail_if]
    return Limits(
        limits=tuple(limits),
        allow_inconclusive=asked.allow_inconclusive,
        baseline=read_baseline(asked.baseline, where, limits),
    )


def _theme(name: str) -> str:
    """The colors of the screen.

    Raises:
        PlanError: There are none of that name.
    """
    if name not in THEMES:
        near = closest(name, THEMES)
        hint = f" did you mean {near}?" if near is not None else ""
        raise PlanError("theme", f"--theme {name}:{hint} choose one of {', '.join(THEMES)}")
    return name


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
        near = closest(form, FORMATS)
        hint = f" did you mean {near}?" if near is not None else ""
        raise PlanError("format", f"--format {form}:{hint} choose one of {', '.join(FORMATS)}")
    return form


def is_stdout(path: str | None) -> bool:
    """Whether a path is another name of the standard output, such as `/dev/stdout`."""
    if path is None or not path.startswith(("/dev/", "/proc/")):
        return False
    # By name where it is closed, so that it is refused as stdout is and not as a file.
    own = f"/proc/{os.getpid()}/fd/1"
    return path in {"/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", own}
