"""The comparison screen: one load under several strategies, and which one to take.

┌ the recommendation, in one sentence, in its color ───┐
├ what was compared ───────────────────────────────────┤
├ a row per strategy below the ideal ──────────────────┤
├ what the marks mean, and the hidden columns ─────────┤
├ notes, and two pictures per strategy ────────────────┤
└ keys ────────────────────────────────────────────────┘
"""

from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widgets import DataTable, Footer, Static

from queue_fairness.analysis.comparison import Comparison
from queue_fairness.analysis.recommendation import recommend
from queue_fairness.analysis.scoreboard import scoreboard
from queue_fairness.analysis.sweep import Sweep
from queue_fairness.formatting import numbers
from queue_fairness.formatting.wrapping import short_name
from queue_fairness.plan import Plan
from queue_fairness.report.comparison_report import comparison_report, headline
from queue_fairness.report.render_text import rank_notes
from queue_fairness_tui.screens.main_screen import NAME, Words
from queue_fairness_tui.screens.series_screen import SeriesScreen
from queue_fairness_tui.widgets.score_table import ScoreTable
from queue_fairness_tui.widgets.strategy_tiles import StrategyTiles
from queue_fairness_tui.widgets.verdict_band import class_of
from queue_fairness_tui.widgets.verdict_view import AnswerBand


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
        self._recommended = recommend(self._board)
        self._report = comparison_report(comparison)

    @property
    def plan(self) -> Plan:
        """The load."""
        return self.comparison.plan

    @property
    def series(self) -> Comparison | Sweep | None:
        """The comparison."""
        return self.comparison

    @property
    def advised(self) -> Plan | None:
        """The load under the recommended strategy."""
        strategy = self._recommended.strategy
        return None if strategy is None else replace(self.plan, strategy=strategy)

    def words(self) -> Words:
        """What the keys of this screen do."""
        words = {"pictures": ("Pictures", "Show the pictures alone, or the table again")}
        strategy = self._recommended.strategy
        if strategy is not None:
            short = f"Run {short_name(strategy, NAME)}"
            words["try"] = (short, f"Run {strategy}, which is recommended, on this load")
        return words

    def compose(self) -> ComposeResult:
        """Recommendation, table, pictures."""
        word = self._recommended.word
        yield AnswerBand("", self._report.sentence, class_of(word))
        yield Static(headline(self.comparison), id="compared", markup=False)
        yield ScoreTable(self._board, self._recommended.strategy)
        yield Static(id="legend", markup=False)
        with VerticalScroll(id="pictures"):
            yield Static("\n".join(self._report.notes), id="notes", markup=False)
            yield StrategyTiles(self._board, self._recommended.strategy)
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Focus the table."""
        self.query_one(ScoreTable).focus()

    def on_resize(self) -> None:
        """Choose the columns for the new size."""
        self.query_one(ScoreTable).lay_out(self.size)
        super().on_resize()

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
            parts.append(f"v: {event.instead} of the repeats")
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
