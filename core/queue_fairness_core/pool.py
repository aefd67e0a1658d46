"""The workers: coroutines that drain a queue, each over a Redis connection of its own.

One connection per worker is part of the measurement: a pool of fewer connections than workers
hands them out unevenly, and the unevenness would be blamed on the queue.
"""

import asyncio
import time
from collections.abc import Callable

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from queue_fairness_core.errors import QueueError
from queue_fairness_core.events import (
    Arrived,
    Emit,
    Finished,
    LeaseExpired,
    PickedUp,
    Polled,
    ReplyLost,
)
from queue_fairness_core.plan import Plan
from queue_fairness_core.strategies import Consumer, Lease, Strategy

GRACE_S = 2.0
"""How long a worker may go on with its task after a stop, before it is cancelled."""
RECONNECT_S = 5.0
"""How long a worker whose connection broke waits for Redis to answer again."""
STUCK_S = 2.0
"""How long tasks may wait with every worker idle before the queue counts as stuck."""
IDLE_S = (0.001, 0.02)
"""How long a worker that found nothing waits before it looks again: at first, and at most."""
LOOK_S = 0.02
"""How often it is looked at most whether the queue is empty, while every worker is idle."""
RENEWALS_PER_TTL = 3
"""A lease is renewed this often in its lease time, so that one renewal may come late."""
REAPS_PER_TTL = 10
"""Expired leases are looked for this often in a lease time, but at least every `REAP_S`."""
REAP_S = 1.0

Connect = Callable[[str], Redis]


