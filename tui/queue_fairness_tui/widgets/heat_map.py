"""Time x partition: what partitions were served, and when, against what they were owed."""

from queue_fairness.fairness.heat import ServiceHeatMap
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness_tui.charts.blocks import SHADES, shade
from queue_fairness_tui.wait_unit import Unit
from queue_fairness_tui.widgets.panel import Line, WaitPanel

MET = 0.95
"""Share of what was owed from which a cell counts as served in full."""


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


def grid(heat: ServiceHeatMap, partitions: int, rounds: int, width: int, height: int) -> list[str]:
    """The map's cells for a panel, a string per row.

    Args:
        heat: Served and owed turns.
        partitions: How many there are; the rows divide them.
        rounds: Length of the whole run; the columns divide it.
        width: Of the panel, in cells.
        height: Of the panel, in rows.
    """
    done = len(heat.served[0]) if heat.served else 0
    columns = max(1, -(-rounds // heat.rounds_per_column), done)
    ranked = partitions - heat.unserved
    unserved_each = [owed / max(1, heat.unserved) for owed in heat.unserved_owed]
    cells = _cells(columns, width)
    rows = []
    for row in range(height):
        first = row * partitions // height
        last = max(first + 1, (row + 1) * partitions // height)
        if first >= ranked:
            served = [0.0] * len(unserved_each)
            owed = unserved_each
        else:
            some = slice(
                first // heat.partitions_per_row, -(-min(last, ranked) // heat.partitions_per_row)
            )
            served = [float(sum(cells)) for cells in zip(*heat.served[some], strict=True)]
            owed = [sum(cells) for cells in zip(*heat.owed[some], strict=True)]
        rows.append(_row(served, owed, cells))
    return rows


def _cells(columns: int, width: int) -> list[tuple[slice, int]]:
    """The columns of the map behind the cells of a row, and how many cells share them."""
    cells: list[tuple[slice, int]] = []
    for place in range(width):
        first = place * columns // width
        some = slice(first, max(first + 1, (place + 1) * columns // width))
        if cells and cells[-1][0] == some:
            cells[-1] = (some, cells[-1][1] + 1)
        else:
            cells.append((some, 1))
    return cells


def _row(served: list[float], owed: list[float], cells: list[tuple[slice, int]]) -> str:
    return "".join(
        (_cell(sum(served[some]), sum(owed[some])) if some.start < len(owed) else " ") * count
        for some, count in cells
    )


def _cell(served: float, owed: float) -> str:
    if served <= 0 and owed <= 0:
        return " "
    share = served / owed if owed > 0 else 1.0
    return shade(1.0 if share >= MET else share)
