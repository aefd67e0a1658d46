"""One worker of a run: takes tasks and does them, one after another, until it is told to leave.

next ──► a task? ──no──► wait until woken, or poll
▲        │ yes
│        ▼
│      its work ──► done ─────► completed with the next pop
│        │ fails ─► retried ──► at the head or the tail, or later; or given up
│        ▼
└──── crash: leaves as it stands
"""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from redis.asyncio import Redis
from redis.exceptions import RedisError

from queue_fairness.engine import simulated_work
from queue_fairness.engine.drain_detector import LOOK_S
from queue_fairness.engine.patience import get_through, renew_if_closed
from queue_fairness.engine.retry_policy import backoff_s
from queue_fairness.engine.worker_context import WorkerContext
from queue_fairness.errors import QueueError
from queue_fairness.events import (
    Arrived,
    Failed,
    Finished,
    LeaseExpired,
    PickedUp,
    Polled,
    ReplyLost,
    Settled,
)
from queue_fairness.load.task_body import reported_cost
from queue_fairness.outside import details_from_outside
from queue_fairness.server.outage import BROKEN, is_put_off
from queue_fairness.strategies import Lease
from queue_fairness.strategies.base import POLL_S
from queue_fairness.strategies.custom.calls import format_error

BLOCK_S = 5.0
"""How long an idle worker waits to be woken before it looks by itself, as BullMQ's `drainDelay`.

Only after something went wrong is there anything to find. Up to 1,024 look, so not at one time."""
RENEWALS_PER_TTL = 3
"""A lease is renewed this often in its lease time, so that one renewal may come late."""


class CrashError(Exception):
    """A worker is to be gone as it stands. Never leaves this module."""


