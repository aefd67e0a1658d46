"""The summary screen: the last snapshot of a run, in sections.

    ┌ the verdict across the screen, in its color ────────────────┐
    ├ how the run ended, its plan and server, warnings ───────────┤
    ├ section heads ──────────────────────────────────────────────┤
    │ the open section, scrolling                                 │
    └ keys ───────────────────────────────────────────────────────┘

1 Verdict      the map beside the numbers, why, the pictures; above them the traceback of a user's
               own queue, if that ended the run
2 Partitions   every partition: sort, filter, open one
3 Starvation   the longest waits, and what the median rule finds
4 Workers      tasks of each worker
5 Throughput   rate, cost of a pop, waits
6 Parameters   the plan, the environment, the command that repeats the run

A huge terminal shows the longest waits and the throughput beside the first section.
"""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.reactive import reactive
from textual.widget import Widget
from textual.widgets import Footer, Static, TabbedContent, TabPane

from queue_fairness.analysis.next_run import advised, differences
from queue_fairness.metrics import completion
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.metrics.stall_sentences import stall_sentences
from queue_fairness.plan import Plan
from queue_fairness.plan.ignored import ignored_options
from queue_fairness.report import run_report
from queue_fairness.report.command import command as command_of
from queue_fairness.report.limit import LimitResult
from queue_fairness.report.run_tables import server_line, tables
from queue_fairness_tui.screens.main_screen import MainScreen, Words
from queue_fairness_tui.screens.partition_detail import PartitionDetail
from queue_fairness_tui.wait_unit import Unit, shown_in
from queue_fairness_tui.widgets.flow_chart import FlowChart
from queue_fairness_tui.widgets.heat_map import HeatMapPanel
from queue_fairness_tui.widgets.measures_table import MeasuresTable
from queue_fairness_tui.widgets.panel import Panel, WaitPanel
from queue_fairness_tui.widgets.partition_table import PartitionTable
from queue_fairness_tui.widgets.pickup_histogram import PickupHistogram
from queue_fairness_tui.widgets.report_table import ReportTable
from queue_fairness_tui.widgets.verdict_view import FailureDetails, VerdictView, verdict_band
from queue_fairness_tui.widgets.worker_bars import WorkerBars


