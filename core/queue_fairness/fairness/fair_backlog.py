"""The fair backlog: partitions for which a fair queue would still have work after each dispatch.

    dispatch ──► one task out of the fluid, in proportion to the weights of those that are in it

A fluid without limits (generalized processor sharing): by strict turns it holds the partitions that
the queue holds, and those besides that have had their turn of the last round. It gives a round its
length (fold.py). Unlike that of debt.py it goes on for partitions that are at their limit, so that
a drain of m tasks each has m rounds under every strategy and limit.

Unit of weight: partitions of weight 1. O(1) a dispatch, O(log P) an arrival and a partition that
runs empty; O(P) memory.
"""

from heapq import heapify, heappop, heappush
from math import inf

from queue_fairness.fairness.partition import Partition

_EPSILON = 1e-9


class FairBacklogFold:
    """The fluid, as the weight that runs empty at each virtual time; partitions need no list."""

    __slots__ = ("_empty_at", "_next", "_spare", "_time", "_times", "weight")

    def __init__(self) -> None:
        self.weight = 0.0
        """Sum of the weights of the partitions in it."""
        self._time = 0.0
        """The clock of the fluid."""
        self._empty_at: dict[float, float] = {}
        """By virtual time: the weight that runs empty then."""
        self._times: list[float] = []
        """A heap of those times, and of some at which no partition runs empty any more."""
        self._next = inf
        self._spare = 0.0
        """Tasks dispatched before their arrival was reported: the fluid has yet to serve them."""

    def arrive(self, partition: Partition, tasks: int) -> None:
        """Give the fluid tasks of the partition."""
        weight, until = partition.weight, partition.in_fair_backlog_until
        if until > self._time:
            self._take_out(until, weight)
        else:
            until = self._time
            self.weight += weight
        until += tasks / weight
        partition.in_fair_backlog_until = until
        if until in self._empty_at:
            self._empty_at[until] += weight
        else:
            self._empty_at[until] = weight
            heappush(self._times, until)
        self._next = self._times[0]

    def dispatch(self) -> None:
        """Let the fluid serve one task."""
        weight = self.weight
        if weight > 0 and not self._spare:
            time = self._time + 1 / weight
            if time + _EPSILON < self._next:
                self._time = time
                return
        self._serve(1 + self._spare)

    def _take_out(self, until: float, weight: float) -> None:
        """A partition runs empty later than at that virtual time."""
        left = self._empty_at[until] - weight
        if left > _EPSILON:
            self._empty_at[until] = left
            return
        del self._empty_at[until]
        if len(self._times) > 2 * len(self._empty_at) + 64:
            # A backlog that grows would leave a time behind with every arrival.
            self._times[:] = self._empty_at
            heapify(self._times)

    def _serve(self, tasks: float) -> None:
        """Advance the clock by `tasks`, stopping where partitions run empty on the way."""
        times = self._times
        while times:
            until_empty = (times[0] - self._time) * self.weight
            if until_empty > tasks + _EPSILON:
                break
            tasks = max(0.0, tasks - max(0.0, until_empty))
            until = heappop(times)
            self._time = max(self._time, until)
            self.weight -= self._empty_at.pop(until, 0.0)
        if self._empty_at:
            self._time += tasks / self.weight
        else:
            # Sums of fractions need not end at 0.
            self.weight = 0.0
            times.clear()
        self._next = times[0] if times else inf
        self._spare = 0.0 if times or tasks < _EPSILON else tasks
