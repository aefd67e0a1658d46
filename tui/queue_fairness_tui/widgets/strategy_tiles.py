"""Small multiples: the runs of a comparison beside each other, on one common axis."""

from collections.abc import Sequence
from itertools import zip_longest

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from queue_fairness_core import report
from queue_fairness_core.snapshot import Snapshot
from queue_fairness_tui.widgets.blocks import HEIGHTS
from queue_fairness_tui.widgets.heat_map import grid
from queue_fairness_tui.widgets.pickup_histogram import first_pickup_counts

TILE = 36
"""Columns of a tile; its picture is two less."""
HISTOGRAM, HEAT = 3, 6
"""Rows of its two pictures."""
ROWS = 1 + HISTOGRAM + 1 + HEAT + 2
"""Name, histogram, a free row, heat map, axis, and another free row."""


class StrategyTiles(Widget):
    """For each run: when partitions were first served, and who was served when.

    All tiles share their axes: rounds from the start to the end of the load, and the same number
    of partitions per height, so that tiles may be compared by eye.
    """

    DEFAULT_CSS = "StrategyTiles { height: auto; padding: 0 1; }"
    ALLOW_SELECT = False

    def __init__(self, runs: Sequence[Snapshot]) -> None:
        super().__init__()
        self._runs = [each for each in runs if each.standing is not None]
        self._lines: list[str] = []

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """As many rows of tiles as the width makes."""
        del container, viewport
        per_row = max(1, width // TILE)
        return -(-len(self._runs) // per_row) * ROWS

    def on_resize(self) -> None:
        """Lay the tiles out for the new width."""
        width = self.content_size.width
        per_row = max(1, width // TILE)
        tiles = self._tiles()
        self._lines = []
        for first in range(0, len(tiles), per_row):
            rows = zip_longest(*tiles[first : first + per_row], fillvalue="")
            self._lines += ("".join(part.ljust(TILE) for part in row) for row in rows)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """A row through all tiles."""
        base = self.rich_style
        text = self._lines[y] if y < len(self._lines) else ""
        return Strip([Segment(text, base)]).adjust_cell_length(self.content_size.width, base)

    def _tiles(self) -> list[list[str]]:
        width = TILE - 2
        counts = [first_pickup_counts(each, width) for each in self._runs]
        top = max((max(each) for each in counts), default=1) or 1
        return [_tile(run, bars, top, width) for run, bars in zip(self._runs, counts, strict=True)]


def _tile(run: Snapshot, counts: list[int], top: int, width: int) -> list[str]:
    assert run.standing is not None
    rounds = run.rounds
    title = f"{run.plan.strategy}: {report.verdict_line(run.standing).partition('  ')[0]}"
    heat = grid(run.standing.heat, run.plan.partitions, rounds, width, HEAT)
    axis = "0".ljust(width - len(f"{rounds} rounds")) + f"{rounds} rounds"
    return [title[:width], *_columns(counts, top), "", *heat, axis, ""]


def _columns(counts: list[int], top: int) -> list[str]:
    """Bars of block characters, `HISTOGRAM` rows high; anything above zero shows."""
    eighths = [max(count > 0, round(count / top * HISTOGRAM * 8)) for count in counts]
    return [
        "".join(HEIGHTS[max(0, min(8, each - 8 * level))] for each in eighths)
        for level in reversed(range(HISTOGRAM))
    ]
