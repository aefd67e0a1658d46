"""What is said of a run that goes on: the line of progress without a screen, and its parts.

The first frame of the screen waits for this file, so it knows no builder of reports.
"""

import math

from queue_fairness.analysis.backlog import backlog, forecast
from queue_fairness.analysis.summary import WORK_BOUND
from queue_fairness.fairness.assessment import FairnessAssessment
from queue_fairness.formatting import numbers
from queue_fairness.metrics.snapshot import Phase, Snapshot


def progress_line(snapshot: Snapshot) -> str:
    """How far a run is, and the verdict so far."""
    # First, as a terminal shows the beginning.
    return " · ".join([*filter(None, (silence(snapshot),)), *_where_it_is(snapshot)])


def silence(snapshot: Snapshot) -> str | None:
    """That the server does not answer, and for how long; None where it does."""
    if snapshot.silent_s is None:
        return None
    return f"Redis has not answered for {snapshot.silent_s:.0f} s"


def verdict_so_far(assessment: FairnessAssessment) -> str:
    """The verdict in mid-run: what is missing for one, or the word so far."""
    verdict = assessment.verdict
    return verdict.collecting or f"{verdict.word.glyph} {verdict.title} so far"


def bound_share(snapshot: Snapshot) -> str:
    """What limits the rate; where it is the work, the rate says nothing about the queue."""
    if snapshot.plan.observed is not None:
        return ""
    seen, bound = snapshot.throughput_per_s, snapshot.plan.bound_per_s
    if seen is None or math.isinf(bound):
        return "no work to be bound by" if seen is not None else ""
    share = numbers.percent(seen / bound)
    return f"work-bound {share}" if seen > WORK_BOUND * bound else f"{share} of the work's bound"


def _where_it_is(snapshot: Snapshot) -> list[str]:
    plan = snapshot.plan
    if snapshot.phase is Phase.STARTING:
        return ["starting Redis"]
    if snapshot.phase is Phase.ENQUEUEING:
        return [f"enqueueing {snapshot.enqueued:,} of {sum(plan.sizes_at_start()):,}"]
    parts = [
        *filter(None, (snapshot.pair_label,)),
        f"{snapshot.phase.value} {snapshot.completed:,} of {snapshot.tasks_in_all:,}",
        numbers.percent(snapshot.progress),
        numbers.rate(snapshot.rate_per_s),
        f"{numbers.seconds(snapshot.elapsed_s)}",
    ]
    if snapshot.time_left_s is not None:
        parts.append(f"left ~{numbers.seconds(snapshot.time_left_s)}")
    if snapshot.phase is Phase.SERVING:
        parts.append(f"backlog {backlog(snapshot):,} {forecast(snapshot)}".rstrip())
    if snapshot.assessment is not None:
        parts.append(verdict_so_far(snapshot.assessment))
    return parts
