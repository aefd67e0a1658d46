"""Reads recordings: a file of facts, maybe of several runs, line by line."""

import json
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from queue_fairness.errors import TableError
from queue_fairness.outside import harmless
from queue_fairness.trace.facts import FORMAT, VERSION
from queue_fairness.trace.files import Source

LONGEST_LINE = 2**24
"""Bytes of a line; no fact is nearly as long."""
TIME_UNITS = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
"""What `time` may say, in seconds."""

Fact = Mapping[str, Any]


class Line(NamedTuple):
    """A fact, and where it stands."""

    number: int
    fact: Fact

    @property
    def is_header(self) -> bool:
        """Whether a run begins here."""
        return "format" in self.fact


def is_recording(begin: bytes) -> bool:
    """Whether a file that begins so is one of facts, rather than a table."""
    head = begin.lstrip(b"\xef\xbb\xbf \t\r\n")[:4096]
    return head.startswith(b"{") and f'"{FORMAT}"'.encode() in head


def lines_of(source: Source) -> Iterator[Line]:
    """Every fact of a file; its headers are looked at.

    Raises:
        TableError: A line is no fact, or the file is of a format or version that is not known.
            Of a file that breaks off in the middle of a line, all before is given first.
    """
    for number, text in enumerate(_texts(source), 1):
        if not text.strip():
            continue
        line = Line(number, _fact(source.name, number, text))
        if line.is_header:
            check_header(source.name, line)
        yield line


def check_header(name: str, line: Line) -> None:
    """Refuse a header that this program does not understand.

    Raises:
        TableError: Its format, version or unit of time is not known.
    """
    fact, where = line.fact, f"{name}, line {line.number:,}"
    if fact.get("format") != FORMAT:
        raise TableError(f"{where}: the format is {_brief(fact.get('format'))}, not {FORMAT}")
    if fact.get("version") != VERSION:
        raise TableError(
            f"{where}: version {_brief(fact.get('version'))} of the format; known is {VERSION}: "
            "read it with the program that wrote it"
        )
    if fact.get("time", "s") not in TIME_UNITS:
        known = ", ".join(TIME_UNITS)
        raise TableError(f"{where}: time in {_brief(fact.get('time'))}: choose one of {known}")


def _texts(source: Source) -> Iterator[bytes]:
    """The lines; what a compressed file that breaks off has lost is missing."""
    try:
        while line := source.stream.readline(LONGEST_LINE):
            if not line.endswith(b"\n") and len(line) >= LONGEST_LINE:
                raise TableError(f"{source.name}: a line is over {LONGEST_LINE:,} bytes long")
            yield line
    except EOFError:
        return
    except OSError as error:
        raise TableError(f"{source.name} cannot be read: {error}") from error


def _fact(name: str, number: int, text: bytes) -> Fact:
    try:
        fact = json.loads(text)
    except (ValueError, RecursionError) as error:
        if not text.endswith(b"\n"):
            return {"event": CUT_OFF}
        raise TableError(
            f"{name}, line {number:,} is no JSON: {harmless(str(error), 80)}"
        ) from error
    if not isinstance(fact, dict):
        raise TableError(f"{name}, line {number:,} is no object: each fact is one")
    return fact


CUT_OFF = "cut off"
"""The event in place of a last line that is not whole."""


def _brief(value: object) -> str:
    return harmless(repr(value), 40)
