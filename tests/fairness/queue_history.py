"""What a queue was like at each moment of a run: slowly, and without the product's folds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import inf

from queue_fairness.events import (
    Failed,
    Finished,
)

NOTHING = 1e-9
"""Tasks of the fluid that are rounding."""


@dataclass(frozen=True, slots=True)
class Dispatch:
    """A pickup that was no redelivery."""

    partition: int
    worker: int
    contended: bool
    backlogged: frozenset[int]
    """Before it."""
    at_s: float
    turns: float
    """Before it."""


class Queue:
    """The queue as the events tell it."""

    def __init__(self, names: Sequence[int], weight: Mapping[int, float], limit: int) -> None:
        self.names, self.weight, self.limit = names, weight, limit or inf
        self.waiting = dict.fromkeys(names, 0)
        self.slots = dict.fromkeys(names, 0)
        """Tasks in service, as far as the queue has heard."""
        self.holder: dict[int, int] = {}
        self.unheard: dict[int, int] = {}
        """By worker: whose task has ended, unknown to the queue."""

    def full(self) -> set[int]:
        return {p for p in self.names if self.slots[p] >= self.limit}

    def backlogged(self) -> set[int]:
        return {p for p in self.names if self.waiting[p] > 0}

    def eligible(self) -> set[int]:
        return self.backlogged() - self.full()

    def claimable(self) -> int:
        return int(sum(min(self.waiting[p], self.limit - self.slots[p]) for p in self.eligible()))

    def hear(self, worker: int) -> None:
        if worker in self.unheard:
            self.slots[self.unheard.pop(worker)] -= 1

    def end(self, event: Finished | Failed) -> None:
        if self.holder.get(event.task) == event.worker:
            del self.holder[event.task]
            if self.limit == inf:
                self.slots[event.partition] -= 1
            else:
                self.unheard[event.worker] = event.partition

    def total(self, of: set[int]) -> float:
        return sum(self.weight[p] for p in sorted(of))


class Fluid:
    """Hands out one task per dispatch among those that it may serve."""

    def __init__(self, queue: Queue) -> None:
        self.queue = queue
        self.left = dict.fromkeys(queue.names, 0.0)
        self.at_hand = 0.0

    def any_left(self) -> set[int]:
        return {p for p, left in self.left.items() if left > NOTHING}

    def held_back(self, partition: int) -> int:
        """Tasks of the partition that it may not serve: at the limit, those not dispatched."""
        is_full = self.queue.slots[partition] >= self.queue.limit
        return max(0, self.queue.waiting[partition]) if is_full else 0

    def served(self) -> set[int]:
        """Those that have something left which it may serve."""
        return {p for p in self.any_left() if self.left[p] > self.held_back(p) + NOTHING}

    def pour(self) -> None:
        """Take one task out, and those that nobody could take before."""
        tasks, self.at_hand = self.at_hand + 1, 0.0
        weight = self.queue.weight
        while tasks > NOTHING:
            served = self.served()
            if not served:
                self.at_hand = tasks
                return
            total = self.queue.total(served)
            room = {p: self.left[p] - self.held_back(p) for p in served}
            step = min([tasks / total, *(room[p] / weight[p] for p in served)])
            for p in served:
                self.left[p] -= step * weight[p]
            tasks -= step * total


class FairBacklog(Fluid):
    """The same without any limit: what a fair queue would have work for."""

    def held_back(self, partition: int) -> int:  # noqa: ARG002
        return 0


class History:
    """One partition's backlogs: when each began and ended, and the pickups in between.

    Times are pairs: the partition's own clock of turns, and the run's.
    """

    def __init__(self) -> None:
        self.backlogs: list[tuple[list[tuple[float, float]], bool]] = []
        self.pickups: list[tuple[float, float]] = []
        self.is_open = False

    def begin(self, own: float, turns: float) -> None:
        self.pickups = [(own, turns)]
        self.is_open = True

    def end(self) -> None:
        self.backlogs.append((self.pickups, False))
        self.is_open = False


def longest_turns(
    history: Mapping[int, History], weight: Mapping[int, float], own_turns: Mapping[int, float]
) -> float:
    """The longest that a partition with tasks waiting was passed over, in turns of its own."""
    longest = 0.0
    for p, each in history.items():
        backlogs = [[own for own, _ in pickups] for pickups, _ in each.backlogs]
        if each.is_open:
            backlogs.append([*(own for own, _ in each.pickups), own_turns[p]])
        for turns in backlogs:
            longest = max([longest, *((b - a) * weight[p] for a, b in pairwise(turns))])
    return longest
