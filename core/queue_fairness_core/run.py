"""One run: its keys, its phases, its ledger. Whoever wants to look asks for a snapshot."""

import asyncio
import dataclasses
import secrets
import time
from collections.abc import Awaitable, Callable
from itertools import islice

from redis.asyncio import Redis
from redis.exceptions import RedisError

from queue_fairness_core.assess import assess
from queue_fairness_core.errors import FairnessError, QueueError, ServerError
from queue_fairness_core.events import Event
from queue_fairness_core.fairness.fold import FairnessFold
from queue_fairness_core.lag import LagProbe
from queue_fairness_core.ledger import Ledger
from queue_fairness_core.plan import Plan, partition_name
from queue_fairness_core.pool import Pool
from queue_fairness_core.server.faults import is_broken
from queue_fairness_core.server.info import ServerInfo
from queue_fairness_core.server.opening import Server
from queue_fairness_core.server.sweep import sweep
from queue_fairness_core.snapshot import Phase, Snapshot
from queue_fairness_core.standing import Standing
from queue_fairness_core.strategies import Strategy
from queue_fairness_core.strategies.base import PIPELINE
from queue_fairness_core.strategies.custom import find_strategy, opened, remark
from queue_fairness_core.workload import arrivals

CLOSING_S = 10.0
"""How long counting what a run has left may take."""
STANDING_PERIOD_S = 0.25
"""How often the fairness measures are taken while a run goes on, at most."""
STANDING_SHARE = 0.02
"""Share of the event loop's time that taking them may cost."""
SWEEPING_S = 60.0
"""How long removing its keys may take; a pass over a million foreign keys takes under a second."""


