"""A grid of words, and how it becomes lines of text.

What a cell says stands in words; where it was reduced from repeats, and how it stands to the best
of its column, is beside them, so that each renderer can show it in its own way.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from queue_fairness.formatting.wrapping import WIDTH, short_name

LINE_END = "\n"
MARKS = {"": " ", "best": "*", "same": "="}
"""What stands behind a number in text, by its rank."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of a table."""

    head: str = ""
    """Its head where there is little room, in one or more lines."""
    title: str = ""
    """Its head where there is room for one line; empty for the short one."""
    is_label: bool = False
    """Whether it says what a row is of: such columns come first, and are left-aligned."""
    is_name: bool = False
    """Whether its head is a name as it is typed, such as a strategy's."""
    group: str = ""
    """Title of the table that it is in where one for all would be too wide; a label without one
    is in each."""

    @property
    def one_line(self) -> str:
        """Its head in one line."""
        return self.title or self.head.replace(LINE_END, " ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A number that was compared with others, or reduced from repeats."""

    text: str
    rank: str = ""
    """How it stands to the best of its column: `best`, `same` or nothing."""
    spread: str = ""
    """The smallest and the largest of the repeats, or what both are; empty for none."""
    is_name: bool = False
    """Whether it is a name as it is typed, such as a strategy's."""


Entry = str | Cell


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A titled grid of words."""

    title: str
    columns: tuple[Column, ...] = ()
    """Empty for a table without heads: a label, and what belongs to it."""
    rows: tuple[tuple[Entry, ...], ...]
    note: str = ""
    """What has to be known to read it, in one or more lines."""
    is_ranked: bool = False
    """Whether there is room for a mark behind each number."""
    repeats: int = 1
    """Of how many repeats its cells are medians."""

    @property
    def head_lines(self) -> int:
        """How many lines the heads take."""
        return max((each.head.count("\n") + 1 for each in self.columns if each.head), default=0)

    @property
    def labels(self) -> int:
        """How many columns say what a row is of."""
        return sum(each.is_label for each in self.columns) if self.columns else 1


def headed(*heads: str) -> tuple[Column, ...]:
    """A column for the labels, and one for each head."""
    return (Column(is_label=True), *(Column(head=head) for head in heads))


def words(entry: Entry) -> str:
    """What an entry says in text, without its mark; a name is cut to what fits."""
    if isinstance(entry, str):
        return entry
    return short_name(entry.text) if entry.is_name else entry.text


def table_lines(table: Table) -> list[str]:
    """A table as aligned lines of text, as wide as it takes."""
    heads = [_head_lines(table, each) for each in table.columns]
    tall, labels = table.head_lines, table.labels
    # Heads of fewer lines stand at the bottom, next to what they are heads of.
    grid = [[([""] * (tall - len(head)) + head)[line] for head in heads] for line in range(tall)]
    grid += [
        [_marked(table, index, entry) for index, entry in enumerate(row)] for row in table.rows
    ]
    widths = [max(map(len, column)) for column in zip(*grid, strict=True)]
    lines = [
        "  "
        + "  ".join(
            cell.ljust(width) if index < labels else cell.rjust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in grid
    ]
    return [table.title, *lines, *note_lines(table)]


def note_lines(table: Table) -> list[str]:
    """The note, with brackets around it; nothing where there is none."""
    if not table.note:
        return []
    return f"  ({table.note.replace(LINE_END, LINE_END + '   ')})".split(LINE_END)


def fitting(table: Table, width: int = WIDTH) -> Iterator[Table]:
    """A table for each group of its columns, or as many as it takes to stay within a width."""
    for part in _by_group(table):
        yield from _halved(part, width)


def spreads(table: Table) -> Iterator[Table]:
    """How far the repeats of each number spread, group by group; nothing without repeats."""
    if table.repeats == 1:
        return
    for part in _by_group(table):
        what = part.title.partition(":")[0]
        name, numbers = part.columns[0], range(part.labels, len(part.columns))
        rows = [
            (row[0], *(entry.spread for entry in row if isinstance(entry, Cell) and entry.spread))
            for row in part.rows
        ]
        yield replace(
            part,
            title=f"The smallest and the largest of {table.repeats} repeats: "
            f"{what[:1].lower()}{what[1:]}",
            columns=(name, *(part.columns[index] for index in numbers)),
            rows=tuple(row for row in rows if len(row) > 1),
            is_ranked=False,
            note="",
        )


def _by_group(table: Table) -> Iterator[Table]:
    groups = dict.fromkeys(each.group for each in table.columns if not each.is_label)
    if len(groups) < 2:
        yield table
        return
    for group in groups:
        of = [index for index, each in enumerate(table.columns) if each.group in (group, "")]
        yield _some_columns(table, of, group)


def _halved(table: Table, width: int) -> Iterator[Table]:
    labels, count = table.labels, len(table.columns) - table.labels
    if count < 2 or max(map(len, table_lines(table))) <= width:
        yield table
        return
    middle = labels + (count + 1) // 2
    for start, end in ((labels, middle), (middle, labels + count)):
        title = table.title if start == labels else f"{table.title}, continued"
        part = _some_columns(table, [*range(labels), *range(start, end)], title)
        yield from _halved(part, width)


def _some_columns(table: Table, indices: list[int], title: str) -> Table:
    return replace(
        table,
        title=title,
        columns=tuple(table.columns[index] for index in indices),
        rows=tuple(tuple(row[index] for index in indices) for row in table.rows),
    )


def _head_lines(table: Table, column: Column) -> list[str]:
    head = short_name(column.head) if column.is_name else column.head
    room = " " if table.is_ranked and not column.is_label else ""
    return [f"{line}{room}" for line in head.split(LINE_END)]


def _marked(table: Table, index: int, entry: Entry) -> str:
    if not table.is_ranked or index < table.labels:
        return words(entry)
    return f"{words(entry)}{MARKS['' if isinstance(entry, str) else entry.rank]}"
