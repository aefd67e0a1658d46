"""Lines jobs up in time, and finds out what their table does not say: workers, limit, order."""

from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from math import gcd
from operator import le

from queue_fairness.dispatch_order import OrderEvidence
from queue_fairness.formatting import numbers
from queue_fairness.judge.hands import Hands, hands_of
from queue_fairness.judge.jobs import NEVER, Jobs

NS = 1e-9
AT_ONCE = 8192
"""Times of which the common divisor is taken at once."""
TICKS = (10**9, 10**6, 10**3)
"""What clocks count, in ns: s, ms and us."""


@dataclass(frozen=True, slots=True)
class Window:
    """From when to when is looked, ns since 1970; what waited at its start is its backlog."""

    begin: int | None = None
    end: int | None = None


NO_WINDOW = Window()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LineUp:
    """Jobs in the order of time."""

    by_ready: Sequence[int]
    """Every job, by when it was ready."""
    by_start: Sequence[int]
    """Those that were taken, by when."""
    worker: Sequence[int]
    """Who did each job, by job."""
    starts_and_ends: Sequence[int]
    """In their order: a job that is taken by its number, one that ends by its complement."""
    worker_names: Sequence[str]
    """By number; empty where nobody told them."""
    workers: int
    limit: int
    """The most jobs of one tenant that were in service at once; 0 where that was no limit."""
    weights: Mapping[int, float]
    """Those that are not 1, the least being 1."""
    sizes: Sequence[int]
    """Jobs of each tenant."""
    zero: int
    """The instant from which time counts, ns."""
    end: int
    """The last instant, ns."""
    was_waiting: bool
    """Whether every job waited before the first was taken."""
    mean_service_s: float
    """Of the jobs that ended; 0 without any."""
    tick: int
    """What the clock of the times counts, ns: an end is taken to come before a start that is
    earlier by no more than that, for both may have been rounded."""
    order: OrderEvidence
    facts: Sequence[tuple[str, str]]
    notes: Sequence[str]

    @property
    def elapsed_s(self) -> float:
        """How long it took, seconds."""
        return (self.end - self.zero) * NS


def line_up(jobs: Jobs, workers: int | None, window: Window = NO_WINDOW) -> LineUp:
    """Sort jobs, and look at who did what; O(n log n), and O(n) where they are sorted already.

    Args:
        jobs: Changed: what lies behind the window counts as not having happened.
        workers: How many there were, at least; None for as many as are seen.
        window: What to look at.
    """
    end, notes = _cut(jobs, window)
    kept, left_out = _kept(jobs, window, end)
    notes += left_out
    ready, started = jobs.ready, jobs.started
    by_ready = _sorted(kept, ready)
    taken = (
        kept if not _has(jobs.started, NEVER) else [each for each in kept if started[each] < NEVER]
    )
    by_start = _sorted(taken, started)
    tick = _tick(jobs, by_start)
    hands = hands_of(jobs, by_start, tick, end)
    sizes = array("q", bytes(8 * len(jobs.tenants.shown)))
    for tenant, count in Counter(_of(jobs.partition, kept)).items():
        sizes[tenant] = count
    first = started[by_start[0]] if by_start else end
    last_ready = ready[by_ready[-1]] if by_ready else end
    was_waiting = last_ready <= first and window.begin is None
    begin = first if was_waiting else min(first, ready[by_ready[0]] if by_ready else end)
    told = max(workers or 0, hands.workers, 1)
    return LineUp(
        by_ready=by_ready,
        by_start=by_start,
        worker=hands.worker,
        starts_and_ends=hands.starts_and_ends,
        worker_names=hands.names,
        workers=told,
        limit=hands.limit if hands.limit < told else 0,
        weights=_weights(jobs),
        sizes=sizes,
        zero=begin if window.begin is None else window.begin,
        end=end,
        was_waiting=was_waiting,
        mean_service_s=_mean_service_s(jobs, by_start),
        tick=tick,
        order=_order(jobs, by_start, taken is kept and isinstance(by_start, range)),
        facts=(("workers", _workers_fact(told, workers, hands)),),
        notes=tuple(notes),
    )


def _cut(jobs: Jobs, window: Window) -> tuple[int, list[str]]:
    """The last instant; what happened behind the window is undone."""
    started, finished = jobs.started, jobs.finished
    if window.end is not None:
        for job in range(len(jobs)):
            if started[job] >= window.end:
                started[job] = finished[job] = NEVER
            elif finished[job] >= window.end:
                finished[job] = NEVER
        return window.end, []
    known = [max(_known(times), default=None) for times in (started, finished)]
    last = max((each for each in known if each is not None), default=None)
    return (max(jobs.ready, default=0) if last is None else last), []


