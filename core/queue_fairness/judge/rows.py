"""Rows that are in memory already: one value per job."""

import math
from array import array
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from queue_fairness.errors import TableError
from queue_fairness.judge.fold import judge_jobs
from queue_fairness.judge.jobs import NEVER, Jobs
from queue_fairness.judge.moments import nanoseconds
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.outside import harmless
from queue_fairness.plan import Source


class JobRow(NamedTuple):
    """One job. Times are seconds since 1970 or datetimes; those without a zone count as UTC."""

    tenant: str
    ready: float | datetime
    """From when on it might have been taken."""
    started: float | datetime | None = None
    """When it was taken; None if it still waits."""
    finished: float | datetime | None = None
    """When it ended; None if it is in service."""
    worker: str | None = None
    cost: float | None = None
    """In the user's own unit, >= 0."""
    weight: float | None = None
    """Of its tenant, > 0; None for 1."""


def jobs_of(rows: Iterable[JobRow]) -> Jobs:
    """Rows as columns.

    Raises:
        TableError: A time, a cost or a weight is none, or a job ends before it begins.
    """
    jobs = Jobs()
    for number, row in enumerate(rows, 1):
        where = f"row {number:,}"
        partition = jobs.tenants.number(row.tenant)
        ready = nanoseconds(row.ready, where)
        started = NEVER if row.started is None else nanoseconds(row.started, where)
        finished = NEVER if row.finished is None else nanoseconds(row.finished, where)
        if not ready <= started <= finished:
            raise TableError(f"{where}: a job is ready, then taken, then done; this one is not")
        jobs.partition.append(partition)
        jobs.ready.append(ready)
        jobs.started.append(started)
        jobs.finished.append(finished)
        jobs.worker.append(-1 if row.worker is None else jobs.workers.number(row.worker))
        jobs.cost.append(_checked(row.cost, where, "cost", least=0.0))
        if row.weight is not None:
            jobs.weights[partition] = _checked(row.weight, where, "weight", least=1e-9)
    if not jobs.workers.shown:
        jobs.worker = array("i")
    if all(map(math.isnan, jobs.cost)):
        jobs.cost = array("d")
    return jobs


def _checked(value: float | None, where: str, what: str, least: float) -> float:
    if value is None:
        return math.nan
    if not (math.isfinite(value) and value >= least):
        raise TableError(f"{where}: {value} is no {what}: give a number above 0")
    return value


def judge_rows(
    rows: Iterable[JobRow],
    *,
    name: str = "rows",
    workers: int | None = None,
    fair_by: str = "turns",
) -> Snapshot:
    """Judge jobs that are in memory: the same as of a table, for reports and documents.

    Args:
        rows: In the order in which they were taken, as far as times tie.
        name: What reports call them.
        workers: How many worked; None for as many as their names, or as were busy at once.
        fair_by: What must be shared fairly: `turns`, `time` or `tokens` (their cost).

    Raises:
        TableError: There are none, or one of them is none.
    """
    shown = harmless(name)
    source = Source(name=shown, command=f"queue-fairness-tui judge {shown}")
    return judge_jobs(jobs_of(rows), source, workers=workers, fair_by=fair_by)
