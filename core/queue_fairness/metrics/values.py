"""Values that a snapshot is made of: waits, pop times, costs, and how far to trust the clock.

All are frozen. Times are in seconds; None stands for what has not been measured.
"""

from dataclasses import dataclass

STILL_S = 1.0
"""From how long on one pause makes the rates and seconds of a run doubtful."""
STILL_SHARE = 0.05
"""The same for all pauses together, as a share of the run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lag:
    """How late the event loop was, in seconds; None before the first probe.

    Quantiles are shares of time: the loop was later than p99 in one hundredth of it.
    """

    p50: float | None = None
    p99: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stall:
    """How long something stood still, in seconds; None before it was measured.

    Pauses shorter than 0.1 s do not count: they are in the lag.
    """

    longest_s: float | None = None
    longest_at: float | None = None
    """When the longest began, on the run's clock; None without one."""
    total_s: float | None = None

    def spoils(self, elapsed_s: float) -> bool:
        """Whether the rates and seconds of a run of this length cannot be trusted."""
        return (self.longest_s or 0.0) > STILL_S or (self.total_s or 0.0) > STILL_SHARE * elapsed_s


@dataclass(frozen=True, slots=True, kw_only=True)
class Stalls:
    """How long a run stood still, and whose fault it was; the two do not overlap."""

    program: Stall = Stall()
    """Our own event loop: the process was stopped, or something in it held up all workers."""
    server: Stall = Stall()
    """It did not answer, seen to 0.1 s, while our own loop was on time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """How long tasks waited for a worker, in seconds. Quantiles are within 0.5 %."""

    mean: float | None = None
    median: float | None = None
    stdev: float | None = None
    minimum: float | None = None
    maximum: float | None = None
    p95: float | None = None
    p99: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lateness:
    """How long after they were due tasks were in the queue, in seconds; None before the first."""

    p50: float | None = None
    p99: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, slots=True)
class Gone:
    """A task that a worker had in hand when it crashed."""

    task: int
    partition: int
    worker: int
    at: float
    """When it crashed, seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PopTimes:
    """How long a worker took from the end of one task to the pickup of the next, in seconds.

    The completion of the first is in it. Not counted are each worker's first pop, before which it
    has no task, and pops after an empty-handed poll, which mostly measure the pause before.

    Quantiles are of the pops that were made, and within 0.5 %: a pause of the server makes each
    worker's pop long once, and hides behind them. It shows in the two others.
    """

    p50: float | None = None
    p99: float | None = None
    maximum: float | None = None
    long_total: float | None = None
    """Time of all workers together in pops that took over 0.1 s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TotalCost:
    """What all attempts to dequeue cost together, the empty-handed ones included."""

    round_trips: int = 0
    scans: int = 0
    lost_locks: int = 0
    lock_races: int = 0


NO_POPS = PopTimes()
NOT_LATE = Lateness()
NO_STALLS = Stalls()
"""Before anything was measured."""
