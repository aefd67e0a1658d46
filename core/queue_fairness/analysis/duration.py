"""How long runs will take: by their plans before the first, by the runs made so far after it."""

import math
import statistics
from collections.abc import Sequence

from queue_fairness.analysis.series import Series
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.plan import Plan

BESIDE_S = 0.5
"""What a run takes beside its measured time, in seconds: enqueueing, counting, removing keys."""
MOST_RATIO = 100.0
"""Times as long as planned that a run is taken to be at most, however slow one was."""


def planned_s(plan: Plan) -> float | None:
    """The least time that a plan takes, in seconds; None where nothing bounds it (no work)."""
    parts = 2 if plan.paired else 1
    if not plan.is_drain:
        return parts * (plan.duration + BESIDE_S)
    least = plan.total_tasks / plan.bound_per_s
    return parts * (least + BESIDE_S) if least else None


def expected_s(plan: Plan, made: Sequence[Snapshot]) -> float | None:
    """How long a run of that plan will take, seconds; None where nothing tells.

    Args:
        plan: What is to be run.
        made: Whole runs of the same series: what they took, against what was planned, corrects the
            bound of a drain; where nothing was planned, they say how long a task takes.
    """
    least = planned_s(plan)
    if not plan.is_drain:
        return least
    whole = [each for each in made if each.phase.is_complete and each.elapsed_s]
    if least is None:
        per_task = [each.elapsed_s / each.plan.total_tasks for each in whole]
        return statistics.fmean(per_task) * plan.total_tasks + BESIDE_S if per_task else None
    ratios = [
        each.elapsed_s / planned
        for each in whole
        if (planned := each.plan.total_tasks / each.plan.bound_per_s)
    ]
    ratio = min(MOST_RATIO, max(1.0, statistics.fmean(ratios))) if ratios else 1.0
    return (least - BESIDE_S) * ratio + BESIDE_S


def series_s(series: Series) -> float | None:
    """How long the runs of a series take that have not been made; None where nothing tells."""
    return _sum([expected_s(plan, series.runs) for plan in _to_come(series)])


def left_s(series: Series, present: Snapshot | None) -> float | None:
    """Seconds until a series is over, its present run included; None where nothing tells.

    Args:
        series: What was asked for, and the runs made so far.
        present: The run that goes on; None between runs.
    """
    plans = _to_come(series)
    if present is None or not plans:
        return series_s(series)
    rest = [expected_s(plan, series.runs) for plan in plans[1:]]
    return _sum([_present_left_s(plans[0], present, series.runs), *rest])


def about(series: Series) -> str:
    """`, about 5 min`: how long all runs of a series take; empty where nothing tells."""
    whole = _sum([expected_s(plan, series.runs) for plan in series.plans])
    return f", about {rough(whole)}" if whole is not None else ""


def rough(value_s: float) -> str:
    """A time as one would say it: `8 s`, `50 s`, `5 min`, `2 h 10 min`."""
    if value_s < 10:
        return f"{max(1, math.ceil(value_s))} s"
    if value_s < 90:
        return f"{5 * round(value_s / 5)} s"
    minutes = round(value_s / 60)
    if minutes < 90:
        return f"{minutes} min"
    return f"{minutes // 60} h {10 * (minutes % 60 // 10)} min"


def _to_come(series: Series) -> Sequence[Plan]:
    """The plans of the runs that have not ended, the present one first."""
    return series.plans[len(series.runs) + series.left_out :]


def _present_left_s(plan: Plan, present: Snapshot, made: Sequence[Snapshot]) -> float | None:
    """Seconds until the present run is over; its second part included, where it has two."""
    whole = expected_s(plan, made)
    if present.time_left_s is None and whole is None:
        return None
    part = whole / 2 if whole is not None and plan.paired else whole or 0.0
    left = present.time_left_s
    if left is None:
        left = max(0.0, part - present.elapsed_s)
    return left + (part if present.is_baseline else 0.0)


def _sum(parts: Sequence[float | None]) -> float | None:
    known = [each for each in parts if each is not None]
    return sum(known) if len(known) == len(parts) else None


def said(value_s: float | None) -> str:
    """`all done in ~5 min`; empty where nothing tells."""
    return f"all done in ~{rough(value_s)}" if value_s is not None else ""
