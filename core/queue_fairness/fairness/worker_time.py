"""Worker time: what each partition receives of the workers' time, against its due.

    due rate of a partition   r = weight * busy workers / weight of the active partitions
    service lag            integral of r, less the worker time received, since it became active

*Active* is a partition that has tasks waiting or in service; what is in service accrues as it goes.
This is the fluid of generalized processor sharing (Parekh and Gallager 1993) over the workers that
are busy, and its lag is that of EEVDF and of Golestani's relative fairness; Kubernetes' API
priority and fairness counts seat-seconds, the virtual token counter tokens (arXiv 2401.00588).

Over a stretch between two events of its own a partition is never due more than its concurrency
limit lets it have: who has its lock, or waits beside it for a moment, is owed nothing that the lock
forbids. Who becomes inactive takes no claim with it; who was ahead remains so. Who becomes inactive
counts as active for as many dispatches more as there are active partitions: at the end of a drain,
where all have their last turns, the last of 1,000 would else be short of 7.5 tasks by strict turns.

Unit: seconds of worker time, and share of the due. Ideal: a lag of one task or two, and 100 % of
the due for everyone; strict turns give a partition whose tasks take k times as long k times as
much.
"""

from collections import deque
from dataclasses import dataclass, replace
from math import inf, sqrt

from queue_fairness.fairness.partition import Partition
from queue_fairness.fairness.sorted_chunks import SortedChunks

_ROUNDING = 1e-8
"""Seconds. A survey in parts adds up in another order than one in one go, and must see the same:
where two are equal but for rounding it is the partition that became known first."""
ROUNDING = 1e-9
"""Part of a sum that is left of nothing."""
LEAST_DUE = 3.0
"""Tasks of mean length that must have been due to a partition for its share to mean anything."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class WorkerTime:
    """What partitions got of the workers' time, or of any other cost of tasks."""

    least: float | None
    """The smallest share of its due that a partition received; None where nothing was due."""
    median: float | None
    most: float | None
    largest: float | None
    """The largest share of all that was received; None before any."""
    largest_partition: int | None
    largest_due: float | None
    """The share of all that was due to that partition."""
    lag_max: float
    """The most that any partition was ever short of: seconds, or the unit of the cost."""
    lag_partition: int | None
    lag_share: float | None
    """The same as a share of what was due to it by then; None without a lag."""
    lag_tasks: float | None
    """The same in tasks of mean cost; None before a task has ended."""
    lag_by_chance: float | None
    """The lag that the scatter of the tasks' costs makes by itself: four standard deviations of
    the cost of as many tasks as the partition had done; None before a task has ended."""
    lag_by_turns: float | None
    """The lag that uneven turns make by chance: the same of the tasks that were due, where a round
    is as uneven as it was seen to be, up to random choice; None before a task has ended."""


@dataclass(slots=True)
class LagPeak:
    """The largest lag so far, and how things stood then."""

    lag: float = 0.0
    partition: int | None = None
    due: float = 0.0
    served: int = 0

    def note(self, partition: Partition, lag: float) -> None:
        """A lag that is larger than any before."""
        self.lag = lag
        self.partition = partition.index
        # An end that is told late takes back some of what fell due since.
        self.due = max(0.0, partition.entitled_s - partition.lag_from)
        self.served = partition.served


