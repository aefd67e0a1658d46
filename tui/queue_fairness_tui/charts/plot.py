"""Bar charts and curves drawn by plotext. The only file that knows plotext.

The import takes 130 ms, in which no worker is served: `load` does it before the workers begin;
otherwise the first chart does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

MAX_WIDTH, MAX_HEIGHT = 60, 12
"""Largest bar chart, in cells: a larger one would delay the workers, which share the event loop.
Curves have no such bound: they are drawn when no worker is left."""

IDEAL = "┃"
"""The character of the line that marks the ideal; bars never use it."""

LINE, POINT, HOLLOW = 0xE000, 0xE100, 0xE200
"""First private-use characters for the lines, the points and the hollow points of curves: the n-th
curve gets the n-th one of each, so that the caller can tell the cells apart and style them."""

Points = Sequence[tuple[float, float]]


def load() -> None:
    """Import plotext."""
    import_module("plotext")


def _new_figure() -> Any:  # noqa: ANN401  # plotext ships no types
    """A figure of our own, of any size.

    `plotext.figure` is one for the whole process, and is never larger than the terminal that
    plotext finds. A figure belongs to a terminal object, which offers it only as `_master`.
    """
    import plotext

    terminal = type(plotext.terminal)()
    terminal.limit(False, False)
    return terminal._master


class BarChart:
    """Vertical bars, one cell wide, over an axis with ticks."""

    def __init__(self) -> None:
        self._figure = _new_figure()

    @staticmethod
    def bar_count(width: int, top: int) -> int:
        """How many bars fit into a chart of that width, beside the labels of its vertical axis.

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
        ticks: Sequence[tuple[float, str]],
    ) -> list[str]:
        """The chart as lines of text without colors.

        Args:
            counts: Height of each bar; as many as `bar_count` gives.
            top: Upper end of the vertical axis.
            size: Width and height of the whole chart, in cells.
            ideal: Position of the line that marks the ideal, in bars from the left.
            ticks: Positions on the horizontal axis, in bars from the left, and their labels.
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
        x_ruler, y_ruler = figure.ruler("x"), figure.ruler("y")
        x_ruler.lim(-0.5, len(counts) - 0.5)
        x_ruler.ticks([at - 0.5 for at, _ in ticks], [label for _, label in ticks])
        y_ruler.lim(0, top)
        y_ruler.ticks([0, top], ["0", str(top)])
        figure.axes(False, axis="x", side="upper")
        figure.axes(False, axis="y", side="right")
        return str(figure.build().string(colorless=True)).splitlines()


@dataclass(frozen=True, slots=True, kw_only=True)
class Axis:
    """One axis of a chart of curves."""

    lower: float
    upper: float
    ticks: Sequence[tuple[float, str]]
    """Positions and labels."""


def draw_curves(
    curves: Sequence[Sequence[Points]],
    *,
    hollow: Sequence[Points],
    x_axis: Axis,
    y_axis: Axis,
    size: tuple[int, int],
) -> list[str]:
    """Curves through their points, as lines of text without colors.

    The line of the n-th curve consists of the characters `chr(LINE + n)`, its points are
    `chr(POINT + n)`, its hollow ones `chr(HOLLOW + n)`; where two lie in one cell, points go
    before lines and later curves before earlier ones.

    Args:
        curves: The stretches of each, and of each stretch the points, from left to right.
        hollow: The points of each that no line goes through.
        x_axis: The horizontal axis.
        y_axis: The vertical axis.
        size: Width and height of the whole chart, in cells.
    """
    figure = _new_figure()
    figure.theme("colorless")
    figure.canvas("default")
    figure.plot_size(*size)
    for first, is_line in ((LINE, True), (POINT, False)):
        for number, stretches in enumerate(curves):
            for points in stretches:
                _add(figure, points, chr(first + number), is_line=is_line)
    for number, points in enumerate(hollow):
        _add(figure, points, chr(HOLLOW + number), is_line=False)
    for name, axis in (("x", x_axis), ("y", y_axis)):
        ruler = figure.ruler(name)
        ruler.lim(axis.lower, axis.upper)
        ruler.ticks([at for at, _ in axis.ticks], [label for _, label in axis.ticks])
    figure.axes(False, axis="x", side="upper")
    figure.axes(False, axis="y", side="right")
    return str(figure.build().string(colorless=True)).splitlines()


def _add(figure: Any, points: Points, marker: str, *, is_line: bool) -> None:  # noqa: ANN401
    if points:
        signal = figure.signal([x for x, _ in points], [y for _, y in points], marker=marker)
        figure.draw(signal.lines(True) if is_line else signal)
