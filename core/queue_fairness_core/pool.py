"""The worker pool: workers in one event loop, each over a Redis connection of its own.

One connection per worker is part of the measurement: a pool of fewer connections than workers
hands them out unevenly, and the unevenness would be blamed on the queue.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextlib import suppress
from functools import partial

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from queue_fairness_core.errors import FairnessError, QueueError
from queue_fairness_core.events import (
    REAPER,
    Arrived,
    Emit,
    Joined,
    LeaseExpired,
    Left,
    Marked,
    Settled,
)
from queue_fairness_core.generator import Generator
from queue_fairness_core.hands import Hands
from queue_fairness_core.load.schedule import Book, Due
from queue_fairness_core.plan import Plan
from queue_fairness_core.strategies import Lease, Strategy
from queue_fairness_core.worker import Worker, Workplace

GRACE_S = 2.0
"""How long a worker may go on with its task after a stop, before it is cancelled."""
STUCK_S = 2.0
"""How long tasks may wait with every worker idle before the queue counts as stuck."""
LOOK_S = 0.02
"""How often it is looked at most whether the queue is empty, while every worker is idle."""
TOLD_AT_ONCE = 500
"""Partitions whose waiting tasks are told in one go; they hold up the loop for a millisecond."""
REAPS_PER_TTL = 10
"""Expired leases are looked for this often in a lease time, but at least every `REAP_S`."""
REAP_S = 1.0

Connect = Callable[[str], Redis]


class Pool:
    """The workers of one run, and whoever feeds and minds them.

    Args:
        plan: What is asked for.
        strategy: The queue's discipline; tasks that wait at the start are in it already.
        connect: Opens a connection of a worker.
        emit: Told all that happens.
        book: Holds the tasks that wait at the start, and no others.
        later: What arrives while the workers work.
        results: Begins the keys in which tasks leave their results.
        produce: Opens the connection of the generator; None for the workers' kind.

    Attributes:
        failure: What ended the run early: a Redis error, or a QueueError; None otherwise.
        workers: Those at work, by number.
    """

    def __init__(
        self,
        plan: Plan,
        strategy: Strategy,
        connect: Connect,
        emit: Emit,
        book: Book,
        later: Iterable[Due] = (),
        results: str = "results",
        produce: Connect | None = None,
    ) -> None:
        self.failure: Exception | None = None
        self.workers: dict[int, Worker] = {}
        self._plan = plan
        self._strategy = strategy
        self._connect = connect
        self._produce = produce or connect
        self._emit = emit
        self._book = book
        self._hands = Hands()
        self._zero = 0.0
        self.generator = Generator(iter(later), strategy, book, self._hands, emit, self.now)
        self._place = Workplace(
            plan,
            strategy,
            book,
            self.generator,
            self._hands,
            emit,
            self.now,
            strategy.names.__getitem__,
            results,
        )
        self._group = asyncio.TaskGroup()
        self._employed: set[asyncio.Task[None]] = set()
        self._minders: set[asyncio.Task[None]] = set()
        self._crashed = False
        self._ended_at = 0.0
        self._stuck_since: float | None = None
        self._pickups_seen = 0
        self._look_again = 0.0
        self._is_looking = False
        self._empty_at: int | None = None
        """Pickups so far when the queue was last seen empty; None where it was not."""

    def now(self) -> float:
        """Seconds since the workers started; 0 before."""
        return time.monotonic() - self._zero if self._zero else 0.0

    @property
    def elapsed_s(self) -> float:
        """Seconds from the workers' start to now, or to the last task once all are done."""
        if self._plan.is_drain and self._zero and self._place.is_drained:
            return self._place.last_finish
        return self._ended_at or self.now()

    @property
    def complaint(self) -> str | None:
        """The first traceback of a user's own task; None while there is none."""
        return self._place.complaint

    def stop(self) -> None:
        """Ask the workers to leave after the task in hand."""
        self._place.stopping.set()

    def add_worker(self) -> int:
        """Let one more work, under the lowest number that is free; returns the number."""
        index = next(each for each in range(len(self.workers) + 1) if each not in self.workers)
        self._hire(index)
        self._emit(Joined(self.now(), index))
        return index

    def remove_worker(self) -> int | None:
        """Let the worker of the highest number go after its task; None if it is the last one."""
        if len(self.workers) < 2:
            return None
        index = max(self.workers)
        self.workers[index].leave()
        return index

    def crash_worker(self) -> int | None:
        """Let a worker that has a task in hand be gone as it stands, else the first one."""
        holders = sorted(self._hands.working & self.workers.keys())
        index = next(iter(holders or sorted(self.workers)), None)
        if index is not None:
            self.workers[index].crash()
        return index

    def slow_worker(self, slowness: float) -> int | None:
        """Let one more worker take so many times as long; None if all do already."""
        for index, worker in sorted(self.workers.items()):
            if worker.slowness < slowness:
                worker.slowness = slowness
                return index
        return None

    async def run(self) -> None:
        """Connect, serve until the queue is drained or the time is over, disconnect.

        Returns when every worker has left. Never raises for Redis's sake: see `failure`.
        """
        # Before there is a connection to close, since it takes a while.
        await self._tell_what_waits()
        try:
            clients = [self._connect(f"qf-w{worker}") for worker in range(self._plan.workers)]
            try:
                await asyncio.gather(*(client.ping() for client in clients))
            except BaseException:
                await asyncio.gather(*(each.aclose() for each in clients), return_exceptions=True)
                raise
            async with asyncio.TaskGroup() as self._group:
                self._begin()
                for index, client in enumerate(clients):
                    self._hire(index, client)
                await self._go_on()
        except (RedisError, OSError) as error:
            self.failure = self.failure or error

    async def _tell_what_waits(self) -> None:
        """The tasks that wait are there at the instant in which the clock starts.

        They are told before it does: to take in 100,000 partitions at once would cost 0.2 s of it.
        """
        self._hands.expect(self._book.entered)
        for partition, tasks in enumerate(self._plan.sizes_at_start()):
            if tasks:
                self._emit(Arrived(0.0, partition, tasks))
            if partition % TOLD_AT_ONCE == 0:
                await asyncio.sleep(0)

    def _begin(self) -> None:
        self._zero = time.monotonic()
        plan = self._plan
        self.mind(self._feed, "generator")
        if self._strategy.lease_ttl_s:
            self.mind(self._reap, "reaper")
        if plan.crash_at:
            self.mind(self._crash_as_planned, "crash")
        if plan.noisy:
            piles = f"{plan.noisy} x " if plan.noisy > 1 else ""
            text = f"noise: {piles}{plan.noisy_tasks:,} tasks"
            self.mind(partial(self._announce, plan.noisy_at, text), "noise")
        if plan.newcomer_at:
            text = f"{plan.partition_name(plan.partitions - 1)} is new"
            self.mind(partial(self._announce, plan.newcomer_at, text), "newcomer")

    def _hire(self, index: int, client: Redis | None = None) -> None:
        plan = self._plan
        worker = Worker(
            index,
            self._place,
            client or self._connect(f"qf-w{index}"),
            self._look_whether_over,
            plan.slow_worker if index == 0 else 1.0,
        )
        self.workers[index] = worker
        task = self._group.create_task(self._employ(worker), name=f"worker-{index}")
        self._employed.add(task)

    async def _employ(self, worker: Worker) -> None:
        """A worker's time with us, from the first poll to its last word."""
        try:
            in_order = await worker.serve()
        except (RedisError, OSError, QueueError) as error:
            self._fail(error)
            return
        finally:
            await worker.close()
        if self._place.stopping.is_set():
            return
        del self.workers[worker.index]
        self._emit(Left(self.now(), worker.index, not in_order))
        if not in_order:
            self._crashed = True
            self._hands.crash(worker.index)
            self._mark(f"worker w{worker.index} crashed")
            if self._plan.crash_return:
                self.mind(partial(self._return, worker.index), "return")
            elif self._plan.is_drain and not self.workers:
                # Nobody is left to drain it.
                self.stop()

    async def _return(self, index: int) -> None:
        await asyncio.sleep(self._plan.crash_return)
        if index not in self.workers:
            self._hire(index)
            self._emit(Joined(self.now(), index))
            self._mark(f"worker w{index} is back")

    async def _go_on(self) -> None:
        """Until it is time to stop; then let the workers finish, and see everybody off."""
        duration_s = None if self._plan.is_drain else self._plan.duration
        with suppress(TimeoutError):
            async with asyncio.timeout(duration_s):
                await self._place.stopping.wait()
        self.stop()
        for minder in self._minders:
            minder.cancel()
        await asyncio.wait(self._employed, timeout=GRACE_S)
        self._ended_at = self.now()
        for task in self._employed:
            task.cancel()

    def mind(self, work: Callable[[], Coroutine[object, object, None]], name: str) -> None:
        """Do something beside the workers, until they stop."""

        async def watched() -> None:
            try:
                await work()
            except (RedisError, OSError, FairnessError) as error:
                self._fail(error)

        self._minders.add(self._group.create_task(watched(), name=name))

    def _fail(self, error: Exception) -> None:
        self.failure = self.failure or error
        self.stop()

    def _mark(self, text: str) -> None:
        self._emit(Marked(self.now(), text))

    async def _feed(self) -> None:
        async with self._produce("qf-generator") as client:
            await self.generator.run(client)

    async def _crash_as_planned(self) -> None:
        await asyncio.sleep(self._plan.crash_at)
        self.crash_worker()

    async def _announce(self, at: float, text: str) -> None:
        await asyncio.sleep(at)
        self._mark(text)

    async def _reap(self) -> None:
        """Put the tasks of dead workers back, now and then, until cancelled."""
        ttl_s = self._strategy.lease_ttl_s
        async with self._connect("qf-reaper") as client:
            while True:
                await asyncio.sleep(min(REAP_S, ttl_s / REAPS_PER_TTL))
                expired: Sequence[Lease] = ()
                step = 0
                # Whether Redis is gone for good is for the workers to say.
                with suppress(RedisConnectionError):
                    expired, step = await self._strategy.reap(client)
                for lease in expired:
                    was_finished = self._hands.expire(lease)
                    self._emit(LeaseExpired(self.now(), *lease.task, was_finished, step))
                self._emit(Settled(self.now(), REAPER, step))

    async def _look_whether_over(self, client: Redis) -> None:
        """Every worker is idle: end a drain whose queue is empty, or can no longer be served.

        One of them looks at a time: at 100,000 partitions a look takes longer than `LOOK_S`.
        """
        is_drain = self._plan.is_drain and self.generator.is_exhausted
        if not is_drain or self._is_looking or self.now() < self._look_again:
            return
        if any(worker.owes_task for worker in self.workers.values()):
            return
        self._is_looking = True
        try:
            await self._look_at_queue(client)
        finally:
            self._is_looking = False
            self._look_again = self.now() + LOOK_S

    async def _look_at_queue(self, client: Redis) -> None:
        """Tasks in nobody's hands may be back after a lease time; those are waited for."""
        now = self.now()
        ttl_s = self._strategy.lease_ttl_s
        # In this order: a task whose lease expires meanwhile is counted twice, and not overlooked.
        locks = await self._strategy.locks_left(client) if ttl_s else 0
        waiting = await self._strategy.waiting(client)
        if not waiting and not locks:
            # Twice, with no pickup in between: a task may have been on its way into somebody's
            # hands, and would come back if it failed there.
            if self._empty_at == self._place.pickups:
                self.stop()
            self._empty_at = self._place.pickups
            return
        self._empty_at = None
        if self._stuck_since is None or self._pickups_seen != self._place.pickups:
            self._stuck_since = now
            self._pickups_seen = self._place.pickups
        elif now - self._stuck_since > STUCK_S + (ttl_s if locks else 0.0):
            if self._crashed:
                # Whose fault it is stands in the report already: who crashed, and what is left.
                self.stop()
                return
            locks = locks or await self._strategy.locks_left(client)
            are = "partition is" if locks == 1 else "partitions are"
            raise QueueError(
                f"{waiting:,} tasks wait, every worker is idle, and none can be taken: {locks:,} "
                f"{are} locked and no worker holds the lock (a connection broke while it was "
                f"taken, or someone else writes to this run's keys)"
            )
