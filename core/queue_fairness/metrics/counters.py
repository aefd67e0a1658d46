"""Folds the events of a run into totals, in a few additions per event."""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from queue_fairness.events import (
    Arrived,
    Event,
    Failed,
    Finished,
    Joined,
    LeaseExpired,
    Left,
    Marked,
    PickedUp,
    Polled,
    PushBegan,
    PushEnded,
    ReplyLost,
    Settled,
)
from queue_fairness.metrics.batch import BatchedTotals
from queue_fairness.metrics.ranks import PartitionRanks
from queue_fairness.metrics.values import Gone
from queue_fairness.plan import Plan

RATE_WINDOW_S = 2.0
RATE_STEP_S = 0.1

SPARE_PARTITIONS = 8
"""How many noisy partitions may be added to a run under way."""
GROW_BY = 4096
"""By how many tasks the arrays grow at a time."""

PICKED_UP, FINISHED = 1, 2
"""Bits of what has happened to a task."""


class Counters:
    """The running totals of one run.

    Each kind of event has a fold of its own, found in a table by its type: with thirteen kinds, a
    ladder of `isinstance` would be walked to its end for the rare ones. (`FairnessFold`, to which
    five kinds mean nothing, has a ladder that begins with the two most frequent.)
    """

    def __init__(self, plan: Plan) -> None:
        self.partitions = sum(map(bool, plan.sizes_at_start()))
        """Partitions that have had a task."""
        self.arrived = 0
        self.picked_up = 0
        self.ended = 0
        """Pickups that are over: the work was done, failed, or its worker is gone."""
        self.completed = 0
        self.failed = 0
        """Attempts that failed."""
        self.dead = 0
        """Tasks given up after their last attempt."""
        self.duplicated = 0
        self.replies_lost = 0
        self.polls = 0
        """Dequeue attempts that found no task."""
        self.leases_expired = 0
        self.recovered: list[tuple[Gone, float]] = []
        """What crashed workers had in hand, and when the queue got it back."""
        self.by_worker = [0] * plan.workers
        self.workers_at_work = plan.workers
        self._quiet_partitions = plan.partitions
        self._seen = bytearray(plan.total_tasks)
        """What has happened to each task, from number `_forgotten` on."""
        self._forgotten = 0
        """Tasks below this number were done long ago, and nothing more is kept of them."""
        self._in_hand: dict[int, PickedUp] = {}
        """By worker: the task it works on."""
        self._served_s = 0.0
        self._served_tasks = 0
        """Tasks whose work ended well; their time in workers' hands is `_served_s`."""
        self._gone: dict[int, Gone] = {}
        """By task: what crashed workers had in hand and the queue has not got back."""
        self._redeliveries: dict[int, int] = {}
        """By task: expired leases and failures less repeated pickups; below 0, duplicates."""
        partitions = plan.all_partitions + SPARE_PARTITIONS
        self._ranks = PartitionRanks(partitions)
        self._known = bytearray(partitions)
        for partition, tasks in enumerate(plan.sizes_at_start()):
            self._known[partition] = bool(tasks)
        self._dequeuing_since: list[float | None] = [None] * plan.workers
        self._rate = RecentRate(max(RATE_WINDOW_S, 3 * plan.work_duration))
        self._arrival_rate = RecentRate(RATE_WINDOW_S)
        self.sums = BatchedTotals()
        """Waits, pop times, costs of dequeuing, and the run over time."""
        self._folds = self._table()

    def apply(self, event: Event) -> None:
        """Count one event. Amortized O(1)."""
        self._folds[type(event)](event)

    @property
    def in_flight(self) -> int:
        """Tasks in workers' hands."""
        return self.picked_up - self.ended

    @property
    def gone(self) -> Sequence[Gone]:
        """What crashed workers had in hand and the queue has not got back."""
        return tuple(self._gone.values())

    @property
    def mean_service_s(self) -> float | None:
        """How long a task was in a worker's hands on average, seconds; None before the first."""
        return self._served_s / self._served_tasks if self._served_tasks else None

    def was_taken(self, task: int) -> bool:
        """Whether a task was ever picked up."""
        index = task - self._forgotten
        return index < 0 or (index < len(self._seen) and bool(self._seen[index]))

    def forget(self, before: int) -> None:
        """Keep nothing of the tasks below this number, all of which are done or given up."""
        del self._seen[: before - self._forgotten]
        self._forgotten = before
        self._redeliveries = {
            task: step for task, step in self._redeliveries.items() if task >= before
        }

    @property
    def first_pickup_s(self) -> Sequence[float]:
        """When each served partition was first served, by rank."""
        return self._ranks.first_pickup_s

    @property
    def first_pickup_index(self) -> Sequence[int]:
        """Dispatches before each first pickup, by rank."""
        return self._ranks.first_pickup_index

    @property
    def partition_by_rank(self) -> Sequence[int]:
        """The partition of each rank."""
        return self._ranks.partition_by_rank

    def served_by_rank(self) -> Sequence[int]:
        """A copy of the dispatches from each served partition, by rank."""
        return self._ranks.picked_up_by_rank()

    def wait_sum_by_rank(self) -> Sequence[float]:
        """A copy of the sums of their waits, by rank."""
        return self._ranks.wait_sum_by_rank()

    def rate_per_s(self, at: float) -> float | None:
        """Completions per second over the last seconds; None before any."""
        return self._rate.per_s(at)

    def arrival_rate_per_s(self, at: float) -> float | None:
        """Arrivals per second over the last seconds; None before any."""
        return self._arrival_rate.per_s(at)

    def _table(self) -> "dict[type[Event], Callable[[Any], None]]":
        # Any: each fold takes its own kind of event, which a dictionary cannot say.
        return {
            Arrived: self._arrived,
            PickedUp: self._picked_up,
            Finished: self._finished,
            Failed: self._failed,
            Joined: self._joined,
            Left: self._left,
            Marked: self._marked,
            Polled: self._polled,
            ReplyLost: self._reply_lost,
            LeaseExpired: self._lease_expired,
            PushBegan: _pass,
            PushEnded: _pass,
            Settled: _pass,
        }

    def _arrived(self, event: Arrived) -> None:
        self.sums.arrive(event.at, event.tasks)
        if event.again:
            return
        if not self._known[event.partition]:
            self._known[event.partition] = 1
            self.partitions += 1
        self.arrived += event.tasks
        if event.at:
            self._arrival_rate.add(event.at, event.tasks)

    def _picked_up(self, event: PickedUp) -> None:
        # Unpacked at once: reading a named tuple's fields one by one costs more than the counting.
        at, worker, partition, task, arrived_at, cost, _, _ = event
        sums = self.sums
        if at >= sums.until:
            sums.start_bin(at)
        sums.costs.append(cost)
        seen = self._seen
        index = task - self._forgotten
        if index >= len(seen):
            seen.extend(bytes(index + GROW_BY - len(seen)))
        if index < 0 or seen[index]:
            self._redeliver(task, -1)
        if index >= 0:
            seen[index] |= PICKED_UP
        self._in_hand[worker] = event
        wait = at - arrived_at
        ranks = self._ranks
        rank = ranks.rank[partition]
        if rank < 0:
            rank = ranks.first_pickup(partition, at, self.picked_up)
        ranks.picked_up[rank] += 1
        ranks.wait_sum_s[rank] += wait
        (sums.quiet_waits if partition < self._quiet_partitions else sums.noisy_waits).append(wait)
        since = self._dequeuing_since[worker]
        if since is not None:
            sums.pop_times.append(at - since)
        self.picked_up += 1

    def _finished(self, event: Finished) -> None:
        at, worker, _, task, is_late, _ = event
        held = self._in_hand.pop(worker, None)
        if held is not None:
            self._served_s += at - held.at
            self._served_tasks += 1
        self.ended += 1
        if is_late:
            return
        index = task - self._forgotten
        if index >= 0:
            before = self._seen[index]
            self.completed += not before & FINISHED
            self._seen[index] = before | FINISHED
        self.by_worker[worker] += 1
        self._dequeuing_since[worker] = at
        self._rate.add(at)
        sums = self.sums
        if at >= sums.until:
            sums.start_bin(at)
        sums.completions += 1

    def _failed(self, event: Failed) -> None:
        self._end(event.worker)
        self.failed += 1
        self._dequeuing_since[event.worker] = None
        if event.is_dead:
            self.dead += 1
        else:
            self._redeliver(event.task, 1)

    def _end(self, worker: int) -> None:
        self._in_hand.pop(worker, None)
        self.ended += 1

    def _joined(self, event: Joined) -> None:
        self.workers_at_work += 1
        while event.worker >= len(self.by_worker):
            self.by_worker.append(0)
            self._dequeuing_since.append(None)

    def _left(self, event: Left) -> None:
        self.workers_at_work -= 1
        self._dequeuing_since[event.worker] = None
        held = self._in_hand.get(event.worker)
        if event.crashed and held is not None:
            self._end(event.worker)
            self._gone[held.task] = Gone(held.task, held.partition, event.worker, event.at)

    def _marked(self, event: Marked) -> None:
        self.sums.mark(event.at, event.text)

    def _polled(self, event: Polled) -> None:
        self._dequeuing_since[event.worker] = None
        self.polls += 1
        self.sums.costs.append(event.dequeue_cost)

    def _reply_lost(self, event: ReplyLost) -> None:
        self._dequeuing_since[event.worker] = None
        self.replies_lost += 1

    def _lease_expired(self, event: LeaseExpired) -> None:
        self.leases_expired += 1
        gone = self._gone.pop(event.task, None)
        if gone is not None:
            self.recovered.append((gone, event.at))
        if event.was_finished:
            self.completed -= 1
            self._seen[event.task - self._forgotten] &= ~FINISHED
        # A lease of which no pickup is known was claimed by a worker that never heard of it.
        if self.was_taken(event.task):
            self._redeliver(event.task, 1)

    def _redeliver(self, task: int, step: int) -> None:
        """Set a repeated pickup (-1) off against an expired lease (1), whichever comes first."""
        before = self._redeliveries.get(task, 0)
        self._redeliveries[task] = before + step
        self.duplicated += max(0, -before - step) - max(0, -before)