class Pool:
    """The workers of one run.

    Attributes:
        failure: What ended the run early: a Redis error, or a QueueError; None otherwise.
    """

    def __init__(self, plan: Plan, strategy: Strategy, connect: Connect, emit: Emit) -> None:
        self.failure: Exception | None = None
        self._plan = plan
        self._strategy = strategy
        self._connect = connect
        self._emit = emit
        self._zero = 0.0
        self._stopping = asyncio.Event()
        self._unfinished = plan.total_tasks
        self._finished = bytearray(plan.total_tasks)
        """1 for each task that is done: one may be written twice by others."""
        self._hands: dict[int, Lease] = {}
        """By worker: the task it works on, or has done without the queue's having heard of it."""
        self._working: set[int] = set()
        self._late: set[int] = set()
        """Workers whose lease expired while they worked."""
        self._pickups = 0
        self._stuck_since: float | None = None
        self._look_again = 0.0
        self._last_finish = 0.0

    def now(self) -> float:
        """Seconds since the workers started; 0 before."""
        return time.monotonic() - self._zero if self._zero else 0.0

    @property
    def elapsed_s(self) -> float:
        """Seconds from the workers' start to now, or to the last task once all are done."""
        return self.now() if self._unfinished else self._last_finish

    def stop(self) -> None:
        """Ask the workers to leave after the task in hand."""
        self._stopping.set()

    async def run(self) -> None:
        """Connect, drain the queue, disconnect. Returns when every worker has left.

        Never raises for Redis's sake: see `failure`.
        """
        clients = [self._connect(f"qf-w{worker}") for worker in range(self._plan.workers)]
        try:
            await asyncio.gather(*(client.ping() for client in clients))
            await self._drain([self._strategy.consumer(client) for client in clients], clients)
        except (RedisError, OSError) as error:
            self.failure = error
        finally:
            await asyncio.gather(*(client.aclose() for client in clients), return_exceptions=True)

    async def _drain(self, consumers: list[Consumer], clients: list[Redis]) -> None:
        for partition in range(self._plan.partitions):
            self._emit(Arrived(0.0, partition, self._plan.tasks_per_partition))
        self._zero = time.monotonic()
        tasks = {
            asyncio.create_task(self._work(worker, consumer, client), name=f"worker-{worker}")
            for worker, (consumer, client) in enumerate(zip(consumers, clients, strict=True))
        }
        ending = asyncio.create_task(self._stopping.wait(), name="stopping")
        reaper = asyncio.create_task(self._reap(), name="reaper")
        try:
            # A worker leaves before the stop only by a fault of ours, which then ends the run.
            await asyncio.wait({ending, *tasks}, return_when=asyncio.FIRST_COMPLETED)
            self.stop()
            await asyncio.wait(tasks, timeout=GRACE_S)
        finally:
            for task in (ending, reaper, *tasks):
                task.cancel()
            outcomes = await asyncio.gather(reaper, *tasks, return_exceptions=True)
        for outcome in outcomes:
            if isinstance(outcome, Exception):
                raise outcome

    async def _work(self, worker: int, consumer: Consumer, client: Redis) -> None:
        try:
            done = await self._serve(worker, consumer, client)
            if done is not None:
                await consumer.complete(done)
        except (RedisError, OSError, QueueError) as error:
            self.failure = self.failure or error
            self.stop()

    async def _serve(self, worker: int, consumer: Consumer, client: Redis) -> Lease | None:
        """Take and do tasks until there are no more; returns the last one, not yet completed."""
        done: Lease | None = None
        idle_s = IDLE_S[0]
        while not self._stopping.is_set():
            pickups = self._pickups
            try:
                lease, price = await consumer.next(done)
            except RedisConnectionError:
                self._emit(ReplyLost(self.now(), worker))
                # To complete once more does no harm where a token proves whose the task is.
                if done is not None and not done.token:
                    done = None
                await _reconnect(client)
                continue
            done = None
            self._hands.pop(worker, None)
            if lease is None:
                self._emit(Polled(self.now(), worker, price))
                if pickups == self._pickups and not self._working:
                    await self._look_whether_stuck(client)
                await asyncio.sleep(idle_s)
                idle_s = min(2 * idle_s, IDLE_S[1])
                continue
            idle_s = IDLE_S[0]
            partition, number = lease.task
            self._pickups += 1
            self._stuck_since = None
            if lease.redelivered:
                self._expire(lease)
            self._hands[worker] = lease
            self._working.add(worker)
            self._emit(PickedUp(self.now(), worker, partition, number, 0.0, price))
            await self._do(lease, client)
            self._last_finish = self.now()
            is_late = worker in self._late
            self._late.discard(worker)
            self._working.discard(worker)
            self._emit(Finished(self._last_finish, worker, partition, number, is_late))
            done = lease
            if not is_late:
                self._count(number)
        return done

    async def _do(self, lease: Lease, client: Redis) -> None:
        """The simulated work of a task; its lease is renewed if it is long."""
        left_s = self._plan.work_duration
        ttl_s = self._strategy.lease_ttl_s
        if ttl_s:
            end = time.monotonic() + left_s
            while left_s > ttl_s / RENEWALS_PER_TTL:
                await asyncio.sleep(ttl_s / RENEWALS_PER_TTL)
                try:
                    # If the lease is lost, somebody else does the task, and this one is too late.
                    await self._strategy.renew(client, lease)
                except RedisConnectionError:
                    await _reconnect(client)
                left_s = end - time.monotonic()
        await asyncio.sleep(max(0.0, left_s))

    def _count(self, number: int) -> None:
        """Count a task that is done, the first time that it is."""
        if not self._finished[number]:
            self._finished[number] = 1
            self._unfinished -= 1
            if not self._unfinished:
                self.stop()

    def _expire(self, lease: Lease) -> None:
        """A lease was taken back, or taken over as this one: what its worker does is in vain."""
        was_finished = False
        for worker, held in self._hands.items():
            lost = held.task == lease.task if lease.redelivered else held.token == lease.token
            if lost and worker in self._working:
                self._late.add(worker)
            elif lost:
                was_finished = bool(self._finished[lease.task.number])
        if was_finished:
            self._finished[lease.task.number] = 0
            self._unfinished += 1
        self._emit(LeaseExpired(self.now(), *lease.task, was_finished))

    async def _reap(self) -> None:
        """Put the tasks of dead workers back, now and then, until cancelled."""
        ttl_s = self._strategy.lease_ttl_s
        if not ttl_s:
            return
        client = self._connect("qf-reaper")
        try:
            while True:
                await asyncio.sleep(min(REAP_S, ttl_s / REAPS_PER_TTL))
                try:
                    expired = await self._strategy.reap(client)
                except RedisConnectionError:
                    # Whether Redis is gone for good is for the workers to say.
                    continue
                for lease in expired:
                    self._expire(lease)
        finally:
            await client.aclose()

    async def _look_whether_stuck(self, client: Redis) -> None:
        """Every worker is idle: end the run if the queue is empty, or can no longer be served.

        Tasks in nobody's hands may be back after a lease time; those are waited for.
        """
        now = self.now()
        if now < self._look_again:
            return
        self._look_again = now + LOOK_S
        waiting = await self._strategy.waiting(client)
        ttl_s = self._strategy.lease_ttl_s
        locks = await self._strategy.locks_left(client) if ttl_s else 0
        if not waiting and not locks:
            self.stop()
            return
        if self._stuck_since is None:
            self._stuck_since = now
        elif now - self._stuck_since > STUCK_S + (ttl_s if locks else 0.0):
            locks = locks or await self._strategy.locks_left(client)
            are = "partition is" if locks == 1 else "partitions are"
            raise QueueError(
                f"{waiting:,} tasks wait, every worker is idle, and none can be taken: {locks:,} "
                f"{are} locked and no worker holds the lock (a connection broke while it was "
                f"taken, or someone else writes to this run's keys)"
            )


async def _reconnect(client: Redis) -> None:
    """Wait until Redis answers on a new connection; raises what it raises if it does not."""
    try:
        async with asyncio.timeout(RECONNECT_S):
            await client.ping()
    except TimeoutError:
        raise RedisConnectionError("Redis did not answer again") from None
