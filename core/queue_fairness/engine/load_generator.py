"""Lets tasks arrive when they are due, whether or not anybody has time for them: open loop.

A task's wait counts from when it was due, even if it was sent later: a generator that is held up
would otherwise hide just those waits that it ought to show (coordinated omission). How late it
was is measured, and shown.
"""

import asyncio
import heapq
from collections.abc import Iterator

from redis.asyncio import Redis
from redis.exceptions import RedisError

from queue_fairness.engine import patience
from queue_fairness.engine.run_parts import RunParts
from queue_fairness.engine.schedule import Arrival
from queue_fairness.errors import ServerError
from queue_fairness.events import Arrived, PushBegan, PushEnded
from queue_fairness.metrics.snapshot import Lateness
from queue_fairness.metrics.statistics import LogHistogram
from queue_fairness.server.connection import drop_unless_open
from queue_fairness.server.outage import BROKEN, is_put_off, reconnect
from queue_fairness.strategies import Task
from queue_fairness.strategies.batch_args import LINES


class Generator:
    """Pushes tasks over a connection of its own.

    Args:
        parts: What the run works with.
        arrivals: What arrives while the workers work, in order.
    """

    def __init__(self, parts: RunParts, arrivals: Iterator[Arrival]) -> None:
        self._arrivals = arrivals
        self._strategy = parts.strategy
        self._at_once = 1 if parts.strategy.pushes_singly else LINES
        self._task_log = parts.task_log
        self._in_flight = parts.in_flight
        self._emit = parts.emit
        self._clock = parts.clock.now
        self._next = next(arrivals, None)
        self._again: list[tuple[float, Task]] = []
        """Tasks to be tried again, a heap by when."""
        self._added: list[Arrival] = []
        self._changed = asyncio.Event()
        self._pushing = False
        self._is_ending = False
        self._lateness = LogHistogram()
        self._latest = 0.0

    @property
    def is_exhausted(self) -> bool:
        """Whether nothing more is to come."""
        return not (self._next or self._again or self._added or self._pushing)

    @property
    def resting(self) -> int:
        """Tasks that failed and are to be tried again later; no worker holds them."""
        return len(self._again)

    @property
    def lateness(self) -> Lateness:
        """How late tasks were in the queue, against when they were due."""
        seen = self._lateness
        p50, p99 = seen.quantiles(0.5, 0.99)
        return Lateness(p50=p50, p99=p99, maximum=self._latest if len(seen) else None)

    def add(self, due: Arrival) -> None:
        """Let more arrive, at once."""
        self._added.append(due)
        self._changed.set()

    def try_again(self, at: float, task: Task) -> None:
        """Let a task that failed arrive once more, later."""
        heapq.heappush(self._again, (at, task))
        self._changed.set()

    def end(self) -> None:
        """Let `run` return after the push that is under way: the queue has that task, or has not.

        A push that is cut short leaves nobody knowing.
        """
        self._is_ending = True
        self._changed.set()

    async def run(self, client: Redis) -> None:
        """Push whatever is due, until told to end."""
        while not self._is_ending:
            batch = self._take_due(self._clock())
            if batch:
                self._pushing = True
                number = await self._push(client, batch)
                self._pushing = False
                self._emit(PushEnded(self._clock(), number))
                self._note_lateness(batch)
            else:
                await self._wait()

    async def _push(self, client: Redis, batch: list[Task]) -> int:
        """Push, over a connection that is there.

        Raises:
            ServerError: It broke meanwhile. To push once more could make two tasks of each.
            RedisError: The server refuses.
        """
        while True:
            if await drop_unless_open(client):
                await reconnect(client, patience.PATIENCE_S)
            try:
                return await self._strategy.push(client, batch)
            except BROKEN as error:
                if not is_put_off(error):
                    raise ServerError(
                        "the connection to Redis broke while tasks were pushed: whether they"
                        " arrived is unknown; run again"
                    ) from error
            except RedisError as error:
                # A batch is one request, which was not carried out.
                if not is_put_off(error):
                    raise
            await reconnect(client, patience.PATIENCE_S)

    def _take_due(self, now: float) -> list[Task]:
        """Tasks due by now, at most one request of them: so all are there at once."""
        batch: list[Task] = []
        while self._again and self._again[0][0] <= now and len(batch) < self._at_once:
            at, task = heapq.heappop(self._again)
            self._task_log.reschedule(task.number, at)
            self._tell(Arrived(now, task.partition, 1, True))
            batch.append(task)
        while self._added and len(batch) < self._at_once:
            left = self._enter(self._added.pop(0), now, batch)
            if left is not None:
                self._added.insert(0, left)
        while self._next is not None and self._next.at <= now and len(batch) < self._at_once:
            self._next = self._enter(self._next, now, batch) or next(self._arrivals, None)
        return batch

    def _enter(self, due: Arrival, now: float, batch: list[Task]) -> Arrival | None:
        """Enter as many of these tasks as there is room for; returns the rest, if any."""
        tasks = min(due.tasks, self._at_once - len(batch))
        batch.extend(self._task_log.enter(due.partition, due.at) for _ in range(tasks))
        self._in_flight.expect(tasks)
        self._tell(Arrived(now, due.partition, tasks))
        return due._replace(tasks=due.tasks - tasks) if tasks < due.tasks else None

    def _tell(self, arrived: Arrived) -> None:
        """Say what is about to arrive: others may be quick to pick it up."""
        if not self._pushing:
            self._pushing = True
            self._emit(PushBegan(arrived.at))
        self._emit(arrived)

    def _note_lateness(self, batch: list[Task]) -> None:
        now = self._clock()
        for task in batch:
            late = now - self._task_log.due_at(task.number)
            self._lateness.add(late)
            self._latest = max(self._latest, late)

    async def _wait(self) -> None:
        """Until something is due, or something was added."""
        self._changed.clear()
        if self._is_ending:
            return
        times = [each.at for each in (self._next,) if each is not None]
        times += [at for at, _ in self._again[:1]]
        if not times:
            await self._changed.wait()
            return
        try:
            async with asyncio.timeout(max(0.0, min(times) - self._clock())):
                await self._changed.wait()
        except TimeoutError:
            return
