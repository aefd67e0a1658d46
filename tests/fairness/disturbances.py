"""A queue with all that happens to one, as events: drawn at random, but never impossible.

Workers join, leave and crash; attempts fail and are tried again; leases expire, of the dead and of
the merely slow; tasks tell a cost. The order of service is arbitrary.
"""

from collections.abc import Callable, Iterator
from random import Random

from queue_fairness.events import (
    Arrived,
    DequeueCost,
    Event,
    Failed,
    Finished,
    Joined,
    LeaseExpired,
    Left,
    PickedUp,
    Polled,
)

FREE = DequeueCost()
STEPS = (0.0, 0.0, 0.1, 0.25, 0.5)
"""Seconds from one event to the next."""


class Disturbed:
    """The queue, its workers, and what is in their hands."""

    def __init__(self, random: Random, partitions: int, workers: int, limit: int) -> None:
        self.random = random
        self.limit = limit or 1_000
        self.waiting: list[list[int]] = [[] for _ in range(partitions)]
        self.slots = [0] * partitions
        self.idle = set(range(workers))
        self.in_hand: dict[int, tuple[int, int]] = {}
        """By worker: partition and task."""
        self.to_release: dict[int, int] = {}
        """By worker: the partition whose slot its next request gives back."""
        self.orphans: list[tuple[int, int]] = []
        """Tasks of workers that crashed."""
        self.expired: set[int] = set()
        """Tasks of slow workers that are in the queue again."""
        self.workers, self.tasks, self.at = workers, 0, 0.0

    def events(self, steps: int) -> Iterator[Event]:
        """So many things happen, one after another."""
        likely: list[Callable[[], Iterator[Event]]] = [self.arrive, *[self.ask] * 4]
        likely += [*[self.finish] * 3, self.fail]
        rare = [self.join, self.leave, self.crash, self.expire, self.expire_early]
        yield from self.arrive()
        for _ in range(steps):
            self.at += self.random.choice(STEPS)
            happens = self.random.choice(rare if self.random.random() < 0.12 else likely)
            yield from happens()

    def arrive(self) -> Iterator[Event]:
        partition, tasks = self.random.randrange(len(self.waiting)), self.random.randint(1, 9)
        self.waiting[partition] += range(self.tasks, self.tasks + tasks)
        self.tasks += tasks
        yield Arrived(self.at, partition, tasks)

    def ask(self) -> Iterator[Event]:
        if not self.idle:
            return
        worker = self._one(self.idle)
        self._hear(worker)
        ready = [p for p, tasks in enumerate(self.waiting) if tasks and self.slots[p] < self.limit]
        if not ready or self.random.random() < 0.1:
            yield Polled(self.at, worker, FREE)
            return
        partition = self.random.choice(ready)
        task = self.waiting[partition].pop(0)
        self.slots[partition] += 1
        self.idle.remove(worker)
        self.in_hand[worker] = partition, task
        yield PickedUp(self.at, worker, partition, task, 0.0, FREE)

    def finish(self) -> Iterator[Event]:
        for worker, partition, task in self._end():
            cost = self.random.choice([None, 0.0, 1.0, 5.0])
            yield Finished(self.at, worker, partition, task, cost=cost)

    def fail(self) -> Iterator[Event]:
        for worker, partition, task in self._end():
            if task in self.expired:
                yield Finished(self.at, worker, partition, task, is_late=True)
                continue
            yield Failed(self.at, worker, partition, task, is_dead=False)
            self.waiting[partition].insert(0, task)
            yield Arrived(self.at, partition, 1, again=True)

    def join(self) -> Iterator[Event]:
        self.idle.add(self.workers)
        yield Joined(self.at, self.workers)
        self.workers += 1

    def leave(self) -> Iterator[Event]:
        if len(self.idle) < 2:
            return
        worker = self._one(self.idle)
        self._hear(worker)
        self.idle.remove(worker)
        yield Left(self.at, worker, crashed=False)

    def crash(self) -> Iterator[Event]:
        if not self.in_hand or not self.idle:
            return
        worker = self._one(set(self.in_hand))
        held = self.in_hand.pop(worker)
        if held[1] not in self.expired:
            self.orphans.append(held)
        yield Left(self.at, worker, crashed=True)

    def expire(self) -> Iterator[Event]:
        if self.orphans:
            partition, task = self.orphans.pop()
        elif self.in_hand:
            partition, task = self.in_hand[self._one(set(self.in_hand))]
            if task in self.expired:
                return
            self.expired.add(task)
        else:
            return
        self.slots[partition] -= 1
        self.waiting[partition].append(task)
        yield LeaseExpired(self.at, partition, task)

    def expire_early(self) -> Iterator[Event]:
        """The next pickup is reported before what made it possible."""
        if not self.orphans or not self.idle:
            return
        partition, task = self.orphans.pop()
        worker = self._one(self.idle)
        self._hear(worker)
        self.idle.remove(worker)
        self.in_hand[worker] = partition, task
        yield PickedUp(self.at, worker, partition, task, 0.0, FREE)
        yield LeaseExpired(self.at, partition, task)

    def _end(self) -> Iterator[tuple[int, int, int]]:
        if not self.in_hand:
            return
        worker = self._one(set(self.in_hand))
        partition, task = self.in_hand.pop(worker)
        self.idle.add(worker)
        if task not in self.expired:
            self.to_release[worker] = partition
        yield worker, partition, task

    def _hear(self, worker: int) -> None:
        partition = self.to_release.pop(worker, None)
        if partition is not None:
            self.slots[partition] -= 1

    def _one(self, of: set[int]) -> int:
        return self.random.choice(sorted(of))
