"""Lines jobs up in time, and finds out what their table does not say: workers, limit, order."""

from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import islice, pairwise
from operator import le

from queue_fairness.dispatch_order import OrderEvidence
from queue_fairness.formatting import numbers
from queue_fairness.judge.jobs import NEVER, Jobs

NS = 1e-9
LIMIT_SHARE = 0.05
"""Share of the starts that reach the most jobs of a tenant at once, from which it is a limit: by
chance the largest number is rare."""
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
    hands = _hands(jobs, by_start, tick)
    sizes = array("q", bytes(8 * len(jobs.tenants.shown)))
    for each in kept:
        sizes[jobs.partition[each]] += 1
    first = started[by_start[0]] if by_start else end
    last_ready = ready[by_ready[-1]] if by_ready else end
    was_waiting = last_ready <= first and window.begin is None
    begin = first if was_waiting else min(first, ready[by_ready[0]] if by_ready else end)
    told = max(workers or 0, hands.workers, 1)
    return LineUp(
        by_ready=by_ready,
        by_start=by_start,
        worker=hands.worker,
        worker_names=hands.names,
        workers=told,
        limit=hands.limit if hands.limit < told else 0,
        weights=_weights(jobs),
        sizes=sizes,
        zero=begin if window.begin is None else window.begin,
        end=end,
        was_waiting=was_waiting,
        mean_service_s=hands.mean_service_s,
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
    known = (
        max((each for each in times if each < NEVER), default=None) for times in (started, finished)
    )
    last = max((each for each in known if each is not None), default=None)
    return (max(jobs.ready, default=0) if last is None else last), []


def _kept(jobs: Jobs, window: Window, end: int) -> tuple[Sequence[int], list[str]]:
    """The jobs in the window that were due by its end."""
    ready, started = jobs.ready, jobs.started
    everyone = range(len(jobs))
    if window == NO_WINDOW and not any(at > end for at in ready):
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
    for tick in TICKS:
        started = all(jobs.started[job] % tick == 0 for job in by_start)
        if started and all(at % tick == 0 for at in jobs.finished if at < NEVER):
            return tick
    return 0


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


@dataclass(slots=True, kw_only=True)
class _Hands:
    """Who did each job."""

    worker: "array[int]"
    names: Sequence[str]
    workers: int
    limit: int
    """The most jobs of one tenant at once, where that looks like a limit; 0 where it does not."""
    mean_service_s: float
    are_nodes: bool
    """Whether one name did several jobs at once."""


def _hands(jobs: Jobs, by_start: Iterable[int], tick: int) -> _Hands:
    """Give each job a worker of its own while it is in service.

    A name that did several jobs at once is a machine with several workers, which are told apart by
    a number. Where there are no names, the worker that has been free with the lowest number works.
    """
    partition, started, finished = jobs.partition, jobs.started, jobs.finished
    named = jobs.worker
    hand = array("i", [-1]) * len(jobs)
    hired: list[tuple[int, int]] = []
    """Of each worker: the number of its name, and which it is of that name."""
    free: dict[int, list[int]] = {}
    of_name: dict[int, int] = {}
    at_work: list[tuple[int, int]] = []
    busy = array("i", bytes(4 * len(jobs.tenants.shown)))
    reached: Counter[int] = Counter()
    service_ns, ended = 0, 0
    for job in by_start:
        at = started[job]
        while at_work and at_work[0][0] <= at:
            _, done = heappop(at_work)
            busy[partition[done]] -= 1
            heappush(free[named[done] if named else -1], hand[done])
        name = named[job] if named else -1
        idle = free.setdefault(name, [])
        if idle:
            hand[job] = heappop(idle)
        else:
            hand[job] = len(hired)
            of_name[name] = of_name.get(name, 0) + 1
            hired.append((name, of_name[name]))
        tenant = partition[job]
        busy[tenant] += 1
        reached[busy[tenant]] += 1
        if finished[job] < NEVER:
            service_ns += finished[job] - at
            ended += 1
        heappush(at_work, (max(at, finished[job] - tick), job))
    return _Hands(
        worker=hand,
        names=_worker_names(jobs, hired, of_name) if named else (),
        workers=len(hired),
        limit=_limit(reached),
        mean_service_s=service_ns * NS / ended if ended else 0.0,
        are_nodes=bool(named) and any(count > 1 for count in of_name.values()),
    )


def _limit(reached: Mapping[int, int]) -> int:
    """Whether tenants were kept from more jobs at once than some number; 0 where nothing tells.

    Args:
        reached: How often a job was taken as its tenant's first at once, second, and so on.
    """
    most = max(reached, default=0)
    often = reached[most] >= LIMIT_SHARE * sum(reached.values()) if most else False
    return most if often else 0


def _worker_names(
    jobs: Jobs, hired: Sequence[tuple[int, int]], of_name: Mapping[int, int]
) -> Sequence[str]:
    shown = jobs.workers.shown
    return tuple(
        f"{shown[name] if name >= 0 else 'unnamed'}{f' #{which}' if of_name[name] > 1 else ''}"
        for name, which in hired
    )


def _workers_fact(told: int, asked: int | None, hands: _Hands) -> str:
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
