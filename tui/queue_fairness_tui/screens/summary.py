"""The summary screen: a run's last picture, frozen, in sections.

┌ outcome: what ran, how it ended, what became of every task ─┐
├ section heads ──────────────────────────────────────────────┤
│ the section, scrolling                                      │
└ keys ───────────────────────────────────────────────────────┘
"""

from collections.abc import Iterable
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Footer, Static, TabbedContent, TabPane

from queue_fairness_core import report
from queue_fairness_core.snapshot import Phase, Snapshot
from queue_fairness_tui.widgets.painting import Painting
from queue_fairness_tui.widgets.partition_map import PartitionMap
from queue_fairness_tui.widgets.pickup_histogram import PickupHistogram
from queue_fairness_tui.widgets.table_view import TableView
from queue_fairness_tui.widgets.worker_bars import WorkerBars


class SummaryScreen(Screen[None]):
    """Shows one final snapshot. Nothing on it can move."""

    CSS_PATH = "summary.tcss"
    AUTO_FOCUS = "VerticalScroll"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (112, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-high")]  # noqa: RUF012

    SECTIONS: ClassVar = {
        "partitions": "Partitions",
        "waits": "Waits",
        "workers": "Workers",
        "price": "Throughput",
        "parameters": "Parameters",
    }

    BINDINGS: ClassVar[list[BindingType]] = [
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

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__()
        self.snapshot = snapshot

    def compose(self) -> ComposeResult:
        """The outcome on top, the sections below it."""
        yield Static(_outcome(self.snapshot), id="outcome")
        with TabbedContent():
            for number, (section, title) in enumerate(self.SECTIONS.items(), 1):
                with TabPane(f"{number} {title}", id=section), VerticalScroll():
                    yield from self._section(section)
        yield Footer()

    def on_mount(self) -> None:
        """Hand the one snapshot to every panel."""
        for panel in self.query(Painting):
            panel.snapshot = self.snapshot

    def action_section(self, section: str) -> None:
        """Go to a section; the arrow keys then scroll it."""
        self.query_one(TabbedContent).active = section
        self.query_one(f"#{section} VerticalScroll").focus()

    def _section(self, section: str) -> Iterable[Widget]:
        tables = report.tables(self.snapshot)
        match section:
            case "partitions":
                yield _beside(
                    Container(*map(TableView, tables.partitions)),
                    Container(PickupHistogram(), PartitionMap(), classes="pictures"),
                )
            case "waits":
                yield from map(TableView, tables.waits)
            case "workers":
                yield WorkerBars()
                yield from map(TableView, tables.workers)
            case "price":
                yield from map(TableView, tables.throughput)
            case "parameters":
                yield from map(TableView, tables.parameters)


def _beside(*widgets: Widget) -> Widget:
    return Container(*widgets, classes="beside")


def _outcome(snapshot: Snapshot) -> Text:
    text = Text()
    text.append(f"{report.headline(snapshot)}\n")
    text.append(f"{report.server_line(snapshot)}\n", "dim")
    text.append(report.outcome(snapshot), "bold")
    text.append(f": {report.integrity(snapshot)}")
    for complaint in (snapshot.failure, snapshot.warning):
        if complaint:
            text.append(f"\n{complaint}", "bold reverse" if snapshot.phase is Phase.FAILED else "")
    return text
