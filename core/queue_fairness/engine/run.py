"""One run and its phases: enqueue, drain or serve, close. Whoever looks asks for a snapshot.

parts ──► pool, faults      what carries it out
outcome ◄── closing, blame  what is known of its end
   └──► observation         what is shown of it
"""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from itertools import islice

from redis.asyncio import Redis

from queue_fairness.engine.admission import admit, names_of
from queue_fairness.engine.closing import Closing
from queue_fairness.engine.fault import Fault
from queue_fairness.engine.fault_injection import NOT_AT_WORK, FaultInjection
from queue_fairness.engine.observation import observe
from queue_fairness.engine.outcome import Outcome
from queue_fairness.engine.patience import beside, unless
from queue_fairness.engine.run_handle import ServerReady
from queue_fairness.engine.run_parts import RunParts
from queue_fairness.engine.schedule import initial_tasks, scheduled_arrivals
from queue_fairness.engine.server_blame import charge_server
from queue_fairness.engine.worker_context import guarded
from queue_fairness.engine.worker_pool import Pool
from queue_fairness.errors import FairnessError
from queue_fairness.metrics.recorder import Recorder
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.plan import Plan
from queue_fairness.server.connection import Endpoint
from queue_fairness.server.foreign_keys import ForeignKeys
from queue_fairness.server.key_guard import SILENT_GRACE_S, KeyGuard
from queue_fairness.server.network_delay import delayed
from queue_fairness.server.server import Server
from queue_fairness.server.watch import Watch
from queue_fairness.strategies.base import PIPELINE
from queue_fairness.strategies.custom import opened, remark


