"""Work conservation: whether workers idle while a task that they could take is waiting.

    idle = integral of min(workers without a task, claimable tasks) dt / (workers * duration)

*Claimable* are the tasks that might be taken at once: of each partition as many as wait, and no
more than it has room for under its concurrency limit.

Unit: share of worker-seconds. Range: [0, 1]. Ideal: 0. An idle worker is in one of two states, and
only the second counts against the strategy:

- *dequeuing*: between the end of a task and the next pickup, with no empty poll in between. This is
  the cost of a dequeue: round trips, SCANs, lost locks. It is idle time and counted as such, but it
  says what a dequeue costs, not that the queue withholds work.
- *refused*: the worker has asked, got nothing, and a claimable task was there: a fixed shard whose
  neighbor has work, a stale page, a poll interval slept through. Where fewer tasks are claimable
  than workers idle, the dequeuing workers are taken to be about to get them.

Where workers spend less time working than dequeuing (work of 0 ms above all), the shares describe
Redis and not the strategy, and are not applicable: `conserved` and `idle_refused` are None.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from queue_fairness.fairness.steps import ARRIVED, TAKEN, Steps

Moment = tuple[float, float, bool]
"""Of a step: when, in seconds; the worker time that is spent by then; whether there are more tasks
to take than workers to take them."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Conservation:
    """How the workers spent their time: shares of all worker-seconds, in [0, 1]."""

    conserved: float | None
    """1 - share of the time idle while a claimable task existed; None where not applicable."""
    idle_refused: float | None
    """Idle after an empty poll while a claimable task existed; None where not applicable."""
    idle_dequeuing: float
    """Idle while a claimable task existed and a dequeue was under way: the cost of dequeuing."""
    busy: float
    """Share spent on tasks: the utilization."""
    load: float
    """Share for which there was work: busy, or idle while a claimable task existed. The same under
    every strategy, which utilization is not."""


class ConservationFold:
    """Integrates idle workers over time, O(1) per event.

    Args:
        workers: Number of workers, all of them dequeuing from time 0 on.
    """

    __slots__ = (
        "_at_work",
        "_barred",
        "_claimable",
        "_idle",
        "_idle_dequeuing_s",
        "_idle_refused_s",
        "_refused",
        "_total",
        "_working",
        "at",
        "busy_s",
    )

    def __init__(self, workers: int) -> None:
        self._idle = workers
        self._refused: set[int] = set()
        """Idle workers whose last poll was empty."""
        self._barred: set[int] = set()
        """Those of them that polled while a task was claimable."""
        self._working: set[int] = set()
        self._at_work = self._claimable = 0
        """Of steps that are taken in together: workers with a task, and tasks that wait."""
        self.at = 0.0
        """Up to when time is accounted for, in seconds."""
        self._total = 0.0
        self.busy_s = 0.0
        """Worker time spent on tasks."""
        self._idle_dequeuing_s = 0.0
        self._idle_refused_s = 0.0

    def advance(self, at: float, claimable: int) -> None:
        """Account for the time since the last event, during which `claimable` tasks existed."""
        span = at - self.at
        if span <= 0:
            return
        self.at = at
        idle, working = self._idle, len(self._working)
        self.busy_s += span * working
        self._total += span * (idle + working)
        if idle > 0 and claimable > 0:
            usable = idle if idle < claimable else claimable
            dequeuing = idle - len(self._refused)
            if usable > dequeuing:
                self._idle_refused_s += span * (usable - dequeuing)
                usable = dequeuing
            self._idle_dequeuing_s += span * usable

    def pick_up(self, worker: int) -> int:
        """Note that a worker has taken a task.

        Returns:
            How many workers could have taken it, this one included. Workers that polled in vain
            while tasks were claimable do not count: a shard that is not theirs may hold them all.
        """
        free = self._idle - len(self._barred)
        if worker not in self._working:
            self._working.add(worker)
            self._refused.discard(worker)
            if worker in self._barred:
                self._barred.remove(worker)
                free += 1
            self._idle -= 1
        return free

    def take_all(self, steps: Steps, hands: Sequence[int], began: list[float]) -> list[Moment]:
        """Account for steps of workers that never poll in vain and are all there all the time.

        Args:
            steps: The steps.
            hands: By task: who did it.
            began: By worker: when it took its latest task; kept.

        Returns:
            Of each step its time, the worker time spent by then, and whether more tasks wait than
            there are workers to take them.
        """
        now, busy_s, total = self.at, self.busy_s, self._total
        idle, waiting, dequeuing_s = self._idle, self._claimable, self._idle_dequeuing_s
        workers = idle + self._at_work
        moments: list[Moment] = []
        tell = moments.append
        for kind, task, at in zip(*steps, strict=True):
            if at > now:
                span = at - now
                now = at
                busy_s += span * (workers - idle)
                total += span * workers
                if idle and waiting:
                    dequeuing_s += span * (idle if idle < waiting else waiting)
            if kind == ARRIVED:
                waiting += 1
                tell((now, busy_s, False))
            elif kind == TAKEN:
                tell((now, busy_s, waiting > (idle if idle > 1 else 1)))
                waiting -= 1
                idle -= 1
                began[hands[task]] = now
            else:
                idle += 1
                ended = at if at > began[hands[task]] else began[hands[task]]
                if now > ended:
                    busy_s -= now - ended
                    dequeuing_s += now - ended
                tell((ended, busy_s, False))
        self.at, self.busy_s, self._total = now, busy_s, total
        self._idle, self._claimable, self._idle_dequeuing_s = idle, waiting, dequeuing_s
        self._at_work = workers - idle
        return moments

    def finish(self, worker: int, at: float) -> None:
        """Note that a worker finished its task at that time and dequeues the next one.

        The event may come after later ones: the time in between was spent dequeuing.
        """
        if worker in self._working:
            self._working.remove(worker)
            self._idle += 1
            late = self.at - at
            if late > 0:
                self.busy_s -= late
                self._idle_dequeuing_s += late

    def poll(self, worker: int, claimable: int) -> None:
        """Note that a worker polled in vain while so many tasks were claimable."""
        if worker not in self._working:
            self._refused.add(worker)
            if claimable > 0:
                self._barred.add(worker)

    def join(self) -> None:
        """Note that a worker has joined; it is dequeuing."""
        self._idle += 1

    def leave(self, worker: int) -> None:
        """Note that a worker has left, with or without a task in hand."""
        if worker in self._working:
            self._working.remove(worker)
        else:
            self._idle -= 1
        self._refused.discard(worker)
        self._barred.discard(worker)

    def shares(self) -> Conservation:
        """The shares up to the last event; all 0 and not applicable before any time has passed."""
        total = self._total
        if not total:
            return Conservation(
                conserved=None, idle_refused=None, idle_dequeuing=0.0, busy=0.0, load=0.0
            )
        applicable = self.busy_s > self._idle_dequeuing_s
        return Conservation(
            conserved=1 - (self._idle_dequeuing_s + self._idle_refused_s) / total
            if applicable
            else None,
            idle_refused=self._idle_refused_s / total if applicable else None,
            idle_dequeuing=self._idle_dequeuing_s / total,
            busy=self.busy_s / total,
            load=(self.busy_s + self._idle_dequeuing_s + self._idle_refused_s) / total,
        )
