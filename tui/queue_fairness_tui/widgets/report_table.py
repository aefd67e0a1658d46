"""A table of the report as a piece of a scrolling page."""

from rich.text import Text
from textual.widgets import Static

from queue_fairness.formatting.table import Table, note_lines, table_lines


class ReportTable(Static):
    """A report's table: title, head, rows and note, as the text report prints them."""

    DEFAULT_CSS = "ReportTable { height: auto; width: auto; min-width: 100%; padding: 0 1 1 1; }"

    def __init__(self, table: Table) -> None:
        title, *lines = table_lines(table)
        text = Text(no_wrap=True)
        text.append(f"{title}\n", "bold")
        note_at = len(lines) - len(note_lines(table))
        for index, line in enumerate(lines):
            is_beside = (table.columns and index == 0) or index >= note_at
            text.append(line, "dim" if is_beside else "")
            text.append("\n" if index < len(lines) - 1 else "")
        super().__init__(text)
