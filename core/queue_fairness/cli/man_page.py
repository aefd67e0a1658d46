"""`man`: prints the manual page, made from the same table as the help, as roff (`man 7 man`)."""

import argparse
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import NoReturn

from queue_fairness.cli.commands import PROGRAM
from queue_fairness.cli.parsers import EXIT_STATUS, Parser, make_parser
from queue_fairness.cli.streams import write_out
from queue_fairness.cli.words import WORDS
from queue_fairness.plan.scenarios import load_scenario, scenario_names
from queue_fairness.strategies import STRATEGIES

WORD = "man"
ABOUT = f"""Prints the manual page. To read it, or to keep it:

  {PROGRAM} {WORD} | man -l -
  {PROGRAM} {WORD} > ~/.local/share/man/man1/{PROGRAM}.1"""
FILES = {
    f"~/.config/{PROGRAM}/config.toml": "Defaults of your own, such as workers = 16; in "
    "$XDG_CONFIG_HOME where that is set. --show-config says what holds.",
}
VARIABLES = {
    "QUEUE_FAIRNESS_*": "The same, such as QUEUE_FAIRNESS_WORKERS=16; they come before the file, "
    "and options before them.",
    "QUEUE_FAIRNESS_CONFIG": "Another file of settings.",
    "REDIS_URL": "The Redis to use, where no option names one.",
    "NO_COLOR": "If set, no colors.",
}


def parse(arguments: Sequence[str], environment: Mapping[str, str]) -> NoReturn:  # noqa: ARG001
    """Print the page, and end the program."""
    parser().parse_whole(arguments)
    write_out("\n".join(page()) + "\n")
    sys.exit(0)


def parser() -> Parser:
    """Knows no options."""
    return make_parser(WORD, ABOUT)


def page() -> Iterator[str]:
    """The lines of the page."""
    # Not before: that module imports those of the words, and the version is slow to find.
    from importlib.metadata import version

    from queue_fairness.cli.options import parser_of

    run = parser_of("")
    yield f'.TH {PROGRAM.upper()} 1 "" "{PROGRAM} {version(PROGRAM)}" "User Commands"'
    yield from _section("NAME", f"{roff(PROGRAM)} \\- is a partitioned Redis work queue fair?")
    yield from _section("SYNOPSIS", f".B {roff(PROGRAM)}\n.RI [ option \\ ...]")
    for word in WORDS:
        yield f".br\n.B {roff(f'{PROGRAM} {word}')}\n.RI [ option \\ ...]"
    assert run.brief is not None
    yield from _section("DESCRIPTION", roff(" ".join(run.brief.about.split())))
    yield ".SH EXAMPLES"
    for each in filter(None, (parser_of(word).brief for word in ("", *WORDS))):
        for example, meant in each.examples.items():
            yield from _entry(f"{PROGRAM} {example}".rstrip(), f"{meant[:1].upper()}{meant[1:]}")
    yield ".SH OPTIONS"
    yield from _options(run, frozenset())
    yield ".SH COMMANDS"
    for word in WORDS:
        known = parser_of(word)
        yield f".SS {roff(word)}"
        yield roff(" ".join((known.description or "").partition("\n\n")[0].split()))
        yield from _options(known, frozenset(run.option_names()), headings=False)
    yield from _tables()


def _tables() -> Iterator[str]:
    tables: Mapping[str, Mapping[str, str]] = {
        "STRATEGIES": {name: each.headline() for name, each in STRATEGIES.items()},
        "SCENARIOS": {name: load_scenario(name).about for name in scenario_names()},
        "FILES": FILES,
        "ENVIRONMENT": VARIABLES,
        "EXIT STATUS": {str(status): meaning for status, meaning in EXIT_STATUS.items()},
    }
    for heading, rows in tables.items():
        yield f".SH {heading}"
        for name, meant in rows.items():
            yield from _entry(name, meant)


def _options(known: Parser, without: frozenset[str], *, headings: bool = True) -> Iterator[str]:
    """Each option with its help, by the headings of `--help-all`."""
    for heading, actions in known.groups():
        shown = [
            each
            for each in actions
            if each.option_strings and not without.issuperset(each.option_strings)
        ]
        if shown and headings and heading:
            yield f".SS {roff(heading)}"
        for each in shown:
            yield from _entry(_typed(each), (each.help or "").replace("%%", "%"))


def _typed(action: argparse.Action) -> str:
    """An option as it is typed: `-P N, --partitions N`."""
    value = f" {action.metavar}" if action.nargs != 0 else ""
    return ", ".join(f"{each}{value}" for each in action.option_strings)


def _section(heading: str, text: str) -> Iterator[str]:
    yield f".SH {heading}"
    yield text


def _entry(name: str, text: str) -> Iterator[str]:
    yield ".TP"
    yield f".B {roff(name)}"
    yield roff(text)


def roff(text: str) -> str:
    """A text that the formatter shows as it is: no escape, no request, dashes that can be typed."""
    shown = text.replace("\\", "\\e").replace("-", "\\-").replace('"', "\\(dq")
    return re.sub(r"(?m)^([.'])", r"\\&\1", shown)
