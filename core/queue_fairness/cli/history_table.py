"""The list of kept results as text, Markdown, CSV or JSON."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from queue_fairness.cli.commands import PROGRAM
from queue_fairness.formatting import numbers
from queue_fairness.formatting.markdown import markdown_table
from queue_fairness.formatting.table import Cell, Column, Table, table_lines
from queue_fairness.history.entry import Entry
from queue_fairness.outside import harmless
from queue_fairness.report.render_csv import csv_field

LISTED = ("text", "markdown", "csv", "json")
"""What the list can be printed as, the default first."""
NOTHING = f"nothing is kept yet in {{}}: `{PROGRAM}` keeps each result that came to its end\n"


def table_text(entries: Sequence[Entry], form: str, path: Path) -> str:
    """The whole list.

    Args:
        entries: In the order in which they are shown.
        form: One of `LISTED`.
        path: Where they are, for a list of nothing.
    """
    if form == "json":
        return json.dumps([asdict(each) for each in entries], indent=2) + "\n"
    if form == "csv":
        return _csv(entries)
    if not entries:
        return NOTHING.format(path)
    table = _table(entries)
    lines = markdown_table(table) if form == "markdown" else table_lines(table)
    return "\n".join(lines) + "\n"


def _table(entries: Sequence[Entry]) -> Table:
    heads = ("number", "when", "verdict", "strategy", "load", "worst wait", "tasks/s", "tag")
    return Table(
        title="Kept results",
        columns=tuple(Column(head=each, is_label=each not in RIGHT) for each in heads),
        rows=tuple(_row(each) for each in entries),
    )


RIGHT = ("worst wait", "tasks/s")


def _row(entry: Entry) -> tuple[str | Cell, ...]:
    return (
        str(entry.number),
        _local(entry.at),
        harmless(entry.verdict),
        Cell(text=harmless(entry.strategy), is_name=True),
        harmless(entry.load),
        numbers.digits(entry.worst_wait_rounds),
        numbers.digits(entry.rate_per_s),
        harmless(entry.tag),
    )


def _local(at: str) -> str:
    """A time in the user's own zone, to the minute; as it is where it is none."""
    try:
        return datetime.fromisoformat(at).astimezone().strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return harmless(at)


def _csv(entries: Sequence[Entry]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(Entry.__dataclass_fields__)
    writer.writerows(map(csv_field, asdict(each).values()) for each in entries)
    return text.getvalue()
