"""Where numbers lie on an axis of a chart, and which of them are named there."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

DECADE = 10.0
"""Ratio of the largest to the smallest value beyond which an axis is logarithmic; where there is
a 0 besides, it is from there on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """A linear or logarithmic axis."""

    is_log: bool
    zero: float = 0.0
    """Where 0 stands on a logarithmic axis: one decade below the smallest value above it."""

    def place(self, value: float) -> float:
        """Where a value (from 0 up) lies."""
        if not self.is_log:
            return value
        return math.log10(value) if value > 0 else self.zero


def scale(values: Sequence[float]) -> Scale:
    """The axis for some values, logarithmic where those above 0 span more than a decade."""
    positive = [each for each in values if each > 0]
    ratio = max(positive) / min(positive) if positive else 1.0
    if ratio < DECADE or (ratio == DECADE and len(positive) == len(values)):
        return Scale(is_log=False)
    return Scale(is_log=True, zero=math.log10(min(positive)) - 1)


def levels(lower: float, upper: float, found: Scale, most: int) -> list[float]:
    """Round values that enclose others, the outer two being the ends of the axis.

    Args:
        lower: The smallest value shown, above 0 on a logarithmic axis.
        upper: The largest value shown, above 0.
        found: The axis.
        most: How many there is room for, at least 2.

    Returns:
        Ascending: 0 and equal steps on a linear axis; powers of ten and the 1, 2, 5 times of those
        on a logarithmic one, as many of them as there is room for.
    """
    if not found.is_log:
        step = _step(upper / (most - 1))
        return [step * number for number in range(math.ceil(round(upper / step, 9)) + 1)]
    first, *within, last = _enclosing(lower, upper)
    for factors in ((1, 2, 5), (1, 5), (1,)):
        inner = [each for each in within if _leading_digit(each) in factors]
        if len(inner) + 2 <= most:
            return [first, *inner, last]
    return [first, last]


def _enclosing(lower: float, upper: float) -> list[float]:
    """The 1, 2, 5 of each decade from the last at or below `lower` to the first not below `upper`.

    At least two.
    """
    decades = range(math.floor(math.log10(lower)) - 1, math.ceil(math.log10(upper)) + 2)
    everything = [_times(factor, decade) for decade in decades for factor in (1, 2, 5)]
    first = max(number for number, each in enumerate(everything) if each <= lower)
    last = min(number for number, each in enumerate(everything) if each >= upper and number > first)
    return everything[first : last + 1]


def _step(smallest: float) -> float:
    """The first of ..., 0.1, 0.2, 0.5, 1, 2, 5, ... that is not below a number above 0."""
    decade = math.floor(math.log10(smallest))
    steps = (_times(factor, power) for power in (decade, decade + 1) for factor in (1, 2, 5))
    return next(each for each in steps if each >= smallest)


def _times(factor: int, decade: int) -> float:
    """A factor times a power of ten, as near as a float comes: 5 / 100, not 5 * 0.01."""
    return factor * 10.0**decade if decade >= 0 else factor / 10.0**-decade


def _leading_digit(value: float) -> int:
    return int(f"{value:e}"[0])


def spaced(
    places: Sequence[tuple[float, str]], width: int, cell_of: Callable[[float], float]
) -> list[tuple[float, str]]:
    """The places whose names fit beside each other: the last, and the others from the left.

    Args:
        places: Positions and names, ascending, one at least.
        width: Of the axis, in cells.
        cell_of: Which cell a position lies in.
    """
    *others, last = places
    end = min(cell_of(last[0]) - len(last[1]) / 2, width - len(last[1])) - 1
    kept: list[tuple[float, str]] = []
    free = 0.0
    for position, name in others:
        start = max(0.0, cell_of(position) - len(name) / 2)
        if free <= start and start + len(name) <= end:
            kept.append((position, name))
            free = start + len(name) + 1
    return [*kept, last]
