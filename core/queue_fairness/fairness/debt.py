"""Debt: the tasks that a partition is owed, compared with an ideal fluid that serves all at once.

    debt = tasks the fluid has served of this partition - tasks really dispatched

The fluid (generalized processor sharing) hands out exactly one task per real dispatch, in
proportion to the weights of the partitions that it serves: those that are backlogged *in the
fluid*, except those at their concurrency limit *in the queue* of which it has served all tasks that
were dispatched. One unit of its clock V is one task per unit of weight for each partition served.

A partition at its limit could not be served, and is owed nothing more for that time: under the
partition lock a partition on a long task is not passed over. If it is ahead of the fluid, it still
gets its share: were it left out at once, the last of 65 partitions with 64 workers would be due
1/65 + 1/64 + … + 1/2 = 3.8 tasks when all others have one in service. Where the partitions at their
limit weigh less than 1/64 of the others this makes no difference, and they are left out at once.

Unit: tasks. Range: unbounded; over all partitions debts sum to 0, less than 0 is ahead of the
share. Ideal: at most 1 for the most indebted partition. Source: Parekh and Gallager's GPS with the
self-clocking of Golestani (INFOCOM 1994).
"""

from heapq import heapify, heappop, heappush
from itertools import count
from math import inf

from queue_fairness.fairness.partition import Partition

FEW = 64
"""How many times the weight of the partitions at their limit the others must weigh for those to be
left out at once: they are due less than 1/64 of a task."""
_EPSILON = 1e-9
"""Tasks. Rounding of thousands of additions must not keep an empty partition in the fluid."""


