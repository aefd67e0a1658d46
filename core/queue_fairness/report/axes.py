"""Axes for pictures: round numbers between two ends."""

import math
from collections.abc import Callable

from queue_fairness.formatting import numbers
from queue_fairness.report.pictures import Axis

MOST_TICKS = 5
"""About so many marks stand on an axis."""
WIDE = 20.0
"""Times the smallest value from which the largest one needs a logarithmic axis."""
FAR_APART = 5.0
"""The same for values that were chosen one by one."""


def brief(value: float) -> str:
    """A mark's number: `0`, `0.5`, `2,000`."""
    return numbers.brief(value)


def linear(
    title: str, high: float, show: Callable[[float], str] = brief, least: float = 0.0
) -> Axis:
    """From 0 to a round number at or above `high`; to 1 where that is not above 0.

    Args:
        title: What it counts.
        high: The largest value.
        show: A value as words.
        least: The marks are at least so far apart.
    """
    top = high if high > 0 else 1.0
    step = max(least, round_up(top / MOST_TICKS))
    count = math.ceil(top / step - 1e-9)
    ticks = tuple((number * step, show(number * step)) for number in range(count + 1))
    return Axis(title=title, low=0.0, high=count * step, ticks=ticks)


def counting(title: str, high: float) -> Axis:
    """From 0 on for what is counted: no mark stands at a part of one."""
    return linear(title, high, least=1.0)


def exactly(title: str, high: float, show: Callable[[float], str] = brief) -> Axis:
    """From 0 to `high` itself, for a time that has an end."""
    axis = linear(title, high, show)
    top = high if high > 0 else 1.0
    inside = tuple(each for each in axis.ticks if each[0] <= top * (1 + 1e-9))
    return Axis(title=title, low=0.0, high=top, ticks=inside)


def logarithmic(title: str, low: float, high: float, show: Callable[[float], str] = brief) -> Axis:
    """Powers of ten around both ends, and 2 and 5 between where there are few.

    Args:
        title: What it counts.
        low: Above 0.
        high: At least `low`.
        show: A value as words.
    """
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    last = max(last, first + 1)
    factors = (1, 2, 5) if last - first <= 2 else (1,)
    ticks = [
        (factor * 10.0**power, show(factor * 10.0**power))
        for power in range(first, last + 1)
        for factor in factors
        if factor * 10.0**power <= 10.0**last
    ]
    every = math.ceil(len(ticks) / (2 * MOST_TICKS))
    return Axis(
        title=title, low=10.0**first, high=10.0**last, ticks=tuple(ticks[::every]), is_log=True
    )


def fitting(title: str, values: list[float], show: Callable[[float], str] = brief) -> Axis:
    """Linear, or logarithmic where the values lie far apart and are all above 0."""
    if not values:
        return linear(title, 1.0, show)
    low, high = min(values), max(values)
    if low > 0 and high > WIDE * low:
        return logarithmic(title, low, high, show)
    return linear(title, high, show)


def marked_at(title: str, marks: list[tuple[float, str]]) -> Axis:
    """From the first mark to the last one, in ascending order; one alone stands in the middle."""
    low, high = marks[0][0], marks[-1][0]
    if low == high:
        low, high = low - 1.0, high + 1.0
    is_log = low > 0 and high > FAR_APART * low
    return Axis(title=title, low=low, high=high, ticks=tuple(marks), is_log=is_log)


def round_up(value: float) -> float:
    """The next of 1, 2, 5, 10, ... at or above a value above 0."""
    power = 10.0 ** math.floor(math.log10(value))
    factor = next(each for each in (1, 2, 5, 10) if each * power >= value * (1 - 1e-9))
    return factor * power
