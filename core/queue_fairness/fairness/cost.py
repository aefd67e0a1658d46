"""Any other cost of tasks, such as tokens, measured as worker time is (worker_time.py).

A cost is known when its task ends, so it is received, and falls due to all active partitions, at
that instant. Kept apart from the partitions' records, since most runs have none.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from queue_fairness.fairness.partition import Partition
from queue_fairness.fairness.worker_time import (
    LEAST_DUE,
    WorkerTime,
    by_chance,
    by_turns,
    spare_squares,
)


@dataclass(slots=True)
class _Account:
    """One partition's costs."""

    received: float = 0.0
    due: float = 0.0
    settled: float = 0.0
    """The clock of shares up to which what is due is written down."""
    lag: float = 0.0
    due_before: float = 0.0
    """What was due when it became active."""
    tasks: int = 0
    is_active: bool = True


class CostFold:
    """The lag of every partition in the unit of its tasks' cost, O(1) per event."""

    __slots__ = ("_accounts", "_lag", "_share", "_squares", "_sum", "_tasks", "_weight")

    def __init__(self) -> None:
        self._accounts: dict[int, _Account] = {}
        self._share = 0.0
        """Cost due to a unit of weight so far."""
        self._weight = 0.0
        """Sum of the weights of the active partitions."""
        self._tasks = 0
        self._sum = 0.0
        self._squares = 0.0
        self._lag: tuple[float, int | None, float, int] = (0.0, None, 0.0, 0)
        """The largest lag: of how much, whose, of what due, after how many tasks."""

    def begin(self, partition: Partition) -> None:
        """Note that a partition becomes active."""
        self._weight += partition.weight
        if self._tasks:
            account = self._accounts.setdefault(partition.index, _Account())
            account.is_active = True
            account.settled = self._share
            account.due_before = account.due

    def leave(self, partition: Partition) -> None:
        """Note that a partition has nothing waiting and nothing in service any more."""
        if self._tasks:
            account = self._settle(partition)
            account.is_active = False
            account.lag = min(account.lag, 0.0)
        self._weight = max(0.0, self._weight - partition.weight)

    def finish(self, partition: Partition, cost: float) -> None:
        """Note that a task of an active partition has ended and reported its cost."""
        account = self._settle(partition)
        self._tasks += 1
        self._sum += cost
        self._squares += cost * cost
        if self._weight > 0:
            self._share += cost / self._weight
        account.received += cost
        account.lag -= cost
        account.tasks += 1

    def worker_time(
        self, partitions: Mapping[int, Partition], dispersion: float | None
    ) -> WorkerTime | None:
        """What partitions got of the cost; None where no task told any. O(P)."""
        if not self._tasks:
            return None
        active = [each for each in partitions.values() if each.settled_at >= 0]
        accounts = self._accounts | {each.index: self._settle(each) for each in active}
        mean = self._sum / self._tasks
        shares = sorted(
            each.received / each.due for each in accounts.values() if each.due > LEAST_DUE * mean
        )
        largest = max(accounts, key=lambda partition: accounts[partition].received)
        received = sum(each.received for each in accounts.values())
        due = sum(each.due for each in accounts.values())
        served = [each for each in accounts.values() if each.tasks]
        between = sum(each.received**2 / each.tasks for each in served)
        left = self._tasks - len(served)
        scatter = spare_squares(self._squares, between) / left if left > 0 else 0.0
        lag, partition, due_then, tasks = self._lag
        return WorkerTime(
            least=shares[0] if shares else None,
            median=shares[(len(shares) - 1) // 2] if shares else None,
            most=shares[-1] if shares else None,
            largest=accounts[largest].received / received if received else None,
            largest_partition=largest,
            largest_due=accounts[largest].due / due if due else None,
            lag_max=lag,
            lag_partition=partition,
            lag_share=lag / due_then if due_then > 0 else None,
            lag_tasks=lag / mean if mean else None,
            lag_by_chance=by_chance(scatter, tasks),
            lag_by_turns=by_turns(dispersion, due_then, mean),
        )

    def _settle(self, partition: Partition) -> _Account:
        """Write down what was due to an active partition since the last time."""
        account = self._accounts.get(partition.index)
        if account is None:
            # Active since before the first cost was told.
            account = self._accounts[partition.index] = _Account()
        if account.is_active:
            due = (self._share - account.settled) * partition.weight
            account.due += due
            account.lag += due
            account.settled = self._share
            if account.lag > self._lag[0]:
                due_then = account.due - account.due_before
                self._lag = (account.lag, partition.index, due_then, account.tasks)
        return account
