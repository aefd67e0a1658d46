"""A small bar chart drawn by plotext. The only file that knows plotext.

It costs 130 ms to import, so that is done by `load` when it disturbs nobody, else by the first
chart.
"""

from collections.abc import Sequence
from importlib import import_module

MAX_WIDTH, MAX_HEIGHT = 60, 12
"""Largest plot, in cells: larger ones would hold up the workers, which share the event loop."""

IDEAL = "┃"
"""How the ideal's line is drawn, and no bar."""


def load() -> None:
    """Import plotext."""
    import_module("plotext")


class BarChart:
    """Bars side by side, one column of cells each, over an axis with named places.

    plotext's own figure is one for the whole process and keeps to the size of the terminal it
    finds; this one is independent and takes the size it is given.
    """

    def __init__(self) -> None:
        import plotext

        terminal = type(plotext.terminal)()
        terminal.limit(False, False)
        self._figure = terminal._master

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
