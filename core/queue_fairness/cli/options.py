"""Reads the command line: `parse` hands it to the module of its first word, see `words`."""

import os
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Protocol, cast

from queue_fairness.cli.attach_options import AttachOptions
from queue_fairness.cli.commands import Options
from queue_fairness.cli.parsers import Parser
from queue_fairness.cli.words import WITHOUT_WORD, WORDS

Asked = Options | AttachOptions
"""What a command line may ask for: to measure, or to watch others."""


class WordModule(Protocol):
    """What the module of a word offers."""

    def parser(self) -> Parser:
        """What knows the word's options: for its help, the man page, completion, suggestions."""

    def parse(self, arguments: Sequence[str], environment: Mapping[str, str]) -> Asked:
        """Read what follows the word.

        A word that only prints something ends the program (SystemExit), and so does a refusal.
        """


def parse(arguments: Sequence[str], environment: Mapping[str, str] = os.environ) -> Options:
    """The same as `parse_any`, of a command line that asks to measure."""
    asked = parse_any(arguments, environment)
    assert isinstance(asked, Options), "a word that measures"
    return asked


def parse_any(arguments: Sequence[str], environment: Mapping[str, str] = os.environ) -> Asked:
    """Read the command line. `--help`, `--version` and refusals end the program (SystemExit)."""
    # Not argparse's own sub-commands: their defaults silently replace what was asked for before
    # the word.
    if arguments and arguments[0] in WORDS:
        return _module(WORDS[arguments[0]]).parse(arguments[1:], environment)
    return _module(WITHOUT_WORD).parse(arguments, environment)


def parser_of(word: str) -> Parser:
    """What knows the options of a word; of the run without one for an empty word."""
    return _module(WORDS.get(word, WITHOUT_WORD)).parser()


def _module(name: str) -> WordModule:
    return cast("WordModule", import_module(name))
