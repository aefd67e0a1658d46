"""`attach`: a live server of others, watched without touching it."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from queue_fairness.attach.names import (
    AUTO,
    EVERY_S,
    GROWS_SHARE,
    LIBRARIES,
    LOCK_S,
    STARVED_ROUNDS,
    STARVED_S,
)
from queue_fairness.cli.commands import PROGRAM
from queue_fairness.cli.output_file import check_writable
from queue_fairness.cli.parser import EXIT_STATUS, HelpFormatter, Parser
from queue_fairness.cli.reading import is_stdout
from queue_fairness.cli.streams import write_out
from queue_fairness.errors import PlanError
from queue_fairness.plan.field import PlanField
from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.url import keep_secrets_of

if TYPE_CHECKING:
    from queue_fairness.attach.options import AttachPlan

WORD = "attach"
FORMATS = ("text", "markdown", "json")
ABOUT = """Watches the queues of a live Redis without touching them: who waits longest, since
when, who has the workers, which lock nobody holds. It only reads. Which library's queues
they are is found out by itself."""


def _number(
    name: str, unit: str, default: float, bounds: tuple[float, float], text: str
) -> PlanField:
    return PlanField(
        name=name,
        flags=(f"--{name.replace('_', '-')}",),
        kind=float,
        unit=unit,
        default=default,
        minimum=bounds[0],
        maximum=bounds[1],
        help=text,
    )


NUMBERS = (
    _number("every", "seconds", EVERY_S, (0.1, 3600), "Between two looks."),
    _number("lock_ttl", "seconds", 0.0, (0, 1e7), "How long a lock lasts; 0: as usual."),
    _number("duration", "seconds", 0.0, (0, 1e7), "End after so long; 0: when you say so."),
    _number("budget", "percent", 1.0, (0.01, 50), "Of the server's time for our looking."),
    _number("starved_after", "seconds", STARVED_S, (0, 1e8), "A wait from which on it is STARVED."),
    _number("starved_rounds", "rounds", STARVED_ROUNDS, (1, 1e6), "The same in rounds."),
    _number("grows_by", "percent", GROWS_SHARE * 100, (0, 1e4), "Growth from which on it GROWS."),
    _number("stuck_after", "seconds", LOCK_S, (1, 1e8), "Age from which on to suspect a lock."),
    _number("lanes", "tenants", 50, (1, 1e5), "Tenants that are shown and exported one by one."),
)
_BY_NAME = {each.name: each for each in NUMBERS}


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachOptions:
    """What the command line asks of `attach`."""

    url: str
    """A checked URL; may hold a password."""
    plan: "AttachPlan"
    notice: str | None
    """What the user may not know of the choice of the server."""
    once: bool
    json: str | None
    format: str
    fail_if: tuple[str, ...]
    stream: bool
    prometheus: str | None
    explain_lock: str | None
    acl: bool
    record: str | None
    duration_s: float
    """How long to watch; 0 for no end."""
    lanes: int
    """Tenants that are shown one by one."""
    command: str
    """What asks for the same again; no secrets."""

    @property
    def is_headless(self) -> bool:
        """Whether it asks for no screen."""
        asked = (self.once, self.stream, self.acl, self.explain_lock, self.prometheus)
        return any(asked) or self.json == "-" or bool(self.fail_if)


def parse(arguments: Sequence[str], environment: Mapping[str, str]) -> AttachOptions:
    """Read what follows the word; `--help` and refusals end the program (SystemExit)."""
    words = parser()
    asked, unknown = words.parse_known_args(arguments)
    for url in (asked.redis_url, environment.get("REDIS_URL")):
        keep_secrets_of(url or "")
    if unknown:
        words.error(f"unrecognized arguments: {' '.join(unknown)}")
    if any(each.strip().lower() == "help" for each in asked.fail_if):
        from queue_fairness.report.attach_limits import limit_help

        write_out(limit_help())
        words.exit(0)
    try:
        return _options(asked, environment, arguments)
    except PlanError as error:
        words.error(str(error))


def _options(
    asked: argparse.Namespace, environment: Mapping[str, str], arguments: Sequence[str]
) -> AttachOptions:
    from queue_fairness.report.attach_limits import check

    choice = _server(asked, environment)
    assert choice.redis_url is not None, "there is one"
    values = {name: each.parse(str(getattr(asked, name))) for name, each in _BY_NAME.items()}
    if is_stdout(asked.json):
        asked.json = "-"
    check(asked.fail_if)
    _check_outputs(asked)
    return AttachOptions(
        url=choice.redis_url,
        plan=_plan(asked, choice.redis_url, {name: float(v) for name, v in values.items()}),
        notice=choice.notice,
        once=asked.once,
        json=_writable("--json", asked.json),
        format="json" if asked.json == "-" else asked.format or FORMATS[0],
        fail_if=tuple(asked.fail_if),
        stream=asked.stream,
        prometheus=asked.prometheus,
        explain_lock=asked.explain_lock,
        acl=asked.acl,
        record=_writable("--record", asked.record),
        duration_s=float(values["duration"]),
        lanes=int(values["lanes"]),
        command=_command(arguments, choice.redis_url),
    )


def _writable(option: str, path: str | None) -> str | None:
    if path is not None and path != "-":
        check_writable(option, path)
    return path


def _check_outputs(asked: argparse.Namespace) -> None:
    """Refuse what contradicts itself.

    Raises:
        PlanError: With one sentence.
    """
    faces = {
        "--once": asked.once,
        "--stream": asked.stream,
        "--acl": asked.acl,
        "--explain-lock": asked.explain_lock is not None,
        "--prometheus": asked.prometheus is not None,
    }
    given = [name for name, is_given in faces.items() if is_given]
    if len(given) > 1:
        raise PlanError("once", f"{' and '.join(given)} exclude each other: give one of them")
    if asked.format is not None and asked.format not in FORMATS:
        raise PlanError("format", f"--format {asked.format}: choose one of {', '.join(FORMATS)}")
    if asked.record == "-":
        raise PlanError("record", "--record needs the path of a file; --stream writes to stdout")


def _server(asked: argparse.Namespace, environment: Mapping[str, str]) -> ServerChoice:
    """The server to look at.

    Raises:
        PlanError: None was named, or its URL makes no sense.
    """
    from queue_fairness.server.certificates import check_files

    url = asked.redis_url
    is_from_environment = url is None
    if is_from_environment:
        url = environment.get("REDIS_URL") or None
    if url is None:
        raise PlanError("redis_url", "name the server to look at: --redis-url redis://host:6379/0")
    choice = ServerChoice(redis_url=url, is_from_environment=is_from_environment)
    check_files(choice.redis_url or "")
    return choice


def _plan(asked: argparse.Namespace, url: str, values: Mapping[str, float]) -> "AttachPlan":
    from queue_fairness.attach.by import parse_by
    from queue_fairness.attach.libraries.base import Settings
    from queue_fairness.attach.options import AttachPlan, Thresholds
    from queue_fairness.attach.user import is_named_user

    library = asked.library.lower()
    if library not in (AUTO, *LIBRARIES):
        raise PlanError(
            "library", f"--library {library}: choose one of {', '.join((AUTO, *LIBRARIES))}"
        )
    queues = tuple(each.strip() for text in asked.queues for each in text.split(","))
    return AttachPlan(
        library=library,
        settings=Settings(
            prefix=asked.prefix,
            queues=tuple(filter(None, queues)),
            lock_ttl_s=values["lock_ttl"] or None,
            by=parse_by(asked.by),
            may_list_clients=asked.list_clients or not is_named_user(url),
        ),
        every_s=values["every"],
        budget=values["budget"] / 100,
        mask=asked.mask,
        thresholds=Thresholds(
            starved_s=values["starved_after"],
            starved_rounds=values["starved_rounds"],
            grows_share=values["grows_by"] / 100,
            lock_s=values["stuck_after"],
        ),
    )


def _command(arguments: Sequence[str], url: str) -> str:
    """The command line again, with the URL as it may be shown."""
    from queue_fairness.report.command import quoted
    from queue_fairness.server.url import mask_url

    words = [PROGRAM, WORD, "--redis-url", mask_url(url)]
    rest = iter(arguments)
    for each in rest:
        if each == "--redis-url":
            next(rest, None)
        elif not each.startswith("--redis-url="):
            words.append(each)
    return " ".join(map(quoted, words))


def parser() -> Parser:
    """Knows all of them."""
    statuses = ", ".join(f"{status} {meaning}" for status, meaning in EXIT_STATUS.items())
    words = Parser(
        prog=f"{PROGRAM} {WORD}",
        usage=f"{PROGRAM} {WORD} [option ...]",
        description=ABOUT,
        epilog="S is a time in seconds, or with its unit: 500ms, 60s, 1m30s\n"
        f"exit status: {statuses}",
        formatter_class=HelpFormatter,
        allow_abbrev=False,
    )
    _add_what(words.add_argument_group("what to look at"))
    _add_outputs(words.add_argument_group("output"))
    numbers = words.add_argument_group("numbers")
    for each in NUMBERS:
        text = f"{each.help} ({each.bounds} {each.unit}; default {each.default_text})"
        numbers.add_argument(
            each.option,
            dest=each.name,
            metavar="S" if each.unit == "seconds" else "N",
            default=each.default_text,
            help=text.replace("%", "%%"),
        )
    return words


def _add_what(group: "argparse._ArgumentGroup") -> None:
    group.add_argument(
        "--redis-url",
        metavar="URL",
        help="The server: redis://[user:password@]host:port/db, rediss:// or unix://. The "
        "environment variable REDIS_URL does the same. It is only read.",
    )
    names = ", ".join((AUTO, *LIBRARIES))
    group.add_argument("--library", metavar="NAME", default=AUTO, help=f"Whose queues: {names}.")
    group.add_argument(
        "--by",
        metavar="WHAT",
        default="queue",
        help="What makes a tenant: queue, partition, name:/RE/ (of the queue), or in the task "
        "kwargs.NAME, data.NAME, args.N.",
    )
    group.add_argument(
        "--queues",
        metavar="A,B*",
        action="append",
        default=[],
        help="Only these queues; names or patterns.",
    )
    group.add_argument("--prefix", metavar="TEXT", help="What the library's keys begin with.")
    group.add_argument(
        "--list-clients",
        action="store_true",
        help="As a named user, also send CLIENT LIST and CLIENT NO-TOUCH, if they are granted.",
    )


def _add_outputs(group: "argparse._ArgumentGroup") -> None:
    group.add_argument("--once", action="store_true", help="Look twice, print a report, and end.")
    group.add_argument(
        "--json", metavar="PATH", help="Write the document to this file; - for stdout."
    )
    group.add_argument(
        "--format", metavar="FORMAT", help=f"Of the report: {', '.join(FORMATS)} (default text)."
    )
    group.add_argument(
        "--fail-if",
        metavar="LIMIT",
        action="append",
        default=[],
        help="Exit with status 3 if this is true, such as 'oldest_s.max > 600' or "
        "'headline == STARVED'; --fail-if help lists all names.",
    )
    group.add_argument(
        "--stream", action="store_true", help="Write a document a look, a line each, to stdout."
    )
    group.add_argument(
        "--prometheus",
        metavar="PORT|FILE",
        help="Serve metrics on this port of 127.0.0.1, or write them to this file at every look "
        "(needs the extra `prometheus`).",
    )
    group.add_argument(
        "--explain-lock", metavar="NAME", help="Say all that is known of a lock, and end."
    )
    group.add_argument(
        "--acl", action="store_true", help="Print the smallest user that can read it, and end."
    )
    group.add_argument("--record", metavar="FILE", help="Also write what was seen, as JSON Lines.")
    group.add_argument("--mask", action="store_true", help="Show tenants by a hash of their names.")
