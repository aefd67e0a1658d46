"""The comparison screen: one load under several strategies, and which one to take.

┌ the recommendation, in one sentence ─────────────────┐
├ a row per strategy below the ideal ──────────────────┤
├ what the marks mean, and the hidden columns ─────────┤
├ notes, and two pictures per strategy ────────────────┤
└ keys ────────────────────────────────────────────────┘
"""

from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.events import Resize
from textual.widgets import DataTable, Footer, Static

from queue_fairness.analysis.comparison import Comparison
from queue_fairness.analysis.scoreboard import scoreboard
from queue_fairness.formatting import numbers
from queue_fairness.report.comparison_report import comparison_report, headline
from queue_fairness.report.render_text import rank_notes
from queue_fairness_tui.screens.kinds import SeriesScreen
from queue_fairness_tui.widgets.score_table import ScoreTable
from queue_fairness_tui.widgets.strategy_tiles import StrategyTiles


class ComparisonScreen(SeriesScreen):
    """Shows one comparison, complete or stopped early. Its data never changes."""

    CSS_PATH = "comparison.tcss"

    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-high")]  # noqa: RUF012

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "p",
            "pictures",
            "Pictures",
            tooltip="Show the pictures on the whole screen; again for the table.",
            id="pictures",
        ),
    ]

    def __init__(self, comparison: Comparison) -> None:
        super().__init__()
        self.comparison = comparison
        self._board = scoreboard(comparison)
        self._report = comparison_report(comparison)

    def compose(self) -> ComposeResult:
        """Recommendation, table, pictures."""
        heading = Text(f"{self._report.sentence}\n", "bold")
        heading.append(headline(self.comparison), "not bold dim")
        yield Static(heading, id="recommendation")
        yield ScoreTable(self._board)
        yield Static(id="legend", markup=False)
        with VerticalScroll(id="pictures"):
            yield Static("\n".join(self._report.notes), id="notes", markup=False)
            yield StrategyTiles(self._board)
        yield Footer(compact=True)

    def on_mount(self) -> None:
        """Focus the table."""
        self.query_one(ScoreTable).focus()

    def on_resize(self, event: Resize) -> None:
        """Choose the columns for the new size."""
        self.query_one(ScoreTable).lay_out(event.size)

    def action_pictures(self) -> None:
        """Show the pictures alone, or the table again."""
        self.toggle_class("-pictures")
        is_alone = self.has_class("-pictures")
        self.query_one("#pictures" if is_alone else "ScoreTable").focus()

    @on(ScoreTable.Paged)
    def explain(self, event: ScoreTable.Paged) -> None:
        """Explain the marks, and how to see the hidden columns."""
        parts = rank_notes(self._report)
        if event.hidden:
            names = ", ".join(each.head.replace("\n", " ") for each in event.hidden)
            parts.append(f"→ {numbers.plural(len(event.hidden), 'more column')}: {names}")
        if event.instead:
            parts.append(f"s: {event.instead} of the repeats")
        self.query_one("#legend", Static).update(" · ".join(parts))

    @on(DataTable.RowSelected)
    def open_selected(self, event: DataTable.RowSelected) -> None:
        """Ask for the summary of the run that represents the strategy."""
        name = event.row_key.value
        row = next((each for each in self._board.rows if each.strategy == name), None)
        run = self._board.picture(row) if row is not None else None
        if run is not None:
            self.post_message(self.Chosen(run))
        elif row is not None:
            self.notify(f"{row.strategy} was not run: there is nothing to open.", markup=False)
        else:
            self.notify("The ideal is computed, not run: there is nothing to open.")
