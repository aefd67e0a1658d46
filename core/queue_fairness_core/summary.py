"""What a run's final picture says, as numbers: each beside the value that round robin would have.

The latter hold for a drain of equal partitions alone.

Pure functions of a `Snapshot`. The ideal values follow from three facts of a drain at a constant
rate: round robin serves the partition of rank k after k dispatches, each later task of it P
dispatches after the one before, and a dispatch takes elapsed / dispatches seconds.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

from queue_fairness_core.snapshot import Snapshot
from queue_fairness_core.stats import moments, quantile


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Moments of one quantity; None where there are too few values."""

    mean: float | None
    median: float | None
    stdev: float | None
    minimum: float | None
    maximum: float | None
    spread: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The numbers of a run beside round robin's."""

    worker_ideal: float
    """Tasks per worker if all did the same number."""
    worker_stdev: float | None
    """Sample standard deviation of the tasks per worker."""
    first_pickup_s: Spread
    """Over the partitions that were served: when the first task of each was picked up."""
    first_pickup_ideal_s: Spread
    first_pickup_share_mean: float | None
    """Mean over those partitions of: dispatches before the first pickup / all tasks."""
    first_pickup_share_max: float | None
    first_pickup_share_ideal_mean: float
    first_pickup_share_ideal_max: float
    partition_wait_s: Spread
    """Over the served partitions: the average wait of each one's tasks."""
    partition_wait_ideal_s: Spread
    starved_by_median_rule: int
    """Partitions whose first pickup came later than twice the median: the original's rule."""
    wait_ideal_s: Spread
    """Of the waits of all tasks: in a drain they are the same for every order of service."""
    wait_ideal_p95_s: float
    wait_ideal_p99_s: float


@lru_cache(maxsize=1)
def summarize(snapshot: Snapshot) -> Summary:
    """Work out the numbers of a run. O(P log P)."""
    plan = snapshot.plan
    first = snapshot.first_pickup_s
    first_seen = moments(first)
    first_median = quantile(first, 0.5)
    averages = sorted(
        total / served
        for total, served in zip(snapshot.wait_sum_by_rank, snapshot.served_by_rank, strict=True)
    )
    average_seen = moments(averages)
    index_seen = moments(snapshot.first_pickup_index)
    worker_seen = moments(snapshot.workers)
    tick_s = snapshot.elapsed_s / snapshot.picked_up if snapshot.picked_up else 0.0
    turns = _evenly_spaced(plan.partitions, tick_s)
    tasks = plan.total_tasks or snapshot.arrived or 1
    middle_s = (plan.tasks_per_partition - 1) / 2 * plan.partitions * tick_s
    return Summary(
        worker_ideal=snapshot.completed / plan.workers,
        worker_stdev=worker_seen.stdev,
        first_pickup_s=Spread(
            mean=first_seen.mean,
            median=first_median,
            stdev=first_seen.stdev,
            minimum=first_seen.minimum,
            maximum=first_seen.maximum,
            spread=first_seen.spread,
        ),
        first_pickup_ideal_s=turns,
        first_pickup_share_mean=_share(index_seen.mean, tasks),
        first_pickup_share_max=_share(index_seen.maximum, tasks),
        first_pickup_share_ideal_mean=(plan.partitions - 1) / 2 / tasks,
        first_pickup_share_ideal_max=(plan.partitions - 1) / tasks,
        partition_wait_s=Spread(
            mean=average_seen.mean,
            median=quantile(averages, 0.5),
            stdev=average_seen.stdev,
            minimum=average_seen.minimum,
            maximum=average_seen.maximum,
            spread=average_seen.spread,
        ),
        partition_wait_ideal_s=_shifted(turns, middle_s),
        starved_by_median_rule=sum(at > 2 * first_median for at in first)
        if first_median is not None
        else 0,
        wait_ideal_s=_evenly_spaced(tasks, tick_s),
        wait_ideal_p95_s=0.95 * (tasks - 1) * tick_s,
        wait_ideal_p99_s=0.99 * (tasks - 1) * tick_s,
    )


def _evenly_spaced(count: int, step: float) -> Spread:
    """The moments of 0, step, 2 step, ... (count values)."""
    last = (count - 1) * step
    return Spread(
        mean=last / 2,
        median=last / 2,
        stdev=step * math.sqrt(count * (count + 1) / 12) if count > 1 else None,
        minimum=0.0,
        maximum=last,
        spread=last,
    )


def _shifted(spread: Spread, by: float) -> Spread:
    def moved(value: float | None) -> float | None:
        return value + by if value is not None else None

    return Spread(
        mean=moved(spread.mean),
        median=moved(spread.median),
        stdev=spread.stdev,
        minimum=moved(spread.minimum),
        maximum=moved(spread.maximum),
        spread=spread.spread,
    )


def _share(value: float | None, of: int) -> float | None:
    return value / of if value is not None else None
