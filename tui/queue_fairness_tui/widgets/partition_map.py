"""Every partition as a shade: the picture that shows a sequential drain at once."""

from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness_tui.charts.blocks import SHADES, shade
from queue_fairness_tui.widgets.panel import Line, Panel, chunk


class PartitionMap(Panel):
    """One cell per partition, or per equal group, shaded by the share of its tasks dispatched.

    The cells are in the order of first pickups, partitions never served last. A queue that empties
    one partition after another fills the map like a page of text; round robin darkens it
    everywhere at once.
    """

    DEFAULT_CSS = """
    PartitionMap {
        border: round $foreground 40%;
        border-title-color: $foreground;
        border-subtitle-color: $muted;
    }
    """

    def on_mount(self) -> None:
        """Put the legend into the border."""
        self.border_title = "Partitions in order of first pickup"
        self.border_subtitle = (
            f"tasks served: {SHADES[0]} none {SHADES[1:-1]} some {SHADES[-1]} all"
        )

    def paint(self, snapshot: Snapshot, width: int, height: int) -> list[Line]:
        """The map, as large as it fits."""
        tasks, partitions = snapshot.rounds, snapshot.partitions or 1
        group, cell, tall = layout(partitions, width, height)
        served = snapshot.served_by_rank
        cells = "".join(
            shade(sum(served[first : first + group]) / (min(group, partitions - first) * tasks))
            * cell
            for first in range(0, partitions, group)
        )
        lines: list[Line] = [
            [(row, "bar")] for row in chunk(cells, width // cell * cell) for _ in range(tall)
        ]
        if group > 1 and len(lines) < height:
            lines.append([(f"{group:,} partitions a cell", "dim")])
        return lines


def layout(partitions: int, width: int, height: int) -> tuple[int, int, int]:
    """How many partitions share a cell, and how many columns and rows a cell takes."""
    group = -(-partitions // (width * height))
    cells = -(-partitions // group)
    shapes = [(2 * tall + extra, tall) for tall in (4, 3, 2, 1) for extra in (2, 1, 0)]
    fitting = (
        (wide, tall)
        for wide, tall in shapes
        if wide <= width and -(-cells // (width // wide)) * tall <= height
    )
    wide, tall = next(fitting, (1, 1))
    return group, wide, tall
