"""The rows of a file, many at a time, as texts: from CSV and its kin, or from JSON Lines."""

import ast
import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain, islice
from typing import IO, Any

from queue_fairness.errors import TableError
from queue_fairness.outside import harmless
from queue_fairness.trace.files import Source

AT_ONCE = 20_000
"""Rows that are looked at together."""
LONGEST_FIELD = 2**26
"""Characters in a field: a quote that is never closed must not swallow a file of any size."""
DELIMITERS = ",\t;|"
UTF_16 = (b"\xff\xfe", b"\xfe\xff")

Row = Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Some rows of a table."""

    rows: Sequence[Row]
    lines: Sequence[int]
    """Where each begins; one for all that stand in lines of their own."""
    first: int
    """The line of the first row."""

    def line(self, number: int) -> int:
        """Where a row begins, by its number in here."""
        if self.lines:
            return self.lines[number]
        # A line more for each line feed inside the fields of the rows before it.
        return (
            self.first
            + number
            + sum(field.count("\n") for row in self.rows[:number] for field in row)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """A table: the names of its columns, and its rows."""

    names: Sequence[str]
    chunks: Iterator[Chunk]
    kind: str
    """`CSV`, `TSV` or `JSON Lines`."""


def rows_of(source: Source) -> Rows:
    """The rows of a file.

    Raises:
        TableError: It is empty, has no header, or is something else.
    """
    begin = source.peek()
    if not begin.strip():
        raise TableError(f"{source.name} is empty: a table has a header and a row for each job")
    if b"\0" in begin and not begin.startswith(UTF_16):
        raise TableError(f"{source.name} is no text: give CSV, TSV, JSON Lines or Parquet")
    head = begin.lstrip(b"\xef\xbb\xbf \t\r\n")
    if head.startswith(b"{"):
        return _json_rows(source)
    if head.startswith(b"[") and head[1:].lstrip().startswith(b"{"):
        raise TableError(
            f"{source.name} is one JSON array: give a line for each job, as jq -c '.[]' makes them"
        )
    return _csv_rows(source, "utf-16" if begin.startswith(UTF_16) else "utf-8-sig")


def _csv_rows(source: Source, encoding: str) -> Rows:
    text = io.TextIOWrapper(source.stream, encoding, errors="backslashreplace", newline="")
    csv.field_size_limit(LONGEST_FIELD)
    lines = _careful(source, text)
    first = next(lines, "")
    if "\0" in first:
        raise TableError(f"{source.name} is no text: give CSV, TSV, JSON Lines or Parquet")
    delimiter = max(DELIMITERS, key=first.count)
    reader = csv.reader(chain((first,), lines), delimiter=delimiter)
    names = _next(source, reader)
    if not any(each.strip() for each in names):
        raise TableError(f"{source.name} has no header: its first line names the columns")
    return Rows(
        names=names,
        chunks=_csv_chunks(source, reader, len(names)),
        kind="TSV" if delimiter == "\t" else "CSV",
    )


def _careful(source: Source, text: IO[str]) -> Iterator[str]:
    """The lines of a text; what its compression has lost is a sentence."""
    try:
        for line in text:  # noqa: UP028 - `yield from` would close the text with the generator
            yield line
    except EOFError as error:
        raise TableError(f"{source.name} breaks off: its compression is not whole") from error
    except UnicodeError as error:
        raise TableError(f"{source.name} is no text: {error}") from error


def _next(source: Source, reader: Any) -> list[str]:  # noqa: ANN401 - has no public type
    try:
        found: list[str] = next(reader, [])
        return found
    except csv.Error as error:
        raise TableError(f"{source.name}, line {reader.line_num:,}: {error}") from error


def _csv_chunks(source: Source, reader: Any, width: int) -> Iterator[Chunk]:  # noqa: ANN401
    while True:
        first = reader.line_num + 1
        rows: list[list[str]] = []
        try:
            rows.extend(islice(reader, AT_ONCE))
        except csv.Error as error:
            raise TableError(
                f"{source.name}, line {reader.line_num:,}: {error}: is a quote never closed?"
            ) from error
        if not rows:
            return
        if width > 1 and not all(rows):
            # Empty lines are no rows, but they count as lines.
            numbers = [first + at for at, row in enumerate(rows) if row]
            yield Chunk(rows=[row for row in rows if row], lines=numbers, first=first)
        else:
            yield Chunk(rows=rows, lines=(), first=first)


def _json_rows(source: Source) -> Rows:
    """JSON Lines: a column for each key of the first objects."""
    lines = enumerate(_json_lines(source), 1)
    begin = list(islice(lines, AT_ONCE))
    names = list(dict.fromkeys(key for _, text in begin for key in (_object(text) or {})))
    if not names:
        raise TableError(f"{source.name}, line 1 is no JSON object: each job is one")
    return Rows(names=names, chunks=_json_chunks(begin, lines, names), kind="JSON Lines")


def _json_lines(source: Source) -> Iterator[bytes]:
    try:
        yield from source.stream
    except EOFError as error:
        raise TableError(f"{source.name} breaks off: its compression is not whole") from error


def _json_chunks(
    begin: list[tuple[int, bytes]], rest: Iterator[tuple[int, bytes]], names: Sequence[str]
) -> Iterator[Chunk]:
    while begin:
        there = [(number, text) for number, text in begin if text.strip()]
        objects = [_object(text) for _, text in there]
        rows = [
            ("",) if each is None else [_text(each.get(name)) for name in names] for each in objects
        ]
        yield Chunk(rows=rows, lines=[number for number, _ in there], first=begin[0][0])
        begin = list(islice(rest, AT_ONCE))


def _object(text: bytes) -> Mapping[str, Any] | None:
    """The object of a line; None where it is none."""
    try:
        found = json.loads(text.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    return json.dumps(value)


def key_of(text: str, path: Sequence[str]) -> str:
    """What stands under a key in a text of JSON; empty where there is no such thing."""
    found = _loaded(text)
    for key in path:
        if isinstance(found, str):
            # Some systems keep an object as a text inside of JSON, Celery the one of Python.
            found = _loaded(found)
        found = found.get(key) if isinstance(found, dict) else None
    return _text(found)


def _loaded(text: str) -> Any:  # noqa: ANN401 - whatever it holds
    with suppress(ValueError, RecursionError):  # then it may be an object of Python
        return json.loads(text)
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, RecursionError, MemoryError):
        return None


def last_of(text: str) -> str:
    """The last name of an array, as PostgreSQL or JSON write it; any other text as it is."""
    text = text.strip()
    if text.startswith("{") and text.endswith("}"):
        return text[1:-1].rpartition(",")[2].strip('" ')
    if text.startswith("[") and text.endswith("]"):
        try:
            names = json.loads(text)
        except ValueError:
            return text
        return _text(names[-1]) if names else ""
    return harmless(text, 200) if len(text) > 200 else text
