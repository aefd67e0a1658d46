"""The computed baseline: how long the tasks of a plan would wait if turns were fair.

The same arrivals, work, failures, workers, weights and limit as in the run, served by start-time
fair queueing: the tenant with the least start tag is next, and a turn moves its tag on by
1 / weight. Who was away saves nothing up. With equal weights that is one turn each.

Source: Goyal, Vin, Cheng, Start-time Fair Queueing, SIGCOMM '96, section 2.
"""

import math
from array import array
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush, merge
from itertools import islice
from typing import NamedTuple

from queue_fairness.engine.retry_policy import RetryPolicy, backoff_s
from queue_fairness.engine.schedule import Arrival, TaskLog, initial_tasks, scheduled_arrivals
from queue_fairness.metrics.counters import Counters
from queue_fairness.metrics.statistics import LogHistogram, Moments
from queue_fairness.plan import Plan
from queue_fairness.strategies import Task

BATCH = 4096
"""Tasks counted in one go, after which it is asked whether the answer is still wanted."""
PERCENTILE = 0.95


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast workers really are, against what the plan says of its tasks."""

    stretch: float = 1.0
    """How many times as long as planned the work takes; > 0."""
    pop_s: float = 0.0
    """What a worker loses between two tasks, seconds; 0 or more."""


def pace(plan: Plan, work_s: float | None, counters: Counters) -> Pace:
    """The pace of a run that has ended; that of the plan where no task was done.

    What the event loop, Redis and a user's own task add to the plan makes every order wait, so it
    belongs to the baseline of each.

    Args:
        plan: What was asked for.
        work_s: Mean work of the tasks that were taken, as planned, seconds; None for none.
        counters: What came of it.
    """
    took_s, pop_s = counters.mean_service_s, counters.sums.mean_pop_s or 0.0
    if took_s is None:
        return Pace()
    done, by_first = sum(counters.by_worker), counters.by_worker[0]
    slowness = 1 + (plan.slow_worker - 1) * by_first / done if done else 1.0
    planned_s = slowness * (work_s or 0.0)
    if not planned_s:
        return Pace(pop_s=took_s + pop_s)
    return Pace(took_s / planned_s, pop_s)


class Shift(NamedTuple):
    """A worker comes or goes while the others work."""

    at: float
    """Seconds from the workers' start."""
    worker: int
    comes: bool


class Outage(NamedTuple):
    """What a crashed worker had in hand takes up a slot of its partition."""

    at: float
    """When it crashed, seconds."""
    partition: int
    until: float
    """When the queue got the task back, seconds; inf for never."""


def outages(counters: Counters) -> list[Outage]:
    """Those of a run."""
    back = [Outage(gone.at, gone.partition, at) for gone, at in counters.recovered]
    return [*back, *(Outage(gone.at, gone.partition, math.inf) for gone in counters.gone)]


class Pickup(NamedTuple):
    """A task is taken, after its wait."""

    at: float
    """Seconds from the workers' start."""
    task: Task
    wait_s: float