class WorkerTimeFold:
    """The lag of every partition, O(1) per event.

    Args:
        limit: Most tasks of one partition in service at once; infinite for no limit.
    """

    __slots__ = (
        "_active",
        "_active_weight",
        "_busy_s",
        "_leaving",
        "_limit",
        "_share",
        "_squares",
        "_sum",
        "began",
        "ended",
        "peak",
    )

    def __init__(self, limit: float = inf) -> None:
        self._limit = limit
        self._active_weight = 0.0
        """With those that became inactive a moment ago."""
        self._active = 0
        self._leaving: deque[tuple[int, Partition]] = deque()
        """Those, each with the dispatch at which it ceases to count."""
        self._share = 0.0
        """Worker time due to a unit of weight so far."""
        self._busy_s = 0.0
        """Worker time that is in it."""
        self.began: dict[int, float] = {}
        """By worker: when it began with the task in hand."""
        self.peak = LagPeak()
        self.ended = 0
        """Tasks whose work has ended."""
        self._sum = 0.0
        self._squares = 0.0

    def share(self, busy_s: float) -> float:
        """The clock of shares, once the workers have been busy for so long in all."""
        if self._active_weight > 0:
            self._share += (busy_s - self._busy_s) / self._active_weight
        self._busy_s = busy_s
        return self._share

    def begin(self, partition: Partition, at: float, busy_s: float) -> None:
        """The partition becomes active."""
        partition.settled_share = self.share(busy_s)
        partition.settled_at = at
        partition.received_s = partition.service_s
        partition.lag_from = partition.entitled_s
        self._active += 1
        if partition.counts_until < 0:
            self._active_weight += partition.weight
        partition.counts_until = 0

    def settle(self, partition: Partition, at: float, busy_s: float) -> None:
        """Bring an active partition up to date, before the number of its tasks in service changes.

        At every fourth pickup of its own, its first included: a lag that matters is one of many
        tasks.
        """
        share = self.share(busy_s)
        due = (share - partition.settled_share) * partition.weight
        if self._limit != inf:
            most = self._limit * (at - partition.settled_at)
            if due > most:
                due = most if most > 0 else 0.0
        received = partition.service_s + partition.working * at
        lag = partition.lag_s + due - received + partition.received_s
        partition.entitled_s += due
        partition.lag_s = lag
        partition.received_s = received
        partition.settled_at = at
        partition.settled_share = share
        if lag > self.peak.lag:
            self.peak.note(partition, lag)

    def finish(self, worker: int, at: float) -> None:
        """The work on the task in hand has ended, well or not."""
        self.count(at - self.began.pop(worker, at))

    def count(self, took: float) -> None:
        """Count a task that has ended, and the seconds of work that it took."""
        self.ended += 1
        self._sum += took
        self._squares += took * took

    def forget(self, dispatches: int, busy_s: float) -> None:
        """Stop counting partitions that became inactive long enough ago."""
        leaving = self._leaving
        while leaving:
            until, partition = leaving[0]
            is_back = partition.counts_until != until
            if until > dispatches and not is_back:
                break
            leaving.popleft()
            if not is_back:
                self.share(busy_s)
                partition.counts_until = -1
                left = self._active_weight - partition.weight
                self._active_weight = max(0.0, left) if self._active or leaving else 0.0

    def leave(self, partition: Partition, dispatches: int, busy_s: float) -> None:
        """The partition has nothing waiting and nothing in service any more."""
        due = (self.share(busy_s) - partition.settled_share) * partition.weight
        # What it did not ask for is not due; what it has received is.
        received = partition.service_s - partition.received_s
        due = min(due, received)
        partition.entitled_s += due
        partition.received_s = partition.service_s
        partition.lag_s = min(partition.lag_s + due - received, 0.0)
        partition.settled_at = -1.0
        self._active -= 1
        partition.counts_until = max(1, dispatches + self._active)
        self._leaving.append((partition.counts_until, partition))

    def instant(self, busy_s: float, at: float) -> "TimeInstant":
        """The state at this instant, except for what is read from each partition."""
        return TimeInstant(
            at=at,
            share=self.share(busy_s),
            limit=self._limit,
            ended=self.ended,
            mean=self._sum / self.ended if self.ended else 0.0,
            squares=self._squares,
            peak=replace(self.peak),
        )


def spare_squares(squares: float, between: float) -> float:
    """Sum of squares within partitions: of all, less those between; 0 if only rounding is left."""
    spare = squares - between
    return spare if spare > ROUNDING * squares else 0.0


def by_chance(scatter: float, tasks: int) -> float:
    """Lag that chance hardly ever exceeds: 4 standard deviations of the cost of so many tasks."""
    return 4 * sqrt(scatter * max(1, tasks))


