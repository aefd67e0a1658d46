"""Time x partition: what partitions were served, and when, against what they were owed."""

from queue_fairness.analysis.heat_grid import grid
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness_tui.charts.blocks import SHADES
from queue_fairness_tui.wait_unit import Unit
from queue_fairness_tui.widgets.panel import Line, WaitPanel


class HeatMapPanel(WaitPanel):
    """A row per group of partitions in the order of first pickups, a column per round.

    The shade of a cell is what the row was served against what it was owed: solid for all of it, a
    dot for waiting without being served, blank where nothing was owed. One partition after
    another makes a diagonal with dots before it, starvation a row of dots, round robin a solid
    block.
    """

    DEFAULT_CSS = """
    HeatMapPanel {
        border: round $foreground 40%;
        border-title-color: $foreground;
        border-subtitle-color: $foreground 60%;
    }
    """

    def on_mount(self) -> None:
        """Put the legend into the border."""
        none, some, all_ = SHADES[0], SHADES[1:-1], SHADES[-1]
        self.set_titles(
            "Partitions (by first pickup) × time",
            f"served/owed: {none} none {some} some {all_} all",
        )

    def paint(self, snapshot: Snapshot, width: int, height: int, /) -> list[Line]:
        """The map stretched to the panel, with its axis of rounds below."""
        if snapshot.assessment is None or height < 2:
            return []
        rounds, partitions = snapshot.rounds, snapshot.partitions or 1
        rows = grid(snapshot.assessment.heat, partitions, rounds, width, height - 1)
        lines: list[Line] = [[(row, "bar")] for row in rows]
        return [*lines, [(self._axis(snapshot, width), "dim")]]

    def _axis(self, snapshot: Snapshot, width: int) -> str:
        rounds = snapshot.rounds
        end = Unit.labelled(self.unit, rounds, snapshot)
        first = Unit.text(self.unit, 1, snapshot)
        mark = max(1, round(width / rounds))
        line = "0".ljust(width)
        if mark + len(first) < width - len(end) - 1 and mark > 2:
            line = line[: mark - 1] + first + line[mark - 1 + len(first) :]
        return line[: width - len(end)] + end if len(end) < width else end[:width]
