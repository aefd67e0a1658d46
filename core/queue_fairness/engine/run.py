"""One run and its phases: enqueue, drain or serve, close. Whoever looks asks for a snapshot.

parts ──► pool, faults      what carries it out
outcome ◄── closing, blame  what is known of its end
   └──► observation         what is shown of it
"""

import asyncio
import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice

from redis.asyncio import Redis
from redis.exceptions import RedisError

from queue_fairness.engine.admission import admit, names_of
from queue_fairness.engine.closing import Closing
from queue_fairness.engine.fault import Fault
from queue_fairness.engine.fault_injection import NOT_AT_WORK, FaultInjection
from queue_fairness.engine.observation import observe
from queue_fairness.engine.outcome import Outcome
from queue_fairness.engine.run_handle import ServerReady
from queue_fairness.engine.run_parts import RunParts
from queue_fairness.engine.schedule import initial_tasks, scheduled_arrivals
from queue_fairness.engine.server_blame import charge_server
from queue_fairness.engine.worker_pool import Pool
from queue_fairness.errors import FairnessError
from queue_fairness.metrics.recorder import Recorder
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.plan import Plan
from queue_fairness.server.connection import Endpoint
from queue_fairness.server.foreign_keys import ForeignKeys
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
        self._stop_asked = False
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
        return self._stop_asked

    async def execute(self, server_ready: ServerReady) -> None:
        """Get a server, enqueue, drain, count what is left, and remove every key of the run."""
        with self.ending():
            await self.measure(server_ready)

    def stop(self) -> None:
        """Ask the run to end early and keep what it has measured."""
        self._stop_asked = True
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
        finally:
            if self._server is not None:
                charge_server(self.parts, self.outcome, self._server)
            self._phase = self._last_phase()

    async def measure(self, server_ready: ServerReady) -> None:
        """All of `execute`, but that the run has not ended after it: see `ending`.

        Raises:
            FairnessError: What broke it, where nothing could be measured or removed.
        """
        server = self._server = await server_ready()
        control = server.connect("qf-control")
        async with (
            server.guard_keys(self.parts.keys.prefixes) as guard,
            delayed(server.endpoint, self.plan.network_delay) as endpoint,
        ):
            pool = Pool(
                self.parts,
                connect=endpoint.connect,
                generator_connect=server.connect,
                arrivals=scheduled_arrivals(self.plan),
            )
            watch = Watch(self.parts.keys.witness)
            closing = Closing(parts=self.parts, outcome=self.outcome, server=server, watch=watch)
            try:
                admission = await admit(self.parts, server, control, watch)
                self.outcome.warn(admission.warning)
                self.outcome.has_keys = True
                if admission.may_scan:
                    await watch.leave_witness(control)
                else:
                    closing.names = names_of(self.parts)
                    if guard is not None:
                        guard.tell_names(closing.names)
                await self._work(pool, control, server, endpoint)
            except (RedisError, OSError, FairnessError) as error:
                await self.outcome.fail(error, server)
            finally:
                self._take_over_from(pool)
                resting = self._pool.generator.resting if self._pool is not None else 0
                await closing.close(control, resting)

    def begin_after(self, other: "Run") -> None:
        """Begin where a run before this one has ended: with its server, and what became of it."""
        self._server = other._server
        mine, its = self.outcome, other.outcome
        mine.failure, mine.warnings = its.failure, its.warnings
        mine.server_fault, mine.changes = its.server_fault, its.changes

    async def _work(self, pool: Pool, control: Redis, server: Server, endpoint: Endpoint) -> None:
        """The phases in which there is a queue."""
        plan, strategy = self.plan, self.parts.strategy
        foreign = ForeignKeys(self.parts.keys.foreign_prefix, server.name, is_free=server.is_free)
        async with opened(strategy, endpoint.url, plan.workers):
            self._enter(Phase.ENQUEUEING)
            await foreign.add(control, plan.foreign_keys, lambda: not self._stop_asked)
            await self._enqueue(control)
            if self._stop_asked:
                return
            self._pool = pool
            self.faults = FaultInjection(self.parts, pool, foreign, server)
            self._enter(Phase.DRAINING if plan.is_drain else Phase.SERVING)
            await pool.run()
            if pool.failure is not None:
                await self.outcome.fail(pool.failure, server)

    async def _enqueue(self, control: Redis) -> None:
        # To shuffle a million tasks takes 0.7 s, in which the screen would stand still.
        tasks = await asyncio.to_thread(initial_tasks, self.plan, self.parts.task_log)
        while not self._stop_asked:
            batch = list(islice(tasks, PIPELINE))
            if not batch:
                break
            await self.parts.strategy.push(control, batch)
            self.outcome.enqueued += len(batch)

    def _take_over_from(self, pool: Pool) -> None:
        """Keep what the workers know when they have stopped."""
        outcome = self.outcome
        outcome.elapsed_s = pool.elapsed_s
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
        if not self._stop_asked:
            self._phase = phase

    def _last_phase(self) -> Phase:
        if self.outcome.failure is not None:
            return Phase.FAILED
        if not self.plan.is_drain:
            is_over = self.outcome.elapsed_s >= self.plan.duration
            return Phase.ENDED if is_over or not self._stop_asked else Phase.STOPPED
        counters = self.recorder.counters
        is_over = counters.completed + counters.dead >= self.plan.total_tasks
        return Phase.DRAINED if is_over or not self._stop_asked else Phase.STOPPED
