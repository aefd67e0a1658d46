"""The live screen: a run in progress.

    ┌ headline: the run, its progress ───────────────────────┐  2 rows
    ├ the verdict so far, in its color ──────────────────────┤  1 row
    ├ who was served when: ──────┬ first pickups, or flow ───┤
    │ the map of partitions      ├ longest waits now ────────┤
    │ over time                  │                           │
    ├ tasks of each worker ──────┤                           │
    ├ the measures ──────────────┴───────────────────────────┤  1 row
    └ keys ──────────────────────────────────────────────────┘  1 row

The workers take few rows while their counts are even, and more as soon as they differ. A narrow
terminal stacks the panels without the workers. A low one keeps the longest waits, beside a map of
the partitions. A huge one has a table of the measures beside the first pickups.
"""

import time
from collections.abc import Callable
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.message import Message
from textual.reactive import reactive
from textual.widgets import Footer, Input

from queue_fairness.analysis import duration
from queue_fairness.analysis.comparison import Comparison
from queue_fairness.analysis.sweep import Sweep
from queue_fairness.engine.fault import Fault
from queue_fairness.engine.run_handle import RunHandle
from queue_fairness.formatting.wrapping import short_name
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.plan import Plan
from queue_fairness_tui import screens
from queue_fairness_tui.screens.main_screen import NAME, MainScreen, Words
from queue_fairness_tui.series_control import Runner
from queue_fairness_tui.terminal import is_behind
from queue_fairness_tui.wait_unit import Unit
from queue_fairness_tui.widgets.find_field import FindField
from queue_fairness_tui.widgets.flow_chart import FlowChart
from queue_fairness_tui.widgets.headline import Headline
from queue_fairness_tui.widgets.heat_map import HeatMapPanel
from queue_fairness_tui.widgets.measures_line import MeasuresLine
from queue_fairness_tui.widgets.measures_table import MeasuresTable
from queue_fairness_tui.widgets.panel import Panel
from queue_fairness_tui.widgets.partition_map import PartitionMap
from queue_fairness_tui.widgets.pickup_histogram import PickupHistogram
from queue_fairness_tui.widgets.state_band import StateBand
from queue_fairness_tui.widgets.worker_bars import WorkerBars
from queue_fairness_tui.widgets.worst_partitions import WorstPartitions

FRAMES_PER_S = 10
CHART_EVERY = 5
"""Frames between two drawings of the upper right chart: plotext is the slowest painter here."""
TOTAL_EVERY = 10
"""Frames between two estimates of when all runs of a series are done."""
BUSY_LAG_S = 0.005
"""Event-loop lag (p99) above which that chart is drawn half as often."""


