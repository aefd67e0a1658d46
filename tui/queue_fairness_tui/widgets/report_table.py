"""A table of the report on a scrolling page."""

from rich.text import Text
from textual.widgets import Static

from queue_fairness.formatting.table import Table, note_lines, table_lines


class ReportTable(Static):
    """A table of the report, laid out as in the text report: title, head, rows, note."""

    DEFAULT_CSS = "ReportTable { height: auto; width: auto; min-width: 100%; padding: 0 1 1 1; }"

    def __init__(self, table: Table) -> None:
        super().__init__(_text(table))

    def show_table(self, table: Table) -> None:
        """Show another table in its place."""
        self.update(_text(table))


def _text(table: Table) -> Text:
    title, *lines = table_lines(table)
    text = Text(no_wrap=True)
    text.append(f"{title}\n", "bold")
    note_at = len(lines) - len(note_lines(table))
    for index, line in enumerate(lines):
        is_beside = (table.columns and index == 0) or index >= note_at
        text.append(line, "italic" if is_beside else "")
        text.append("\n" if index < len(lines) - 1 else "")
    return text
