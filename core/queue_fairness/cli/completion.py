"""`completion`: prints a script that completes words and options in bash, zsh or fish."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import NoReturn

from queue_fairness.cli.commands import FORMATS, PROGRAM, THEMES
from queue_fairness.cli.parsers import Parser, make_parser
from queue_fairness.cli.streams import write_out
from queue_fairness.cli.words import WORDS
from queue_fairness.plan import plan_fields
from queue_fairness.plan.scenarios import scenario_names
from queue_fairness.strategies import STRATEGIES

WORD = "completion"
SHELLS = ("bash", "zsh", "fish")
PATHS = frozenset(("output", "json", "config", "redis_server", "record", "file"))
"""Options whose value is a file, by the name of the value."""
HOW = f"""Prints a script that completes words, options and names. To keep it:

  bash   {PROGRAM} {WORD} bash > \\
           ~/.local/share/bash-completion/completions/{PROGRAM}
  zsh    {PROGRAM} {WORD} zsh > ~/.zfunc/_{PROGRAM}
         with `fpath+=~/.zfunc` before compinit in ~/.zshrc
  fish   {PROGRAM} {WORD} fish > \\
           ~/.config/fish/completions/{PROGRAM}.fish"""


def parse(arguments: Sequence[str], environment: Mapping[str, str]) -> NoReturn:  # noqa: ARG001
    """Print the script, and end the program."""
    words = parser()
    shell = words.parse_whole(arguments).shell
    if shell not in SHELLS:
        said = f"{shell} is not among them" if shell else "it names no shell"
        words.error(f"{said}: give one of {', '.join(SHELLS)}")
    # Only this word needs it.
    import shtab

    write_out(shtab.complete(_whole(shtab.FILE), shell=shell))
    sys.exit(0)


def parser() -> Parser:
    """Knows the shells."""
    words = make_parser(WORD, HOW)
    words.usage = f"{PROGRAM} {WORD} [option ...] {'|'.join(SHELLS)}"
    words.add_argument("shell", nargs="?", help="Which shell the script is for.")
    return words


def _whole(path: Mapping[str, object]) -> argparse.ArgumentParser:
    """One parser of everything, of argparse's own kinds: what the library understands."""
    # Not before: that module imports those of the words.
    from queue_fairness.cli.options import parser_of

    whole = argparse.ArgumentParser(prog=PROGRAM, add_help=False)
    _copy(parser_of(""), whole, path)
    below = whole.add_subparsers()
    for word in WORDS:
        known = parser_of(word)
        about = " ".join((known.description or "").split())
        _copy(known, below.add_parser(word, help=_first_sentence(about), add_help=False), path)
    return whole


def _copy(known: Parser, into: argparse.ArgumentParser, path: Mapping[str, object]) -> None:
    choices = _choices()
    for each in known.shown_actions():
        about = _first_sentence((each.help or "").replace("%%", "%"))
        if not each.option_strings:
            choice = SHELLS if each.dest == "shell" else None
            added = into.add_argument(each.dest, choices=choice, help=about)
            if each.dest in PATHS:
                added.complete = path  # type: ignore[attr-defined]  # the library's own mark
        elif each.nargs == 0:
            into.add_argument(*each.option_strings, action="store_true", help=about)
        else:
            added = into.add_argument(
                *each.option_strings, dest=each.dest, choices=choices.get(each.dest), help=about
            )
            if each.dest in PATHS:
                added.complete = path  # type: ignore[attr-defined]  # the library's own mark


def _choices() -> dict[str, Sequence[str]]:
    """What may follow an option, where that is a name."""
    return {
        **{each.name: each.choices for each in plan_fields() if each.choices},
        "strategies": ("all", *STRATEGIES),
        "scenario": tuple(scenario_names()),
        "format": FORMATS,
        "theme": THEMES,
        "require": ("FAIR", "avg", "UNFAIR", "STARVING"),
    }


def _first_sentence(text: str) -> str:
    """A text up to its first full stop, without what shells take for their own."""
    first = text.partition(". ")[0].partition(" (")[0].rstrip(".:")
    return first.replace("%", " per cent").replace("`", "'")
