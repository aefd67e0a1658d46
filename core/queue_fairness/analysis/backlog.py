"""Where the backlog goes, in words: `clears in 40 s`, `grows 12/s, will not drain`, `steady`."""

import math

from queue_fairness.formatting import numbers
from queue_fairness.metrics.snapshot import Snapshot

WINDOW_S = 4.0
"""How far back the trend looks."""
SIGMAS = 2.0
"""A trend within so many standard deviations of the arrivals' own noise is none."""


def backlog(snapshot: Snapshot) -> int:
    """Tasks that have arrived and nobody has taken."""
    return snapshot.left or 0


def trend_per_s(snapshot: Snapshot) -> float | None:
    """How fast the backlog grows, in tasks/s; negative where it shrinks, None while unknown."""
    timeline = snapshot.timeline
    steps = min(len(timeline.arrived) - 1, max(1, round(WINDOW_S / timeline.step_s)))
    if steps < 2:
        return None
    # The last step is not over yet.
    came = sum(timeline.arrived[-steps - 1 : -1])
    went = sum(timeline.picked_up[-steps - 1 : -1])
    return (came - went) / (steps * timeline.step_s)


def forecast(snapshot: Snapshot) -> str:
    """What becomes of the backlog if all goes on as it does; empty while that is unknown.

    Of a run that is over: what became of it at last.
    """
    trend = trend_per_s(snapshot)
    waiting = backlog(snapshot)
    if trend is None:
        return ""
    noise = SIGMAS * math.sqrt(max(1.0, snapshot.arrival_rate_per_s or 0.0) / WINDOW_S)
    if abs(trend) <= noise:
        return "steady" if waiting else "no backlog"
    if snapshot.phase.is_final:
        return f"{'grew' if trend > 0 else 'shrank'} {numbers.digits(abs(trend), 2)}/s"
    if trend > 0:
        return f"grows {numbers.digits(trend, 2)}/s, will not drain"
    return f"clears in {numbers.seconds(waiting / -trend)}" if waiting else "no backlog"
