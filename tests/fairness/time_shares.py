"""Worker time and any other cost per partition: slowly, from the whole list of events.

By the definitions in worker_time.py and cost.py. Unlike service_lag.py, which is the pure fluid, it
goes by the stretches between two looks at a partition, over which its limit caps what is due to it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf, nan

from fairness.queue_history import Queue
from fairness.recomputation import nearest_rank

from queue_fairness.events import (
    Arrived,
    Event,
    Failed,
    Finished,
    LeaseExpired,
    Left,
    PickedUp,
    Polled,
)

ROUNDING = 1e-9


@dataclass
class TimeShares:
    """What partitions received and what was due to them, and the largest lag."""

    received: dict[int, float] = field(default_factory=dict)
    due: dict[int, float] = field(default_factory=dict)
    lengths: dict[int, list[float]] = field(default_factory=dict)
    """Of the tasks that have ended, by partition."""
    lags: list[tuple[float, float, int]] = field(default_factory=list)
    """At each look at a partition: its lag, what had been due to it by then, and who it was."""

    def note(self, partition: int, lag: float, due: float) -> None:
        self.lags.append((lag, due, partition))

    def lag(self) -> float:
        """The largest."""
        return max([0.0, *(lag for lag, _, _ in self.lags)])

    def ended(self) -> list[float]:
        return [length for lengths in self.lengths.values() for length in lengths]

    def part(self, rank: float) -> float | None:
        """What of its due the partition of that rank received, among those to whom much was due.

        NaN where rounding decides to whom it was.
        """
        ended = self.ended()
        mean = sum(ended) / len(ended) if ended else 0.0
        if any(abs(due - 3 * mean) < ROUNDING for due in self.due.values()):
            return nan
        parts = [
            self.received[p] / due for p, due in self.due.items() if due > 3 * mean and due > 0
        ]
        return nearest_rank(parts, rank) if parts else None


@dataclass
class _Account:
    active: bool = False
    received: float = 0.0
    """At the last look."""
    share: float = 0.0
    at: float = 0.0
    lag: float = 0.0
    due_before: float = 0.0


def time_shares(
    events: Sequence[Event], limit: int, weights: Mapping[int, float]
) -> tuple[TimeShares, TimeShares]:
    """Worker time, and the cost that tasks told."""
    names = sorted({e.partition for e in events if isinstance(e, Arrived | PickedUp)})
    weight = {p: weights.get(p, 1.0) for p in names}
    queue = Queue(names, weight, limit)
    time, cost = TimeShares(), TimeShares()
    for kind in (time, cost):
        kind.received, kind.due = dict.fromkeys(names, 0.0), dict.fromkeys(names, 0.0)
        kind.lengths = {p: [] for p in names}
    accounts = {p: _Account() for p in names}
    costs = {p: _Account() for p in names}
    leaving: list[tuple[int, int]] = []
    counted: set[int] = set()
    served = dict.fromkeys(names, 0)
    began: dict[int, float] = {}
    busy: set[int] = set()
    early: dict[int, int] = {}
    whose: dict[int, int] = {}
    dispatches, now, share = 0, 0.0, 0.0

    def look(p: int, most: float) -> None:
        account = accounts[p]
        due = max(0.0, min(weight[p] * (share - account.share), most))
        time.due[p] += due
        account.lag += due - (time.received[p] - account.received)
        account.received, account.share, account.at = time.received[p], share, now

    def settle(p: int) -> None:
        account = accounts[p]
        look(p, (limit or inf) * (now - account.at))
        time.note(p, account.lag, time.due[p] - account.due_before)

    def note_cost(p: int) -> None:
        cost.note(p, costs[p].lag, cost.due[p] - costs[p].due_before)

    def activity() -> None:
        for p in names:
            is_active = queue.waiting[p] > 0 or queue.slots[p] > 0
            if is_active and not accounts[p].active:
                account = accounts[p]
                account.active = costs[p].active = True
                account.received, account.share, account.at = time.received[p], share, now
                account.due_before, costs[p].due_before = time.due[p], cost.due[p]
                counted.add(p)
                leaving[:] = [each for each in leaving if each[1] != p]
            elif not is_active and accounts[p].active:
                note_cost(p)
                costs[p].lag = min(0.0, costs[p].lag)
                look(p, time.received[p] - accounts[p].received)
                accounts[p].lag = min(0.0, accounts[p].lag)
                accounts[p].active = costs[p].active = False
                others = sum(each.active for each in accounts.values())
                leaving.append((max(1, dispatches + others), p))

    for event in events:
        span, now = max(0.0, event.at - now), max(now, event.at)
        if counted:
            share += span * len(busy) / queue.total(counted)
        for task in queue.holder:
            time.received[whose[task]] += span
        if isinstance(event, Arrived):
            queue.waiting[event.partition] += event.tasks
        elif isinstance(event, Polled):
            queue.hear(event.worker)
        elif isinstance(event, Finished | Failed):
            p = event.partition
            if queue.holder.get(event.task) == event.worker:
                time.lengths[p].append(now - began[event.worker])
                told = event.cost if isinstance(event, Finished) else None
                if told is not None:
                    note_cost(p)
                    active = {each for each in names if costs[each].active}
                    for each in active:
                        due = told * weight[each] / queue.total(active)
                        cost.due[each] += due
                        costs[each].lag += due
                    cost.received[p] += told
                    costs[p].lag -= told
                    cost.lengths[p].append(told)
            queue.end(event)
            busy.discard(event.worker)
        elif isinstance(event, Left):
            queue.hear(event.worker)
            busy.discard(event.worker)
        elif isinstance(event, LeaseExpired):
            if early.get(event.task):
                early[event.task] -= 1
                continue
            if event.task in queue.holder:
                del queue.holder[event.task]
                queue.slots[event.partition] -= 1
            activity()
            queue.waiting[event.partition] += 1
        elif isinstance(event, PickedUp):
            p, worker = event.partition, event.worker
            queue.hear(worker)
            for other in [w for w, name in queue.unheard.items() if name == p]:
                if queue.slots[p] >= queue.limit:
                    queue.hear(other)
            activity()
            busy.add(worker)
            began[worker] = now
            redelivered = event.task in queue.holder
            queue.holder[event.task] = worker
            whose[event.task] = p
            if redelivered:
                early[event.task] = early.get(event.task, 0) + 1
                continue
            queue.waiting[p] -= 1
            queue.slots[p] += 1
            activity()
            if served[p] % 4 == 0:
                while leaving and leaving[0][0] <= dispatches:
                    counted.discard(leaving.pop(0)[1])
                settle(p)
            served[p] += 1
            dispatches += 1
        activity()

    for p in names:
        if accounts[p].active:
            settle(p)
        note_cost(p)
    return time, cost
