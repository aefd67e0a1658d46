"""The answer of a sweep: what becomes of the rate from the smallest value to the largest.

1. Only points that count: served to the end, nothing lost.
2. Where the work alone limits the rate at every point, that is the answer: such a rate is the
   same for every queue.
3. A curve whose points differ by no more than `STEADY`, or by no more than their own repeats do,
   is steady.
4. Else the ratio of its ends is the answer, and a point in between that lies beyond both.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from queue_fairness.analysis.curves import RATE, Curve, Point
from queue_fairness.analysis.sweep import Sweep
from queue_fairness.formatting import numbers

STEADY = 0.1
"""Rates that differ by no more than this share are the same: single runs of one strategy on a
busy machine differ by some 4 %, and over a sweep the smallest and the largest of several count."""
TIMES = 1.5
"""Ratio from which a change is said in times, below it in percent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """How one quantity of one strategy changes over the values; None where it is not known."""

    first: float | None
    """At the smallest value that counts."""
    last: float | None
    """At the largest value that counts."""
    ratio: float | None
    """Last / first; None also for a first of 0."""
    spread: float | None
    """Largest / smallest - 1 over all points; None also for a smallest of 0."""


def trend(curve: Curve, name: str) -> Trend:
    """The change of one quantity along a curve."""
    medians = _medians(curve.counted(name), name)
    if len(medians) < 2:
        return Trend(first=None, last=None, ratio=None, spread=None)
    first, last, smallest = medians[0], medians[-1], min(medians)
    return Trend(
        first=first,
        last=last,
        ratio=last / first if first else None,
        spread=max(medians) / smallest - 1 if smallest else None,
    )


def conclusion(sweep: Sweep, found: Sequence[Curve]) -> str:
    """What becomes of the rate of each strategy, in one sentence."""
    if not any(curve.counted(RATE) for curve in found):
        return "No run was served to the end: there is nothing to draw."
    names: dict[tuple[str, str, str], list[str]] = {}
    for curve in found:
        points = curve.counted(RATE)
        between = _range(sweep, points) if len(points) > 1 else ""
        names.setdefault((_change(curve), between, _beyond(sweep, points)), []).append(
            curve.strategy
        )
    clauses, said = [], ""
    for (change, between, beyond), each in names.items():
        is_news = between not in ("", said)
        what = f"rate {change} {between}" if is_news else change
        clauses.append(f"{numbers.listed(each, len(each))}: {what}{beyond}")
        said = between or said
    return "; ".join(clauses) + "."


def _change(curve: Curve) -> str:
    """What becomes of the rate: `falls 4.1 times`, `within 5 %`, `rises by 20 %`."""
    points = curve.counted(RATE)
    if len(points) < 2:
        return "rate known at one point only" if points else "rate not known"
    if all(each.is_work_bound for each in points):
        return "bound by the work alone"
    found = trend(curve, RATE)
    assert found.ratio is not None
    assert found.spread is not None, "a rate that is known is above 0"
    whole_percent = f"{max(1, math.ceil(found.spread * 100))} %"
    if found.spread <= STEADY:
        return f"within {whole_percent}"
    if _is_steady(points):
        return "differs no more than its repeats do"
    up, times = found.ratio > 1, max(found.ratio, 1 / found.ratio)
    if times <= 1 + STEADY:
        return f"varies by {whole_percent}"
    verb = "rises" if up else "falls"
    if times >= TIMES:
        return f"{verb} {numbers.digits(times, 2)} times"
    return f"{verb} by {numbers.percent(abs(found.ratio - 1))}"


def _beyond(sweep: Sweep, points: Sequence[Point]) -> str:
    """Where between the ends the rate lies clearly beyond both, after a comma; else nothing."""
    if len(points) < 3 or _is_steady(points) or all(each.is_work_bound for each in points):
        return ""
    medians = _medians(points, RATE)
    ends = medians[0], medians[-1]
    found = ""
    for word, side, extreme, end in (
        ("lowest", "below", min(medians), min(ends)),
        ("highest", "above", max(medians), max(ends)),
    ):
        if max(extreme / end, end / extreme) > 1 + STEADY:
            at = sweep.show(points[medians.index(extreme)].value)
            found += f", {word} at {at}, {numbers.percent(abs(extreme / end - 1))} {side} both ends"
    return found


def _is_steady(points: Sequence[Point]) -> bool:
    """Whether all rates are as good as the same, or one lies within the repeats of every point."""
    medians = _medians(points, RATE)
    if max(medians) / min(medians) - 1 <= STEADY:
        return True
    if any(len(each.row.runs) < 2 for each in points):
        return False
    cells = [each.cell(RATE) for each in points]
    return max(each.minimum or 0.0 for each in cells) <= min(each.maximum or 0.0 for each in cells)


def _medians(points: Sequence[Point], name: str) -> list[float]:
    return [median for each in points if (median := each.cell(name).median) is not None]


def _range(sweep: Sweep, points: Sequence[Point]) -> str:
    """From the smallest to the largest value of some points, in words."""
    first, last = (sweep.show(each.value) for each in (points[0], points[-1]))
    if sweep.field.unit and sweep.field.unit in sweep.noun:
        return f"from {first} to {last} {sweep.noun}"
    return f"from {sweep.field.option} {first} to {last}"
