"""An order by time, for a queue whose decisions have no number, and a bound on its error.

A decision is made somewhere between the sending of a command and its reply, its *bracket*. By
`sending time` or `start` a dispatch stands where its bracket begins; by `brackets` in the middle,
which halves the worst error where a call is long. A worker's next bracket begins no earlier than it
began to ask, so all events before the oldest such instant can be passed on.
"""

import heapq
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Sequence

from queue_fairness.dispatch_order.evidence import OrderEvidence, OrderKind
from queue_fairness.dispatch_order.overlaps import Bracket, Overlaps
from queue_fairness.events import (
    Arrived,
    Event,
    Failed,
    Finished,
    Joined,
    Left,
    PickedUp,
    Polled,
    ReplyLost,
)

PATIENCE_S = 3.0
"""How long events wait for a worker that is still asking."""
MOST_HELD = 65_536
"""Most events that wait for it."""
CHOICE = 2
"""Partitions per worker up to which hardly any partition has to wait for a turn."""


class TimeOrder:
    """Puts events in the order of time; O(log n) an event for n events on their way.

    Args:
        kind: `sending time`, `start` or `brackets`.
        workers: How many ask from the start, >= 1.
        limit: Tasks of one partition that may be in service at once; 0 for no limit.
    """

    def __init__(self, kind: OrderKind, workers: int, limit: int) -> None:
        self._kind = kind
        self._workers = workers
        self._is_locked = limit == 1
        self._asking = OrderedDict[int, float].fromkeys(range(workers), 0.0)
        """By worker: since when; the oldest first."""
        self._held: list[tuple[float, int, Event, Bracket | None]] = []
        self._heard = 0
        self._given_to = 0.0
        """No event before this instant is held any more."""
        self._arrivals: tuple[list[int], list[float]] = ([0], [0.0])
        """From which task on they arrived when, both ascending."""
        self._arrived = 0
        self._ended: dict[int, float] = {}
        """By partition: when its last task ended; only where it is locked meanwhile."""
        self._waiting: dict[int, int] = {}
        """By partition: its waiting tasks."""
        self._backlogged = 0
        """Partitions with a waiting task."""
        self._rounds: dict[int, int] = {}
        """By partition: how many had one when it began to wait for its next turn."""
        self._fresh: set[int] = set()
        """Partitions that began to wait since the last dispatch, which is when it is counted: in a
        bulk enqueue the first would else see a round of one."""
        self._overlaps = Overlaps()
        self._unknown = 0

    def take(self, heard: Sequence[Event]) -> list[Event]:
        """Take in events as they were heard of; returns those whose turn it is, in order."""
        for event in heard:
            self._follow(event)
            key, bracket = event.at, None
            if isinstance(event, PickedUp):
                bracket = self._bracket(event)
                key = bracket.begin
                if self._kind == "brackets":
                    key = (bracket.begin + bracket.end) / 2
                self._overlaps.add(bracket)
                if key < self._given_to or not event.sent_at:
                    self._unknown += 1
            self._heard += 1
            heapq.heappush(self._held, (key, self._heard, event, bracket))
        return self._give(self._complete_to(heard[-1].at)) if heard else []

    def flush(self) -> list[Event]:
        """All that is left, at the end of a run."""
        return self._give(float("inf"))

    def evidence(self, dispatches: int) -> OrderEvidence:
        """What is known of the order of the dispatches up to now."""
        return OrderEvidence(
            kind=self._kind,
            error_rounds=self._overlaps.most,
            unknown=self._unknown,
            dispatches=dispatches,
        )

    def _follow(self, event: Event) -> None:
        """By worker that is asking: since when, seconds."""
        match event:
            case PickedUp(worker=worker) | Left(worker=worker):
                self._asking.pop(worker, None)
            case Arrived(again=False):
                tasks, times = self._arrivals
                if event.at > times[-1]:
                    tasks.append(self._arrived)
                    times.append(event.at)
                self._arrived += event.tasks
            case Finished() | Failed() | Polled() | Joined() | ReplyLost():
                self._asking[event.worker] = event.at
                self._asking.move_to_end(event.worker)
                if self._is_locked and isinstance(event, Finished | Failed):
                    self._ended[event.partition] = event.at
            case _:
                pass

    def _bracket(self, event: PickedUp) -> Bracket:
        """When the task was handed out: not before it was there, nor while others held its lock."""
        tasks, times = self._arrivals
        arrived = times[bisect_right(tasks, event.task) - 1]
        unlocked = self._ended.get(event.partition, 0.0)
        begin = max(event.sent_at, event.arrived_at, arrived, unlocked)
        return Bracket(min(begin, event.at), event.at)

    def _complete_to(self, now: float) -> float:
        """The instant up to which nothing more is to be heard of."""
        if len(self._held) > MOST_HELD:
            return now
        oldest = next(iter(self._asking.values()), now)
        return max(min(oldest, now), now - PATIENCE_S)

    def _give(self, until: float) -> list[Event]:
        """The events up to an instant, in order."""
        given: list[Event] = []
        held = self._held
        while held and held[0][0] <= until:
            _, _, event, bracket = heapq.heappop(held)
            if isinstance(event, Arrived):
                self._wait(event.partition, event.tasks)
            elif bracket is not None and isinstance(event, PickedUp):
                self._dispatch(event.partition, bracket)
            elif isinstance(event, Finished | Failed):
                self._fresh.add(event.partition)
            given.append(event)
        self._given_to = max(self._given_to, until)
        self._overlaps.settle(until)
        return given

    def _dispatch(self, partition: int, bracket: Bracket) -> None:
        """Note how long a round is for a dispatch, as the waits count it (`fairness.waits`)."""
        for each in self._fresh:
            self._rounds[each] = self._backlogged
        self._fresh.clear()
        of_a_round = max(self._backlogged, self._rounds.get(partition, 0))
        if of_a_round > CHOICE * self._workers:
            bracket.choice = of_a_round
        self._wait(partition, -1)
        self._fresh.add(partition)

    def _wait(self, partition: int, tasks: int) -> None:
        """So many more of its tasks wait, or fewer."""
        before = self._waiting.get(partition, 0)
        self._waiting[partition] = after = before + tasks
        self._backlogged += (after > 0) - (before > 0)
        if before <= 0 < after:
            self._fresh.add(partition)
