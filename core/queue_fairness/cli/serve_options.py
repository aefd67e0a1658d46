"""`serve`: the screen in a browser on this machine, for any command that has one."""

import dataclasses
from collections.abc import Mapping, Sequence
from importlib.util import find_spec

from queue_fairness.cli.brief_help import BriefHelp
from queue_fairness.cli.commands import PROGRAM, Options, Web
from queue_fairness.cli.parsers import Parser, field_help, make_parser
from queue_fairness.errors import PlanError
from queue_fairness.plan.field import PlanField

WORD = "serve"
LIBRARY = "textual_serve"
PORT = PlanField(
    name="port",
    flags=("--port",),
    kind=int,
    unit="",
    minimum=0,
    maximum=65_535,
    default=0,
    help="Port on 127.0.0.1 that the page is served on; 0: a free one.",
)
ABOUT = """Shows the same screen in a browser on this machine: prints an address that holds
a secret, and serves it on 127.0.0.1 alone until Ctrl-C. What follows is a
command as without the word: options of a run, or compare or sweep with theirs."""
BRIEF = BriefHelp(
    about=ABOUT,
    examples={
        "serve": "a run in the browser",
        "serve -P 1k --strategy round-robin": "with options of a run",
        "serve compare --scenario overload": "a comparison",
        "serve --port 8000": "on a port of yours",
    },
    options={"--port N": "port on 127.0.0.1 (a free one)"},
)


def parse(arguments: Sequence[str], environment: Mapping[str, str]) -> Options:
    """Read what follows the word; `--help` and refusals end the program (SystemExit)."""
    # Not before: that module imports those of the words.
    from queue_fairness.cli import options

    words = parser()
    asked, rest = words.parse_known_args(arguments)
    try:
        port = int(PORT.parse(asked.port))
        if find_spec(LIBRARY) is None:
            raise PlanError("web", f"it needs an extra: install '{PROGRAM}[web]'")
        if rest[:1] == [WORD]:
            raise PlanError("web", f"{WORD} is named twice: once will do")
    except PlanError as error:
        words.error(str(error))
    served = options.parse(rest, environment)
    if served.headless or served.stdout_format == "json":
        words.error("it shows a screen: leave --headless and --json - out")
    return dataclasses.replace(served, web=Web(port=port, arguments=tuple(rest)))


def parser() -> Parser:
    """Knows the port; all else belongs to what is served."""
    words = make_parser(WORD, ABOUT, BRIEF)
    words.add_argument(PORT.option, metavar="N", default=PORT.default_text, help=field_help(PORT))
    return words