@dataclass(frozen=True, slots=True)
class QuietWaits:
    """How long tasks of the partitions that are not noisy wait, open waits included."""

    p95_s: float | None
    """95th percentile, seconds; None where there is no such task."""
    mean_s: float | None
    """The mean, seconds; None likewise."""
    tasks: int
    """Waits counted, one for each attempt at a task."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ideal:
    """Fair turns under one plan. O(tasks x log(partitions + workers))."""

    plan: Plan
    limit: int = 1
    """Tasks of one partition that may be in service at once; 0 for no limit."""
    weights: Mapping[int, float]
    """Share due to each partition, > 0; 1 for those not named."""
    pace: Pace = Pace()
    piles: Sequence[Arrival] = ()
    """What arrived besides the plan's tasks, in order of time."""
    shifts: Sequence[Shift] = ()
    """Changes of the staff besides the planned crash."""
    outages: Sequence[Outage] = ()
    """Slots that crashes took up."""
    is_wanted: Callable[[], bool] = lambda: True
    """Asked now and then; once it says no, all ends without an answer."""

    def quiet_waits(self, until_s: float) -> QuietWaits | None:
        """The waits of the quiet partitions' tasks; those that nobody takes count as they stand.

        Args:
            until_s: When the run ends, seconds; inf for a drain that is served to its end.

        Returns:
            None if the answer is not wanted any more.
        """
        task_log, quiet = TaskLog(self.plan), self.plan.partitions
        histogram, moments = LogHistogram(), Moments()
        taken = bytearray()
        end = until_s if until_s < math.inf else 0.0

        def add(waits: Sequence[float]) -> None:
            histogram.add(*waits)
            moments.add(*waits)

        pickups = self.pickups(until_s, task_log)
        while batch := list(islice(pickups, BATCH)):
            taken.extend(bytes(task_log.entered - len(taken)))
            for pickup in batch:
                taken[pickup.task.number] = 1
            add([each.wait_s for each in batch if each.task.partition < quiet])
            end = max(end, batch[-1].at)
        if not self.is_wanted():
            return None
        taken.extend(bytes(task_log.entered - len(taken)))
        left = task_log.open_quiet_waits(end, lambda number: bool(taken[number]))
        while some := list(islice(left, BATCH)):
            add(some)
        return QuietWaits(histogram.quantile(PERCENTILE), moments.mean, moments.count)

    def pickups(self, until_s: float, task_log: TaskLog) -> Iterator[Pickup]:
        """Each task as it is taken, in order.

        Args:
            until_s: No task is taken later than that, seconds; inf for all there are.
            task_log: An empty one; it has every task that has arrived, in the end.
        """
        service = _Service(self, task_log)
        for task in initial_tasks(self.plan, task_log):
            service.wait(task)
            if task.number % BATCH == 0 and not self.is_wanted():
                return
        arrivals = merge(scheduled_arrivals(self.plan), self.piles, key=lambda due: due.at)
        due = next(arrivals, None)
        now, picked_up = 0.0, 0
        while now <= until_s and now < math.inf:
            service.advance(now)
            while due is not None and due.at <= now:
                for _ in range(due.tasks):
                    service.wait(task_log.enter(due.partition, due.at))
                due = next(arrivals, None)
            while (pickup := service.take(now)) is not None:
                yield pickup
                picked_up += 1
                if picked_up % BATCH == 0 and not self.is_wanted():
                    return
            now = min(service.next_at, math.inf if due is None else due.at)


class _Line:
    """The waiting tasks of a partition, oldest first: 8 bytes each, however many they are."""

    __slots__ = ("_first", "_numbers")

    def __init__(self) -> None:
        self._numbers = array("l")
        self._first = 0

    def __bool__(self) -> bool:
        return self._first < len(self._numbers)

    def push(self, number: int) -> None:
        self._numbers.append(number)

    def pop(self) -> int:
        self._first += 1
        return self._numbers[self._first - 1]

    def put_back(self, number: int) -> None:
        """At the head, where a task has been taken before."""
        self._first -= 1
        self._numbers[self._first] = number


class _Turns:
    """Whose turn it is."""

    def __init__(self, weights: Mapping[int, float]) -> None:
        self._weights = weights
        self._ready: list[tuple[float, int, int]] = []
        """Start tag, ticket and partition of all that have a task and room for it: a heap."""
        self._enlisted: set[int] = set()
        self._tags: dict[int, float] = {}
        """Start tag of each partition's next turn."""
        self._clock = 0.0
        """Virtual time: the start tag that was served last."""
        self._tickets = 0

    def __bool__(self) -> bool:
        return bool(self._ready)

    def enlist(self, partition: int) -> None:
        """It has a task and room for it, which may be known already."""
        if partition in self._enlisted:
            return
        self._enlisted.add(partition)
        start = max(self._clock, self._tags.get(partition, 0.0))
        self._tickets += 1
        heappush(self._ready, (start, self._tickets, partition))

    def choose(self) -> int:
        """The partition whose turn it is; it is enlisted no more."""
        self._clock, _, partition = heappop(self._ready)
        self._enlisted.remove(partition)
        return partition

    def charge(self, partition: int, service: float) -> None:
        """Move the tag of the one just chosen on by what its turn is worth."""
        self._tags[partition] = self._clock + service / self._weights.get(partition, 1.0)


