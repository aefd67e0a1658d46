"""`replay`: plays a recording, or runs its load again under another strategy."""

import argparse
import shlex
from collections.abc import Mapping, Sequence

from queue_fairness.cli.brief_help import BriefHelp
from queue_fairness.cli.commands import PROGRAM, Command, Options, ReplayCommand, RunCommand
from queue_fairness.cli.parsers import (
    Parser,
    add_output_options,
    add_server_options,
    add_settings_options,
    make_parser,
)
from queue_fairness.cli.reading import read_options, refuse_run_options
from queue_fairness.errors import PlanError, TableError
from queue_fairness.plan import Plan, plan_fields

WORD = "replay"
ABOUT = """Plays a recording that --record has made: on a terminal as a run that goes on,
without one at once to its end, with the same numbers as the run that was
recorded."""
FASTEST = 1e6
BRIEF = BriefHelp(
    about=ABOUT,
    examples={
        "replay run.jsonl": "as it went on",
        "replay run.jsonl --speed 10": "ten times as fast",
        "replay run.jsonl --headless": "its report, at once",
        "replay run.jsonl --strategy fifo": "its load, run again",
    },
    options={
        "--run N": "which run of a comparison or sweep",
        "--speed X": "how fast it is played (1)",
        "--strategy NAME": "run its load again under this one",
    },
)


def parse(arguments: Sequence[str], environment: Mapping[str, str]) -> Options:
    """Read what follows the word; `--help` and refusals end the program (SystemExit)."""
    return read_options(parser(), arguments, environment, _command)


def parser() -> Parser:
    """Knows the options of the word."""
    words = make_parser(WORD, ABOUT, BRIEF)
    words.usage = f"{PROGRAM} {WORD} [option ...] FILE"
    words.once = frozenset(("strategy",))
    group = words.add_argument_group("the recording")
    group.add_argument("file", metavar="FILE", help="The recording; .gz and .zst are seen through.")
    group.add_argument(
        "--run",
        metavar="N",
        help="Which run of it, from 1. (default: all of a comparison or sweep, else the first)",
    )
    group.add_argument(
        "--speed",
        metavar="X",
        default="1",
        help="How many times as fast as it was recorded, on a screen. (default 1)",
    )
    group.add_argument(
        "--strategy",
        metavar="NAME",
        help="Do not play it: run its arrivals and its work again on a real Redis, under this "
        "strategy.",
    )
    add_server_options(words)
    add_output_options(words)
    add_settings_options(words)
    return words


def _command(asked: argparse.Namespace) -> Command:
    if asked.strategy is not None:
        return RunCommand(plan=_plan_under(asked))
    refuse_run_options(asked)
    number = None if asked.run is None else int(_number("run", asked.run, 1, 1e6))
    speed = _number("speed", asked.speed, 0.001, FASTEST)
    from queue_fairness.engine.replay import first_header
    from queue_fairness.trace.files import STDIN, open_to_read

    if asked.file == STDIN:
        raise PlanError("file", "replay -: a recording is read more than once: name a file")
    try:
        with open_to_read(asked.file) as source:
            playback = first_header(source, number)
    except TableError as error:
        raise PlanError("file", str(error)) from error
    except OSError as error:
        raise PlanError("file", f"{asked.file}: {error.strerror}") from error
    is_series = number is None and playback.header.get("series") is not None
    return ReplayCommand(
        path=asked.file, plan=playback.plan, number=number, is_series=is_series, speed=speed
    )


def _plan_under(asked: argparse.Namespace) -> Plan:
    """The load of the file under another strategy.

    Of a run of ours that is its own plan, whose seed gives the same arrivals and the same work; of
    anything else the arrivals and the work that it holds.

    Raises:
        PlanError: There is no such strategy, or the file holds no load.
    """
    from queue_fairness.engine.replay import first_header
    from queue_fairness.judge.traced import traced_plan
    from queue_fairness.trace.files import open_to_read
    from queue_fairness.trace.reading import is_recording, lines_of

    command = f"{shlex.quote(asked.file)} --strategy {shlex.quote(asked.strategy)}"
    number = None if asked.run is None else int(_number("run", asked.run, 1, 1e6))
    try:
        with open_to_read(asked.file) as source:
            is_ours = is_recording(source.peek()) and bool(next(lines_of(source)).fact.get("plan"))
        with open_to_read(asked.file) as source:
            if not is_ours:
                return traced_plan(source, asked.strategy, command)
            recorded = first_header(source, number).plan
    except TableError as error:
        raise PlanError("file", str(error)) from error
    except OSError as error:
        raise PlanError("file", f"{asked.file}: {error.strerror}") from error
    values = {each.name: getattr(recorded, each.name) for each in plan_fields()}
    return Plan(**{**values, "strategy": asked.strategy})


def _number(name: str, text: str, least: float, most: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not least <= value <= most:
        raise PlanError(name, f"--{name} {text}: give a number from {least:g} to {most:,.0f}")
    return value
