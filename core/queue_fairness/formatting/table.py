"""A grid of words, and how it becomes text."""

from dataclasses import dataclass

LINE_END = "\n"
WIDTH = 80
"""Columns within which every table stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A titled grid of words: the first column is a label, the others are right-aligned."""

    title: str
    columns: tuple[str, ...] = ()
    """Heads of the columns after the first, of one or more lines; empty for a table without."""
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    """What has to be known to read it, in one or more lines."""

    @property
    def head_lines(self) -> int:
        """How many lines the heads take."""
        return max((head.count("\n") + 1 for head in self.columns), default=0)


def render(table: Table) -> list[str]:
    """A table as aligned lines of text."""
    heads = [head.split("\n") for head in table.columns]
    tall = table.head_lines
    # Heads of fewer lines stand at the bottom, next to what they are heads of.
    grid = [
        ("", *(([""] * (tall - len(head)) + head)[line] for head in heads)) for line in range(tall)
    ]
    grid += table.rows
    widths = [max(map(len, column)) for column in zip(*grid, strict=True)]
    lines = [
        "  "
        + "  ".join(
            cell.rjust(width) if index else cell.ljust(width)
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
