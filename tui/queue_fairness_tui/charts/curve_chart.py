"""A chart of one quantity over the values of a sweep: a curve, with a marker, per strategy."""

from collections.abc import Sequence
from itertools import groupby
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from queue_fairness.analysis.columns import Column
from queue_fairness.analysis.curves import Curve
from queue_fairness.analysis.sweep import Sweep
from queue_fairness_tui.charts.axis import Scale, fitting_ticks, scale_for, ticks
from queue_fairness_tui.charts.plot import HOLLOW, LINE, POINT, Axis, draw_curves

MARKERS, HOLLOWS = "●■▲◆▼✦✚★◉♠♣", "○□△◇▽✧✛☆◎♤♧"
"""Markers of the curves, used in rotation: they tell curves apart without color. The second ones
are for what could not be judged."""
COLORS = ("$primary", "$accent", "$foreground", "$secondary")
"""Colors of the curves, used in rotation."""
MIN_SIZE = 16, 5
"""Smallest width and height, in cells, at which a chart can be read."""
MARGIN = 0.04
"""Share of the horizontal axis left free at each end, so that no point lies in a corner."""


def marker(number: int) -> str:
    """The marker of the n-th curve, counted from 0."""
    return MARKERS[number % len(MARKERS)]


class CurveChart(Widget):
    """The curves of one quantity. The data never changes; the size may."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "curve-chart--axis",
        *(f"curve-chart--{number}" for number in range(len(COLORS))),
    }
    """
    | Class | Description |
    | :- | :- |
    | `curve-chart--axis` | Axes and their labels. |
    | `curve-chart--0` and on | The curves, in rotation. |
    """

    DEFAULT_CSS = (
        """
    CurveChart {
        border: round $foreground 40%;
        border-title-color: $foreground;
    }
    CurveChart > .curve-chart--axis { color: $muted; }
    """
    ) + "".join(
        f"CurveChart > .curve-chart--{number} {{ color: {color}; }}\n"
        for number, color in enumerate(COLORS)
    )

    ALLOW_SELECT = False

    def __init__(self, sweep: Sweep, curves: Sequence[Curve], column: Column) -> None:
        super().__init__()
        self._sweep = sweep
        self._column = column
        self._points = [
            [(float(point.value), point.cell(column.name).median) for point in curve.points]
            for curve in curves
        ]
        self._told = [[point.is_told(column.name) for point in curve.points] for curve in curves]
        """Whether each point tells something; hollow, and on no line, if it does not."""
        self._lines: list[str] = []

    def on_mount(self) -> None:
        """Put the quantity, the horizontal axis and logarithmic scales into the border."""
        over = f"over {self._sweep.noun}"
        log_axes = [
            name
            for name, scale in (("y", self._y_scale()), ("x", self._x_scale()))
            if scale is not None and scale.is_log
        ]
        scales = "both log" if len(log_axes) == 2 else f"{log_axes[0]} log" if log_axes else ""
        self.border_title = self._column.title
        self.border_subtitle = f"{over}, {scales}" if scales else over

    def on_resize(self) -> None:
        """Draw for the new size."""
        self._lines = self._draw(*self.content_size)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """A row of the chart in the colors of its curves."""
        base = self.rich_style
        line = self._lines[y] if y < len(self._lines) else ""
        segments = [Segment(*self._styled(character, base)) for character in line]
        return Strip(segments).simplify().adjust_cell_length(self.content_size.width, base)

    def _styled(self, character: str, base: Style) -> tuple[str, Style]:
        code = ord(character)
        if code < LINE:
            name, shown = "curve-chart--axis", character
        elif code < POINT:
            name, shown = f"curve-chart--{(code - LINE) % len(COLORS)}", "·"
        elif code >= HOLLOW:
            name = f"curve-chart--{(code - HOLLOW) % len(COLORS)}"
            shown = HOLLOWS[(code - HOLLOW) % len(HOLLOWS)]
        else:
            name, shown = f"curve-chart--{(code - POINT) % len(COLORS)}", marker(code - POINT)
        return shown, base + self.get_component_rich_style(name, partial=True)

    def _draw(self, width: int, height: int) -> list[str]:
        y_scale, x_scale = self._y_scale(), self._x_scale()
        if width < MIN_SIZE[0] or height < MIN_SIZE[1] or y_scale is None:
            return ["nothing measured" if y_scale is None else "too small"][:height]
        values = self._y_values()
        ends = min(values), max(values)
        named = ticks(*ends, y_scale, max(2, (height - 1) // 2))
        y_ticks = [(y_scale.position(each), f"{each:,.10g}") for each in named]
        y_axis = Axis(lower=y_ticks[0][0], upper=y_ticks[-1][0], ticks=y_ticks)
        room = width - max(len(label) for _, label in y_ticks) - 1
        x_axis = self._x_axis(x_scale, room)
        placed = [
            [(x_scale.position(x), y_scale.position(y)) for x, y in points if y is not None]
            for points in self._points
        ]
        # Size of a cell in the units of the axes; two rows are the axis line and its labels.
        cell = (
            (x_axis.upper - x_axis.lower) / (room - 1),
            (y_axis.upper - y_axis.lower) / max(1, height - 3),
        )
        stretches, hollow = self._parted(dodge(placed, cell))
        return draw_curves(
            stretches, hollow=hollow, x_axis=x_axis, y_axis=y_axis, size=(width, height)
        )

    def _parted(
        self, placed: Sequence[Sequence[tuple[float, float]]]
    ) -> tuple[list[list[list[tuple[float, float]]]], list[list[tuple[float, float]]]]:
        """Of each curve the stretches that a line goes through, and the points on no line."""
        stretches, hollow = [], []
        for points, told, places in zip(self._points, self._told, placed, strict=True):
            known = [is_told for (_, y), is_told in zip(points, told, strict=True) if y is not None]
            pairs = list(zip(known, places, strict=True))
            groups = groupby(pairs, key=lambda pair: pair[0])
            stretches.append([[at for _, at in some] for is_told, some in groups if is_told])
            hollow.append([at for is_told, at in pairs if not is_told])
        return stretches, hollow

    @property
    def has_hollow(self) -> bool:
        """Whether a point could not be judged."""
        return not all(all(told) for told in self._told)

    def _x_axis(self, scale: Scale, room: int) -> Axis:
        values = self._sweep.values
        first, last = scale.position(values[0]), scale.position(values[-1])
        # Room for markers that were moved aside, as far as there is any.
        free = min(max(MARGIN, (len(self._points) / 2 + 1) / room), 0.4)
        margin = (last - first) * free / (1 - 2 * free)
        lower, upper = first - margin, last + margin

        def cell_of(position: float) -> float:
            return (position - lower) / (upper - lower) * room

        candidates = [(scale.position(each), self._sweep.show(each)) for each in values]
        return Axis(lower=lower, upper=upper, ticks=fitting_ticks(candidates, room, cell_of))

    def _y_values(self) -> list[float]:
        return [y for points in self._points for _, y in points if y is not None]

    def _y_scale(self) -> Scale | None:
        """The vertical scale; None if nothing was measured."""
        values = self._y_values()
        return scale_for(values) if values and max(values) > 0 else None

    def _x_scale(self) -> Scale:
        return scale_for(self._sweep.values)


def dodge(
    curves: Sequence[Sequence[tuple[float, float]]], cell: tuple[float, float]
) -> list[list[tuple[float, float]]]:
    """The same points, those that would share a cell moved sideways, a cell each.

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