def _kept(jobs: Jobs, window: Window, end: int) -> tuple[Sequence[int], list[str]]:
    """The jobs in the window that were due by its end."""
    ready, started = jobs.ready, jobs.started
    everyone = range(len(jobs))
    if window == NO_WINDOW and max(ready, default=end) <= end:
        return everyone, []
    begin = window.begin if window.begin is not None else -NEVER
    kept = [each for each in everyone if ready[each] <= end and started[each] >= begin]
    before = sum(started[each] < begin for each in everyone)
    later = len(jobs) - len(kept) - before
    notes = []
    if before:
        notes.append(f"{numbers.plural(before, 'job')} taken before the window: left out.")
    if later > 0:
        notes.append(f"{numbers.plural(later, 'job')} not due before the end: left out.")
    return kept, notes


def _tick(jobs: Jobs, by_start: Sequence[int]) -> int:
    """The largest unit of time of which all starts and ends are multiples, ns."""
    common = 0
    for times in (_of(jobs.started, by_start), _known(jobs.finished)):
        for begin in range(0, len(times), AT_ONCE):
            common = gcd(common, *times[begin : begin + AT_ONCE])
    return next((tick for tick in TICKS if common % tick == 0), 0)


def _mean_service_s(jobs: Jobs, by_start: Sequence[int]) -> float:
    """Of the jobs that ended; 0 without any."""
    started, finished = _of(jobs.started, by_start), _of(jobs.finished, by_start)
    if max(finished, default=0) < NEVER:
        service_ns, ended = sum(finished) - sum(started), len(finished)
    else:
        pairs = zip(started, finished, strict=True)
        services = [until - since for since, until in pairs if until < NEVER]
        service_ns, ended = sum(services), len(services)
    return service_ns * NS / ended if ended else 0.0


def _of(values: "array[int]", jobs: Sequence[int]) -> Sequence[int]:
    """The values of some jobs."""
    if isinstance(jobs, range) and len(jobs) == len(values):
        return values
    return array(values.typecode, map(values.__getitem__, jobs))


def _known(times: "array[int]") -> Sequence[int]:
    """Those that have come."""
    if max(times, default=0) < NEVER:
        return times
    return array("q", [each for each in times if each < NEVER])


def _has(values: "array[int]", value: int) -> bool:
    try:
        values.index(value)
    except ValueError:
        return False
    return True


def _sorted(jobs: Sequence[int], times: "array[int]") -> Sequence[int]:
    """Jobs by their time, ties as they come."""
    if isinstance(jobs, range):
        if all(map(le, times, islice(times, 1, None))):
            return jobs
    elif all(times[one] <= times[other] for one, other in pairwise(jobs)):
        return jobs
    return array("i", sorted(jobs, key=times.__getitem__))


def _workers_fact(told: int, asked: int | None, hands: Hands) -> str:
    if asked is not None and told == asked:
        return f"{told:,}, as told"
    if hands.are_nodes:
        return f"{told:,}: as many as each name had at work at once"
    return f"{told:,}, by their names" if hands.names else f"{told:,}: as many as were busy at once"


def _weights(jobs: Jobs) -> Mapping[int, float]:
    """The weights that are not 1; the least counts as 1."""
    if not jobs.weights:
        return {}
    least = min(jobs.weights.values())
    if len(jobs.weights) < len(jobs.tenants.shown):
        least = min(least, 1.0)
    everyone = range(len(jobs.tenants.shown))
    shares = {each: jobs.weights.get(each, 1.0) / least for each in everyone}
    return {each: share for each, share in shares.items() if share != 1}


def _order(jobs: Jobs, by_start: Sequence[int], is_sorted: bool) -> OrderEvidence:
    """How well the order of starts is known.

    A table that is sorted by its starts is taken to be in their order where times tie. In any
    other, jobs of several tenants that were taken at the same instant may have been in any order.
    """
    if is_sorted or not by_start:
        return OrderEvidence(
            kind="start time", error_rounds=0.0, unknown=0, dispatches=len(by_start)
        )
    started, tenants = jobs.started, sum(1 for _ in jobs.tenants.shown)
    most = run = 1
    for one, other in pairwise(by_start):
        run = run + 1 if started[one] == started[other] else 1
        most = max(most, run)
    return OrderEvidence(
        kind="start time",
        error_rounds=(most - 1) / max(1, tenants),
        unknown=0,
        dispatches=len(by_start),
    )