def _pass(event: Event) -> None:
    """Ignore an event that only says something about the order of dispatches."""


class RecentRate:
    """Completions per second over a sliding window of coarse steps."""

    def __init__(self, window_s: float) -> None:
        """Start at time 0 with nothing completed.

        Args:
            window_s: How far back to look, in seconds; several tasks long, or the rate flickers.
        """
        self._window_s = window_s
        self._steps: deque[tuple[float, int]] = deque([(0.0, 0)])
        self._count = 0

    def add(self, at: float, count: int = 1) -> None:
        """Count completions at a time that never goes back."""
        if at - self._steps[-1][0] >= RATE_STEP_S:
            self._steps.append((at, self._count))
            while at - self._steps[0][0] > self._window_s:
                self._steps.popleft()
        self._count += count

    def add_all(self, times: Iterable[float]) -> None:
        """Count one completion at each time."""
        count, since = self._count, self._steps[-1][0]
        for at in times:
            if at - since >= RATE_STEP_S:
                self._count = count
                self.add(at, 0)
                since = at
            count += 1
        self._count = count

    def per_s(self, at: float) -> float | None:
        """The rate up to `at`, in completions per second; None before any was completed."""
        since, count = self._steps[0]
        if not self._count or at - since < RATE_STEP_S:
            return None
        return (self._count - count) / (at - since)
