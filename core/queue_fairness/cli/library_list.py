"""`libraries`: lists the public libraries that can be measured, and fetches them if asked to."""

import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import NoReturn

from queue_fairness.cli.commands import PROGRAM
from queue_fairness.cli.parsers import Parser, make_parser
from queue_fairness.cli.streams import write_out
from queue_fairness.errors import QueueError
from queue_fairness.libraries.catalogue import LIBRARIES, SETUPS, Library
from queue_fairness.libraries.environments import cache_folder, make_all

WORD = "libraries"
NOT_FETCHED = "not fetched yet"


def parse(arguments: Sequence[str], environment: Mapping[str, str]) -> NoReturn:  # noqa: ARG001
    """Print the libraries, and end the program."""
    names = parser().parse_whole(arguments).fetch
    wanted = [each for name, each in LIBRARIES.items() if name in names or "all" in names]
    status = 0
    for each in wanted:
        try:
            make_all([each.environment])
        except QueueError as error:
            sys.stderr.write(f"{PROGRAM} {WORD}: {error}\n")
            status = 1
    write_out("\n".join(_lines()) + "\n")
    sys.exit(status)


def parser() -> Parser:
    """Knows what to fetch."""
    words = make_parser(WORD, "Lists the public queue libraries that --strategy can name.")
    words.add_argument(
        "--fetch",
        nargs="+",
        metavar="NAME",
        choices=[*LIBRARIES, "all"],
        default=[],
        help=f"Fetch these now: {', '.join(LIBRARIES)} or all.",
    )
    return words


def found_version(library: Library) -> str | None:
    """The version that is in its environment; None while there is none."""
    return (library.environment.versions() or {}).get(library.package)


def _lines() -> Iterator[str]:
    width = max(map(len, SETUPS))
    for library in LIBRARIES.values():
        wanted = library.environment.requirements[0]
        yield f"{library.name} {found_version(library) or NOT_FETCHED} ({wanted})"
        yield f"  {library.documentation}"
        for setup in SETUPS.values():
            if setup.library is library:
                yield f"  {setup.name:{width}}  {setup.about}"
                yield f"  {'':{width}}  {setup.deployment}"
        yield ""
    yield "fetched by the first run that names one, or now:"
    yield f"  {PROGRAM} {WORD} --fetch rq"
    yield f"into {cache_folder()}, by {_tools()}"


def _tools() -> str:
    told = {"uv": "uv (Python)", "npm": "npm (Node)"}
    return " and ".join(
        name if shutil.which(tool) else f"{name}, which is not on PATH"
        for tool, name in told.items()
    )
