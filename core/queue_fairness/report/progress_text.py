"""The line of progress that a run without a screen shows."""

from queue_fairness.analysis.backlog import backlog, forecast
from queue_fairness.formatting import numbers
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.report import run_report


def progress_line(snapshot: Snapshot) -> str:
    """How far a run is, and the verdict so far."""
    # First, as a terminal shows the beginning.
    return " · ".join([*filter(None, (silence(snapshot),)), *_where_it_is(snapshot)])


def silence(snapshot: Snapshot) -> str | None:
    """That the server does not answer, and for how long; None where it does."""
    if snapshot.silent_s is None:
        return None
    return f"Redis has not answered for {snapshot.silent_s:.0f} s"


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
        parts.append(run_report.verdict_so_far(snapshot.assessment))
    return parts