class LiveScreen(MainScreen):
    """Shows the newest snapshot of a run, several times a second. It does not own the run."""

    CSS_PATH = "live.tcss"
    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (76, "-medium"), (150, "-huge")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-low"), (20, "-high")]  # noqa: RUF012

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "freeze", "Freeze", id="freeze"),
        Binding(
            "u",
            "unit",
            "Unit",
            tooltip="Show waits in rounds, in seconds or in tasks.",
            id="unit",
        ),
        Binding("x", "stop", "Stop", id="stop"),
        Binding("X", "app.stop_all", "Stop all", key_display="X", id="stop-all"),
        Binding(
            "slash",
            "pin",
            "Find",
            key_display="/",
            priority=True,  # so that the field takes the very next key
            tooltip="Keep one partition on top of the longest waits.",
            id="pin",
        ),
        Binding(
            "plus",
            "inject('ADD_WORKER')",
            "Worker",
            key_display="+",
            tooltip="Add a worker.",
            id="add-worker",
            show=False,
        ),
        Binding(
            "minus",
            "inject('REMOVE_WORKER')",
            "Worker",
            key_display="-",
            tooltip="Remove a worker after its task.",
            id="remove-worker",
            show=False,
        ),
        Binding(
            "exclamation_mark",
            "faults",
            "Fault",
            key_display="!",
            tooltip="Inject a fault: crash or slow a worker, add noise or foreign keys.",
            id="faults",
        ),
    ]

    snapshot: reactive[Snapshot | None] = reactive(None, repaint=False)
    """The newest snapshot; most panels show it."""
    chart_snapshot: reactive[Snapshot | None] = reactive(None, repaint=False)
    """The snapshot in the upper right chart: an older one, because it is drawn less often."""
    heat_snapshot: reactive[Snapshot | None] = reactive(None, repaint=False)
    """The snapshot in the heat map: the first one with the newest assessment."""
    unit: reactive[Unit] = reactive(Unit.ROUNDS, repaint=False)
    """The unit of all waits."""
    pinned: reactive[str] = reactive("", repaint=False)
    """The name of the partition that is kept on top; empty for none."""
    frozen_since: reactive[float | None] = reactive(None, repaint=False, bindings=True)
    """When the display was frozen, on the monotonic clock, in seconds; None while it moves."""

    class Ended(Message):
        """The run has ended, and the screen has shown its last snapshot."""

        def __init__(self, run: RunHandle) -> None:
            super().__init__()
            self.run = run

    def __init__(
        self,
        run: RunHandle,
        clock: Callable[[], float] = time.monotonic,
        runner: Runner | None = None,
    ) -> None:
        """Nothing is shown yet.

        Args:
            run: The run in progress.
            clock: Tells how long the display has been frozen.
            runner: The series that the run is one of; None for a run of its own.
        """
        super().__init__()
        self.run = run
        self._runner = runner
        self._clock = clock
        self._frames = 0
        self._frames_since_chart = 0
        """Frames since the upper right chart was drawn."""

    @property
    def plan(self) -> Plan:
        """The plan of the run, or the load of its series."""
        return self.run.plan if self._runner is None else self._runner.result.plan

    @property
    def series(self) -> Comparison | Sweep | None:
        """The series that the run is one of."""
        return None if self._runner is None else self._runner.result

    @property
    def run_in_view(self) -> Snapshot | None:
        """The run as it is now."""
        return self.run.snapshot()

    def words(self) -> Words:
        """Freezing and resuming, and what a stop ends."""
        name = short_name(self.run.plan.strategy, NAME)
        frozen = self.frozen_since is not None
        stop = "End the run now, keep its half, and show its summary"
        if self._runner is not None:
            stop = "End this run now, keep its half, and go on to the next one"
        return {
            "freeze": ("Resume", "Let the display go on")
            if frozen
            else ("Freeze", "Freeze the display; measuring goes on"),
            "stop": (f"Stop {name}" if self._runner is not None else "Stop", stop),
            "stop-all": ("Stop all", "End this run and make no other; show what was measured"),
        }

    def compose(self) -> ComposeResult:
        """The panels; `live.tcss` places them."""
        yield Headline().data_bind(LiveScreen.snapshot)
        yield StateBand().data_bind(LiveScreen.snapshot)
        with Container(id="board"):
            with Container(id="left"):
                yield HeatMapPanel().data_bind(LiveScreen.unit, snapshot=LiveScreen.heat_snapshot)
                yield WorkerBars().data_bind(LiveScreen.snapshot)
            with Container(id="right"):
                with Container(id="charts"):
                    yield self._chart()
                    yield MeasuresTable().data_bind(
                        LiveScreen.unit, snapshot=LiveScreen.heat_snapshot
                    )
                yield WorstPartitions().data_bind(
                    LiveScreen.snapshot, LiveScreen.unit, LiveScreen.pinned
                )
            yield PartitionMap().data_bind(LiveScreen.snapshot)
        yield FindField()
        yield MeasuresLine().data_bind(LiveScreen.snapshot, LiveScreen.unit)
        yield Footer(compact=True, show_command_palette=False)

    def _chart(self) -> Panel:
        if self.run.plan.is_drain:
            return PickupHistogram().data_bind(LiveScreen.unit, snapshot=LiveScreen.chart_snapshot)
        return FlowChart().data_bind(snapshot=LiveScreen.chart_snapshot)

    def on_mount(self) -> None:
        """Start the frames."""
        self.query_one(Headline).label = self._label()
        self.refresh_snapshot()
        self.set_interval(1 / FRAMES_PER_S, self.tick)

    def _label(self) -> str:
        step = self._runner.step if self._runner is not None else None
        return "RUN" if step is None else f"RUN {step.number} of {step.of}"

    def tick(self) -> None:
        """Show the next frame, unless the display is frozen or the terminal is behind."""
        if is_behind(self.app):
            return
        if self.frozen_since is not None:
            self._show_frozen()
            return
        self.refresh_snapshot()

    def refresh_snapshot(self) -> None:
        """Take a snapshot of the run and show it; after the last one, post `Ended`."""
        snapshot = self.snapshot = self.run.snapshot()
        is_final = snapshot.phase.is_final
        self._frames += 1
        if self._runner is not None and not is_final and self._frames % TOTAL_EVERY == 1:
            present = self._runner.present
            left = duration.left_s(self._runner.result, present) if present is not None else None
            self.query_one(Headline).total = duration.said(left)
        every = CHART_EVERY * (2 if (snapshot.lag.p99 or 0) > BUSY_LAG_S else 1)
        self._frames_since_chart += 1
        if self.heat_snapshot is None or snapshot.assessment is not self.heat_snapshot.assessment:
            self.heat_snapshot = snapshot
            # Two slow panels in one frame would delay the workers for longer: the chart waits.
            every += 1
        if self.chart_snapshot is None or self._frames_since_chart >= every or is_final:
            self.chart_snapshot = snapshot
            self._frames_since_chart = 0
        if is_final:
            self.post_message(self.Ended(self.run))

    def action_freeze(self) -> None:
        """Freeze the display, or resume."""
        self.frozen_since = self._clock() if self.frozen_since is None else None
        self._show_frozen()

    def action_unit(self) -> None:
        """Show waits in the next unit."""
        self.unit = self.unit.following

    def action_stop(self) -> None:
        """Ask the run to end; its summary follows, or the next run of its series."""
        self.frozen_since = None
        self._show_frozen()
        if self._runner is not None:
            self._runner.skip()
        else:
            self.run.stop()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A name that is typed may hold what is a key elsewhere."""
        if action == "pin":
            return not isinstance(self.focused, Input)
        return super().check_action(action, parameters)

    def action_pin(self) -> None:
        """Ask for the name of a partition."""
        self.query_one(FindField).open()

    @on(FindField.Changed)
    def pin(self, message: FindField.Changed) -> None:
        """Keep the partition of that name on top of the longest waits."""
        self.pinned = message.value.strip()

    @on(FindField.Submitted)
    def leave_field(self) -> None:
        """Give the keys back to the screen; what was found stays on top."""
        self.query_one(FindField).close()

    def action_inject(self, fault: str) -> None:
        """Inject a fault and report what it did."""
        self.notify(self.run.inject(Fault[fault]), timeout=4, markup=False)

    @work
    async def action_faults(self) -> None:
        """Let the user choose a fault; the run goes on meanwhile."""
        fault = await self.app.push_screen_wait(screens.FaultMenu())
        if fault is not None:
            self.notify(self.run.inject(fault), timeout=4, markup=False)

    def _show_frozen(self) -> None:
        """Show how long the display has been frozen, and whether the run has ended."""
        text = ""
        if self.frozen_since is not None:
            ended = ", run ended" if self.run.snapshot().phase.is_final else ""
            text = f"FROZEN {self._clock() - self.frozen_since:.0f} s{ended}"
        self.query_one(Headline).frozen = text
