"""The worker pool: workers in one event loop, each over a Redis connection of its own.

One connection per worker is part of the measurement: a pool of fewer connections than workers
hands them out unevenly, and the unevenness would be blamed on the queue.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import AsyncExitStack, suppress
from functools import partial

from redis.asyncio import Redis

from queue_fairness.engine import patience
from queue_fairness.engine.drain_detector import DrainDetector
from queue_fairness.engine.forgetting import forget_finished_tasks
from queue_fairness.engine.load_generator import Generator
from queue_fairness.engine.planned_marks import planned_marks
from queue_fairness.engine.reaper import reap
from queue_fairness.engine.run_parts import RunParts
from queue_fairness.engine.schedule import Arrival
from queue_fairness.engine.unforeseen import first_of
from queue_fairness.engine.worker import BLOCK_S, Worker
from queue_fairness.engine.worker_context import WorkerContext
from queue_fairness.errors import QueueError
from queue_fairness.events import Arrived, Joined, Left, Marked
from queue_fairness.server.outage import reconnect

GRACE_S = 2.0
"""How long a worker may go on with its task after a stop, before it is cancelled."""
SILENT_GRACE_S = 0.4
"""The same where the server has been silent for so long."""
LOOK_S = 1.0
"""How often workers are looked for that wait in vain."""
TOLD_AT_ONCE = 500
"""Partitions whose waiting tasks are told in one go; they hold up the loop for a millisecond."""
CONNECTING = 32
"""Connections made at the same time. A server takes in so many at once without refusing any."""

Connect = Callable[[str], Redis]


class Pool:
    """The workers of one run: hires them, lets them leave, and stops them all.

    Args:
        parts: What the run works with; tasks that wait at the start are in the queue already.
        connect: Opens a connection of a worker.
        generator_connect: Opens the connection of the load generator.
        arrivals: What arrives while the workers work, in order.

    Attributes:
        failure: What ended the run early, whatever it is; None otherwise.
        workers: Those at work, by number.
        generator: Lets tasks arrive.
    """

    def __init__(
        self,
        parts: RunParts,
        *,
        connect: Connect,
        generator_connect: Connect,
        arrivals: Iterator[Arrival],
    ) -> None:
        self.failure: Exception | None = None
        self.workers: dict[int, Worker] = {}
        self.generator = Generator(parts, arrivals)
        self._parts = parts
        self._connect = connect
        self._generator_connect = generator_connect
        self._context = WorkerContext(parts, self.generator)
        self._drain = DrainDetector(self._context, self._owes_task)
        self._group = asyncio.TaskGroup()
        self._worker_tasks: set[asyncio.Task[None]] = set()
        self._joining: set[int] = set()
        """Numbers of those that are about to work and still connect."""
        self._supervised: set[asyncio.Task[None]] = set()
        self._generating: asyncio.Task[None] | None = None
        self._running: asyncio.Task[object] | None = None
        self._ended_at = 0.0

    @property
    def is_at_work(self) -> bool:
        """Whether the clock runs and nobody has been asked to stop."""
        return self._parts.clock.is_running and not self._context.stopping.is_set()

    @property
    def elapsed_s(self) -> float:
        """Seconds from the workers' start to now, or to the last task once all are done."""
        is_drain = self._parts.plan.is_drain and self._parts.clock.is_running
        if is_drain and self._context.is_drained:
            return self._context.last_finish
        return self._ended_at or self._parts.clock.now()

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
        """Let the last worker that is not leaving yet go after its task; None if no other stays."""
        staying = [each for each, worker in self.workers.items() if not worker.is_leaving]
        if len(staying) < 2:
            return None
        index = max(staying)
        self.workers[index].leave()
        return index

    def crash_worker(self) -> int | None:
        """Let a worker that has a task in hand be gone as it stands, else the first one."""
        holders = sorted(self._parts.in_flight.working & self.workers.keys())
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
        self._running = asyncio.current_task()
        # Before there is a connection to close, since it takes a while.
        await self._announce_backlog()
        try:
            async with AsyncExitStack() as beside:
                workers = range(self._parts.plan.workers)
                clients = [self._connect(f"qf-w{worker}") for worker in workers]
                others = [self._generator_connect("qf-generator")]
                if self._parts.strategy.lease_ttl_s:
                    others.append(self._connect("qf-reaper"))
                for client in others:
                    beside.push_async_callback(client.aclose)
                await self._make_ready(clients, others)
                async with asyncio.TaskGroup() as self._group, self._parts.lag:
                    self._begin(*others)
                    for index, client in enumerate(clients):
                        self._start_worker(index, client)
                    await self._run_until_stopped()
        except Exception as error:  # noqa: BLE001  # whatever it is, it is the run's failure
            self.failure = self.failure or first_of(error)

    async def _make_ready(self, clients: list[Redis], others: list[Redis]) -> None:
        """Whatever takes time once is done before the clock starts: connecting, loading scripts."""
        try:
            async with self._parts.patience.bounded():
                await _connect_all([*clients, *others])
                await self._parts.strategy.prepare(others[0])
        except BaseException:
            await asyncio.gather(*(each.aclose() for each in clients), return_exceptions=True)
            raise

    async def _announce_backlog(self) -> None:
        """The tasks that wait are there at the instant in which the clock starts.

        They are told before it does: to take in 100,000 partitions at once would cost 0.2 s of it.
        """
        self._parts.in_flight.expect(self._parts.task_log.entered)
        for partition, tasks in enumerate(self._parts.plan.sizes_at_start()):
            if tasks:
                self._parts.emit(Arrived(0.0, partition, tasks))
            if partition % TOLD_AT_ONCE == 0:
                await asyncio.sleep(0)

    def _begin(self, generator: Redis, reaper: Redis | None = None) -> None:
        self._parts.clock.start()
        self._parts.pulse.begin()
        self.supervise(self._parts.patience.outlast, "patience")
        self.supervise(self._hang_up_in_vain, "hanging up")
        self._generating = self.supervise(partial(self.generator.run, generator), "generator")
        if reaper is not None:
            self.supervise(partial(reap, self._parts, reaper), "reaper")
        if not self._parts.plan.is_drain:
            self.supervise(partial(forget_finished_tasks, self._parts), "forgetting")
        if self._parts.plan.crash_at:
            self.supervise(self._crash_as_planned, "crash")
        self.supervise(self._announce_marks, "marks")

    def _start_worker(self, index: int, client: Redis) -> None:
        worker = Worker(
            index=index,
            context=self._context,
            client=client,
            check_drained=self._drain.check,
            slowness=self._parts.plan.slow_worker if index == 0 else 1.0,
        )
        self.workers[index] = worker
        task = self._group.create_task(self._run_worker(worker), name=f"worker-{index}")
        self._worker_tasks.add(task)

    async def _run_worker(self, worker: Worker) -> None:
        """A worker's time with us, from the first poll to its last word."""
        try:
            in_order = await worker.serve()
        except Exception as error:  # noqa: BLE001  # whatever it is, it is the run's failure
            self._fail(error)
            return
        except asyncio.CancelledError:
            self._fail_if_foreign(f"worker w{worker.index}")
            raise
        finally:
            await worker.close()
        if self._context.stopping.is_set():
            return
        del self.workers[worker.index]
        self._parts.emit(Left(self._parts.clock.now(), worker.index, not in_order))
        if self._parts.plan.is_drain and not self._parts.in_flight.working:
            # The last one at work would have been the one to look whether the drain is over.
            self._context.rouse()
        if not in_order:
            self._drain.has_crashed = True
            self._parts.in_flight.crash(worker.index)
            self._mark(f"worker w{worker.index} crashed")
            if self._parts.plan.crash_return:
                self.supervise(partial(self._return, worker.index), "return")
            elif self._parts.plan.is_drain and not (self.workers or self._joining):
                # Nobody is left to drain it.
                self.stop()

    async def _return(self, index: int) -> None:
        await asyncio.sleep(self._parts.plan.crash_return)
        if index not in self.workers and index not in self._joining:
            self._joining.add(index)
            await self._join(index, "is back")

    async def _join(self, index: int, how: str) -> None:
        """Connect, and only then count as one of them: until then nobody could work."""
        client = self._connect(f"qf-w{index}")
        try:
            await reconnect(client, patience.PATIENCE_S)
            await self._parts.strategy.expect_worker()
        except BaseException:
            await client.aclose()
            raise
        finally:
            self._joining.discard(index)
        self._start_worker(index, client)
        self._parts.emit(Joined(self._parts.clock.now(), index))
        self._mark(f"worker w{index} {how}")

    async def _run_until_stopped(self) -> None:
        """Wait for a stop or the end of the time, then end what goes on.

        Workers may go on with a task for `GRACE_S`, and the generator with a push.
        """
        duration_s = None if self._parts.plan.is_drain else self._parts.plan.duration
        with suppress(TimeoutError):
            async with asyncio.timeout(duration_s):
                await self._context.stopping.wait()
        self.stop()
        self.generator.end()
        generating = self._generating
        assert generating is not None
        for supervised in self._supervised - {generating}:
            supervised.cancel()
        self._parts.pulse.end()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + GRACE_S
        await self._see_off()
        self._ended_at = self._parts.clock.now()
        for task in self._worker_tasks:
            task.cancel()
        await asyncio.wait({generating}, timeout=max(0.0, deadline - loop.time()))
        generating.cancel()

    async def _see_off(self) -> None:
        """Give the workers time for the task in hand, unless there is no server to hear of it."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + GRACE_S
        while loop.time() < deadline and self._parts.patience.silent_s < SILENT_GRACE_S:
            _, at_work = await asyncio.wait(self._worker_tasks, timeout=SILENT_GRACE_S / 4)
            if not at_work:
                return

    def supervise(
        self, work: Callable[[], Coroutine[object, object, None]], name: str
    ) -> asyncio.Task[None]:
        """Do something beside the workers, until they stop."""

        async def watched() -> None:
            try:
                await work()
            except Exception as error:  # noqa: BLE001  # whatever it is, it is the run's failure
                self._fail(error)
            except asyncio.CancelledError:
                self._fail_if_foreign(f"the {name}")
                raise

        task = self._group.create_task(watched(), name=name)
        self._supervised.add(task)
        return task

    def _fail_if_foreign(self, who: str) -> None:
        """Somebody was cancelled: unless that was our doing, nothing else would tell of it."""
        is_ours = self._context.stopping.is_set()
        if not is_ours and self._running is not None and not self._running.cancelling():
            self._fail(
                QueueError(f"{who} was cancelled by code that runs in it: a task or a queue")
            )

    def _fail(self, error: Exception) -> None:
        self.failure = self.failure or error
        self.stop()

    def _mark(self, text: str) -> None:
        self._parts.emit(Marked(self._parts.clock.now(), text))

    async def _hang_up_in_vain(self) -> None:
        """Free workers whose connection is silent while the server answers on another one.

        A firewall that has forgotten a connection lets nothing through, and tells nobody.
        """
        seen: dict[int, float | None] = {}
        while True:
            await asyncio.sleep(LOOK_S)
            longest_s = patience.PATIENCE_S + BLOCK_S
            for index, worker in list(self.workers.items()):
                asked_at = worker.asked_at
                is_late = asked_at is not None and time.monotonic() - asked_at > longest_s
                # Twice the same: after a stop of our own, its reply may be there to be read.
                if is_late and seen.get(index) == asked_at and self._parts.patience.silent_s < 1:
                    await worker.hang_up()
                seen[index] = asked_at if is_late else None

    async def _crash_as_planned(self) -> None:
        await asyncio.sleep(self._parts.plan.crash_at)
        self.crash_worker()

    async def _announce_marks(self) -> None:
        for at, text in planned_marks(self._parts.plan):
            await asyncio.sleep(at - self._parts.clock.now())
            self._mark(text)

    def _owes_task(self) -> bool:
        """Whether a worker has a failed task in hand that is not back in the queue."""
        return any(worker.owes_task for worker in self.workers.values())


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
