"""Everything that a plan lets arrive, in order, and the log in which each task stands.

The same plan gives every strategy the same tasks, at the same times and with the same work.
"""

import heapq
from array import array
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from queue_fairness.load.arrivals import arrival_times, partition_chooser
from queue_fairness.load.order import in_order
from queue_fairness.load.pattern import parse_pattern
from queue_fairness.load.random_streams import stream
from queue_fairness.load.service import service_sampler
from queue_fairness.plan import Plan
from queue_fairness.strategies import Task


class Arrival(NamedTuple):
    """Tasks of one partition that are to arrive at one instant."""

    at: float
    """Seconds from the workers' start."""
    partition: int
    tasks: int


def scheduled_arrivals(plan: Plan) -> Iterator[Arrival]:
    """What arrives while the workers work, in order."""
    if plan.traced is not None:
        tasks = zip(plan.traced.at, plan.traced.partition, strict=True)
        return (Arrival(at, partition, 1) for at, partition in tasks if at)
    return heapq.merge(_sustained(plan), _newcomer(plan), _noise(plan), key=lambda due: due.at)


def _sustained(plan: Plan) -> Iterator[Arrival]:
    if plan.is_drain:
        return
    choose = partition_chooser(
        parse_pattern(plan.sizes).values(plan.partitions), stream(plan.seed, "tenants")
    )
    times = arrival_times(
        plan.arrivals,
        plan.arrival_rate,
        plan.duration,
        stream(plan.seed, "arrivals"),
        plan.burst_cv,
    )
    newcomer = plan.partitions - 1
    for at in times:
        partition = choose()
        if partition != newcomer or at >= plan.newcomer_at:
            yield Arrival(at, partition, 1)


def _newcomer(plan: Plan) -> Iterator[Arrival]:
    if plan.is_drain and plan.newcomer_at:
        yield Arrival(plan.newcomer_at, plan.partitions - 1, plan.sizes_of_all()[-1])


def _noise(plan: Plan) -> Iterator[Arrival]:
    for partition in range(plan.partitions, plan.all_partitions):
        yield Arrival(plan.noisy_at, partition, plan.noisy_tasks)


class TaskLog:
    """When each task was due, and how long its work takes.

    Tasks are numbered from 0 in the order in which they are entered.

    Attributes:
        entered: How many tasks stand in it.
    """

    def __init__(self, plan: Plan) -> None:
        self.entered = 0
        self._forgotten = 0
        """Of tasks below this number only the sum of their work is kept."""
        self._forgotten_work_s = 0.0
        self._due = array("d")
        self._sample = service_sampler(
            plan.work_distribution, plan.work_duration, plan.work_cv2, stream(plan.seed, "work")
        )
        self._same_s = plan.work_duration if plan.work_distribution == "constant" else None
        self._work = array("d")
        self._traced = plan.traced.work_s if plan.traced is not None else None
        self._scales: Sequence[float] = ()
        if plan.work_scale != "equal":
            self._scales = parse_pattern(plan.work_scale).values(plan.partitions)
        self._all_due_at_once = True
        self._quiet = range(plan.partitions)
        self._partitions = array("l")
        """Of each task, where quiet and noisy ones have to be told apart."""
        self._keeps_partitions = bool(plan.noisy) or not plan.is_drain

    def enter(self, partition: int, due_at: float) -> Task:
        """Write a task down."""
        if due_at:
            self._keep_times()
        if not self._all_due_at_once:
            self._due.append(due_at)
        if self._same_s is None:
            self._work.append(self._sample())
        if self._keeps_partitions:
            self._partitions.append(partition)
        task = Task(partition, self.entered)
        self.entered += 1
        return task

    def due_at(self, number: int) -> float:
        """When a task was meant to arrive, the last time that it did; seconds."""
        if self._all_due_at_once:
            return 0.0
        # Of a task that is forgotten: at least as long ago as the oldest that is not.
        return self._due[max(0, number - self._forgotten)]

    def forget(self, before: int) -> None:
        """Keep no times of the tasks below this number, all of which were done or given up.

        So the memory of a run that goes on for days does not grow with the tasks that it has had.
        One task is always kept.
        """
        before = min(before, self.entered - 1)
        count = before - self._forgotten
        if count <= 0:
            return
        for index, partition in enumerate(self._partitions[:count]):
            self._forgotten_work_s += self.work_s(Task(partition, self._forgotten + index))
        for kept in (self._due, self._work, self._partitions):
            del kept[:count]
        self._forgotten = before

    def open_quiet_waits(self, now: float, was_taken: Callable[[int], bool]) -> Iterator[float]:
        """How long quiet partitions' tasks have waited that nobody has taken; O(tasks).

        Args:
            now: Seconds.
            was_taken: Whether a task, by its number, was taken.
        """
        for number, partition in enumerate(self._partitions, self._forgotten):
            if partition in self._quiet and not was_taken(number):
                yield max(0.0, now - self.due_at(number))

    def mean_work_s(self, was_taken: Callable[[int], bool]) -> float | None:
        """Mean work of the tasks that were taken, seconds; None for none; O(tasks).

        Args:
            was_taken: Whether a task, by its number, was taken.
        """
        total, tasks = self._forgotten_work_s, self._forgotten
        for number, partition in enumerate(self._partitions, self._forgotten):
            if was_taken(number):
                total += self.work_s(Task(partition, number))
                tasks += 1
        return total / tasks if tasks else None

    def reschedule(self, number: int, due_at: float) -> None:
        """A task is to arrive once more."""
        self._keep_times()
        if number >= self._forgotten:
            self._due[number - self._forgotten] = due_at

    def work_s(self, task: Task) -> float:
        """How long a task takes on a worker at full speed, seconds."""
        if self._traced is not None:
            # Beyond its end there is only what was added by hand.
            return self._traced[task.number % len(self._traced)]
        if self._same_s is not None:
            work_s = self._same_s
        else:
            work_s = self._work[max(0, task.number - self._forgotten)]
        if task.partition < len(self._scales):
            work_s *= self._scales[task.partition]
        return work_s

    def _keep_times(self) -> None:
        """Begin to keep a time for each task: those entered so far were due at 0."""
        if self._all_due_at_once:
            self._all_due_at_once = False
            self._due = array("d", bytes(8 * (self.entered - self._forgotten)))


def initial_tasks(plan: Plan, task_log: TaskLog) -> Iterator[Task]:
    """The tasks that wait before the workers start, as they are entered into the log."""
    if plan.traced is not None:
        tasks = zip(plan.traced.at, plan.traced.partition, strict=True)
        return (task_log.enter(partition, 0.0) for at, partition in tasks if not at)
    order = in_order(plan.sizes_at_start(), plan.arrival_order, plan.seed)
    return (task_log.enter(partition, 0.0) for partition in order)
