"""A discrete-event queue: partitions, workers, a discipline, and the events a real run would emit.

    arrivals ──► Discipline.add             (when a partition can be served: ready)
    free worker ──► Discipline.take ──► PickedUp ──► service time ──► Finished ──► ready again
                                                             └─► Failed ──► Arrived again

Time stands still while a worker asks, unless `overhead_s` says what asking costs. A worker that
finds nothing sleeps until something changes for it, having emitted `Polled`. All randomness comes
from one seeded generator, so a seed is a run.
"""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from math import inf
from random import Random

from fairness.arrivals import batch, poisson, zipf
from fairness.disciplines import (
    DISCIPLINES,
    Discipline,
    Fifo,
    KeyShard,
    Maker,
    RoundRobin,
    Scan,
    UniformlyRandom,
    VirtualTime,
)
from fairness.service import Law, constant, gamma

from queue_fairness.events import Arrived, DequeueCost, Event, Failed, Finished, PickedUp, Polled

__all__ = [
    "DISCIPLINES",
    "Discipline",
    "Fifo",
    "KeyShard",
    "Load",
    "RoundRobin",
    "Scan",
    "UniformlyRandom",
    "VirtualTime",
    "batch",
    "poisson",
    "simulate",
    "zipf",
]

FREE = DequeueCost()


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What happens to the queue: who sends how many tasks when, and what a task costs."""

    partitions: int
    arrivals: Sequence[Arrived]
    workers: int = 8
    limit: int = 1
    """Tasks of one partition in service at once: 1 is the partition lock, 0 no limit."""
    work_s: float = 0.025
    jitter: float = 0.0
    """Coefficient of variation of the service time, which is then gamma distributed."""
    law: Law | None = None
    """The distribution of the service time, with mean 1, where `jitter` does not say it."""
    scale: Sequence[float] = ()
    """Per partition, how many times as long its tasks take; 1 where empty."""
    slowness: Sequence[float] = ()
    """Per worker, how many times as long it takes for a task; 1 where empty."""
    failing: Sequence[float] = ()
    """Per partition, the probability that an attempt fails; 0 where empty."""
    max_attempts: int = 1000
    retry_at_head: bool = False
    """Whether a failed task goes to the head of the queue, rather than to its tail."""
    overhead_s: float = 0.0
    until_s: float = inf
    """When the workers stop; tasks in service then are finished."""
    weights: Sequence[float] = ()
    scanned_first: Sequence[int] = ()
    """Partitions that hashing happens to place in front of all others."""

    @property
    def tasks(self) -> int:
        """How many tasks arrive in all."""
        return sum(arrived.tasks for arrived in self.arrivals)


@dataclass(slots=True)
class _Task:
    number: int
    arrived_at: float
    place: int = 0
    attempts: int = 0


class _Queue:
    """The tasks waiting per partition, and which partitions the discipline may know of."""

    def __init__(self, discipline: Discipline, load: Load) -> None:
        self.discipline = discipline
        self.limit = load.limit or inf
        self.tasks: list[deque[_Task]] = [deque() for _ in range(load.partitions)]
        self.in_service = [0] * load.partitions
        self.ready = [False] * load.partitions
        self.places = count(1)
        discipline.in_service = self.in_service

    def push(self, partition: int, task: _Task, at_head: bool = False) -> None:
        waiting = self.tasks[partition]
        if at_head:
            task.place = -next(self.places)
            waiting.appendleft(task)
        else:
            task.place = next(self.places)
            waiting.append(task)
        self.discipline.arrive(partition, task.place)
        self.offer(partition)

    def pop(self, worker: int) -> tuple[int, _Task] | None:
        partition = self.discipline.take(worker)
        if partition is None:
            return None
        self.ready[partition] = False
        self.in_service[partition] += 1
        tasks = self.tasks[partition]
        return partition, tasks.pop() if self.discipline.newest_first else tasks.popleft()

    def release(self, partition: int) -> None:
        self.in_service[partition] -= 1
        self.discipline.ended(partition)
        self.offer(partition)

    def offer(self, partition: int) -> None:
        """Let the discipline know of the partition, if it can be served and is not known yet."""
        tasks = self.tasks[partition]
        if tasks and not self.ready[partition] and self.in_service[partition] < self.limit:
            self.ready[partition] = True
            self.discipline.add(partition, tasks[0].place)


def simulate(load: Load, discipline: Maker, seed: int) -> Iterator[Event]:
    """The events of one run, in order of time."""
    random = Random(seed)
    chooser = discipline(random, load.workers, load.weights or [1.0] * load.partitions)
    if isinstance(chooser, Scan):
        chooser.move_to_front(load.scanned_first)
    queue = _Queue(chooser, load)
    law = load.law or (gamma(load.jitter) if load.jitter else constant)
    numbers = count()
    agenda: list[tuple[float, int, int, int]] = []  # when, worker, partition, task number
    in_hand: dict[int, _Task] = {}
    arrivals = deque(load.arrivals)
    asking: deque[tuple[float, int]] = deque((load.overhead_s, w) for w in range(load.workers))
    sleeping: list[int] = []

    while arrivals or agenda or asking:
        arrival = arrivals[0].at if arrivals else inf
        end = agenda[0][0] if agenda else inf
        question = asking[0][0] if asking else inf
        chooser.at = at = min(arrival, end, question)
        if at == arrival:
            arrived = arrivals.popleft()
            if at < load.until_s:
                yield arrived
                for _ in range(arrived.tasks):
                    number = next(numbers)
                    queue.push(arrived.partition, _Task(number, at))
        elif at == end:
            _, worker, partition, number = heappop(agenda)
            queue.release(partition)
            task = in_hand.pop(number)
            if load.failing and random.random() < load.failing[partition]:
                yield from _fail(load, queue, at, worker, partition, task)
            else:
                yield Finished(at, worker, partition, number)
            asking.append((at + load.overhead_s, worker))
        else:
            _, worker = asking.popleft()
            if at >= load.until_s:
                continue
            popped = queue.pop(worker)
            if popped is None:
                yield Polled(at, worker, FREE)
                sleeping.append(worker)
                continue
            partition, task = popped
            yield PickedUp(at, worker, partition, task.number, task.arrived_at, FREE)
            cost = law(random) * (load.scale[partition] if load.scale else 1.0)
            chooser.charge(partition, cost)
            queue.offer(partition)
            in_hand[task.number] = task
            span = cost * load.work_s * (load.slowness[worker] if load.slowness else 1.0)
            heappush(agenda, (at + span, worker, partition, task.number))
            continue
        # Something was added: whoever sleeps may look again.
        if sleeping and at < load.until_s:
            woken = [w for w in sleeping if chooser.has_work(w)]
            sleeping = [w for w in sleeping if w not in woken]
            asking.extend((at + load.overhead_s, w) for w in woken)


def _fail(
    load: Load, queue: _Queue, at: float, worker: int, partition: int, task: _Task
) -> Iterator[Event]:
    task.attempts += 1
    is_dead = task.attempts >= load.max_attempts
    yield Failed(at, worker, partition, task.number, is_dead)
    if not is_dead:
        yield Arrived(at, partition, 1, True)
        task.arrived_at = at
        queue.push(partition, task, at_head=load.retry_at_head)
