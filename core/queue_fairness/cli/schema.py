"""`schema`: prints the JSON Schema of what `--json` writes."""

import sys
from collections.abc import Mapping, Sequence
from importlib.resources import files
from typing import NoReturn

from queue_fairness.cli.parsers import Parser, make_parser
from queue_fairness.cli.streams import write_out

WORD = "schema"


def parse(arguments: Sequence[str], environment: Mapping[str, str]) -> NoReturn:  # noqa: ARG001
    """Print the schema, and end the program."""
    parser().parse_whole(arguments)
    # As it is in the package: to generate it takes all of the engine.
    found = files("queue_fairness.report").joinpath("schema.json")
    write_out(found.read_text(encoding="utf-8"))
    sys.exit(0)


def parser() -> Parser:
    """Knows no options."""
    return make_parser(WORD, "Prints the JSON Schema of what --json writes.")