class SummaryScreen(MainScreen):
    """Shows one final snapshot, which never changes."""

    CSS_PATH = "summary.tcss"
    AUTO_FOCUS = "VerticalScroll"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (76, "-medium"), (112, "-wide"), (180, "-huge")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-high")]  # noqa: RUF012

    SECTIONS: ClassVar = {
        "verdict": "Verdict",
        "partitions": "Partitions",
        "starvation": "Starvation",
        "workers": "Workers",
        "throughput": "Throughput",
        "parameters": "Parameters",
    }

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", id="back"),
        Binding(
            "u",
            "unit",
            "Unit",
            tooltip="Show waits in rounds, in seconds or in tasks.",
            id="unit",
        ),
        Binding(
            "tab",
            "next_section(1)",
            "Section",
            show=False,
            tooltip="Go to the next section; shift+tab to the one before.",
            id="section-next",
        ),
        Binding("shift+tab", "next_section(-1)", "Section back", show=False),
        *(
            Binding(
                str(number),
                f"section('{section}')",
                title,
                show=False,
                tooltip=f"Show the section {title}.",
                id=f"section-{section}",
            )
            for number, (section, title) in enumerate(SECTIONS.items(), 1)
        ),
    ]

    unit: reactive[Unit] = reactive(Unit.ROUNDS)
    """The unit of all waits."""

    def __init__(
        self,
        snapshot: Snapshot,
        limit_results: Sequence[LimitResult] = (),
        before: Snapshot | None = None,
    ) -> None:
        """A summary.

        Args:
            snapshot: The final one of a run.
            limit_results: What became of the limits.
            before: The run to show beside it; None for none.
        """
        super().__init__()
        self.snapshot = snapshot
        self.limit_results = limit_results
        self.before = before
        self._advised = advised(snapshot)
        self._tables = tables(snapshot)

    @property
    def plan(self) -> Plan:
        """The plan of the run."""
        return self.snapshot.plan

    @property
    def run_in_view(self) -> Snapshot | None:
        """The run."""
        return self.snapshot

    @property
    def advised(self) -> Plan | None:
        """The run that the verdict advises."""
        return self._advised

    def words(self) -> Words:
        """Where `escape` goes."""
        return {"back": ("Back", "Back to the comparison or sweep")}

    def compose(self) -> ComposeResult:
        """The verdict and the outcome on top, the sections below."""
        yield verdict_band(self.snapshot)
        yield Static(self._outcome(), id="outcome")
        with TabbedContent():
            for number, (section, title) in enumerate(self.SECTIONS.items(), 1):
                with TabPane(f"{number} {title}", id=section):
                    yield from self._section(section)
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Give every panel the snapshot."""
        for panel in self.query(Panel):
            panel.snapshot = self.snapshot

    @on(PartitionTable.Opened)
    def open_partition(self, message: PartitionTable.Opened) -> None:
        """Show everything about one partition, over the table."""
        self.app.push_screen(PartitionDetail(message.row, message.snapshot))

    def watch_unit(self) -> None:
        """Give the unit to every panel that shows waits."""
        for panel in self.query(WaitPanel):
            panel.unit = self.unit
        for table in self.query(PartitionTable):
            table.unit = self.unit
        if self._tables.unit != self.unit.value:
            self._tables = tables(self.snapshot, shown_in(self.unit, self.snapshot))
            fairness, starvation = self._tables.fairness, self._tables.starvation
            for kind, found in (("fairness", fairness), ("worst", starvation)):
                for shown in self.query(f".{kind}").results(ReportTable):
                    shown.show_table(found[0])

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Back works only where the summary lies over a comparison or sweep."""
        if action == "back":
            below = [each for each in self.app.screen_stack if isinstance(each, MainScreen)]
            return len(below) > 1
        return super().check_action(action, parameters)

    def action_back(self) -> None:
        """Go back to the screen below."""
        self.dismiss()

    def action_unit(self) -> None:
        """Show waits in the next unit."""
        self.unit = self.unit.following

    def action_next_section(self, by: int) -> None:
        """Open the next section (1), or the one before (-1)."""
        sections = list(self.SECTIONS)
        present = sections.index(self.query_one(TabbedContent).active)
        self.action_section(sections[(present + by) % len(sections)])

    def action_section(self, section: str) -> None:
        """Open a section and focus it."""
        self.query_one(TabbedContent).active = section
        focusable = "DataTable" if section == "partitions" else "VerticalScroll"
        self.query_one(f"#{section} {focusable}").focus()

    def _section(self, section: str) -> Iterable[Widget]:
        tables = self._tables
        match section:
            case "verdict":
                yield self._first_section()
            case "partitions":
                yield PartitionTable(self.snapshot)
            case "workers":
                yield VerticalScroll(WorkerBars(), *map(ReportTable, tables.workers))
            case "parameters":
                yield VerticalScroll(*map(ReportTable, tables.parameters), self._command())
            case "starvation":
                yield VerticalScroll(*self._starvation())
            case _:
                yield VerticalScroll(*map(ReportTable, tables.throughput))

    def _first_section(self) -> Widget:
        """The map beside the numbers; why; the other picture; the tables."""
        tables, hint = self._tables, "Press t: it runs that, and shows both side by side."
        numbers = MeasuresTable(before=self.before, head="this run")
        chart = PickupHistogram() if self.snapshot.plan.is_drain else FlowChart()
        view = VerdictView(self.snapshot, self.limit_results, hint if self._advised else "")
        shown = [ReportTable(each) for each in tables.fairness]
        for each in shown:
            each.add_class("fairness")
        more = (*self._starvation()[:1], *map(ReportTable, tables.throughput[:2]))
        return VerticalScroll(
            FailureDetails(self.snapshot),
            Container(
                Container(
                    Container(HeatMapPanel(), numbers, classes="glance"),
                    Container(view, Container(chart, classes="pictures"), classes="beside"),
                    Container(*shown, *map(ReportTable, tables.faults)),
                    self._command(),
                ),
                Container(*more, classes="more"),
                classes="all",
            ),
        )

    def _starvation(self) -> list[ReportTable]:
        """The longest waits first, in the unit of the screen."""
        shown = [ReportTable(each) for each in self._tables.starvation]
        if shown and self.snapshot.assessment and self.snapshot.assessment.worst_waits:
            shown[0].add_class("worst")
        return shown

    def _command(self) -> Widget:
        """The command line that repeats the run."""
        return Static(f"$ {command_of(self.snapshot)}", classes="command", markup=False)

    def _outcome(self) -> Text:
        snapshot = self.snapshot
        text = Text()
        text.append(run_report.outcome(snapshot), "bold")
        text.append(f": {run_report.integrity(snapshot)}\n")
        text.append(f"{run_report.headline(snapshot)} · {server_line(snapshot)}")
        if self.before is not None:
            text.append(f"\n{_before(self.before, snapshot)}")
        for each in ignored_options(snapshot.plan):
            text.append(f"\n{each}")
        for complaint in (
            completion.remark(snapshot),
            *stall_sentences(snapshot),
            snapshot.failure,
            snapshot.warning,
        ):
            if complaint:
                text.append(f"\n{complaint}")
        return text


def _before(before: Snapshot, after: Snapshot) -> str:
    """What the run before was: `before: strategy scan; now round-robin`."""
    changes = differences(before.plan, after.plan)
    if not changes:
        return "before: the same plan, run once before"
    return "before: " + ", ".join(f"{name} {was} (now {now})" for name, was, now in changes)
