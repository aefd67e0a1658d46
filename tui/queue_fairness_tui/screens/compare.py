"""The compare screen: one load under several strategies, and which one to take.

┌ the advice, in one sentence ─────────────────────────┐
├ a row per strategy, strict turns on top ─────────────┤
├ for each: first pickups, and who was served when ────┤
└ keys ────────────────────────────────────────────────┘
"""

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.message import Message
from textual.screen import Screen
from textual.widgets import DataTable, Footer, Static

from queue_fairness_core import comparison_report
from queue_fairness_core.comparison import Comparison
from queue_fairness_core.recommendation import recommend
from queue_fairness_core.scoreboard import Cell, Column, Mark, Row, scoreboard
from queue_fairness_core.snapshot import Snapshot
from queue_fairness_tui.widgets.strategy_tiles import StrategyTiles

MARKS = {Mark.NONE: "", Mark.BEST: " *", Mark.SAME: " ="}


class CompareScreen(Screen[None]):
    """Shows one comparison, whole or as far as it came. Nothing on it can move."""

    CSS_PATH = "compare.tcss"

    class Chosen(Message):
        """A run's summary is asked for."""

        def __init__(self, run: Snapshot) -> None:
            super().__init__()
            self.run = run

    def __init__(self, comparison: Comparison) -> None:
        super().__init__()
        self.comparison = comparison
        self._board = scoreboard(comparison)

    def compose(self) -> ComposeResult:
        """Advice, table, pictures."""
        heading = Text(f"{recommend(self._board).sentence}\n", "bold")
        heading.append(comparison_report.headline(self.comparison), "not bold dim")
        heading.append(" · enter opens a run", "not bold dim")
        yield Static(heading, id="advice")
        yield DataTable(cursor_type="row")
        with VerticalScroll():
            yield Static("\n".join(comparison_report.notes(self._board)), id="notes")
            yield StrategyTiles([row.runs[0] for row in self._board.rows if row.runs])
        yield Footer(compact=True)

    def on_mount(self) -> None:
        """Fill the table."""
        table = self.query_one(DataTable)
        heads = (_right(f"{each.head}  ") for each in self._board.columns)
        table.add_columns("strategy", "verdict", *heads)
        ideal = zip(self._board.columns, self._board.ideal, strict=True)
        table.add_row(
            "by turns",
            "",
            *(_right(f"{column.show(of)}  ") for column, of in ideal),
        )
        for row in self._board.rows:
            table.add_row(row.strategy, row.label, *self._cells(row), key=row.strategy)
        table.move_cursor(row=1)
        table.focus()

    @on(DataTable.RowSelected)
    def open_selected(self, event: DataTable.RowSelected) -> None:
        """Ask for the summary of the strategy's first whole run."""
        row = next(
            (each for each in self._board.rows if each.strategy == event.row_key.value), None
        )
        if row is not None and row.runs:
            self.post_message(self.Chosen(row.runs[0]))

    def _cells(self, row: Row) -> list[Text]:
        pairs = zip(self._board.columns, row.cells, strict=True)
        return [_cell(column, cell) for column, cell in pairs]


def _cell(column: Column, cell: Cell) -> Text:
    shown = column.show(cell.median)
    if cell.minimum != cell.maximum:
        shown += f" ({comparison_report.spread(cell, column)})"
    return _right(f"{shown}{MARKS[cell.mark] or '  '}", "bold" if cell.mark is Mark.BEST else "")


def _right(text: str, style: str = "") -> Text:
    return Text(text, style, justify="right")
