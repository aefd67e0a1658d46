"""What a run's final picture says, as numbers: each beside the value that round robin would have.

The latter are of a drain alone, and over as many dispatches as the run has had, so that one that
was stopped is not held against a whole one. None where they are not known.

Pure functions of a `Snapshot`. The ideal values follow from three facts of a drain at a constant
rate: round robin serves the partition of rank k after k dispatches, each later task of it P
dispatches after the one before, and a dispatch takes elapsed / dispatches seconds.
"""

import math
from dataclasses import dataclass
from functools import lru_cache

from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.metrics.statistics import moments, quantile

WORK_BOUND = 0.95
"""Share of workers / work duration from which the work alone limits the rate."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
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
    first_pickup_s: Distribution
    """Over the partitions that were served: when the first task of each was picked up."""
    first_pickup_ideal_s: Distribution
    first_pickup_share_mean: float | None
    """Mean over those partitions of: dispatches before the first pickup / all tasks."""
    first_pickup_share_max: float | None
    first_pickup_share_ideal_mean: float | None
    first_pickup_share_ideal_max: float | None
    partition_wait_s: Distribution
    """Over the served partitions: the average wait of each one's tasks."""
    partition_wait_ideal_s: Distribution
    starved_by_median_rule: int
    """Partitions whose first pickup came later than twice the median: the original's rule."""
    wait_ideal_s: Distribution
    """Of the waits of all tasks: in a drain they are the same for every order of service."""
    wait_ideal_p95_s: float | None
    wait_ideal_p99_s: float | None


NOTHING_KNOWN = Distribution(
    mean=None, median=None, stdev=None, minimum=None, maximum=None, spread=None
)


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
    tasks = snapshot.tasks_in_all or 1
    ideal = _by_turns(snapshot, tick_s)
    last = ideal.first_pickup_s.maximum
    last_index = min(plan.partitions, snapshot.picked_up) - 1 if last is not None else None
    return Summary(
        worker_ideal=snapshot.completed / plan.workers,
        worker_stdev=worker_seen.stdev,
        first_pickup_s=Distribution(
            mean=first_seen.mean,
            median=first_median,
            stdev=first_seen.stdev,
            minimum=first_seen.minimum,
            maximum=first_seen.maximum,
            spread=first_seen.spread,
        ),
        first_pickup_ideal_s=ideal.first_pickup_s,
        first_pickup_share_mean=_share(index_seen.mean, tasks),
        first_pickup_share_max=_share(index_seen.maximum, tasks),
        first_pickup_share_ideal_mean=_share(last_index, 2 * tasks),
        first_pickup_share_ideal_max=_share(last_index, tasks),
        partition_wait_s=Distribution(
            mean=average_seen.mean,
            median=quantile(averages, 0.5),
            stdev=average_seen.stdev,
            minimum=average_seen.minimum,
            maximum=average_seen.maximum,
            spread=average_seen.spread,
        ),
        partition_wait_ideal_s=ideal.partition_wait_s,
        starved_by_median_rule=sum(at > 2 * first_median for at in first)
        if first_median is not None
        else 0,
        wait_ideal_s=ideal.wait_s,
        wait_ideal_p95_s=_times(0.95, ideal.wait_s.maximum),
        wait_ideal_p99_s=_times(0.99, ideal.wait_s.maximum),
    )


def is_cost_known(snapshot: Snapshot) -> bool:
    """Whether the totals of `price` were counted; a user's own queue does not tell what it sends.

    No poll can do without any round trip, so none at all means that none was counted.
    """
    return snapshot.dequeue_cost.round_trips > 0


@dataclass(frozen=True, slots=True)
class _Turns:
    """What round robin would have."""

    first_pickup_s: Distribution
    partition_wait_s: Distribution
    wait_s: Distribution


def _by_turns(snapshot: Snapshot, tick_s: float) -> _Turns:
    """Round robin over the same dispatches; nothing is known where tasks come in mid-run."""
    plan, dispatches = snapshot.plan, snapshot.picked_up
    if not plan.is_full_at_start or plan.failure_rate or not dispatches:
        return _Turns(NOTHING_KNOWN, NOTHING_KNOWN, NOTHING_KNOWN)
    is_equal = plan.sizes == "equal"
    return _Turns(
        _evenly_spaced(min(plan.partitions, dispatches), tick_s),
        _averages(plan.partitions, dispatches, tick_s) if is_equal else NOTHING_KNOWN,
        _evenly_spaced(dispatches, tick_s),
    )


def _averages(partitions: int, dispatches: int, tick_s: float) -> Distribution:
    """The average wait of each partition's tasks: those early in the turn may have one more."""
    rounds, rest = divmod(dispatches, partitions)
    values = sorted(
        (rank + (served - 1) / 2 * partitions) * tick_s
        for rank in range(min(partitions, dispatches))
        for served in (rounds + (rank < rest),)
    )
    seen = moments(values)
    return Distribution(
        mean=seen.mean,
        median=quantile(values, 0.5),
        stdev=seen.stdev,
        minimum=seen.minimum,
        maximum=seen.maximum,
        spread=seen.spread,
    )


def _times(factor: float, value: float | None) -> float | None:
    return factor * value if value is not None else None


def _evenly_spaced(count: int, step: float) -> Distribution:
    """The moments of 0, step, 2 step, ... (count values)."""
    last = (count - 1) * step
    return Distribution(
        mean=last / 2,
        median=last / 2,
        stdev=step * math.sqrt(count * (count + 1) / 12) if count > 1 else None,
        minimum=0.0,
        maximum=last,
        spread=last,
    )


def _share(value: float | None, of: int) -> float | None:
    return value / of if value is not None else None