def by_turns(dispersion: float | None, due: float, mean: float) -> float:
    """Lag that uneven turns explain: 4 standard deviations of the tasks due, times their cost."""
    return 4 * sqrt(min(1.0, dispersion or 0.0) * due * mean)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TimeInstant:
    """The worker time of a run at one instant."""

    at: float
    share: float
    """Worker time due to a unit of weight so far."""
    limit: float
    ended: int
    mean: float
    """Mean length of a task, seconds; 0 before one has ended."""
    squares: float
    """Sum of the squares of their lengths."""
    peak: LagPeak


class TimeSurvey:
    """Gathers the worker time of partitions, one by one.

    Args:
        instant: The instant at which they are looked at.
    """

    __slots__ = (
        "_between",
        "_due",
        "_groups",
        "_instant",
        "_largest",
        "_largest_due",
        "_largest_partition",
        "_largest_place",
        "_peak_before",
        "_peak_place",
        "_received",
        "_shares",
        "_values",
    )

    def __init__(self, instant: TimeInstant) -> None:
        self._instant = instant
        self._values: list[float] = []
        self._shares = SortedChunks()
        self._due = self._received = 0.0
        self._between = 0.0
        self._groups = 0
        self._largest = self._largest_due = 0.0
        self._largest_partition: int | None = None
        self._largest_place = inf
        self._peak_before = instant.peak.lag
        self._peak_place = inf

    def visit(self, partition: Partition) -> None:
        """Look at a partition."""
        instant = self._instant
        due, received = partition.entitled_s, partition.service_s
        if partition.settled_at >= 0:
            span = instant.at - partition.settled_at
            more = (instant.share - partition.settled_share) * partition.weight
            if more > instant.limit * span:
                more = instant.limit * span
            due += more
            received += partition.working * instant.at
            lag = partition.lag_s + more - received + partition.received_s
            if lag > self._peak_before + _ROUNDING and _is_more(
                lag, partition.place, instant.peak.lag, self._peak_place
            ):
                self._peak_place = partition.place
                instant.peak.note(partition, lag)
                instant.peak.due = max(0.0, due - partition.lag_from)
        if due > LEAST_DUE * instant.mean + _ROUNDING:
            self._values.append(received / due)
        self._due += due
        self._received += received
        if partition.served:
            self._between += received * received / partition.served
            self._groups += 1
        if received > _ROUNDING and _is_more(
            received, partition.place, self._largest, self._largest_place
        ):
            self._largest_place = partition.place
            self._largest, self._largest_due = received, due
            self._largest_partition = partition.index

    def settle(self) -> None:
        """Put in order what was looked at since the last time."""
        self._shares.add(sorted(self._values))
        self._values = []

    def worker_time(self, dispersion: float | None) -> WorkerTime:
        """What all that were looked at got.

        Args:
            dispersion: How uneven single rounds are (jain.py).
        """
        instant, peak = self._instant, self._instant.peak
        # Of all that was received in the run; the fluid hands out a little less.
        scale = self._due / self._received if self._received > 0 else 1.0
        known = len(self._shares) > 0
        left = instant.ended - self._groups
        scatter = spare_squares(instant.squares, self._between) / left if left > 0 else 0.0
        return WorkerTime(
            least=self._shares.percentile(1e-12) * scale if known else None,
            median=self._shares.percentile(0.5) * scale if known else None,
            most=self._shares.percentile(1.0) * scale if known else None,
            largest=self._largest / self._received if self._received > 0 else None,
            largest_partition=self._largest_partition,
            largest_due=self._largest_due / self._due if self._due > 0 else None,
            lag_max=peak.lag,
            lag_partition=peak.partition,
            lag_share=peak.lag / peak.due if peak.due > 0 else None,
            lag_tasks=peak.lag / instant.mean if instant.mean else None,
            lag_by_chance=by_chance(scatter, peak.served) if instant.ended else None,
            lag_by_turns=(by_turns(dispersion, peak.due, instant.mean) if instant.ended else None),
        )


def _is_more(value: float, place: int, most: float, place_of_most: float) -> bool:
    """Whether it is more than the most so far, or as much and of a partition known before."""
    more = value - most
    return more > _ROUNDING or (more > -_ROUNDING and place < place_of_most)
