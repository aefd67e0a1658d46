"""Curves of one quantity over the values of a sweep, a mark of its own for each strategy."""

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from queue_fairness.analysis.columns import Column
from queue_fairness.analysis.curves import Curve
from queue_fairness.analysis.sweep import Sweep
from queue_fairness_tui.charts.axis import Scale, levels, scale, spaced
from queue_fairness_tui.charts.plot import LINE, POINT, Axis, draw_curves

MARKS = "●■▲◆○□△◇✦✚▼"
"""Points of the curves, by turns: they tell curves apart where there is no color."""
COLORS = ("$primary", "$accent", "$foreground", "$secondary")
"""What colors curves have, by turns."""
MIN_SIZE = 16, 5
"""Least width and height of a chart that can be read."""
MARGIN = 0.04
"""Share of the axis left free at both ends, so that no point lies in the corner."""


def mark(number: int) -> str:
    """The sign of the n-th curve."""
    return MARKS[number % len(MARKS)]


class Curves(Widget):
    """The curves of one quantity. Nothing on it can move."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "curves--axis",
        *(f"curves--{number}" for number in range(len(COLORS))),
    }
    """
    | Class | Description |
    | :- | :- |
    | `curves--axis` | Axes and their names. |
    | `curves--0` and on | Each curve, by turns. |
    """

    DEFAULT_CSS = (
        """
    Curves {
        border: round $foreground 40%;
        border-title-color: $foreground;
    }
    Curves > .curves--axis { color: $foreground 60%; }
    """
    ) + "".join(
        f"Curves > .curves--{number} {{ color: {color}; }}\n" for number, color in enumerate(COLORS)
    )

    ALLOW_SELECT = False

    def __init__(self, sweep: Sweep, found: Sequence[Curve], column: Column) -> None:
        super().__init__()
        self._sweep = sweep
        self._column = column
        self._points = [
            [(float(point.value), point.cell(column.name).median) for point in curve.points]
            for curve in found
        ]
        self._lines: list[str] = []

    def on_mount(self) -> None:
        """Name the quantity, what it is drawn over, and which axes are no plain ones."""
        over = f"over {self._sweep.noun}"
        logs = [
            name
            for name, axis in (("y", self._up()), ("x", self._across()))
            if axis is not None and axis.is_log
        ]
        how = "both log" if len(logs) == 2 else f"{logs[0]} log" if logs else ""
        self.border_title = self._column.title
        self.border_subtitle = f"{over}, {how}" if how else over

    def on_resize(self) -> None:
        """Draw for the new size."""
        self._lines = self._draw(*self.content_size)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """A row of the chart in its colors."""
        base = self.rich_style
        line = self._lines[y] if y < len(self._lines) else ""
        segments = [Segment(*self._looks(character, base)) for character in line]
        return Strip(segments).simplify().adjust_cell_length(self.content_size.width, base)

    def _looks(self, character: str, base: Style) -> tuple[str, Style]:
        code = ord(character)
        if code < LINE:
            name, shown = "curves--axis", character
        elif code < POINT:
            name, shown = f"curves--{(code - LINE) % len(COLORS)}", "·"
        else:
            name, shown = f"curves--{(code - POINT) % len(COLORS)}", mark(code - POINT)
        return shown, base + self.get_component_rich_style(name, partial=True)

    def _draw(self, width: int, height: int) -> list[str]:
        up, across = self._up(), self._across()
        if width < MIN_SIZE[0] or height < MIN_SIZE[1] or up is None:
            return ["nothing measured" if up is None else "too small"][:height]
        known = self._known()
        named = levels(min(known), max(known), up, max(2, (height - 1) // 2))
        labels = [(up.place(each), f"{each:,.10g}") for each in named]
        vertical = Axis(lower=labels[0][0], upper=labels[-1][0], places=labels)
        room = width - max(len(name) for _, name in labels) - 1
        horizontal = self._horizontal(across, room)
        placed = [
            [(across.place(x), up.place(y)) for x, y in points if y is not None]
            for points in self._points
        ]
        # From one cell to the next, in the units of each axis; two rows are the axis and its names.
        cell = (
            (horizontal.upper - horizontal.lower) / (room - 1),
            (vertical.upper - vertical.lower) / max(1, height - 3),
        )
        return draw_curves(
            side_by_side(placed, cell), across=horizontal, up=vertical, size=(width, height)
        )

    def _horizontal(self, across: Scale, room: int) -> Axis:
        values = self._sweep.values
        first, last = across.place(values[0]), across.place(values[-1])
        # Room for marks that stand beside their place, as far as there is any.
        free = min(max(MARGIN, (len(self._points) / 2 + 1) / room), 0.4)
        margin = (last - first) * free / (1 - 2 * free)
        lower, upper = first - margin, last + margin

        def cell_of(position: float) -> float:
            return (position - lower) / (upper - lower) * room

        names = [(across.place(each), self._sweep.show(each)) for each in values]
        return Axis(lower=lower, upper=upper, places=spaced(names, room, cell_of))

    def _known(self) -> list[float]:
        return [y for points in self._points for _, y in points if y is not None]

    def _up(self) -> Scale | None:
        """The vertical axis; None if nothing was measured."""
        known = self._known()
        return scale(known) if known and max(known) > 0 else None

    def _across(self) -> Scale:
        return scale(self._sweep.values)


def side_by_side(
    curves: Sequence[Sequence[tuple[float, float]]], cell: tuple[float, float]
) -> list[list[tuple[float, float]]]:
    """The same points, those that would cover each other moved apart by a cell each.

    Args:
        curves: The points of each curve, left to right.
        cell: Width and height of a cell, in the units of the points.
    """
    width, height = cell
    rows: dict[tuple[float, int], list[int]] = {}
    for number, points in enumerate(curves):
        for x, y in points:
            rows.setdefault((x, round(y / height)), []).append(number)

    def moved(number: int, x: float, y: float) -> tuple[float, float]:
        together = rows[x, round(y / height)]
        return x + (together.index(number) - len(together) // 2) * width, y

    return [[moved(number, x, y) for x, y in points] for number, points in enumerate(curves)]
