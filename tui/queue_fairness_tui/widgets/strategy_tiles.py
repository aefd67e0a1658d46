"""Small multiples: the runs of a comparison side by side, on common axes."""

import textwrap
from collections.abc import Sequence

from queue_fairness.analysis.heat_grid import grid
from queue_fairness.analysis.ranking import ranked
from queue_fairness.analysis.scoreboard import Row, Scoreboard
from queue_fairness.formatting import numbers
from queue_fairness.formatting.wrapping import short_name
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness_tui.charts.blocks import SHADES, vertical_bars
from queue_fairness_tui.charts.plot import IDEAL
from queue_fairness_tui.widgets.panel import Line, Panel, Role, first_that_fits, justify
from queue_fairness_tui.widgets.pickup_histogram import LINEAR_UP_TO, first_pickup_counts, position

TILE, WIDEST = 36, 62
"""Fewest and most columns of a tile; its pictures have two fewer."""
HISTOGRAM, HEAT, TALLEST = 3, 6, 14
"""Rows of its two pictures, and the most that the second one takes where there is room."""
GAP: tuple[str, Role] = ("  ", "text")
BESIDE = 1 + HISTOGRAM + 1 + 1 + 1
"""Rows of a tile beside the heat map: name, histogram, axis, axis, and a free row."""
ABOVE = 14
"""Rows of the screen beside the table and the tiles, about."""


class StrategyTiles(Panel):
    """For each run: when partitions were first served, and which ones were served when.

    All tiles share their axes: rounds from the start to the end of the load, and the same number
    of partitions per unit of height, so that tiles can be compared by eye. Two in a row::

    scan                     ✗ UNFAIR  round-robin               ✓ FAIR
                                       ██┃
    ▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂▂  ██┃
    0  1                           10  0  1                          10
    ██████                             ████████████████████████████████
    ······███████                      ████████████████████████████████
    0                       10 rounds  0                      10 rounds
    """

    DEFAULT_CSS = """
    StrategyTiles {
        height: auto;
        padding: 0 1;
    }
    """

    def __init__(self, board: Scoreboard, advised: str | None = None) -> None:
        super().__init__()
        shown = ((row, board.picture(row)) for row in ranked(board, advised))
        self._runs = [(row, run) for row, run in shown if run is not None and run.assessment]

    def get_content_height(self, _container: object, _viewport: object, width: int) -> int:
        """Lines of the legend and of the rows of tiles at that width."""
        return len(self._layout(width)) if self._runs and width > 0 else 0

    def repaint(self) -> None:
        """Lay the tiles out for the current width."""
        width = self.content_size.width
        if self._runs and width:
            self._lines = self._layout(width)
            self.refresh()

    def _layout(self, width: int) -> list[Line]:
        per_row = max(1, width // TILE)
        tile = min(WIDEST, width // per_row)
        inner = max(1, tile - 2)
        rows = -(-len(self._runs) // per_row)
        free = self.app.size.height - ABOVE - len(self._runs)
        heat = max(HEAT, min(TALLEST, free // rows - BESIDE))
        counts = [first_pickup_counts(run, inner) for _, run in self._runs]
        top = max(1, *(max(each) for each in counts))
        tiles = [
            _tile(row, run, bars, top, (inner, heat))
            for (row, run), bars in zip(self._runs, counts, strict=True)
        ]
        lines: list[Line] = [[(line, "dim")] for line in _legend(self._runs[0][1], top, width)]
        for first in range(0, len(tiles), per_row):
            lines += map(_beside, zip(*tiles[first : first + per_row], strict=True))
        return lines


def _legend(run: Snapshot, top: int, width: int) -> list[str]:
    """Says what the two pictures of a tile show."""
    scale = "" if run.rounds <= LINEAR_UP_TO else ", on a logarithmic axis"
    none, some, every = SHADES[0], SHADES[1:-1], SHADES[-1]
    said = (
        f"Each picture: bars for when partitions were first served, in rounds{scale} (the highest "
        f"is {numbers.plural(top, 'partition')}; ideal: all left of {IDEAL}); the field under "
        f"them for who was served when, a row per group of partitions: {none} nothing, {some} "
        f"part, {every} all of its share."
    )
    return [*textwrap.wrap(said, width), ""]


def _tile(
    row: Row, run: Snapshot, counts: Sequence[int], top: int, size: tuple[int, int]
) -> list[Line]:
    """Lines of exactly that width, with a heat map of that height."""
    width, height = size
    assert run.assessment is not None
    rounds = run.rounds
    ideal = round(position(1, rounds, width))
    is_over = run.phase is Phase.DRAINED
    heat = grid(run.assessment.heat, run.partitions or 1, rounds, width, height, is_over=is_over)
    end = first_that_fits(width, f"{rounds:,} rounds", f"{rounds:,}")
    bars: list[Line] = [_bars(cells, ideal) for cells in vertical_bars(counts, top, HISTOGRAM)]
    rows: list[Line] = [[(cells, "bar")] for cells in heat]
    below: Line = [("0".ljust(width - len(end)) + end, "dim")]
    lines = [_title(row, width), *bars, _axis(rounds, ideal, width), *rows, below, []]
    return [_padded(line, width) for line in lines]


def _title(row: Row, width: int) -> Line:
    name = short_name(row.strategy)
    role: Role = "strong" if row.is_good else "alert"
    label = first_that_fits(width - len(name) - 2, row.label, row.short_label)
    return justify(width, [(first_that_fits(width, name), "strong")], [(label, role)])


def _bars(cells: str, ideal: int) -> Line:
    """A row of bars, the ideal marked where none stands."""
    if cells[ideal : ideal + 1] != " ":
        return [(cells, "bar")]
    return [(cells[:ideal], "bar"), (IDEAL, "mark"), (cells[ideal + 1 :], "bar")]


def _axis(rounds: int, ideal: int, width: int) -> Line:
    end = f"{rounds:,}"
    if not 1 < ideal < width - len(end) - 1:
        return [("0".ljust(width - len(end)) + end, "dim")]
    rest = width - ideal - 1 - len(end)
    return [("0".ljust(ideal), "dim"), ("1", "mark"), (" " * rest + end, "dim")]


def _beside(parts: Sequence[Line]) -> Line:
    """The same line of several tiles."""
    return [piece for part in parts for piece in (*part, GAP)]


def _padded(line: Line, width: int) -> Line:
    free = width - sum(len(text) for text, _ in line)
    return [*line, (" " * free, "text")]
