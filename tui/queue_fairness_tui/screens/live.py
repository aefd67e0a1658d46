"""The live screen: a run as it goes.

    ┌ headline: what runs, how far it is, the verdict so far ┐  3 rows
    ├ worker bars ─────────┬ first pickups, or the flow ─────┤  a third to a half
    ├ longest waits now ───┼ time x partition heat map ──────┤  the rest
    ├ the four numbers ────┴─────────────────────────────────┤  1 row
    └ keys ──────────────────────────────────────────────────┘  1 row

A narrow terminal stacks the panels and leaves out the workers. A low one keeps the longest waits,
beside a map of the partitions that needs no axis.
"""

import time
from collections.abc import Callable
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.message import Message
from textual.reactive import reactive
from textual.screen import Screen
from textual.widgets import Footer

from queue_fairness.engine.fault import Fault
from queue_fairness.engine.run_handle import RunHandle
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness_tui.screens.fault_menu import FaultMenu
from queue_fairness_tui.terminal import is_behind
from queue_fairness_tui.wait_unit import Unit
from queue_fairness_tui.widgets.flow_chart import FlowChart
from queue_fairness_tui.widgets.headline import Headline
from queue_fairness_tui.widgets.heat_map import HeatMapPanel
from queue_fairness_tui.widgets.measures_line import MeasuresLine
from queue_fairness_tui.widgets.partition_map import PartitionMap
from queue_fairness_tui.widgets.pickup_histogram import PickupHistogram
from queue_fairness_tui.widgets.worker_bars import WorkerBars
from queue_fairness_tui.widgets.worst_partitions import WorstPartitions

FRAMES_PER_S = 10
PLOT_EVERY = 5
"""Frames from one drawing of the histogram to the next: plotext is the dearest painter here."""
BUSY_LAG_S = 0.005
"""Event-loop lag (p99) from which the histogram is drawn less often still, by as much again."""


class LiveScreen(Screen[None]):
    """Shows the newest snapshot of a run some times a second. It watches the run, and owns none."""

    CSS_PATH = "live.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (76, "-medium"), (92, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-high")]  # noqa: RUF012

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "space",
            "hold",
            "Freeze",
            tooltip="Freeze the display; measuring goes on. Again to go on watching.",
            id="hold",
        ),
        Binding(
            "u",
            "unit",
            "Unit",
            tooltip="Show waits in rounds, in seconds or in tasks.",
            id="unit",
        ),
        Binding(
            "x",
            "stop",
            "Stop",
            tooltip="End the run now and show what it has measured.",
            id="stop",
        ),
        Binding(
            "plus",
            "inject('ADD_WORKER')",
            "Worker",
            key_display="+",
            tooltip="Let one more worker work.",
            id="add-worker",
            show=False,
        ),
        Binding(
            "minus",
            "inject('REMOVE_WORKER')",
            "Worker",
            key_display="-",
            tooltip="Let a worker go after its task.",
            id="remove-worker",
            show=False,
        ),
        Binding(
            "exclamation_mark",
            "faults",
            "Fault",
            key_display="!",
            tooltip="Do something to the run: crash or slow a worker, add noise or foreign keys.",
            id="faults",
        ),
    ]

    snapshot: reactive[Snapshot | None] = reactive(None, repaint=False)
    """The picture that every panel but the histogram shows."""
    plotted: reactive[Snapshot | None] = reactive(None, repaint=False)
    """The picture that the histogram shows: an older one, because it is drawn less often."""
    measured: reactive[Snapshot | None] = reactive(None, repaint=False)
    """The first picture with the newest assessment: what the heat map shows."""
    unit: reactive[Unit] = reactive(Unit.ROUNDS, repaint=False)
    """The unit of all waits."""
    held_since: reactive[float | None] = reactive(None, repaint=False)
    """When the display was frozen, on the monotonic clock; None while it moves."""

    class Ended(Message):
        """A run has ended, and the screen has shown its last picture."""

        def __init__(self, run: RunHandle) -> None:
            super().__init__()
            self.run = run

    def __init__(
        self, run: RunHandle, clock: Callable[[], float] = time.monotonic, label: str = "RUN"
    ) -> None:
        super().__init__()
        self.run = run
        self._label = label
        self._clock = clock
        self._since_plot = 0
        """Frames since the histogram was drawn."""

    def compose(self) -> ComposeResult:
        """Lay the panels out; `live.tcss` says where they stand."""
        yield Headline().data_bind(LiveScreen.snapshot)
        with Container(id="panels"):
            yield WorkerBars().data_bind(LiveScreen.snapshot)
            if self.run.plan.is_drain:
                yield PickupHistogram().data_bind(LiveScreen.unit, snapshot=LiveScreen.plotted)
            else:
                yield FlowChart().data_bind(snapshot=LiveScreen.plotted)
        with Container(id="tenants"):
            yield WorstPartitions().data_bind(LiveScreen.snapshot, LiveScreen.unit)
            yield HeatMapPanel().data_bind(LiveScreen.unit, snapshot=LiveScreen.measured)
            yield PartitionMap().data_bind(LiveScreen.snapshot)
        yield MeasuresLine().data_bind(LiveScreen.snapshot, LiveScreen.unit)
        yield Footer(compact=True)

    def on_mount(self) -> None:
        """Begin to look at the run."""
        self.query_one(Headline).label = self._label
        self.look()
        self.set_interval(1 / FRAMES_PER_S, self.tick)

    def tick(self) -> None:
        """Show the next frame, unless the display is frozen or the terminal does not keep up."""
        if is_behind(self.app):
            return
        if self.held_since is not None:
            self._say_frozen()
            return
        self.look()

    def look(self) -> None:
        """Take a snapshot of the run and show it; after the last one, say that it has ended."""
        snapshot = self.snapshot = self.run.snapshot()
        is_final = snapshot.phase.is_final
        every = PLOT_EVERY * (2 if (snapshot.lag.p99 or 0) > BUSY_LAG_S else 1)
        self._since_plot += 1
        if self.measured is None or snapshot.assessment is not self.measured.assessment:
            self.measured = snapshot
            # The histogram can wait: two dear panels in one frame hold the workers up for longer.
            every += 1
        if self.plotted is None or self._since_plot >= every or is_final:
            self.plotted = snapshot
            self._since_plot = 0
        if is_final:
            self.post_message(self.Ended(self.run))

    def action_hold(self) -> None:
        """Freeze the display, or go on."""
        self.held_since = self._clock() if self.held_since is None else None
        self._say_frozen()

    def action_unit(self) -> None:
        """Go on to the next unit."""
        self.unit = self.unit.following

    def action_stop(self) -> None:
        """Ask the run to end; its summary follows by itself."""
        self.held_since = None
        self._say_frozen()
        self.run.stop()

    def action_inject(self, fault: str) -> None:
        """Do something to the run, and say what."""
        self.notify(self.run.inject(Fault[fault]), timeout=4)

    @work
    async def action_faults(self) -> None:
        """Ask what to do to the run; it goes on meanwhile."""
        fault = await self.app.push_screen_wait(FaultMenu())
        if fault is not None:
            self.notify(self.run.inject(fault), timeout=4)

    def _say_frozen(self) -> None:
        """Say how old the picture is, and whether there is a summary to go on to."""
        word = ""
        if self.held_since is not None:
            ended = ", run ended" if self.run.snapshot().phase.is_final else ""
            word = f"FROZEN {self._clock() - self.held_since:.0f} s{ended}"
        self.query_one(Headline).frozen = word
