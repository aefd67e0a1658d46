"""From jobs to a verdict: their arrivals, starts and ends in the order of time, folded as a run's.

```
ready    ──sorted──┐
started  ──sorted──┼──► steps in order ──► columns, in two halves ──► fold, counters ──► Snapshot
finished ──heap────┘
```

At one instant tasks arrive first, then others end, then some are taken, these in the order of the
table. Nobody polls here and no command is sent: what only our own workers know stays unknown.
"""

import dataclasses
from collections.abc import Callable

from queue_fairness.errors import TableError
from queue_fairness.fairness.past import Past
from queue_fairness.judge.halves import fold_past
from queue_fairness.judge.jobs import Jobs
from queue_fairness.judge.line_up import NO_WINDOW, LineUp, Window, line_up
from queue_fairness.metrics.assessor import assess
from queue_fairness.metrics.counters import Counters
from queue_fairness.metrics.phase import Phase
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.plan import Source
from queue_fairness.plan.observed import ObservedPlan
from queue_fairness.trace.picture import Known, picture

Progress = Callable[[float], None]
"""Told the share of the work that is behind, 0 to 1; may raise to give up."""


def judge_jobs(
    jobs: Jobs,
    source: Source,
    *,
    window: Window = NO_WINDOW,
    workers: int | None = None,
    fair_by: str = "turns",
    progress: Progress = lambda _: None,
    alone: bool = True,
) -> Snapshot:
    """Fold and judge jobs.

    Args:
        jobs: In the order in which they were taken, as far as times tie. Changed where a window
            cuts them.
        source: What they were read from.
        window: What to look at.
        workers: How many worked; None for as many as there are names, or as were busy at once.
        fair_by: What must be shared fairly: `turns`, `time` or `tokens`.
        progress: Told how far it is.
        alone: Whether no second process is to be started, which makes large tables quicker.

    Raises:
        TableError: There are no jobs, or none in the window.
    """
    lined = line_up(jobs, workers, window)
    if not any(lined.sizes):
        raise TableError(f"{source.name}: no job in it: give a file with rows, or another window")
    plan = _plan(jobs, lined, source, fair_by)
    counters, fold = fold_past(_past(jobs, lined), plan, progress, alone=alone)
    snapshot = picture(plan, counters, _known(plan, lined, counters), lined.order)
    return dataclasses.replace(snapshot, assessment=assess(fold, snapshot))


def _past(jobs: Jobs, lined: LineUp) -> Past:
    return Past(
        partitions=len(lined.sizes),
        workers=lined.workers,
        partition=jobs.partition,
        worker=lined.worker,
        ready=jobs.ready,
        started=jobs.started,
        finished=jobs.finished,
        by_ready=lined.by_ready,
        starts_and_ends=lined.starts_and_ends,
        zero=lined.zero,
        tick=lined.tick,
        limit=lined.limit,
        weights=lined.weights,
        cost=jobs.cost,
    )


def _plan(jobs: Jobs, lined: LineUp, source: Source, fair_by: str) -> ObservedPlan:
    knows = bool(lined.worker_names)
    tenants = len(lined.sizes)
    facts = (*source.facts, *lined.facts)
    notes = (*source.notes, *lined.notes)
    return ObservedPlan(
        source=dataclasses.replace(source, knows_workers=knows, facts=facts, notes=notes),
        names=jobs.tenants.shown,
        worker_names=lined.worker_names,
        sizes_seen=lined.sizes,
        was_waiting=lined.was_waiting,
        strategy=source.name,
        partitions=tenants,
        tasks_per_partition=max(1, round(sum(lined.sizes) / tenants)),
        workers=lined.workers,
        work_duration=lined.mean_service_s,
        duration=lined.elapsed_s or 1.0,
        concurrency_limit=lined.limit,
        weights="declared" if lined.weights else "equal",
        fair_by=fair_by,
    )


def _known(plan: ObservedPlan, lined: LineUp, counters: Counters) -> Known:
    is_over = plan.is_drain and counters.completed == plan.total_tasks
    return Known(
        phase=Phase.DRAINED if is_over else Phase.ENDED,
        elapsed_s=lined.elapsed_s,
        enqueued=counters.arrived,
        left=counters.arrived - counters.picked_up,
        lost=None,
        cut_short=counters.in_flight,
    )