class DebtFold:
    """The fluid, with a heap of the virtual times at which its partitions run empty.

    Partitions that run empty at the same time share an entry, or the end of a drain of equal ones
    would be 100,000 entries at once. A partition that has received more work since, or has been at
    its limit for a time, is left where it is and corrected when its time comes; where it is no
    longer true it is dropped then. Partitions at their limit that are ahead have a heap of their
    own. O(log P) per event, O(P) memory.
    """

    __slots__ = (
        "_ahead",
        "_at",
        "_enough",
        "_entries",
        "_full",
        "_full_weight",
        "_live",
        "_next",
        "_numbers",
        "_spare",
        "_times",
        "open_weight",
        "rounds",
        "weight",
    )

    def __init__(self) -> None:
        self.rounds = 0.0
        """V: the fluid's own clock."""
        self.weight = 0.0
        """Sum of the weights of the partitions that the fluid serves now."""
        self.open_weight = 0.0
        """Sum of the weights of those below their limit."""
        self._full = 0
        self._full_weight = 0.0
        """Sum of the weights of the partitions at their limit."""
        self._live = 0
        self._times: list[float] = []
        """The heap: each key of `_at` once."""
        self._at: dict[float, list[Partition]] = {}
        """By virtual time: partitions expected to run empty then when they were entered."""
        self._entries = 0
        """Partitions in those lists, those included that are no longer true."""
        self._ahead: dict[Partition, float] = {}
        """Partitions at their limit that the fluid still serves, with the virtual time up to which;
        no more than there are workers."""
        self._numbers = count()
        self._enough: list[tuple[float, int, Partition]] = []
        """A heap of those times; what is not in `_ahead` is no longer true."""
        self._next = inf
        """No partition of the fluid runs empty, or is served enough, before this virtual time."""
        self._spare = 0.0
        """Tasks dispatched that the fluid has yet to serve: it held none to serve."""

    def arrive(self, partition: Partition, tasks: int) -> None:
        """Give the fluid tasks of the partition."""
        if partition.paused_with >= 0:
            partition.paused_with += tasks / partition.weight
        elif partition.is_live:
            partition.finish += tasks / partition.weight
        else:
            self._join(partition, tasks / partition.weight)

    def pause(self, partition: Partition) -> None:
        """The partition is at its limit: the fluid serves only what was dispatched of it."""
        weight = partition.weight
        self._full += 1
        self._full_weight += weight
        if not partition.is_live:
            partition.paused_with = 0.0
            return
        self.open_weight -= weight
        if self.open_weight > FEW * self._full_weight:
            # Too few to matter: the fluid need not wait until it has served what was dispatched.
            partition.is_live = False
            self._live -= 1
            self.weight -= weight
            left = partition.finish - self.rounds
            partition.paused_with = left if left > _EPSILON else 0.0
            return
        # Arrivals add to both, so that this stays true.
        until = partition.finish - max(0, partition.waiting) / partition.weight
        if until <= self.rounds + _EPSILON:
            self._hold(partition)
        else:
            self._ahead[partition] = until
            if len(self._enough) > 2 * len(self._ahead) + 64:
                self._enough[:] = [
                    (time, next(self._numbers), each) for each, time in self._ahead.items()
                ]
                heapify(self._enough)
            else:
                heappush(self._enough, (until, next(self._numbers), partition))
            if until < self._next:
                self._next = until
        if self._live == len(self._ahead):
            self.open_weight = 0.0

    def resume(self, partition: Partition) -> None:
        """The partition is below its limit again."""
        self._full -= 1
        self._full_weight = self._full_weight - partition.weight if self._full else 0.0
        if self._ahead and self._ahead.pop(partition, None) is not None:
            self.open_weight += partition.weight
            return
        left = partition.paused_with
        partition.paused_with = -1.0
        if left > 0:
            if partition.entry == -inf:
                self._join(partition, left)
                return
            # Its entry of before is earlier, and is corrected when its time comes.
            partition.is_live = True
            partition.finish = self.rounds + left
            self._live += 1
            self.weight += partition.weight
            self.open_weight += partition.weight

    def dispatch(self, partition: Partition, backlogged: float) -> None:
        """Let the fluid serve one task, because the partition has been picked up.

        Args:
            partition: The partition picked up; its `served` does not count this task yet.
            backlogged: Turns that were due to it so far while it had tasks waiting.
        """
        # A debt only grows until the partition's own pickup: its peaks are here, or now.
        left = partition.finish - self.rounds if partition.is_live else 0.0
        owed = partition.arrived - partition.served - (left * partition.weight if left > 0 else 0.0)
        if owed > partition.most_owed:
            partition.most_owed = owed
            partition.indebted_after = backlogged
        weight = self.weight
        if weight > _EPSILON and self._spare == 0:
            rounds = self.rounds + 1 / weight
            if rounds + _EPSILON >= self._next:
                # Most of those that were at their limit have room again.
                self._next = self._next_stop()
            if rounds + _EPSILON < self._next:
                self.rounds = rounds
                return
        self._serve(1 + self._spare)

    def _join(self, partition: Partition, left: float) -> None:
        """The fluid serves the partition from now on; it has `left` rounds to go."""
        partition.is_live = True
        partition.finish = self.rounds + left
        self._live += 1
        self.weight += partition.weight
        self.open_weight += partition.weight
        if partition.entry == -inf:
            if self._entries > 2 * self._live + 64:
                self._drop_untrue()
            self._enter(partition)
            self._next = min(self._next, self._times[0])

    def _enter(self, partition: Partition) -> None:
        time = partition.entry = partition.finish
        same = self._at.get(time)
        if same is None:
            self._at[time] = [partition]
            heappush(self._times, time)
        else:
            same.append(partition)
        self._entries += 1

    def _drop_untrue(self) -> None:
        true = {each.index: each for time in self._at for each in self._present(time)}
        self._at.clear()
        for each in true.values():
            self._at.setdefault(each.entry, []).append(each)
        self._times[:] = self._at
        heapify(self._times)
        self._entries = len(true)

    def _present(self, time: float) -> list[Partition]:
        """The partitions whose entry at this time is true; one may come twice."""
        return [each for each in self._at[time] if each.entry == time]

    def _hold(self, partition: Partition) -> None:
        """Stop the fluid from serving a partition at its limit."""
        partition.is_live = False
        self._live -= 1
        self.weight = self.weight - partition.weight if self._live else 0.0
        left = partition.finish - self.rounds
        partition.paused_with = left if left > _EPSILON else 0.0

    def _leave(self, partition: Partition) -> None:
        partition.entry = -inf
        partition.is_live = False
        self._live -= 1
        self.weight = self.weight - partition.weight if self._live else 0.0
        if self._ahead.pop(partition, None) is None:
            is_last = self._live == len(self._ahead)
            self.open_weight = 0.0 if is_last else self.open_weight - partition.weight
        else:
            partition.paused_with = 0.0

    def _next_enough(self) -> float:
        """Virtual time up to which the fluid serves every partition that is ahead of it."""
        enough, ahead = self._enough, self._ahead
        while enough:
            time, _, partition = enough[0]
            if ahead.get(partition) == time:
                return time
            heappop(enough)
        return inf

    def _next_stop(self) -> float:
        """Virtual time at which a partition may run empty, or be served enough."""
        empty = self._times[0] if self._times else inf
        return min(empty, self._next_enough()) if self._enough else empty

    def _serve(self, tasks: float) -> None:
        """Advance the clock by `tasks`; stop where a partition runs empty or is served enough."""
        times, ahead = self._times, self._ahead
        while times:
            finish = times[0]
            enough = self._next_enough() if self._enough else inf
            if enough < finish:
                until_enough = (enough - self.rounds) * self.weight
                if until_enough > tasks + _EPSILON:
                    break
                tasks = max(0.0, tasks - max(0.0, until_enough))
                self.rounds = max(self.rounds, enough)
                partition = heappop(self._enough)[2]
                del ahead[partition]
                self._hold(partition)
                continue
            present, is_true = self._at[finish], False
            for each in present:
                if each.finish == finish and each.is_live and each.entry == finish:
                    is_true = True
                    break
            if is_true:
                until_empty = (finish - self.rounds) * self.weight
                if until_empty > tasks + _EPSILON:
                    break
                if until_empty > 0:
                    tasks = tasks - until_empty if tasks > until_empty else 0.0
                if finish > self.rounds:
                    self.rounds = finish
            elif self._live and self.weight * (finish - self.rounds) > tasks + _EPSILON:
                break
            heappop(times)
            self._entries -= len(present)
            del self._at[finish]
            self._go_on_from(finish, present)
        if self._live:
            self.rounds += tasks / self.weight
            self._spare = 0.0
        else:
            self._spare = tasks if tasks > _EPSILON else 0.0
        self._next = self._next_stop()

    def _go_on_from(self, finish: float, present: "list[Partition]") -> None:
        """Let those that were entered at a finish leave, or stand at the finish that is theirs."""
        for each in present:
            if each.entry != finish:
                continue
            if not each.is_live:
                each.entry = -inf
            elif each.finish == finish:
                self._leave(each)
            else:
                self._enter(each)
