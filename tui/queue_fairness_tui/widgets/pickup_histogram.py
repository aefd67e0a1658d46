"""The histogram of first pickups: when each partition was served for the first time."""

import math
from bisect import bisect_left
from itertools import pairwise

from queue_fairness.formatting import numbers
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness_tui.charts.plot import IDEAL, BarChart
from queue_fairness_tui.wait_unit import Unit
from queue_fairness_tui.widgets.panel import Line, WaitPanel

MIN_BINS, PER_BIN = 10, 10
"""Fewest bins of the chart, and the partitions that a bin should hold on average."""
LINEAR_UP_TO = 30
"""Longest run, in rounds, on a linear axis; beyond it is logarithmic, or the ideal would vanish."""
FIRST_EDGE = 0.1
"""Start of a logarithmic axis, in rounds; the first bar holds what lies below."""


class PickupHistogram(WaitPanel):
    """Partitions by the round of their first pickup, with the ideal marked at 1.

    A round is as many dispatches as there are partitions. The axis covers the whole run from the
    start, so bars grow and never move.
    """

    DEFAULT_CSS = """
    PickupHistogram {
        border: round $foreground 40%;
        border-title-color: $foreground;
        border-subtitle-color: $muted;
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._chart: BarChart | None = None
        self._drawn: tuple[list[int], int, int, Unit] | None = None
        self._chart_lines: list[Line] = []

    def titles(self, snapshot: Snapshot, width: int) -> tuple[str, str]:
        """How many partitions have been served, and the unit of the axis where there is room."""
        served, total = snapshot.partitions_served, snapshot.partitions
        said = f"First pickups: {served:,} of {total:,}"
        whole = f"{said} partitions, in {self.unit.value}"
        return (whole if len(whole) + 4 <= width else said), ""

    def paint(self, snapshot: Snapshot, width: int, height: int) -> list[Line]:
        """The chart, and below it how many partitions are still waiting."""
        words_line = _in_words(snapshot, self.unit, width)
        if height < 5 or width < 16:
            return [words_line]
        if snapshot.phase is Phase.STARTING:
            # Nothing to draw yet, and drawing it would delay the first frame.
            return [*([] for _ in range(height - 1)), words_line]
        return [*self._plot(snapshot, width, height - 1), words_line]

    def _plot(self, snapshot: Snapshot, width: int, height: int) -> list[Line]:
        rounds = snapshot.rounds
        # The scale grows in steps, so that the bars do not shrink a little at every frame.
        top = _next_step(max(first_pickup_counts(snapshot, BarChart.bar_count(width, 10_000))))
        columns = BarChart.bar_count(width, top)
        counts = first_pickup_counts(snapshot, columns)
        drawn = (counts, width, height, self.unit)
        if self._drawn == drawn:
            return self._chart_lines
        self._drawn = drawn
        ideal = position(1, rounds, columns)
        ticks = [
            (0.0, "0"),
            (ideal, self.unit.text(1, snapshot)),
            (float(columns), self.unit.text(rounds, snapshot)),
        ]
        if rounds == 1:
            ticks = ticks[:2]
        self._chart = self._chart or BarChart()
        lines = self._chart.draw(counts, top=top, size=(width, height), ideal=ideal, ticks=ticks)
        self._chart_lines = [_colored(line) for line in lines]
        return self._chart_lines


def first_pickup_counts(snapshot: Snapshot, columns: int) -> list[int]:
    """First pickups in each of `columns` columns, which together stand for the whole run.

    Several columns make one bin where partitions are few. The indices ascend, so that finding the
    edge of a bin takes one binary search.
    """
    rounds, partitions = snapshot.rounds, snapshot.partitions or 1
    bins = max(MIN_BINS, min(columns, partitions // PER_BIN))
    wide = max(1, -(-columns // bins))
    edges = [*range(0, columns, wide), columns]
    indices = snapshot.first_pickup_index
    below = [bisect_left(indices, _edge(each, rounds, columns) * partitions) for each in edges]
    below[0], below[-1] = 0, len(indices)
    counts: list[int] = []
    for (first, last), (lower, upper) in zip(pairwise(edges), pairwise(below), strict=True):
        # A last bin that is cut short by the end of the chart stands for fewer rounds.
        counts += [round((upper - lower) * wide / (last - first))] * (last - first)
    return counts


def _edge(column: int, rounds: int, columns: int) -> float:
    """Where a column begins, in rounds."""
    if rounds <= LINEAR_UP_TO:
        return column * rounds / columns
    return FIRST_EDGE * math.pow(rounds / FIRST_EDGE, column / columns)


def position(at: float, rounds: int, columns: int) -> float:
    """Position of a round on the axis, in columns."""
    if rounds <= LINEAR_UP_TO:
        return at * columns / rounds
    return columns * math.log(at / FIRST_EDGE) / math.log(rounds / FIRST_EDGE)


def _next_step(value: int) -> int:
    """The next of 1, 2, 5, 10, 20, 50, ... above a value; the top row stays free."""
    step = 1
    while True:
        for factor in (1, 2, 5):
            if step * factor > value:
                return step * factor
        step *= 10


def _colored(line: str) -> Line:
    """Bars, the ideal's line and the axes in their colors."""
    pieces: Line = []
    for character in line:
        role = "bar" if character == "█" else "mark" if character == IDEAL else "dim"
        if pieces and pieces[-1][1] == role:
            pieces[-1] = (pieces[-1][0] + character, role)
        else:
            pieces.append((character, role))  # type: ignore[arg-type]  # one of three roles
    return pieces


def _in_words(snapshot: Snapshot, unit: Unit, width: int) -> Line:
    unserved = snapshot.partitions_unserved
    state = f"{unserved:,} not served yet" if unserved else "all served"
    by = unit.labelled(1, snapshot) if unit is not Unit.ROUNDS else "1 round"
    seconds = f" ({numbers.seconds(snapshot.round_s)})" if unit is not Unit.SECONDS else ""
    room = width - len(state) - 3
    for ideal in (f"ideal: all by {by}{seconds}", f"ideal: {by}{seconds}", f"ideal: {by}"):
        if len(ideal) <= room:
            return [(state, "text"), (" · ", "dim"), (ideal, "dim")]
    return [(state, "text")]
