"""Time x partition: what partitions were served, and when, against what they were owed."""

from queue_fairness.analysis.heat_grid import grid, whole_part
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness_tui.charts.blocks import SHADES
from queue_fairness_tui.wait_unit import Unit
from queue_fairness_tui.widgets.panel import Line, WaitPanel

TITLE = "Who was served when"
NOW = "now"


class HeatMapPanel(WaitPanel):
    """A row per group of partitions in the order of first pickups, a column per round.

    The shade of a cell is what the row was served against what it was owed: solid for all of it, a
    dot for waiting without being served, blank where nothing was owed. One partition after
    another makes a diagonal with dots before it, starvation a row of dots, round robin a solid
    block. A column whose rounds are not over is dim, with `now` below it, and whoever has not had
    its turn there yet is left blank.
    """

    DEFAULT_CSS = """
    HeatMapPanel {
        border: round $foreground 40%;
        border-title-color: $foreground;
        border-subtitle-color: $muted;
    }
    """

    def titles(self, snapshot: Snapshot, width: int, /) -> tuple[str, str]:
        """What the axes are, and the legend, each as long as fits."""
        del snapshot
        none, some, all_ = SHADES[0], SHADES[1:-1], SHADES[-1]
        title = f"{TITLE}  (partitions ↓ {self.unit.value} →)"
        legend = f"of its share: {none} nothing {some} part {all_} all"
        short = f"{none} nothing {all_} all of its share"
        return (
            title if len(title) + 4 <= width else TITLE,
            legend if len(legend) + 4 <= width else short,
        )

    def paint(self, snapshot: Snapshot, width: int, height: int, /) -> list[Line]:
        """The map stretched to the panel, with its axis of rounds below."""
        if snapshot.assessment is None or height < 2:
            return []
        rounds, partitions = snapshot.rounds, snapshot.partitions or 1
        heat = snapshot.assessment.heat
        is_over = snapshot.phase is Phase.DRAINED
        rows = grid(heat, partitions, rounds, width, height - 1, is_over=is_over)
        done, end = (width, width) if is_over else whole_part(heat, rounds, width)
        lines = [_shown(row, done, end) for row in rows]
        return [*lines, [(self._axis(snapshot, width, done, end), "dim")]]

    def _axis(self, snapshot: Snapshot, width: int, done: int, until: int) -> str:
        line = self._rounds_axis(snapshot, width)
        if done < until and not snapshot.phase.is_final:
            at = min(max(0, done + (until - done - len(NOW)) // 2), width - len(NOW))
            if not line[max(0, at - 1) : at + len(NOW) + 1].strip():
                line = f"{line[:at]}{NOW}{line[at + len(NOW) :]}"[:width]
        return line

    def _rounds_axis(self, snapshot: Snapshot, width: int) -> str:
        rounds = snapshot.rounds
        end = Unit.labelled(self.unit, rounds, snapshot)
        first = Unit.text(self.unit, 1, snapshot)
        mark = max(1, round(width / rounds))
        line = "0".ljust(width)
        if mark + len(first) < width - len(end) - 1 and mark > 2:
            line = line[: mark - 1] + first + line[mark - 1 + len(first) :]
        return line[: width - len(end)] + end if len(end) < width else end[:width]


def _shown(row: str, done: int, end: int) -> Line:
    """A row, what is not over in another color."""
    parts: Line = [(row[:done], "bar"), (row[done:end], "dim"), (row[end:], "bar")]
    return [part for part in parts if part[0]]
