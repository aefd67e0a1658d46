"""Work conservation: do workers stand idle while a task they could have done is waiting?

    idle = integral of min(workers without a task, claimable tasks) dt / (workers * duration)

*Claimable* are the tasks that might be taken at once: of each partition as many as wait, and no
more than it has room for under its concurrency limit.

Unit: share of worker-seconds. Range: [0, 1]. Ideal: 0. An idle worker is one of two things, and
the difference is what the gate is about:

- *asking*: between the end of a task and the next pickup, with no empty-handed poll in between.
  This is the price of a pop: round trips, SCANs, lost locks. It is idle time and is counted as
  such, but it says what the queue costs, not that it refuses work.
- *refused*: it has asked, was given nothing, and a claimable task was there: a fixed shard whose
  neighbor has work, a stale page, a poll interval slept through. When fewer tasks are claimable
  than workers idle, the asking workers are taken to be about to get them.

Where workers spend less time working than asking (work of 0 ms above all), the shares describe
Redis, not the discipline, and are not applicable: `kept` and `refused` are None.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Conservation:
    """Where the workers' time went; shares of all worker-seconds, in [0, 1]."""

    kept: float | None
    """1 - idle share while a claimable task existed; None where it is not applicable."""
    refused: float | None
    """Idle while a task was there, after an empty-handed poll; None where not applicable."""
    asking: float
    """Idle while a task was there and the dequeue was under way: the price of a pop."""
    busy: float
    """Share of worker-seconds spent on tasks: the utilization."""
    load: float
    """Share of worker-seconds for which there was work: busy, or idle while a task was there.
    The same under every strategy, as utilization is not."""


class ConservationFold:
    """Integrates idle workers over time, O(1) per event.

    Args:
        workers: Number of workers, all asking from time 0 on.
    """

    __slots__ = (
        "_asking",
        "_barred",
        "_idle",
        "_refused",
        "_refusing",
        "_total",
        "_working",
        "at",
        "busy_s",
    )

    def __init__(self, workers: int) -> None:
        self._idle = workers
        self._refusing: set[int] = set()
        self._barred: set[int] = set()
        """Workers that were last given nothing although a task might have been taken."""
        self._working: set[int] = set()
        self.at = 0.0
        """Up to when time is accounted for, in seconds."""
        self._total = 0.0
        self.busy_s = 0.0
        """Worker time spent on tasks."""
        self._asking = 0.0
        self._refused = 0.0

    def advance(self, at: float, claimable: int) -> None:
        """Account for the time since the last event, in which `claimable` tasks could be taken."""
        span = at - self.at
        if span <= 0:
            return
        self.at = at
        idle, working = self._idle, len(self._working)
        self.busy_s += span * working
        self._total += span * (idle + working)
        if idle > 0 and claimable > 0:
            usable = idle if idle < claimable else claimable
            asking = idle - len(self._refusing)
            if usable > asking:
                self._refused += span * (usable - asking)
                usable = asking
            self._asking += span * usable

    def pick_up(self, worker: int) -> int:
        """A worker has taken a task.

        Returns:
            How many workers might have taken one just before, itself included. Those that were
            sent away from a queue with claimable tasks are not among them: a shard that is not
            theirs may hold all that waits.
        """
        free = self._idle - len(self._barred)
        if worker not in self._working:
            self._working.add(worker)
            self._refusing.discard(worker)
            if worker in self._barred:
                self._barred.remove(worker)
                free += 1
            self._idle -= 1
        return free

    def finish(self, worker: int, at: float) -> None:
        """A worker has done its task at that time and asks for the next.

        The queue may hear of it later than other events: the time in between was spent asking.
        """
        if worker in self._working:
            self._working.remove(worker)
            self._idle += 1
            late = self.at - at
            if late > 0:
                self.busy_s -= late
                self._asking += late

    def poll(self, worker: int, claimable: int) -> None:
        """A worker has come back empty-handed, with so many tasks that might be taken."""
        if worker not in self._working:
            self._refusing.add(worker)
            if claimable > 0:
                self._barred.add(worker)

    def join(self) -> None:
        """A worker more asks for tasks."""
        self._idle += 1

    def leave(self, worker: int) -> None:
        """A worker is gone, with or without a task."""
        if worker in self._working:
            self._working.remove(worker)
        else:
            self._idle -= 1
        self._refusing.discard(worker)
        self._barred.discard(worker)

    def shares(self) -> Conservation:
        """The shares up to the last event; all 0 and not applicable before any time has passed."""
        total = self._total
        if not total:
            return Conservation(kept=None, refused=None, asking=0.0, busy=0.0, load=0.0)
        applicable = self.busy_s > self._asking
        return Conservation(
            kept=1 - (self._asking + self._refused) / total if applicable else None,
            refused=self._refused / total if applicable else None,
            asking=self._asking / total,
            busy=self.busy_s / total,
            load=(self.busy_s + self._asking + self._refused) / total,
        )