class Run:
    """A plan being carried out.

    `execute` does it and never raises for Redis's sake; `stop` asks it to end; `snapshot` may be
    called at any time, from the first moment to long after the end.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.run_id = secrets.token_hex(4)
        self.prefix = f"qf:{{{self.run_id}}}"
        """Begins every key of this run. The braces keep its keys in one slot of a cluster."""
        self._phase = Phase.STARTING
        self._ledger = Ledger(plan)
        self._fold = FairnessFold(plan.workers, find_strategy(plan.strategy).concurrency_limit)
        self._standing: Standing | None = None
        self._stand_again = 0.0
        self._lag = LagProbe()
        self._server: Server | None = None
        self._pool: Pool | None = None
        self._stop_asked = False
        self._has_keys = False
        self._enqueued = 0
        self._elapsed_s = 0.0
        self._left: int | None = None
        self._locks_left: int | None = None
        self._failure: str | None = None
        self._failure_details: str | None = None
        self._warning: str | None = None
        self._final: Snapshot | None = None

    async def execute(self, server_ready: Callable[[], Awaitable[Server]]) -> None:
        """Get a server, enqueue, drain, count what is left, and remove every key of the run."""
        try:
            self._server = await server_ready()
            await self._carry_out(self._server)
        except FairnessError as error:
            self._failure = str(error)
        finally:
            self._phase = self._last_phase()

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
        snapshot = self._look()
        snapshot = dataclasses.replace(snapshot, standing=self._stand(snapshot))
        if self._phase.is_final:
            self._final = snapshot
        return snapshot

    def emit(self, event: Event) -> None:
        """Take in a fact. A plain call: nothing in it waits."""
        self._ledger.apply(event)
        self._fold.apply(event)

    def _stand(self, snapshot: Snapshot) -> Standing | None:
        """Measure the tenants if it is time to, or the last time; else what was measured last.

        Measuring holds up the workers, so it is done less often the longer it takes.
        """
        started = time.monotonic()
        if not snapshot.picked_up or (started < self._stand_again and not snapshot.phase.is_final):
            return self._standing
        self._standing = assess(self._fold, snapshot)
        took_s = time.monotonic() - started
        self._stand_again = started + max(STANDING_PERIOD_S, took_s / STANDING_SHARE)
        return self._standing

    async def _carry_out(self, server: Server) -> None:
        plan = self.plan
        names = [partition_name(each, plan.partitions) for each in range(plan.partitions)]
        strategy = find_strategy(plan.strategy)(self.prefix, names, workers=plan.workers)
        pool = Pool(plan, strategy, server.connect, self.emit)
        control = server.connect("qf-control")
        async with server.guard_keys(self.prefix):
            try:
                await control.ping()
                self._has_keys = True
                async with opened(strategy, server.endpoint.url, plan.workers):
                    await self._enqueue(control, strategy)
                    await self._drain(pool)
            except (RedisError, OSError, QueueError) as error:
                await self._fail(error)
            finally:
                self._elapsed_s = pool.elapsed_s
                self._warning = remark(strategy)
                await self._close(control, strategy)

    async def _enqueue(self, control: Redis, strategy: Strategy) -> None:
        self._enter(Phase.ENQUEUEING)
        tasks = arrivals(self.plan)
        while not self._stop_asked:
            batch = list(islice(tasks, PIPELINE))
            if not batch:
                break
            await strategy.push(control, batch)
            self._enqueued += len(batch)

    async def _drain(self, pool: Pool) -> None:
        if self._stop_asked:
            return
        self._pool = pool
        self._enter(Phase.DRAINING)
        async with self._lag:
            await pool.run()
        if pool.failure is not None:
            await self._fail(pool.failure)

    async def _close(self, control: Redis, strategy: Strategy) -> None:
        """Count what is left, then remove the run's keys; a dead Redis stops neither."""
        try:
            async with asyncio.timeout(CLOSING_S):
                self._left = await strategy.waiting(control)
                self._locks_left = await strategy.locks_left(control)
            async with asyncio.timeout(SWEEPING_S):
                await sweep(control, self.prefix)
        except (RedisError, OSError, TimeoutError) as error:
            await self._fail(error)
            assert self._server is not None
            if self._has_keys and not self._server.is_ours:
                self._warning = (
                    f"this run's keys may still be in Redis: all begin with {self.prefix}:"
                )
                # Leaving by an error tells the guard of the keys that it has work to do.
                raise ServerError(self._failure or "") from error
        finally:
            await control.aclose()

    def _enter(self, phase: Phase) -> None:
        if not self._stop_asked:
            self._phase = phase

    async def _fail(self, error: Exception) -> None:
        """Keep the first error as the sentence that the faces show."""
        if self._failure is not None:
            return
        assert self._server is not None
        if not isinstance(error, FairnessError) or is_broken(error):
            explained = await self._server.explain(error)
            # A user's queue that lost its connection is to blame, unless our server died.
            if not isinstance(error, FairnessError) or self._server.death is not None:
                error = explained
        self._failure = str(error)
        self._failure_details = getattr(error, "details", None) or None

    def _last_phase(self) -> Phase:
        if self._failure is not None:
            return Phase.FAILED
        if self._stop_asked and self._ledger.completed < self.plan.total_tasks:
            return Phase.STOPPED
        return Phase.DRAINED

    def _look(self) -> Snapshot:
        ledger = self._ledger
        is_final = self._phase.is_final
        elapsed_s = self._elapsed_s or (self._pool.elapsed_s if self._pool else 0.0)
        enqueued = max(self._enqueued, ledger.completed + (self._left or 0))
        return Snapshot(
            run_id=self.run_id,
            plan=self.plan,
            server=self._server_info(),
            phase=self._phase,
            failure=self._failure,
            failure_details=self._failure_details,
            warning=self._warning,
            elapsed_s=elapsed_s,
            enqueued=enqueued,
            completed=ledger.completed,
            in_flight=0 if is_final else ledger.in_flight,
            left=self._left if is_final else max(0, enqueued - ledger.picked_up),
            lost=self._lost(enqueued) if is_final else ledger.replies_lost,
            cut_short=ledger.in_flight if is_final else 0,
            duplicated=ledger.duplicated,
            locks_left=self._locks_left,
            rate_per_s=ledger.rate_per_s(elapsed_s),
            workers=tuple(ledger.by_worker),
            picked_up=ledger.picked_up,
            first_pickup_s=ledger.first_pickup_s,
            first_pickup_index=ledger.first_pickup_index,
            partition_by_rank=ledger.partition_by_rank,
            served_by_rank=ledger.served_by_rank(),
            wait_sum_by_rank=ledger.wait_sum_by_rank(),
            waits=ledger.waits,
            price=ledger.price,
            lag=self._lag.lag(),
            pops=ledger.pops,
        )

    def _server_info(self) -> ServerInfo | None:
        return self._server.info if self._server else None

    def _lost(self, enqueued: int) -> int:
        """Tasks that left the queue and were not done; a lower bound if Redis cannot be asked."""
        if self._left is None:
            return self._ledger.in_flight + self._ledger.replies_lost
        return enqueued - self._ledger.completed - self._left
