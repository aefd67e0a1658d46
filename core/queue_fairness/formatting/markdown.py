"""Words and tables as GitHub-flavored Markdown."""

import re
from collections.abc import Iterator, Sequence

from queue_fairness.formatting.table import Cell, Column, Entry, Table

_STEERING = re.compile(r"[\\`*<>\[\]|~]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;)|^[#+-](?= )")
BAR = r"\|"
"""A bar in a cell, also within a code span."""
_FENCE = re.compile(r"`{3,}")


def escaped(text: str) -> str:
    """As Markdown that shows this text: no cell ends early, nothing becomes a tag, link or list.

    `~ FAIR ON AVERAGE ONLY` strikes nothing out.
    """
    return _STEERING.sub(r"\\\g<0>", text)


def code_block(text: str) -> list[str]:
    """A text as it is, fenced by more backticks than it holds in a row."""
    longest = max(map(len, _FENCE.findall(text)), default=2)
    fence = "`" * (longest + 1)
    return [fence, *text.split("\n"), fence]


def markdown_table(table: Table) -> Iterator[str]:
    """A table in one, however wide; the best of a column in bold, the spread in parentheses."""
    columns = table.columns or (Column(is_label=True), *(Column() for _ in table.rows[0][1:]))
    if not columns[0].one_line:
        columns = (Column(title=table.title, is_label=True), *columns[1:])
    yield row(_head(each) for each in columns)
    yield row("---" if each.is_label else "---:" for each in columns)
    for entries in table.rows:
        yield row(map(_entry, entries))
    if table.note:
        yield ""
        yield escaped(f"({table.note})")


def row(cells: Sequence[str] | Iterator[str]) -> str:
    """A row of a Markdown table, of cells that are Markdown already."""
    return f"| {' | '.join(cells)} |"


def _head(column: Column) -> str:
    return _code(column.one_line) if column.is_name else escaped(column.one_line)


def _code(text: str) -> str:
    """A code span in a cell, fenced by more backticks than it holds in a row."""
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    space = " " if len(fence) > 1 else ""
    return f"{fence}{space}{text.replace('|', BAR)}{space}{fence}"


def _entry(entry: Entry) -> str:
    if not isinstance(entry, Cell):
        return escaped(" ".join(entry.split()))
    plain = " ".join(entry.text.split())
    if entry.is_name:
        return _code(plain)
    text = escaped(plain)
    parts = [f"**{text}**" if entry.rank == "best" else text]
    if entry.rank == "same":
        parts.append("same")
    if entry.spread and entry.spread != entry.text:
        parts.append(f"({escaped(entry.spread)})")
    return " ".join(parts)
