"""Every partition of a run: sorted by any column, filtered by name, opened one by one."""

from collections.abc import Callable
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import DataTable, Static

from queue_fairness.analysis.partitions import PartitionRow, partitions
from queue_fairness.formatting import numbers
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness_tui.wait_unit import Unit, is_late
from queue_fairness_tui.widgets.find_field import FindField

SHOWN = 500
"""Most rows in the table at once; the filter finds the others."""

Key = Callable[[PartitionRow], float]

COLUMNS: dict[str, Key] = {
    "worst wait": lambda row: -(row.worst_wait_rounds or 0),
    "first pickup": lambda row: _latest_first(row.first_pickup_s),
    "mean wait": lambda row: _latest_first(row.mean_wait_s),
    "served": lambda row: row.served,
    "partition": lambda row: row.partition,
}
"""The columns that the table can be sorted by, and the sort keys: the worst comes first."""
HEADS = ("partition", "worst wait", "first pickup", "mean wait", "served")
"""The columns in their order."""


class PartitionTable(Vertical):
    """A table of partitions, below a line that says what is shown; a filter appears on demand."""

    DEFAULT_CSS = """
    PartitionTable {
        height: 1fr;
        & > Static { height: 1; padding: 0 1; color: $muted; }
        & > DataTable { height: 1fr; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("o", "sort", "Order", tooltip="Order by the next column.", id="sort"),
        Binding(
            "slash",
            "filter",
            "Filter",
            key_display="/",
            priority=True,  # so that the field takes the very next key
            tooltip="Show only partitions with this in their name.",
            id="filter",
        ),
        Binding(
            "escape", "clear", "All", show=False, tooltip="Show all partitions again.", id="clear"
        ),
    ]

    class Opened(Message):
        """The user opened a partition."""

        def __init__(self, row: PartitionRow, snapshot: Snapshot) -> None:
            super().__init__()
            self.row = row
            self.snapshot = snapshot

    unit: reactive[Unit] = reactive(Unit.ROUNDS, init=False)
    """The unit of waits."""
    sorted_by: reactive[str] = reactive(next(iter(COLUMNS)), init=False)
    """The column that decides the order."""
    filter_text: reactive[str] = reactive("", init=False)
    """Only partitions whose name holds this are shown."""

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__()
        self._snapshot = snapshot
        self._rows = partitions(snapshot)

    def compose(self) -> ComposeResult:
        """The line, the filter and the table."""
        yield Static(markup=False)
        yield FindField()
        yield DataTable(cursor_type="row")

    def on_mount(self) -> None:
        """Fill the table."""
        self._fill()

    def watch_unit(self) -> None:
        """Show waits in the new unit."""
        self._fill()

    def watch_sorted_by(self) -> None:
        """Show the new order."""
        self._fill()

    def watch_filter_text(self) -> None:
        """Show what the filter leaves."""
        self._fill()

    def action_sort(self) -> None:
        """Sort by the next column."""
        names = list(COLUMNS)
        self.sorted_by = names[(names.index(self.sorted_by) + 1) % len(names)]

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A name that is typed may hold what is a key elsewhere."""
        if action == "filter":
            return not self.query_one(FindField).has_focus
        return super().check_action(action, parameters)

    def action_filter(self) -> None:
        """Open the filter."""
        self.query_one(FindField).open()

    def action_clear(self) -> None:
        """Close the filter and show all partitions."""
        self.query_one(FindField).action_leave()

    @on(FindField.Changed)
    def filter_rows(self, event: FindField.Changed) -> None:
        """Filter while the user types."""
        self.filter_text = event.value.strip()

    @on(FindField.Submitted)
    def leave_filter(self) -> None:
        """Close the field; the table shows what was found."""
        self.query_one(FindField).close()

    @on(DataTable.HeaderSelected)
    def sort_by(self, event: DataTable.HeaderSelected) -> None:
        """Sort by the column that was clicked."""
        self.sorted_by = str(event.column_key.value)

    @on(DataTable.RowSelected)
    def open_row(self, event: DataTable.RowSelected) -> None:
        """Ask for everything about one partition."""
        partition = int(str(event.row_key.value))
        row = next(each for each in self._rows if each.partition == partition)
        self.post_message(self.Opened(row, self._snapshot))

    def _fill(self) -> None:
        table = self.query_one(DataTable)
        table.clear(columns=True)
        found = [row for row in self._rows if self.filter_text in row.name]
        found.sort(key=COLUMNS[self.sorted_by])
        cells = {row.partition: self._cells(row) for row in found[:SHOWN]}
        for place, name in enumerate(HEADS):
            marked = f"{name} ▼" if name == self.sorted_by else name
            # The table would find its widths only later, and cut what is longer than its head.
            widths = (len(str(each[place])) for each in cells.values())
            style = "bold" if name == self.sorted_by else ""
            table.add_column(Text(marked, style), key=name, width=max(len(name) + 2, *widths, 0))
        for partition, shown_cells in cells.items():
            table.add_row(*shown_cells, key=str(partition))
        shown = f"{min(SHOWN, len(found)):,} of {len(self._rows):,} partitions"
        said = f"{shown}, by {self.sorted_by} · enter: open one"
        if not found:
            said = f"no partition is called '{self.filter_text}' · esc shows all"
        self.query_one(Static).update(said)

    def _cells(self, row: PartitionRow) -> list[str | Text]:
        unit = self.unit
        late = is_late(row.worst_wait_rounds)
        cells = (
            f"{'✗' if late else '✓'} {unit.text(row.worst_wait_rounds, self._snapshot)}",
            unit.text(row.first_pickup_rounds, self._snapshot) if row.served else "never",
            numbers.seconds(row.mean_wait_s),
            numbers.of(row.served, row.tasks),
        )
        return [row.name, *(Text(cell, justify="right") for cell in cells)]


def _latest_first(value: float | None) -> float:
    return -value if value is not None else -float("inf")
