"""Scales of axes, linear or logarithmic, and the ticks on them."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

DECADE = 10.0
"""Ratio of the largest to the smallest positive value above which an axis is logarithmic; exactly
this ratio is enough where 0 is among the values too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """A linear or logarithmic scale."""

    is_log: bool
    zero: float = 0.0
    """Position of 0 on a logarithmic scale: one decade below the smallest positive value."""

    def position(self, value: float) -> float:
        """The position of a value >= 0 on the axis: the value itself, or its decimal logarithm."""
        if not self.is_log:
            return value
        return math.log10(value) if value > 0 else self.zero


def scale_for(values: Sequence[float]) -> Scale:
    """The scale for values >= 0: logarithmic where the positive ones span more than a decade.

    Linear for no values.
    """
    positive = [each for each in values if each > 0]
    ratio = max(positive) / min(positive) if positive else 1.0
    if ratio < DECADE or (ratio == DECADE and len(positive) == len(values)):
        return Scale(is_log=False)
    return Scale(is_log=True, zero=math.log10(min(positive)) - 1)


def ticks(lower: float, upper: float, scale: Scale, most: int) -> list[float]:
    """Round values to label; the first and the last are the ends of the axis.

    Args:
        lower: The smallest value shown; above 0 on a logarithmic scale.
        upper: The largest value shown, above 0.
        scale: Of the axis.
        most: The most ticks that there is room for, at least 2.

    Returns:
        Ascending values that enclose `lower` and `upper`: equal steps from 0 on a linear scale;
        1, 2 and 5 times powers of ten on a logarithmic one, as many as there is room for.
    """
    if not scale.is_log:
        step = _step(upper / (most - 1))
        return [step * number for number in range(math.ceil(round(upper / step, 9)) + 1)]
    first, *within, last = _enclosing(lower, upper)
    for factors in ((1, 2, 5), (1, 5), (1,)):
        inner = [each for each in within if _leading_digit(each) in factors]
        if len(inner) + 2 <= most:
            return [first, *inner, last]
    return [first, last]


def _enclosing(lower: float, upper: float) -> list[float]:
    """1, 2 and 5 times powers of ten that enclose `lower` and `upper`; two at least."""
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
    """`factor * 10**decade`, correctly rounded: 5 / 100 rather than 5 * 0.01."""
    return factor * 10.0**decade if decade >= 0 else factor / 10.0**-decade


def _leading_digit(value: float) -> int:
    return int(f"{value:e}"[0])


def fitting_ticks(
    candidates: Sequence[tuple[float, str]], width: int, cell_of: Callable[[float], float]
) -> list[tuple[float, str]]:
    """The ticks whose labels do not overlap: the last one, and from the left as many as fit.

    Args:
        candidates: Positions and labels, ascending, one at least.
        width: Of the axis, in cells.
        cell_of: The cell that a position falls into.
    """
    *others, last = candidates
    end = min(cell_of(last[0]) - len(last[1]) / 2, width - len(last[1])) - 1
    kept: list[tuple[float, str]] = []
    free = 0.0
    for position, label in others:
        start = max(0.0, cell_of(position) - len(label) / 2)
        if free <= start and start + len(label) <= end:
            kept.append((position, label))
            free = start + len(label) + 1
    return [*kept, last]
