"""Processor sharing on the same arrivals: how long everyone would wait under the fair fluid.

At every instant the workers are shared out in proportion to the weights, by water-filling under two
caps: a partition's limit, and that nobody can work on one task twice at once. Within a partition
the oldest tasks go first. Exact and slow: O(partitions with tasks) an event.

Source: Parekh, Gallager, A Generalized Processor Sharing Approach to Flow Control, IEEE/ACM ToN
1(3), 1993; the caps make it max-min fair (Bertsekas, Gallager, Data Networks, 6.5.2).
"""

from collections import deque
from collections.abc import Mapping, Sequence
from math import inf
from typing import NamedTuple

EMPTY = 1e-12
"""Seconds of work that count as none."""


class Job(NamedTuple):
    """A task as the fluid sees it."""

    at: float
    partition: int
    work_s: float


class _Part:
    """What is left of a task."""

    __slots__ = ("index", "left")

    def __init__(self, index: int, left: float) -> None:
        self.index = index
        self.left = left


def finishes(
    jobs: Sequence[Job], workers: int, limit: int = 1, weights: Mapping[int, float] | None = None
) -> list[float]:
    """When each job ends under the fluid, in seconds.

    Args:
        jobs: In order of arrival.
        workers: Servers of speed 1.
        limit: Servers that one partition may have at most; 0 for no limit.
        weights: Fair share per partition; 1 for those not named.
    """
    weights = weights or {}
    cap = limit or inf
    ends = [inf] * len(jobs)
    active: dict[int, deque[_Part]] = {}
    now, following = 0.0, 0
    while active or following < len(jobs):
        rates = shares(
            {p: min(cap, len(parts)) for p, parts in active.items()},
            {p: weights.get(p, 1.0) for p in active},
            workers,
        )
        step = jobs[following].at - now if following < len(jobs) else inf
        for partition, parts in active.items():
            for part, speed in _speeds(parts, rates[partition]):
                step = min(step, part.left / speed)
        step = max(0.0, step)
        now += step
        for partition in list(active):
            parts = active[partition]
            for part, speed in list(_speeds(parts, rates[partition])):
                part.left -= step * speed
                if part.left <= EMPTY:
                    ends[part.index] = now
                    parts.remove(part)
            if not parts:
                del active[partition]
        while following < len(jobs) and jobs[following].at <= now:
            job = jobs[following]
            active.setdefault(job.partition, deque()).append(_Part(following, job.work_s))
            following += 1
    return ends


def shares(
    caps: Mapping[int, float], weights: Mapping[int, float], workers: float
) -> dict[int, float]:
    """Water-filling: rates min(cap, x * weight) that add up to `workers`, or to all caps."""
    left, heft = float(workers), sum(weights[p] for p in caps)
    rates: dict[int, float] = {}
    for partition in sorted(caps, key=lambda p: caps[p] / weights[p]):
        rates[partition] = min(caps[partition], left * weights[partition] / heft)
        left -= rates[partition]
        heft -= weights[partition]
    return rates


def _speeds(parts: deque[_Part], rate: float) -> list[tuple[_Part, float]]:
    served = []
    for part in parts:
        if rate <= EMPTY:
            break
        served.append((part, min(1.0, rate)))
        rate -= 1.0
    return served


def waits(
    jobs: Sequence[Job],
    workers: int,
    limit: int = 1,
    weights: Mapping[int, float] | None = None,
    until_s: float = inf,
) -> list[float]:
    """Each job's time under the fluid beyond its own work, in seconds, as far as `until_s`."""
    ends = finishes(jobs, workers, limit, weights)
    return [
        max(0.0, min(end, until_s) - job.at - job.work_s)
        for job, end in zip(jobs, ends, strict=True)
    ]
