"""Time x partition: what partitions were served, and when, against what they were owed."""

from queue_fairness.fairness.heat import ServiceHeatMap
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness_tui.charts.blocks import SHADES, shade
from queue_fairness_tui.wait_unit import Unit
from queue_fairness_tui.widgets.panel import Line, WaitPanel

TITLE = "Who was served when  (partitions ↓ rounds →)"
NOW = "now"
MET = 0.95
"""Share of what was owed from which a cell counts as served in full."""


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

    def on_mount(self) -> None:
        """Put the legend into the border."""
        none, some, all_ = SHADES[0], SHADES[1:-1], SHADES[-1]
        self._legend = f"of its share: {none} nothing {some} part {all_} all"
        self.set_titles(TITLE, self._legend)

    def on_resize(self) -> None:
        """Shorten the legend where it would be cut, then paint."""
        width = self.content_size.width
        none, all_ = SHADES[0], SHADES[-1]
        short = f"{none} nothing {all_} all of its share"
        title = TITLE if len(TITLE) + 4 <= width else TITLE.partition("  ")[0]
        self.set_titles(title, self._legend if len(self._legend) + 4 <= width else short)
        super().on_resize()

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


def whole_part(heat: ServiceHeatMap, rounds: int, width: int) -> tuple[int, int]:
    """Where the rounds that are over end in a panel, and where the one that goes on ends, in cells.

    Args:
        heat: Served and owed turns; its last column is the one that goes on.
        rounds: Length of the whole run.
        width: Of the panel.
    """
    done = len(heat.served[0]) if heat.served else 0
    columns = _columns(heat, rounds)
    # The cell of column n begins where `_cells` lets it begin.
    starts = [-(-number * width // columns) for number in (max(0, done - 1), done)]
    return starts[0], starts[1]


def _columns(heat: ServiceHeatMap, rounds: int) -> int:
    done = len(heat.served[0]) if heat.served else 0
    return max(1, -(-rounds // heat.rounds_per_column), done)


def _shown(row: str, done: int, end: int) -> Line:
    """A row, what is not over in another color."""
    parts: Line = [(row[:done], "bar"), (row[done:end], "dim"), (row[end:], "bar")]
    return [part for part in parts if part[0]]


def grid(
    heat: ServiceHeatMap,
    partitions: int,
    rounds: int,
    width: int,
    height: int,
    *,
    is_over: bool = True,
) -> list[str]:
    """The map's cells for a panel, a string per row.

    Args:
        heat: Served and owed turns.
        partitions: How many there are; the rows divide them.
        rounds: Length of the whole run; the columns divide it.
        width: Of the panel, in cells.
        height: Of the panel, in rows.
        is_over: Whether the last column is over: in one that is not, who got nothing is blank.
    """
    columns = _columns(heat, rounds)
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
        if not is_over and served and not served[-1]:
            owed = [*owed[:-1], 0.0]
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
