"""The frame of a picture: axes, marks and their words, and where values lie in it."""

import math
from collections.abc import Sequence

from queue_fairness.report.drawing.canvas import (
    BOLD,
    CHARACTER,
    FONT,
    WIDTH,
    Canvas,
    cut,
    text_width,
)
from queue_fairness.report.pictures import Axis

RIGHT = 16.0
BOTTOM = 40.0
"""Room for the marks of the lower axis, and its title."""
GAP = 6.0


class Plot:
    """A frame on a canvas."""

    def __init__(self, canvas: Canvas, x: Axis, *, left: float, top: float) -> None:
        """Draws nothing.

        Args:
            canvas: What it is drawn on.
            x: The lower axis.
            left: Pixels on its left.
            top: Pixels above it.
        """
        self.canvas = canvas
        self._x = x
        self.left, self.top = left, top
        self.right, self.bottom = WIDTH - RIGHT, canvas.height - BOTTOM

    def at_x(self, value: float) -> float:
        """Where a value of the lower axis lies, in pixels, inside the frame."""
        return self.left + _share(self._x, value) * (self.right - self.left)

    def at_y(self, axis: Axis, value: float) -> float:
        """The same for one of the upright axis."""
        return self.bottom - _share(axis, value) * (self.bottom - self.top)

    def draw_x(self) -> None:
        """The lower axis."""
        canvas, end = self.canvas, -math.inf
        canvas.line((self.left, self.bottom), (self.right, self.bottom), "axis")
        for value, words in self._x.ticks:
            x, width = self.at_x(value), text_width(words)
            canvas.line((x, self.bottom), (x, self.bottom + 4), "axis")
            start = min(max(x - width / 2, 0.0), WIDTH - width)
            if start > end + GAP:
                canvas.text((start + width / 2, self.bottom + 16), words, anchor="middle")
                end = start + width
        middle = (self.left + self.right) / 2
        title = cut(self._x.title, 2 * min(middle, WIDTH - middle))
        canvas.text((middle, self.bottom + 33), title, anchor="middle")

    def draw_y(self, axis: Axis) -> None:
        """The upright axis, its marks as lines through the frame, its title above it."""
        for value, words in axis.ticks:
            y = self.at_y(axis, value)
            self.canvas.line((self.left, y), (self.right, y), "grid")
            self.canvas.text((self.left - GAP, y + FONT / 3), words, anchor="end")
        self.canvas.text((0.0, self.top - 10), axis.title)

    def draw_marks(self, marks: Sequence[tuple[float, str]]) -> None:
        """Upright lines with words beside them, each where there is room in one of two rows."""
        ends = [-math.inf, -math.inf]
        for value, words in marks:
            x = self.at_x(value)
            self.canvas.line((x, self.top), (x, self.bottom), "mark")
            shown = cut(words, (self.right - self.left) / 2, BOLD)
            start = min(x + 4, WIDTH - text_width(shown, BOLD))
            row = next((row for row, end in enumerate(ends) if start > end + GAP), None)
            if row is not None:
                ends[row] = start + text_width(shown, BOLD)
                self.canvas.text((start, self.top + 11 + row * 15), shown, "halo marked")


def room_for(axis: Axis) -> float:
    """Pixels that the marks of an upright axis take on the left."""
    longest = max((len(words) for _, words in axis.ticks), default=0)
    return longest * FONT * CHARACTER + 2 * GAP


def _share(axis: Axis, value: float) -> float:
    """Where a value lies between the ends, from 0 to 1; one beyond them lies on the nearer."""
    if axis.is_log:
        value, low, high = (math.log(max(each, 1e-12)) for each in (value, axis.low, axis.high))
    else:
        low, high = axis.low, axis.high
    return min(1.0, max(0.0, (value - low) / (high - low)))
