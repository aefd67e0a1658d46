"""Who did each job of a table, how many there were, and whether a limit held them back."""

from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush

from queue_fairness.judge.jobs import Jobs

LIMIT_SHARE = 0.05
"""Share of the starts that reach the most jobs of a tenant at once, from which it is a limit: by
chance the largest number is rare."""


@dataclass(slots=True, kw_only=True)
class Hands:
    """Who did each job."""

    worker: "array[int]"
    starts_and_ends: "array[int]"
    names: Sequence[str]
    workers: int
    limit: int
    """The most jobs of one tenant at once, where that looks like a limit; 0 where it does not."""
    are_nodes: bool
    """Whether one name did several jobs at once."""


def hands_of(jobs: Jobs, by_start: Iterable[int], tick: int, end: int) -> Hands:
    """Give each job a worker of its own while it is in service.

    A name that did several jobs at once is a machine with several workers, which are told apart by
    a number. Where there are no names, the worker that has been free with the lowest number works.
    """
    partition, started, finished = jobs.partition, jobs.started, jobs.finished
    named = jobs.worker
    hand = array("i", [-1]) * len(jobs)
    hired: list[tuple[int, int]] = []
    """Of each worker: the number of its name, and which it is of that name."""
    free: dict[int, list[int]] = {-1: []}
    of_name: dict[int, int] = {}
    at_work: list[tuple[int, int]] = []
    busy, reached = [0] * len(jobs.tenants.shown), [0]
    idle, steps = free[-1], array("i")
    step = steps.append
    for job in by_start:
        at = started[job]
        while at_work and at_work[0][0] <= at:
            done = heappop(at_work)[1]
            step(~done)
            busy[partition[done]] -= 1
            heappush(free[named[done]] if named else idle, hand[done])
        step(job)
        if named:
            idle = free.setdefault(named[job], [])
        hand[job] = heappop(idle) if idle else _hire(named[job] if named else -1, hired, of_name)
        tenant = partition[job]
        now_busy = busy[tenant] = busy[tenant] + 1
        if now_busy == len(reached):
            reached.append(0)
        reached[now_busy] += 1
        until = finished[job] - tick
        heappush(at_work, (until if until > at else at, job))
    while at_work and at_work[0][0] <= end:
        step(~heappop(at_work)[1])
    return Hands(
        worker=hand,
        starts_and_ends=steps,
        names=_worker_names(jobs, hired, of_name) if named else (),
        workers=len(hired),
        limit=_limit(reached),
        are_nodes=bool(named) and any(count > 1 for count in of_name.values()),
    )


def _hire(name: int, hired: list[tuple[int, int]], of_name: dict[int, int]) -> int:
    of_name[name] = of_name.get(name, 0) + 1
    hired.append((name, of_name[name]))
    return len(hired) - 1


def _limit(reached: Sequence[int]) -> int:
    """Whether tenants were kept from more jobs at once than some number; 0 where nothing tells.

    Args:
        reached: How often a job was taken as its tenant's first at once, second, and so on.
    """
    most = len(reached) - 1
    often = reached[most] >= LIMIT_SHARE * sum(reached) if most else False
    return most if often else 0


def _worker_names(
    jobs: Jobs, hired: Sequence[tuple[int, int]], of_name: Mapping[int, int]
) -> Sequence[str]:
    shown = jobs.workers.shown
    return tuple(
        f"{shown[name] if name >= 0 else 'unnamed'}{f' #{which}' if of_name[name] > 1 else ''}"
        for name, which in hired
    )
