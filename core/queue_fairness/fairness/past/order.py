"""The half that rests on the order of dispatches: rounds, waits, debts, shares, the heat map."""

from heapq import heappop, heappush, heapreplace

from queue_fairness.fairness.heat import HeatFold
from queue_fairness.fairness.partition import Partition
from queue_fairness.fairness.past.columns import Past
from queue_fairness.fairness.shares import ShareFold
from queue_fairness.fairness.steps import (
    ARRIVED,
    BEGUN,
    ENDED,
    SERVED,
    SERVED_LAST,
    Mark,
    Steps,
)
from queue_fairness.fairness.waits import WaitFold

_EPSILON = 1e-9
"""Tasks, as in debt.py."""
_Entry = tuple[float, int, Partition]
"""The virtual time at which a partition runs empty, or an earlier one; its place; it."""


class OrderPast:
    """Folds the steps of a past; O(log P) a step.

    Args:
        past: Whose steps they are.

    Attributes:
        partitions: Those that are known, in the order in which they became known; of each what
            debt.py, waits.py, shares.py and heat.py keep.
        rounds: The clock of rounds.
        turns: The clock of turns, the same.
        fluid: The clock of the fluid.
        backlogged: Partitions that have tasks waiting now.
    """

    def __init__(self, past: Past) -> None:
        self.partitions: list[Partition] = []
        self.rounds = 0.0
        self.fluid = 0.0
        self.waits = WaitFold()
        self.backlogged = 0
        self.shares = ShareFold()
        self.heat = HeatFold()
        self.turns = 0.0
        self._whose = past.partition
        self._of: list[Partition | None] = [None] * past.partitions
        self._now = 0.0
        self._entries: list[_Entry] = []
        """A heap, with one entry for each partition that the fluid serves."""
        self._spare = 0.0
        """Tasks dispatched that the fluid has yet to serve."""

    def take(self, steps: Steps) -> None:
        """Fold some steps."""
        marks = self._replay(steps)
        self.shares.take_all(marks)
        self.heat.take_all(marks)

    def _replay(self, steps: Steps) -> list[Mark]:
        """Replay the queue and its fluid; what others note of it."""
        # One function: the clocks and counts change at every step, and are at hand as locals.
        whose, of, entries, fluid = self._whose, self._of, self._entries, self.fluid
        rounds, backlogged, now = self.rounds, self.backlogged, self._now
        marks: list[Mark] = []
        tell = marks.append
        for kind, task, at in zip(*steps, strict=True):
            if at > now:
                now = at
            if kind == ENDED:
                continue
            partition = of[whose[task]] or self._meet(whose[task])
            waiting = partition.waiting
            if kind == ARRIVED:
                partition.arrived += 1
                partition.waiting = waiting + 1
                if partition.is_live:
                    partition.finish += 1.0
                else:
                    partition.is_live = True
                    partition.finish = fluid + 1.0
                    heappush(entries, (partition.finish, partition.place, partition))
                if not waiting:
                    backlogged += 1
                    partition.since = partition.backlogged_from = rounds
                    partition.since_s = now
                    tell((BEGUN, partition, rounds, now))
                continue
            self._settle(partition, rounds, fluid, now)
            weight = len(entries)
            ahead = rounds + 1 / (weight if weight > backlogged else backlogged)
            further = fluid + 1 / weight if weight and not self._spare else 0.0
            if weight and not self._spare and further + _EPSILON < entries[0][0]:
                fluid = further
            else:
                fluid, self._spare = _serve(entries, fluid, 1 + self._spare)
            partition.waiting = waiting = waiting - 1
            if waiting:
                partition.since, partition.since_s = ahead, now
                tell((SERVED, partition, rounds, now))
            else:
                backlogged -= 1
                partition.since = -1.0
                partition.turns_before += rounds - partition.backlogged_from
                tell((SERVED_LAST, partition, rounds, now))
            rounds = ahead
        self.rounds = self.turns = rounds
        self.backlogged, self._now, self.fluid = backlogged, now, fluid
        return marks

    def _settle(self, partition: Partition, rounds: float, fluid: float, now: float) -> None:
        """A partition is served: what it was owed until now, and how long it has waited."""
        left = partition.finish - fluid if partition.is_live else 0.0
        served = partition.served
        owed = partition.arrived - served - (left if left > 0 else 0.0)
        if owed > partition.most_owed:
            partition.most_owed = owed
            partition.indebted_after = partition.turns_before + rounds - partition.backlogged_from
        self.waits.end(partition, rounds, now)
        partition.served = served + 1

    def _meet(self, index: int) -> Partition:
        partition = self._of[index] = Partition(index, len(self.partitions), 1.0)
        self.partitions.append(partition)
        return partition


def _serve(entries: list[_Entry], fluid: float, tasks: float) -> tuple[float, float]:
    """Advance the fluid by so many tasks; returns its clock, and what it has yet to serve."""
    while entries:
        time, place, partition = entries[0]
        left = (time - fluid) * len(entries)
        if left > tasks + _EPSILON:
            return fluid + tasks / len(entries), 0.0
        if partition.finish != time:
            heapreplace(entries, (partition.finish, place, partition))
            continue
        if left > 0:
            tasks = tasks - left if tasks > left else 0.0
            fluid = time if time > fluid else fluid
        heappop(entries)
        partition.is_live = False
    return fluid, tasks if tasks > _EPSILON else 0.0