class Run:
    """A plan being carried out by workers in this process; a `RunHandle`.

    Attributes:
        plan: What is asked for.
        parts: What it works with.
        outcome: What is known of it beside its events.
        faults: What is done to it by hand; None before the workers start.
    """

    def __init__(self, plan: Plan, key_prefix: str = "") -> None:
        self.plan = plan
        self.parts = RunParts.of(plan, key_prefix)
        self.outcome = Outcome()
        self.faults: FaultInjection | None = None
        self._phase = Phase.STARTING
        self._stop_asked = asyncio.Event()
        self._server: Server | None = None
        self._pool: Pool | None = None
        self._final: Snapshot | None = None

    @property
    def recorder(self) -> Recorder:
        """What has happened so far."""
        return self.parts.recorder

    @property
    def is_stopping(self) -> bool:
        """Whether somebody has asked it to end early."""
        return self._stop_asked.is_set()

    async def execute(self, server_ready: ServerReady) -> None:
        """Get a server, enqueue, drain, count what is left, and remove every key of the run."""
        with self.ending():
            await self.measure(server_ready)

    def stop(self) -> None:
        """Ask the run to end early and keep what it has measured."""
        self._stop_asked.set()
        self.parts.patience.hurry()
        if self._pool is not None:
            self._pool.stop()
        if not self._phase.is_final:
            self._phase = Phase.STOPPING

    def snapshot(self) -> Snapshot:
        """The run at this instant, frozen; the same object again and again once it has ended."""
        if self._final is not None:
            return self._final
        server = self._server.info if self._server is not None else None
        snapshot = observe(self.parts, self.outcome, self._phase, pool=self._pool, server=server)
        snapshot = dataclasses.replace(
            snapshot, assessment=self.recorder.latest_assessment(snapshot)
        )
        if self._phase.is_final:
            self._final = snapshot
        return snapshot

    def inject(self, fault: Fault) -> str:
        """Do something to the workers or their load while they are at work.

        Returns:
            What was done, or why it could not be, in a few words for the user.
        """
        if self.faults is None or not self._phase.is_working:
            return NOT_AT_WORK
        return self.faults.inject(fault)

    @contextmanager
    def ending(self) -> Iterator[None]:
        """Whatever happens inside is the run; after it, its phase is final."""
        try:
            yield
        except FairnessError as error:
            self.outcome.failure = str(error)
        except Exception as error:  # noqa: BLE001  # no run ends the program
            self.outcome.break_off(error)
        finally:
            if self._server is not None:
                charge_server(self.parts, self.outcome, self._server)
            self._phase = self._last_phase()

    async def measure(self, server_ready: ServerReady) -> None:
        """All of `execute`, but that the run has not ended after it: see `ending`.

        Raises:
            FairnessError: What broke it, where nothing could be measured or removed.
        """
        server = await unless(self._stop_asked, server_ready())
        if server is None:
            return
        self._server = server
        by_tcp = self.parts.strategy.wants_tcp
        async with (
            server.reachable(by_tcp=by_tcp) as address,
            self._guarded(server) as guard,
            delayed(address, self.plan.network_delay, by_tcp=by_tcp) as way,
        ):
            parts = self.parts
            self.outcome.warn(server.remark)
            server.remark = None
            parts.patience.server_is_ours = server.is_ours
            counting = asyncio.create_task(parts.patience.count(), name="silence")
            async with beside(counting):
                await self._measure(server, way, guard)

    async def _measure(self, server: Server, way: Endpoint, guard: KeyGuard | None) -> None:
        """The phases in which there is a server, whose keys are guarded."""
        pool = Pool(
            self.parts,
            connect=way.connect,
            generator_connect=server.connect,
            arrivals=scheduled_arrivals(self.plan),
        )
        watch = Watch(self.parts.keys.witness)
        closing = Closing(parts=self.parts, outcome=self.outcome, server=server, watch=watch)
        control = server.connect("qf-control")
        async with AsyncExitStack() as around:
            try:
                async with self.parts.patience.bounded():
                    await self._begin(control, closing, guard)
                    # Not before: its connection would be part of what is used already.
                    pulse = self.parts.pulse.beat(way.connect("qf-pulse"))
                    beating = asyncio.create_task(pulse, name="pulse")
                    await around.enter_async_context(beside(beating))
                await self._work(pool, control, watch, server, way)
            except Exception as error:  # noqa: BLE001  # what was measured is kept
                await self.outcome.fail(error, server)
            finally:
                self._take_over_from(pool)
                resting = self._pool.generator.resting if self._pool is not None else 0
                await closing.close(control, resting)

    async def _begin(self, control: Redis, closing: Closing, guard: KeyGuard | None) -> None:
        """Look at the server, and say whose the keys will be, before the first of the queue.

        Raises:
            ServerError: It refuses something, or has no room.
            redis.exceptions.RedisError: The connection broke.
        """
        server, watch = closing.server, closing.watch
        admission = await admit(self.parts, server, control, watch)
        self.outcome.warn(admission.warning)
        if server.is_ours:
            closing.keys_before = await control.dbsize()
        self.outcome.has_keys = True
        if admission.may_scan:
            await watch.leave_witness(control)
            return
        closing.names = names_of(self.parts)
        if guard is not None:
            guard.tell_names(closing.names)

    @asynccontextmanager
    async def _guarded(self, server: Server) -> AsyncIterator[KeyGuard | None]:
        """Let somebody else remove the run's keys where this program cannot, and say how it went.

        The guard alone knows: what this program could not reach a moment ago, it may reach now.
        """
        guard: KeyGuard | None = None
        try:
            keys, strategy = self.parts.keys, self.parts.strategy
            marked = strategy.foreign_mark, strategy.foreign_indexes
            async with server.guard_keys(keys.prefixes, *marked) as guard:
                try:
                    yield guard
                finally:
                    hurry = self.is_stopping or self.parts.patience.is_spent
                    if guard is not None and hurry:
                        guard.grace_s = SILENT_GRACE_S
        finally:
            if guard is not None and self.outcome.has_keys:
                self.outcome.warn(guard.remark)

    def begin_after(self, other: "Run") -> None:
        """Begin where a run before this one has ended: with its server, and what became of it."""
        self._server = other._server
        mine, its = self.outcome, other.outcome
        mine.failure, mine.warnings = its.failure, its.warnings
        mine.server_fault, mine.changes = its.server_fault, its.changes

    async def _work(
        self, pool: Pool, control: Redis, watch: Watch, server: Server, endpoint: Endpoint
    ) -> None:
        """The phases in which there is a queue."""
        plan, strategy = self.plan, self.parts.strategy
        foreign = ForeignKeys(self.parts.keys.foreign_prefix, server.name, is_free=server.is_free)
        async with (
            opened(strategy, endpoint.url, plan.workers, plan.all_partitions),
            guarded(plan.task),
        ):
            self._enter(Phase.ENQUEUEING)
            async with self.parts.patience.bounded():
                await foreign.add(control, plan.foreign_keys, lambda: not self.is_stopping)
                await self._enqueue(control)
            if self.is_stopping:
                return
            self._pool = pool
            self.faults = FaultInjection(self.parts, pool, foreign, server)
            self._enter(Phase.DRAINING if plan.is_drain else Phase.SERVING)
            # The control connection would be idle for as long as the workers work.
            keeping = asyncio.create_task(watch.keep_witness(control), name="sign of life")
            async with beside(keeping):
                await pool.run()
            if pool.failure is not None:
                await self.outcome.fail(pool.failure, server)

    async def _enqueue(self, control: Redis) -> None:
        # To shuffle a million tasks takes 0.7 s, in which the screen would stand still.
        tasks = await asyncio.to_thread(initial_tasks, self.plan, self.parts.task_log)
        at_once = 1 if self.parts.strategy.pushes_singly else PIPELINE
        while not self.is_stopping:
            batch = list(islice(tasks, at_once))
            if not batch:
                break
            await self.parts.strategy.push(control, batch)
            self.outcome.enqueued += len(batch)

    def _take_over_from(self, pool: Pool) -> None:
        """Keep what the workers know when they have stopped."""
        outcome = self.outcome
        outcome.elapsed_s = pool.elapsed_s
        outcome.not_enqueued = self.parts.strategy.not_enqueued
        outcome.warn(remark(self.parts.strategy) or self._remark_on_costs(pool))
        if outcome.failure_details is None:
            outcome.failure_details = pool.first_task_traceback

    def _remark_on_costs(self, pool: Pool) -> str | None:
        """That there is nothing to judge by, where tokens were asked for; None if there is."""
        counters = self.recorder.counters
        if self.plan.fair_by != "tokens" or pool.costs or not counters.completed:
            return None
        return (
            "no task reported a cost: tokens cannot be judged; "
            f"let {self.plan.task} return what a task cost"
        )

    def _enter(self, phase: Phase) -> None:
        if not self.is_stopping:
            self._phase = phase

    def _last_phase(self) -> Phase:
        if self.outcome.failure is not None:
            return Phase.FAILED
        if not self.plan.is_drain:
            is_over = self.outcome.elapsed_s >= self.plan.duration
            return Phase.ENDED if is_over or not self.is_stopping else Phase.STOPPED
        counters = self.recorder.counters
        is_over = counters.completed + counters.dead >= self.plan.total_tasks
        return Phase.DRAINED if is_over or not self.is_stopping else Phase.STOPPED
