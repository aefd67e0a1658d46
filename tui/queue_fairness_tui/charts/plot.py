"""Small charts drawn by plotext: bars, and curves. The only file that knows plotext.

It costs 130 ms to import, so that is done by `load` when it disturbs nobody, else by the first
chart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

MAX_WIDTH, MAX_HEIGHT = 60, 12
"""Largest bar chart, in cells: larger ones would hold up the workers, which share the event
loop. Curves are drawn once, when no worker is left."""

IDEAL = "┃"
"""How the ideal's line is drawn, and no bar."""


LINE, POINT = 0xE000, 0xE100
"""First private characters for the lines and for the points of curves: the n-th curve's cells
can be told from all others, and are given their looks by whoever shows them."""


def load() -> None:
    """Import plotext."""
    import_module("plotext")


def _new_figure() -> Any:  # noqa: ANN401  # plotext ships no types
    """A figure of our own, of any size.

    plotext's is one for the whole process and keeps to the size of the terminal it finds.
    """
    import plotext

    terminal = type(plotext.terminal)()
    terminal.limit(False, False)
    return terminal._master


class BarChart:
    """Bars side by side, one column of cells each, over an axis with named places."""

    def __init__(self) -> None:
        self._figure = _new_figure()

    @staticmethod
    def columns(width: int, top: int) -> int:
        """How many bars a chart of that width holds beside the labels of its vertical axis.

        Args:
            width: Of the whole chart, in cells.
            top: The upper end of the vertical axis.
        """
        return max(1, min(width, MAX_WIDTH) - len(str(top)) - 1)

    def draw(
        self,
        counts: Sequence[int],
        *,
        top: int,
        size: tuple[int, int],
        ideal: float,
        places: Sequence[tuple[float, str]],
    ) -> list[str]:
        """The chart as lines of text without colors.

        Args:
            counts: Height of each bar, as many as `columns` says.
            top: Upper end of the vertical axis.
            size: Width and height of the whole chart, in cells.
            ideal: Where the ideal's line stands, in bars from the left.
            places: Positions on the horizontal axis, in bars from the left, and their names.
        """
        figure = self._figure
        figure.clear()
        figure.theme("colorless")
        figure.canvas("default")
        figure.plot_size(min(size[0], MAX_WIDTH), min(size[1], MAX_HEIGHT))
        figure.draw(
            figure.bar(list(range(len(counts))), list(counts), marker="full", width=1, lines=False)
        )
        figure.line(ideal - 0.5, "vertical", style="heavy")
        across, up = figure.ruler("x"), figure.ruler("y")
        across.lim(-0.5, len(counts) - 0.5)
        across.ticks([at - 0.5 for at, _ in places], [name for _, name in places])
        up.lim(0, top)
        up.ticks([0, top], ["0", str(top)])
        figure.axes(False, axis="x", side="upper")
        figure.axes(False, axis="y", side="right")
        return str(figure.build().string(colorless=True)).splitlines()


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One axis of a chart of curves."""

    lower: float
    upper: float
    places: Sequence[tuple[float, str]]
    """Positions on it that are named, and their names."""


def draw_curves(
    curves: Sequence[Sequence[tuple[float, float]]],
    *,
    across: Axis,
    up: Axis,
    size: tuple[int, int],
) -> list[str]:
    """Curves through their points, as lines of text without colors.

    The line of the n-th curve consists of the characters `chr(LINE + n)`, its points are
    `chr(POINT + n)`; where two lie in one cell, points go before lines and later curves before
    earlier ones.

    Args:
        curves: The points of each, from left to right.
        across: The horizontal axis.
        up: The vertical axis.
        size: Width and height of the whole chart, in cells.
    """
    figure = _new_figure()
    figure.theme("colorless")
    figure.canvas("default")
    figure.plot_size(*size)
    for first, is_line in ((LINE, True), (POINT, False)):
        for number, points in enumerate(curves):
            if points:
                places = [x for x, _ in points], [y for _, y in points]
                signal = figure.signal(*places, marker=chr(first + number))
                figure.draw(signal.lines(True) if is_line else signal)
    for name, axis in (("x", across), ("y", up)):
        ruler = figure.ruler(name)
        ruler.lim(axis.lower, axis.upper)
        ruler.ticks([at for at, _ in axis.places], [text for _, text in axis.places])
    figure.axes(False, axis="x", side="upper")
    figure.axes(False, axis="y", side="right")
    return str(figure.build().string(colorless=True)).splitlines()
