"""The worker pool: workers in one event loop, each over a Redis connection of its own.

One connection per worker is part of the measurement: a pool of fewer connections than workers
in_flight them out unevenly, and the unevenness would be blamed on the queue.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable, Sequence
from contextlib import AsyncExitStack, suppress
from functools import partial

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from queue_fairness.engine.in_flight import InFlightTasks
from queue_fairness.engine.load_generator import Generator
from queue_fairness.engine.pulse import Pulse
from queue_fairness.engine.schedule import Arrival, TaskLog
from queue_fairness.engine.worker import LOOK_S, Worker, WorkerContext
from queue_fairness.errors import FairnessError, QueueError
from queue_fairness.events import REAPER, Arrived, Emit, Joined, LeaseExpired, Left, Marked, Settled
from queue_fairness.metrics.loop_lag import LagProbe
from queue_fairness.plan import Plan
from queue_fairness.strategies import Lease, Strategy

GRACE_S = 2.0
"""How long a worker may go on with its task after a stop, before it is cancelled."""
STUCK_S = 2.0
"""How long tasks may wait with every worker idle before the queue counts as stuck."""
TOLD_AT_ONCE = 500
"""Partitions whose waiting tasks are told in one go; they hold up the loop for a millisecond."""
REAPS_PER_TTL = 10
"""Expired leases are looked for this often in a lease time, but at least every `REAP_S`."""
REAP_S = 1.0
CONNECTING = 32
"""Connections made at the same time. A server takes in so many at once without refusing any."""

Connect = Callable[[str], Redis]


class Pool:
    """The workers of one run, and whoever feeds and minds them.

    Args:
        plan: What is asked for.
        strategy: The queue's discipline; tasks that wait at the start are in it already.
        connect: Opens a connection of a worker.
        emit: StepCallback all that happens.
        task_log: Holds the tasks that wait at the start, and no others.
        later: What arrives while the workers work.
        results: Begins the keys in which tasks leave their results.
        generator_connect: Opens the connection of the generator; None for the workers' kind.
        lag: Measures the event loop while the workers work; None for one of its own.
        pulse: Measures the server meanwhile; None for one of its own.

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
        task_log: TaskLog,
        later: Iterable[Arrival] = (),
        results_prefix: str = "results",
        generator_connect: Connect | None = None,
        lag: LagProbe | None = None,
        pulse: Pulse | None = None,
    ) -> None:
        self.failure: Exception | None = None
        self.workers: dict[int, Worker] = {}
        self._plan = plan
        self._strategy = strategy
        self._connect = connect
        self._generator_connect = generator_connect or connect
        self._lag = lag or LagProbe()
        self._pulse = pulse or Pulse(self._lag)
        self._emit = emit
        self._task_log = task_log
        self._in_flight = InFlightTasks()
        self._zero = 0.0
        self.generator = Generator(iter(later), strategy, task_log, self._in_flight, emit, self.now)
        self._context = WorkerContext(
            plan,
            strategy,
            task_log,
            self.generator,
            self._in_flight,
            emit,
            self.now,
            strategy.names.__getitem__,
            results_prefix,
        )
        self._group = asyncio.TaskGroup()
        self._worker_tasks: set[asyncio.Task[None]] = set()
        self._joining: set[int] = set()
        """Numbers of those that are about to work and still connect."""
        self._supervised: set[asyncio.Task[None]] = set()
        self._crashed = False
        self._ended_at = 0.0
        self._stuck_since: float | None = None
        self._pickups_seen = 0
        self._look_again = 0.0
        self._is_looking = False
        self._empty_at: tuple[int, int] | None = None
        """Pickups and returns so far when the queue was last seen empty; None where it was not."""

    def now(self) -> float:
        """Seconds since the workers started; 0 before."""
        return time.monotonic() - self._zero if self._zero else 0.0

    @property
    def is_at_work(self) -> bool:
        """Whether the clock runs and nobody has been asked to stop."""
        return bool(self._zero) and not self._context.stopping.is_set()

    @property
    def elapsed_s(self) -> float:
        """Seconds from the workers' start to now, or to the last task once all are done."""
        if self._plan.is_drain and self._zero and self._context.is_drained:
            return self._context.last_finish
        return self._ended_at or self.now()

    @property
    def first_task_traceback(self) -> str | None:
        """The first traceback of a user's own task; None while there is none."""
        return self._context.first_task_traceback

    @property
    def costs(self) -> int:
        """Tasks so far that reported what they cost, attempts that failed included."""
        return self._context.costs

    def stop(self) -> None:
        """Ask the workers to leave after the task in hand."""
        self._context.stop()

    def add_worker(self) -> int:
        """Let one more work, under the lowest number that is free; returns the number.

        It has joined, which leaves a mark, once it is connected.
        """
        taken = self.workers.keys() | self._joining
        index = next(each for each in range(len(taken) + 1) if each not in taken)
        self._joining.add(index)
        self.supervise(partial(self._join, index, "joined"), f"joining {index}")
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
        holders = sorted(self._in_flight.working & self.workers.keys())
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
        await self._announce_backlog()
        try:
            async with AsyncExitStack() as beside:
                clients = [self._connect(f"qf-w{worker}") for worker in range(self._plan.workers)]
                others = [self._generator_connect("qf-generator"), self._connect("qf-pulse")]
                if self._strategy.lease_ttl_s:
                    others.append(self._connect("qf-reaper"))
                for client in others:
                    beside.push_async_callback(client.aclose)
                await self._make_ready(clients, others)
                async with asyncio.TaskGroup() as self._group, self._lag:
                    self._begin(*others)
                    for index, client in enumerate(clients):
                        self._start_worker(index, client)
                    await self._run_until_stopped()
        except (RedisError, OSError) as error:
            self.failure = self.failure or error

    async def _make_ready(self, clients: list[Redis], others: list[Redis]) -> None:
        """Whatever takes time once is done before the clock starts: connecting, loading scripts."""
        generator, pulse, *_ = others
        try:
            await _connect_all([*clients, *others])
            await self._strategy.prepare(generator)
            await self._pulse.meet(pulse)
        except BaseException:
            await asyncio.gather(*(each.aclose() for each in clients), return_exceptions=True)
            raise

    async def _announce_backlog(self) -> None:
        """The tasks that wait are there at the instant in which the clock starts.

        They are told before it does: to take in 100,000 partitions at once would cost 0.2 s of it.
        """
        self._in_flight.expect(self._task_log.entered)
        for partition, tasks in enumerate(self._plan.sizes_at_start()):
            if tasks:
                self._emit(Arrived(0.0, partition, tasks))
            if partition % TOLD_AT_ONCE == 0:
                await asyncio.sleep(0)

    def _begin(self, generator: Redis, pulse: Redis, reaper: Redis | None = None) -> None:
        self._zero = time.monotonic()
        plan = self._plan
        self.supervise(partial(self._pulse.beat, pulse), "pulse")
        self.supervise(partial(self.generator.run, generator), "generator")
        if reaper is not None:
            self.supervise(partial(self._reap, reaper), "reaper")
        if plan.crash_at:
            self.supervise(self._crash_as_planned, "crash")
        if plan.noisy:
            piles = f"{plan.noisy} x " if plan.noisy > 1 else ""
            text = f"noise: {piles}{plan.noisy_tasks:,} tasks"
            self.supervise(partial(self._announce, plan.noisy_at, text), "noise")
        if plan.newcomer_at:
            text = f"{plan.partition_name(plan.partitions - 1)} is new"
            self.supervise(partial(self._announce, plan.newcomer_at, text), "newcomer")

    def _start_worker(self, index: int, client: Redis) -> None:
        plan = self._plan
        worker = Worker(
            index,
            self._context,
            client,
            self._check_drained,
            plan.slow_worker if index == 0 else 1.0,
        )
        self.workers[index] = worker
        task = self._group.create_task(self._run_worker(worker), name=f"worker-{index}")
        self._worker_tasks.add(task)

    async def _run_worker(self, worker: Worker) -> None:
        """A worker's time with us, from the first poll to its last word."""
        try:
            in_order = await worker.serve()
        except (RedisError, OSError, QueueError) as error:
            self._fail(error)
            return
        finally:
            await worker.close()
        if self._context.stopping.is_set():
            return
        del self.workers[worker.index]
        self._emit(Left(self.now(), worker.index, not in_order))
        if self._plan.is_drain and not self._in_flight.working:
            # The last one at work would have been the one to look whether the drain is over.
            self._context.rouse()
        if not in_order:
            self._crashed = True
            self._in_flight.crash(worker.index)
            self._mark(f"worker w{worker.index} crashed")
            if self._plan.crash_return:
                self.supervise(partial(self._return, worker.index), "return")
            elif self._plan.is_drain and not (self.workers or self._joining):
                # Nobody is left to drain it.
                self.stop()

    async def _return(self, index: int) -> None:
        await asyncio.sleep(self._plan.crash_return)
        if index not in self.workers and index not in self._joining:
            self._joining.add(index)
            await self._join(index, "is back")

    async def _join(self, index: int, how: str) -> None:
        """Connect, and only then count as one of them: until then nobody could work."""
        client = self._connect(f"qf-w{index}")
        try:
            await client.ping()
            await self._strategy.expect_worker()
        except BaseException:
            await client.aclose()
            raise
        finally:
            self._joining.discard(index)
        self._start_worker(index, client)
        self._emit(Joined(self.now(), index))
        self._mark(f"worker w{index} {how}")

    async def _run_until_stopped(self) -> None:
        """Until it is time to stop; then let the workers finish, and see everybody off."""
        duration_s = None if self._plan.is_drain else self._plan.duration
        with suppress(TimeoutError):
            async with asyncio.timeout(duration_s):
                await self._context.stopping.wait()
        self.stop()
        for minder in self._supervised:
            minder.cancel()
        await asyncio.wait(self._worker_tasks, timeout=GRACE_S)
        self._ended_at = self.now()
        for task in self._worker_tasks:
            task.cancel()

    def supervise(self, work: Callable[[], Coroutine[object, object, None]], name: str) -> None:
        """Do something beside the workers, until they stop."""

        async def watched() -> None:
            try:
                await work()
            except (RedisError, OSError, FairnessError) as error:
                self._fail(error)

        self._supervised.add(self._group.create_task(watched(), name=name))

    def _fail(self, error: Exception) -> None:
        self.failure = self.failure or error
        self.stop()

    def _mark(self, text: str) -> None:
        self._emit(Marked(self.now(), text))

    async def _crash_as_planned(self) -> None:
        await asyncio.sleep(self._plan.crash_at)
        self.crash_worker()

    async def _announce(self, at: float, text: str) -> None:
        await asyncio.sleep(at)
        self._mark(text)

    async def _reap(self, client: Redis) -> None:
        """Put the tasks of dead workers back, now and then, until cancelled."""
        ttl_s = self._strategy.lease_ttl_s
        while True:
            await asyncio.sleep(min(REAP_S, ttl_s / REAPS_PER_TTL))
            expired: Sequence[Lease] = ()
            step = 0
            # Whether Redis is gone for good is for the workers to say.
            with suppress(RedisConnectionError):
                expired, step = await self._strategy.reap(client)
            for lease in expired:
                was_finished = self._in_flight.expire_lease(lease)
                self._emit(LeaseExpired(self.now(), *lease.task, was_finished, step))
            self._emit(Settled(self.now(), REAPER, step))

    async def _check_drained(self, client: Redis) -> bool:
        """Every worker is idle: end a drain whose queue is empty, or can no longer be served.

        One of them looks at a time: at 100,000 partitions a look takes longer than `LOOK_S`.

        Returns:
            Whether the one who asked has looked, and is to look again; the others need not.
        """
        is_drain = self._plan.is_drain and self.generator.is_exhausted
        if not is_drain or self._is_looking or self.now() < self._look_again:
            return False
        if any(worker.owes_task for worker in self.workers.values()):
            return False
        self._is_looking = True
        try:
            await self._look_at_queue(client)
        finally:
            self._is_looking = False
            self._look_again = self.now() + LOOK_S
        return True

    async def _look_at_queue(self, client: Redis) -> None:
        """Tasks that no worker holds may be back after a lease time; those are waited for."""
        now = self.now()
        ttl_s = self._strategy.lease_ttl_s
        # In this order: a task whose lease expires meanwhile is counted twice, and not overlooked.
        locks = await self._strategy.locks_left(client) if ttl_s else 0
        waiting = await self._strategy.waiting(client)
        if not waiting and not locks:
            # Twice, with neither a pickup nor a return in between: a task may have been on its way
            # to a worker, and would come back if it failed there.
            moved = self._context.pickups, self._context.returns
            if self._empty_at == moved:
                self.stop()
            self._empty_at = moved
            return
        self._empty_at = None
        if self._stuck_since is None or self._pickups_seen != self._context.pickups:
            self._stuck_since = now
            self._pickups_seen = self._context.pickups
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


async def _connect_all(clients: Iterable[Redis]) -> None:
    """Connect them, some at a time; raises the first error, after which no more are begun."""
    waiting = iter(clients)

    async def some() -> None:
        for client in waiting:
            await client.ping()

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(CONNECTING):
                group.create_task(some())
    except BaseExceptionGroup as errors:
        raise errors.exceptions[0] from None