class _Service:
    """The queue and its workers.

    Idle workers are given tasks in the order in which they became idle. One that goes ends the
    task in hand first, even if it crashes: the slot that the crash takes up is an outage.
    """

    def __init__(self, ideal: Ideal, task_log: TaskLog) -> None:
        plan = ideal.plan
        self._plan = plan
        self._task_log = task_log
        self._limit = ideal.limit or math.inf
        self._pace = ideal.pace
        self._turns = _Turns(ideal.weights)
        self._lines: dict[int, _Line] = {}
        self._in_service: dict[int, int] = {}
        self._retries = RetryPolicy(plan)
        self._idle = deque(range(plan.workers))
        self._staff = set(self._idle)
        self._busy: list[tuple[float, int, Task]] = []
        """When a worker is free again, which, and what it does: a heap."""
        self._again: list[tuple[float, Task]] = []
        """Failed tasks that arrive once more: a heap by when."""
        self._shifts = [*ideal.shifts, *_planned_crash(plan)]
        heapify(self._shifts)
        self._slots = [(each.at, each.partition, 1) for each in ideal.outages]
        self._slots += ((each.until, each.partition, -1) for each in ideal.outages)
        """When a slot of a partition is taken up (1) or free again (-1) for a crash: a heap."""
        heapify(self._slots)

    @property
    def next_at(self) -> float:
        """When something happens next but an arrival; inf for never."""
        return min(
            self._busy[0][0] if self._busy else math.inf,
            self._again[0][0] if self._again else math.inf,
            self._shifts[0].at if self._shifts else math.inf,
            self._slots[0][0] if self._slots else math.inf,
        )

    def advance(self, now: float) -> None:
        """Let happen what is due by `now`: tasks end, come again, and workers come and go."""
        while self._busy and self._busy[0][0] <= now:
            self._end(*heappop(self._busy))
        while self._again and self._again[0][0] <= now:
            at, task = heappop(self._again)
            self._task_log.reschedule(task.number, at)
            self.wait(task)
        while self._shifts and self._shifts[0].at <= now:
            self._change(heappop(self._shifts))
        while self._slots and self._slots[0][0] <= now:
            _, partition, change = heappop(self._slots)
            self._in_service[partition] = self._in_service.get(partition, 0) + change
            self._enlist(partition)

    def wait(self, task: Task) -> None:
        """A task arrives."""
        line = self._lines.get(task.partition)
        if line is None:
            line = self._lines[task.partition] = _Line()
        line.push(task.number)
        self._enlist(task.partition)

    def take(self, now: float) -> Pickup | None:
        """The next task, if there is one that may be taken and somebody to do it."""
        partition = self._choose() if self._idle else None
        if partition is None:
            return None
        worker = self._idle.popleft()
        task = Task(partition, self._lines[partition].pop())
        slowness = self._plan.slow_worker if worker == 0 else 1.0
        work_s = self._task_log.work_s(task) * slowness * self._pace.stretch
        self._turns.charge(partition, work_s if self._plan.fair_by == "time" else 1.0)
        self._in_service[partition] = self._in_service.get(partition, 0) + 1
        self._enlist(partition)
        heappush(self._busy, (now + work_s + self._pace.pop_s, worker, task))
        return Pickup(now, task, now - self._task_log.due_at(task.number))

    def _choose(self) -> int | None:
        """Whose turn it is; None if nobody has both a task and room for it."""
        while self._turns:
            partition = self._turns.choose()
            if self._in_service.get(partition, 0) < self._limit:
                return partition
        return None

    def _end(self, at: float, worker: int, task: Task) -> None:
        partition, number = task
        self._in_service[partition] -= 1
        if worker in self._staff:
            self._idle.append(worker)
        if self._retries.next_fails(number):
            self._fail(at, task)
        self._enlist(partition)

    def _fail(self, at: float, task: Task) -> None:
        failures = self._retries.count_failure(task.number)
        if self._retries.is_last(failures):
            return
        if self._plan.retry == "backoff":
            heappush(self._again, (at + backoff_s(failures), task))
            return
        self._task_log.reschedule(task.number, at)
        line = self._lines[task.partition]
        (line.put_back if self._plan.retry == "head" else line.push)(task.number)

    def _enlist(self, partition: int) -> None:
        if self._lines.get(partition) and self._in_service.get(partition, 0) < self._limit:
            self._turns.enlist(partition)

    def _change(self, shift: Shift) -> None:
        _, worker, comes = shift
        if comes and worker not in self._staff:
            self._staff.add(worker)
            if all(busy != worker for _, busy, _ in self._busy):
                self._idle.append(worker)
        elif not comes:
            self._staff.discard(worker)
            if worker in self._idle:
                self._idle.remove(worker)


def crash(at: float, worker: int, plan: Plan) -> tuple[Shift, ...]:
    """The shifts of a worker that crashes, and comes back if the plan says so."""
    gone = Shift(at, worker, comes=False)
    if not plan.crash_return:
        return (gone,)
    return (gone, Shift(at + plan.crash_return, worker, comes=True))


def _planned_crash(plan: Plan) -> tuple[Shift, ...]:
    return crash(plan.crash_at, 0, plan) if plan.crash_at else ()
