"""The sweep screen: one load at several values of one parameter, and how cost grows with it.

┌ the conclusion, in one sentence ─────────────────────┐
├ curves: rate, round trips per pop, worst wait ───────┤
├ which marker is which strategy ──────────────────────┤
├ a row per strategy and value ────────────────────────┤
└ keys ────────────────────────────────────────────────┘

A narrow terminal shows one quantity at a time.
"""

from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.reactive import reactive
from textual.widgets import DataTable, Footer, Static

from queue_fairness.analysis.comparison import Comparison
from queue_fairness.analysis.curves import QUANTITIES, Point, curves
from queue_fairness.analysis.sweep import Sweep
from queue_fairness.plan import Plan
from queue_fairness.report.series_report import both
from queue_fairness.report.sweep_report import caveats, headline, sweep_report
from queue_fairness_tui.charts.curve_chart import CurveChart
from queue_fairness_tui.charts.legend import Legend
from queue_fairness_tui.screens.main_screen import Words
from queue_fairness_tui.screens.series_screen import SeriesScreen
from queue_fairness_tui.widgets.verdict_view import AnswerBand

HOLLOW_NOTE = "hollow, on no line: could not be judged"
HEADS = ("tasks/s", "trips/pop", "worst wait")
"""Heads of the table, one per quantity; the titles of the charts are longer."""


class PointTable(DataTable[str | Text]):
    """A row per point, with its key in the footer."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "select_cursor",
            "Open",
            tooltip="Open the run of this point.",
            id="open-run",
        ),
    ]


class SweepScreen(SeriesScreen):
    """Shows one sweep, complete or stopped early. Its data never changes."""

    CSS_PATH = "sweep.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (112, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-high")]  # noqa: RUF012

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "m",
            "quantity",
            "Measure",
            id="quantity",
        ),
    ]

    shown: reactive[int] = reactive(0, bindings=True)
    """Index of the quantity that a narrow terminal shows."""

    def __init__(self, sweep: Sweep) -> None:
        super().__init__()
        self.sweep = sweep
        self._curves = curves(sweep)
        self._points = [point for curve in self._curves for point in curve.points]

    @property
    def plan(self) -> Plan:
        """The load at the smallest value."""
        return self.sweep.plan

    @property
    def series(self) -> Comparison | Sweep | None:
        """The sweep."""
        return self.sweep

    def words(self) -> Words:
        """What the keys of this screen do."""
        column = QUANTITIES[(self.shown + 1) % len(QUANTITIES)]
        phrase = "Show the rate, the round trips per pop or the worst wait"
        return {"quantity": (f"Show {HEADS[QUANTITIES.index(column)]}", phrase)}

    def compose(self) -> ComposeResult:
        """Conclusion, curves, table, notes."""
        yield AnswerBand("", sweep_report(self.sweep).sentence, "-open")
        yield Static(headline(self.sweep), id="swept", markup=False)
        charts = [CurveChart(self.sweep, self._curves, column) for column in QUANTITIES]
        yield Horizontal(*charts, id="charts")
        is_hollow = any(chart.has_hollow for chart in charts)
        yield Legend(self.sweep.strategies, HOLLOW_NOTE if is_hollow else "")
        yield PointTable(cursor_type="row")
        yield Static("\n".join(caveats(self.sweep, self._curves)), id="notes", markup=False)
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Fill the table and focus it."""
        table = self.query_one(DataTable)
        # The verdict before the numbers: a narrow terminal cuts what comes last.
        table.add_columns("strategy", _right(self.sweep.noun), "verdict", *map(_right, HEADS))
        for number, point in enumerate(self._points):
            table.add_row(*self._cells(point), key=str(number))
        table.focus()

    def watch_shown(self) -> None:
        """Mark the quantity that a narrow terminal shows."""
        for number, chart in enumerate(self.query(CurveChart)):
            chart.set_class(number == self.shown, "-shown")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Where all quantities are shown side by side there is none to choose."""
        if action == "quantity":
            return not self.has_class("-wide")
        return super().check_action(action, parameters)

    def on_resize(self) -> None:
        """Update the keys: the width decides which of them work."""
        # Twice: the class of the new width is there only after a refresh.
        self.call_after_refresh(self.call_after_refresh, self.refresh_bindings)

    def action_quantity(self) -> None:
        """Show the next quantity."""
        self.shown = (self.shown + 1) % len(QUANTITIES)

    @on(DataTable.RowSelected)
    def open_selected(self, event: DataTable.RowSelected) -> None:
        """Ask for the summary of the first run of the point."""
        point = self._points[int(str(event.row_key.value))]
        if point.row.runs:
            self.post_message(self.Chosen(point.row.runs[0]))

    def _cells(self, point: Point) -> list[str | Text]:
        values = [_right(both(point.cell(column.name), column)) for column in QUANTITIES]
        at = _right(self.sweep.show(point.value))
        return [point.row.strategy, at, point.row.short_label, *values]


def _right(text: str) -> Text:
    return Text(text, justify="right")