class Worker:
    """One worker, over one connection.

    Args:
        index: Its number, from 0.
        context: What it shares with the others.
        client: Its connection.
        check_drained: Awaited after each poll that found nothing while nobody works; whether this
            worker is to look again soon.
        slowness: How many times as long as the plan says its work takes.
    """

    def __init__(
        self,
        *,
        index: int,
        context: WorkerContext,
        client: Redis,
        check_drained: Callable[[Redis], Awaitable[bool]],
        slowness: float = 1.0,
    ) -> None:
        self.index = index
        self.slowness = slowness
        self._context = context
        self._client = client
        self._check_drained = check_drained
        self._consumer = context.strategy.consumer(client)
        self._consumer.passed = self._settle
        self.asked_at: float | None = None
        """When it asked the queue for what it waits for (`time.monotonic`); None in between."""
        self._leaving = False
        self._crashing = False
        self._in_work = False
        self._task: asyncio.Task[object] | None = None
        self._cost: float | None = None
        """What the task in hand reported."""
        self._wait: asyncio.Task[None] | None = None
        self._chance = random.Random(f"{context.plan.seed} wait {index}")
        self._poll_s = POLL_S[0]
        self._was_idle = False
        self._has_waited = False
        """To be woken, which was one round trip, and is part of the next attempt's cost."""
        self._done: Lease | None = None
        """Done or dead, and the queue has not heard of it."""
        self._failed: Lease | None = None
        """To be put back into the queue."""

    @property
    def owes_task(self) -> bool:
        """Whether it has a failed task in hand that is not back in the queue."""
        return self._failed is not None

    @property
    def is_leaving(self) -> bool:
        """Whether it is to go after the task in hand, or to be gone as it stands."""
        return self._leaving or self._crashing

    def leave(self) -> None:
        """Let it go after the task in hand."""
        self._leaving = True
        if self._wait is not None:
            self._wait.cancel()

    def crash(self) -> None:
        """Let it be gone as it stands; if it has no task in hand, as soon as it has one."""
        self._crashing = True
        if self._in_work and self._task is not None:
            self._task.cancel()

    async def hang_up(self) -> None:
        """Give up the connection on which it waits in vain; it takes that for a lost reply."""
        if self._client.connection is not None:
            await self._client.connection.disconnect(nowait=True)

    async def close(self) -> None:
        """Give the connection up."""
        await self._client.aclose()

    async def serve(self) -> bool:
        """Take and do tasks until it is time to leave.

        Returns:
            Whether it left in order; False for a crash.

        Raises:
            RedisError, OSError, QueueError: The queue broke.
        """
        self._task = asyncio.current_task()
        try:
            while not (self._leaving or self._context.stopping.is_set()):
                await self._turn()
            await self._say_goodbye()
        except CrashError:
            self._consumer.crash()
            return False
        except asyncio.CancelledError:
            if not (self._crashing and self._in_work and self._task is not None):
                raise
            self._task.uncancel()
            self._consumer.crash()
            return False
        return True

    async def _say_goodbye(self) -> None:
        """Tell the queue what it has not heard, and whom to wake instead of this worker."""
        try:
            if self._failed is not None:
                await self._put_back(self._failed)
            if self._done is not None:
                self._settle(await self._consumer.complete(self._done))
            elif self._was_idle and not self._context.stopping.is_set():
                await self._consumer.pass_on()
        except RedisError as error:
            await self._outlast(error)
            if self._failed is not None or self._done is not None:
                await self._say_goodbye()

    async def _turn(self) -> None:
        """One attempt to dequeue, and the work on what came of it."""
        context = self._context
        pickups = context.pickups
        self.asked_at = time.monotonic()
        try:
            if self._failed is not None:
                await self._put_back(self._failed)
            lease, dequeue_cost, step, sent_at = await self._consumer.next(self._done)
        except RedisError as error:
            await self._outlast(error)
            return
        finally:
            self.asked_at = None
        self._done = None
        context.in_flight.acknowledge(self.index)
        if self._has_waited:
            dequeue_cost = dequeue_cost._replace(round_trips=dequeue_cost.round_trips + 1)
            self._has_waited = False
        self._was_idle = lease is None
        if lease is None:
            context.emit(Polled(context.clock(), self.index, dequeue_cost, step))
            await self._idle(
                may_be_over=pickups == context.pickups and not context.in_flight.working
            )
            return
        self._poll_s = POLL_S[0]
        context.pickups += 1
        if lease.redelivered:
            was_finished = context.in_flight.expire_lease(lease)
            context.emit(LeaseExpired(context.clock(), *lease.task, was_finished, step))
        context.in_flight.start(self.index, lease)
        partition, number = lease.task
        due_at = context.task_log.due_at(number)
        now = context.clock()
        if sent_at:
            sent_at += now - time.monotonic()
        context.emit(
            PickedUp(now, self.index, partition, number, due_at, dequeue_cost, step, sent_at)
        )
        self._end(lease, is_well=await self._do(lease))

    async def _idle(self, *, may_be_over: bool) -> None:
        """Wait until there may be something to do."""
        try:
            is_on_watch = may_be_over and await self._check_drained(self._client)
        except RedisError as error:
            await get_through(self._client, error)
            return
        if self._context.strategy.polling:
            await asyncio.sleep(self._poll_s)
            self._poll_s = min(2 * self._poll_s, POLL_S[1])
        elif is_on_watch:
            await asyncio.sleep(LOOK_S)
        elif not (self._leaving or self._context.stopping.is_set()):
            await self._wait_to_be_woken()

    async def _wait_to_be_woken(self) -> None:
        longest_s = BLOCK_S * self._chance.uniform(0.5, 1)
        # A task of its own, so that a stop can end the wait and leave the worker to say goodbye.
        wait = asyncio.create_task(self._consumer.wait(longest_s), name=f"idle {self.index}")
        self._wait = wait
        self.asked_at = time.monotonic()
        self._context.waits.add(wait)
        try:
            await asyncio.wait((wait,))
        finally:
            wait.cancel()
            self._context.waits.discard(wait)
            self.asked_at = None
            self._wait = None
        if wait.cancelled():
            return
        self._has_waited = True
        try:
            wait.result()
        except RedisError as error:
            # Nothing was asked for that could be lost.
            await get_through(self._client, error)

    def _end(self, lease: Lease, is_well: bool) -> None:
        """Write down how the work on a task ended."""
        context = self._context
        now = context.last_finish = context.clock()
        is_late = context.in_flight.end(self.index)
        partition, number = lease.task
        cost = self._cost
        if cost is not None:
            context.costs += 1
            lease = lease._replace(cost=cost)
        if is_late or is_well:
            context.emit(Finished(now, self.index, partition, number, is_late, cost))
            self._done = lease
            if not is_late:
                context.mark_finished(number)
            return
        failures = context.retries.count_failure(number)
        is_dead = context.retries.is_last(failures)
        context.emit(Failed(now, self.index, partition, number, is_dead))
        if is_dead:
            self._done = lease
            context.mark_finished(number)
        elif context.plan.retry == "backoff":
            self._done = lease
            context.generator.try_again(now + backoff_s(failures), lease.task)
        else:
            self._failed = lease

    async def _put_back(self, lease: Lease) -> None:
        """Give a failed task back to its partition."""
        context = self._context
        now = context.clock()
        is_back, step = await self._consumer.retry(lease, at_head=context.plan.retry == "head")
        if is_back:
            context.task_log.reschedule(lease.task.number, now)
            context.emit(Arrived(now, lease.task.partition, 1, True, step))
            context.returns += 1
        self._settle(step)
        self._failed = None

    def _settle(self, step: int) -> None:
        """The queue took a step for us in which it gave us nothing to do."""
        if step:
            self._context.emit(Settled(self._context.clock(), self.index, step))

    async def _outlast(self, error: RedisError) -> None:
        """The queue was asked for something, and this came instead of a reply.

        Raises:
            RedisError: It is no outage, or one that does not pass.
        """
        if isinstance(error, BROKEN) and not is_put_off(error):
            self._context.emit(ReplyLost(self._context.clock(), self.index))
            # To say it once more does no harm where a token proves whose the task is.
            if self._done is not None and not self._done.token:
                self._done = None
            if self._failed is not None and not self._failed.token:
                self._failed = None
        await get_through(self._client, error)

    async def _do(self, lease: Lease) -> bool:
        """The work on a task; whether it went well.

        Raises:
            CrashError: Before it began.
        """
        if self._crashing:
            raise CrashError
        context = self._context
        number = lease.task.number
        work_s = context.task_log.work_s(lease.task) * self.slowness
        ttl_s = context.strategy.lease_ttl_s
        is_sleep = context.body is simulated_work.sleep
        self._in_work = True
        self._cost = None
        if is_sleep and not work_s:
            # To sleep for 0 s costs a turn of the event loop, a tenth of what a task takes.
            is_well = True
        elif not ttl_s or (is_sleep and work_s <= ttl_s / RENEWALS_PER_TTL):
            is_well = await self._run(lease, work_s)
        else:
            async with self._renewing(lease, ttl_s):
                is_well = await self._run(lease, work_s)
        await renew_if_closed(self._client)
        if context.plan.results_ttl:
            await self._leave_result(number)
        self._in_work = False
        return is_well and not context.retries.next_fails(number)

    async def _leave_result(self, number: int) -> None:
        context = self._context
        key = f"{context.results_prefix}:{number}"
        while True:
            try:
                await self._client.set(key, b"1", px=round(1000 * context.plan.results_ttl) or 1)
            except RedisError as error:
                await get_through(self._client, error)
            else:
                return

    async def _run(self, lease: Lease, work_s: float) -> bool:
        """The task itself; whether it went well.

        Raises:
            QueueError: What it reported can be no cost, or it would have ended the program.
        """
        context = self._context
        name = context.strategy.names[lease.task.partition]
        try:
            returned = await context.body(work_s, name, lease.task.number)
        except QueueError:
            raise
        except Exception as error:  # noqa: BLE001  # whatever it raises is a failed attempt
            if context.first_task_traceback is None:
                context.first_task_traceback = details_from_outside(format_error(error))
            return False
        self._cost = reported_cost(context.plan.task, returned)
        return True

    @asynccontextmanager
    async def _renewing(self, lease: Lease, ttl_s: float) -> AsyncIterator[None]:
        """Renew a lease while the block lasts."""
        ended = asyncio.Event()

        async def renew() -> None:
            while not ended.is_set():
                with suppress(TimeoutError):
                    async with asyncio.timeout(ttl_s / RENEWALS_PER_TTL):
                        await ended.wait()
                        return
                await renew_if_closed(self._client)
                try:
                    # If the lease is lost, somebody else does the task, and this one is too late.
                    await self._context.strategy.renew(self._client, lease)
                except RedisError as error:
                    await get_through(self._client, error)

        # Asked to end, never cancelled: the connection is the worker's, and has to stay usable.
        renewing = asyncio.create_task(renew(), name=f"renewing {self.index}")
        try:
            yield
        finally:
            ended.set()
            await renewing
