"""One run: its keys, its phases, its counters. Whoever wants to look asks for a snapshot."""

import asyncio
import dataclasses
import math
import secrets
import time
from collections.abc import Awaitable, Callable
from functools import partial
from itertools import islice

from redis.asyncio import Redis
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from queue_fairness.engine.fault import FOREIGN_KEYS, SLOWNESS, Fault
from queue_fairness.engine.ideal import Ideal, Shift, crash, outages, pace
from queue_fairness.engine.memory_need import need_of
from queue_fairness.engine.pulse import Pulse
from queue_fairness.engine.schedule import Arrival, TaskLog, initial_tasks, scheduled_arrivals
from queue_fairness.engine.worker_pool import REAP_S, Pool
from queue_fairness.errors import FairnessError, ServerError
from queue_fairness.events import Marked
from queue_fairness.load.pattern import parse_pattern
from queue_fairness.metrics.counters import SPARE_PARTITIONS
from queue_fairness.metrics.loop_lag import LagProbe
from queue_fairness.metrics.recorder import Recorder
from queue_fairness.metrics.snapshot import Lateness, Phase, Snapshot, Stalls
from queue_fairness.plan import Plan
from queue_fairness.server.cleanup import remove_keys
from queue_fairness.server.damage import Damage, server_fault
from queue_fairness.server.errors import is_broken, is_refused
from queue_fairness.server.foreign_keys import ForeignKeys
from queue_fairness.server.info import ServerInfo
from queue_fairness.server.network_delay import delayed
from queue_fairness.server.reading import Reading
from queue_fairness.server.room import check_room, room_for
from queue_fairness.server.server import Server
from queue_fairness.server.watch import Changes, Watch
from queue_fairness.strategies import STRATEGIES, Strategy
from queue_fairness.strategies.base import PIPELINE
from queue_fairness.strategies.custom import find_strategy, opened, remark

CLOSING_S = 10.0
"""How long counting what a run has left may take."""
REVIVAL_S = 5.0
"""How long to wait for a server that is away at the end of a run: it may be restarting."""
REVIVAL_STEP_S = 0.1
CLEANUP_S = 60.0
"""How long removing its keys may take; a pass over a million foreign keys takes under a second."""
IDEAL_S = 2.0
"""How long working out the ideal may take once somebody has asked the run to end."""


class Run:
    """A plan being carried out.

    `execute` does it and never raises for Redis's sake; `stop` asks it to end; `snapshot` may be
    called at any time, from the first moment to long after the end.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.run_id = secrets.token_hex(4)
        self.prefix = f"qf:{{{self.run_id}}}"
        """Begins every key of the queue. The braces keep its keys in one slot of a cluster."""
        self.foreign_prefix = f"qf-foreign:{{{self.run_id}}}"
        """Begins every other key of this run, which the queue has to live with."""
        self._prefixes = (self.prefix, self.foreign_prefix)
        self._phase = Phase.STARTING
        self._strategy = self._make_strategy()
        self.recorder = Recorder(
            plan, self._strategy.limit, self._shares(), self._strategy.ordered_by
        )
        """What has happened so far."""
        self._task_log = TaskLog(plan)
        self._noise = plan.noisy
        """Noisy partitions so far."""
        self._lag = LagProbe()
        self._pulse = Pulse(self._lag)
        self._server: Server | None = None
        self._pool: Pool | None = None
        self._stop_asked = False
        self._has_keys = False
        self._foreign: ForeignKeys | None = None
        self._enqueued = 0
        """Tasks that the queue took before the workers started."""
        self._elapsed_s = 0.0
        self._left: int | None = None
        self._locks_left: int | None = None
        self._failure: str | None = None
        self._failure_details: str | None = None
        self._warnings: list[str] = []
        self._failed_by_server = False
        """Whether what ended the run early came from the server, not from the queue."""
        self._doings = Watch(f"{self.foreign_prefix}:witness")
        self._changes: Changes | None = None
        self._server_fault: str | None = None
        self._final: Snapshot | None = None
        self._baseline_run: Run | None = None
        """The run without the noise that goes before a paired one, while it lasts."""
        self._quiet_wait_baseline_s: float | None = None
        self._quiet_wait_ideal_s: float | None = None
        self._piles: list[Arrival] = []
        """Noise that somebody added by hand."""
        self._shifts: list[Shift] = []
        """Workers that somebody added or took away by hand."""

    async def execute(self, server_ready: Callable[[], Awaitable[Server]]) -> None:
        """Get a server, enqueue, drain, count what is left, and remove every key of the run."""
        try:
            if self.plan.paired and not await self._measure_without_noise(server_ready):
                return
            self._server = await server_ready()
            await self._carry_out(self._server)
            if self.plan.paired:
                await self._work_out_ideal()
        except FairnessError as error:
            self._failure = str(error)
        finally:
            self._charge_server()
            self._phase = self._last_phase()

    def stop(self) -> None:
        """Ask the run to end early and keep what it has measured."""
        self._stop_asked = True
        if self._baseline_run is not None:
            self._baseline_run.stop()
        if self._pool is not None:
            self._pool.stop()
        if not self._phase.is_final:
            self._phase = Phase.STOPPING

    def snapshot(self) -> Snapshot:
        """The run at this instant, frozen; the same object again and again once it has ended."""
        if self._final is not None:
            return self._final
        if self._baseline_run is not None:
            return self._pair_snapshot(self._baseline_run)
        snapshot = self._look()
        snapshot = dataclasses.replace(
            snapshot, assessment=self.recorder.latest_assessment(snapshot)
        )
        if self._phase.is_final:
            self._final = snapshot
        return snapshot

    async def _measure_without_noise(self, server_ready: Callable[[], Awaitable[Server]]) -> bool:
        """Make the run that this one is compared with; whether it came to its end."""
        baseline = self._baseline_run = Run(self.plan.without_noise)
        await baseline.execute(server_ready)
        final = baseline.snapshot()
        self._baseline_run = None
        self._server, self._failure = baseline._server, final.failure
        self._warnings = baseline._warnings
        self._server_fault, self._changes = final.server_fault, final.server_changes
        self._quiet_wait_baseline_s = final.quiet_wait_p95_s
        return final.phase.is_complete

    def _pair_snapshot(self, baseline: "Run") -> Snapshot:
        """The first part of a paired run; its end is not the end."""
        snapshot = baseline.snapshot()
        phase = Phase.STARTING if snapshot.phase.is_final else snapshot.phase
        return dataclasses.replace(snapshot, phase=phase, pair_label="first without the noise")

    def inject(self, fault: Fault) -> str:
        """Do something to the workers or their load while they are at work.

        Returns:
            What was done, or why it could not be, in a few words for the user.
        """
        pool = self._pool
        if pool is None or not (self._phase.is_working and pool.is_at_work):
            return "only while the workers are at work"
        match fault:
            case Fault.ADD_WORKER:
                # The mark is set when it is connected.
                added = pool.add_worker()
                self._shifts.append(Shift(pool.now(), added, comes=True))
                return f"worker w{added} joins"
            case Fault.REMOVE_WORKER:
                removed = pool.remove_worker()
                if removed is None:
                    return "the last worker stays"
                self._shifts.append(Shift(pool.now(), removed, comes=False))
                text = f"worker w{removed} leaves"
            case Fault.CRASH_WORKER:
                crashing = pool.crash_worker()
                if crashing is not None:
                    self._shifts += crash(pool.now(), crashing, self.plan)
                # The mark is set when it is gone: it may have to get hold of a task first.
                return "no worker to crash" if crashing is None else f"worker w{crashing} crashes"
            case Fault.SLOW_WORKER:
                slowed = pool.slow_worker(SLOWNESS)
                if slowed is None:
                    return "all workers are slow already"
                text = f"worker w{slowed} is {SLOWNESS:g} times as slow"
            case Fault.NOISY_PARTITION:
                if self._noise == self.plan.noisy + SPARE_PARTITIONS:
                    return f"no more than {SPARE_PARTITIONS} noisy partitions can be added"
                partition = self.plan.partitions + self._noise
                self._noise += 1
                pile = Arrival(pool.now(), partition, self.plan.noisy_tasks)
                self._piles.append(pile)
                pool.generator.add(pile)
                name = self.plan.partition_name(partition)
                text = f"{name} drops {self.plan.noisy_tasks:,} tasks"
            case Fault.FOREIGN_KEYS:
                pool.supervise(partial(self._add_foreign_keys, FOREIGN_KEYS), "foreign keys")
                text = f"{FOREIGN_KEYS:,} foreign keys more"
        self.recorder.record(Marked(pool.now(), text))
        return text

    def _make_strategy(self) -> Strategy:
        plan = self.plan
        partitions = plan.all_partitions + SPARE_PARTITIONS
        return find_strategy(plan.strategy)(
            self.prefix,
            [plan.partition_name(each) for each in range(partitions)],
            workers=plan.workers,
            concurrency_limit=plan.concurrency_limit,
            lease_ttl_s=plan.lease_ttl,
            weights=self._shares(),
        )

    def _shares(self) -> dict[int, float]:
        """The weights that are not 1, by partition."""
        if self.plan.weights == "equal":
            return {}
        values = parse_pattern(self.plan.weights).values(self.plan.partitions)
        least = min(values)
        return {each: value / least for each, value in enumerate(values) if value != least}

    async def _carry_out(self, server: Server) -> None:
        plan, strategy = self.plan, self._strategy
        control = server.connect("qf-control")
        async with (
            server.guard_keys(self._prefixes),
            delayed(server.endpoint, plan.network_delay) as far,
        ):
            pool = Pool(
                plan,
                strategy,
                far.connect,
                self.recorder.record,
                self._task_log,
                scheduled_arrivals(plan),
                f"{self.foreign_prefix}:result",
                server.connect,
                self._lag,
                self._pulse,
            )
            try:
                await control.ping()
                self._refuse_if_short(server, await self._doings.begin(control))
                self._has_keys = True
                await self._doings.leave_witness(control)
                self._foreign = ForeignKeys(
                    self.foreign_prefix, server.name, is_free=server.is_free
                )
                async with opened(strategy, far.url, plan.workers):
                    await self._enqueue(control, strategy)
                    await self._drain(pool)
            except (RedisError, OSError, FairnessError) as error:
                await self._fail(error)
            finally:
                self._elapsed_s = pool.elapsed_s
                self._warn(remark(strategy) or self._remark_on_costs(pool))
                if self._failure_details is None:
                    self._failure_details = pool.first_task_traceback
                await self._close(control, strategy)

    async def _enqueue(self, control: Redis, strategy: Strategy) -> None:
        self._enter(Phase.ENQUEUEING)
        await self._add_foreign_keys(self.plan.foreign_keys, control)
        # To shuffle a million tasks takes 0.7 s, in which the screen would stand still.
        tasks = await asyncio.to_thread(initial_tasks, self.plan, self._task_log)
        while not self._stop_asked:
            batch = list(islice(tasks, PIPELINE))
            if not batch:
                break
            await strategy.push(control, batch)
            self._enqueued += len(batch)

    async def _add_foreign_keys(self, count: int, client: Redis | None = None) -> None:
        assert self._foreign is not None
        assert self._server is not None
        if client is not None:
            await self._foreign.add(client, count, lambda: not self._stop_asked)
            return
        async with self._server.connect("qf-foreign") as client:
            await self._foreign.add(client, count)

    async def _drain(self, pool: Pool) -> None:
        if self._stop_asked:
            return
        self._pool = pool
        self._enter(Phase.DRAINING if self.plan.is_drain else Phase.SERVING)
        await pool.run()
        if pool.failure is not None:
            await self._fail(pool.failure)

    def _remark_on_costs(self, pool: Pool) -> str | None:
        """That there is nothing to judge by, where tokens were asked for; None if there is."""
        counters = self.recorder.counters
        if self.plan.fair_by != "tokens" or pool.costs or not counters.completed:
            return None
        return (
            "no task reported a cost: tokens cannot be judged; "
            f"let {self.plan.task} return what a task cost"
        )

    async def _close(self, control: Redis, strategy: Strategy) -> None:
        """Count what is left, then remove the run's keys; a dead Redis stops neither."""
        assert self._server is not None
        try:
            async with asyncio.timeout(CLOSING_S):
                await self._revive(control)
                broke = self._failed_by_server or self.recorder.counters.replies_lost > 0
                self._changes = await self._doings.end(control, broke=broke)
                resting = self._pool.generator.resting if self._pool is not None else 0
                self._left = await strategy.waiting(control) + resting
                self._locks_left = await strategy.locks_left(control)
            async with asyncio.timeout(CLEANUP_S):
                for prefix in self._prefixes:
                    await remove_keys(control, prefix)
        except (RedisError, OSError, TimeoutError) as error:
            await self._fail(error)
            if self._has_keys and not self._server.is_ours:
                self._warn(
                    f"this run's keys may still be in Redis: all begin with "
                    f"{self.prefix}: or {self.foreign_prefix}:"
                )
                # Leaving by an error tells the guard of the keys that it has work to do.
                raise ServerError(self._failure or "") from error
        finally:
            await control.aclose()

    async def _revive(self, control: Redis) -> None:
        """Get through to the server once more; the connection was idle for the whole run.

        A server of the user's may be away for a moment: it restarts. One of ours never comes back.
        """
        assert self._server is not None
        deadline = asyncio.get_running_loop().time() + REVIVAL_S
        while True:
            try:
                await control.ping()
                return
            except RedisConnectionError:
                if asyncio.get_running_loop().time() > deadline:
                    raise
                if self._server.is_ours:
                    await control.ping()
                    return
            await asyncio.sleep(REVIVAL_STEP_S)

    def _refuse_if_short(self, server: Server, reading: Reading) -> None:
        """Look to the data of others before the first key of the queue is written."""
        if server.is_ours:
            return
        room = room_for(need_of(self.plan), reading)
        self._warn(check_room(room, server.name, "this run", allow=server.allow_eviction))

    def _warn(self, warning: str | None) -> None:
        if warning is not None and warning not in self._warnings:
            self._warnings.append(warning)

    def _charge_server(self) -> None:
        """Find out whether the server is to blame for how the run ended."""
        if self._server is None or self._server_fault is not None:
            return
        counters = self.recorder.counters
        in_lease = self._in_lease(self._elapsed_s)
        locks = (self._locks_left or 0) - counters.in_flight - in_lease
        self._server_fault = server_fault(
            self._server.name,
            self._changes,
            Damage(
                missing=self._missing(),
                replies_lost=counters.replies_lost,
                duplicated=counters.duplicated,
                locks_left=max(0, locks),
                failure=self._failure,
                failed_by_server=self._failed_by_server,
                own_removals=self._own_removals(),
                is_atomic=self.plan.strategy in STRATEGIES,
            ),
        )
        if self._server_fault is not None:
            self._failure = self._server_fault

    def _missing(self) -> int | None:
        """Tasks gone that no crash and no stop of ours explains; None if they cannot be counted."""
        lost = self._lost(self._enqueued_in_all)
        if lost is None:
            return None
        counters = self.recorder.counters
        gone = max(0, len(counters.gone) - self._in_lease(self._elapsed_s))
        return max(0, lost - counters.in_flight - gone)

    def _own_removals(self) -> int:
        """DELs of locks, where there are no leases: one for each task that was done or failed."""
        counters = self.recorder.counters
        if self._strategy.lease_ttl_s:
            return 0
        return counters.completed + counters.failed + counters.sums.cost().lock_races

    @property
    def _enqueued_in_all(self) -> int:
        counters = self.recorder.counters
        return max(self._enqueued, counters.arrived, counters.completed + (self._left or 0))

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
        self._failed_by_server = isinstance(error, ServerError) or is_refused(error)
        self._failure_details = getattr(error, "details", None) or None

    def _last_phase(self) -> Phase:
        if self._failure is not None:
            return Phase.FAILED
        if not self.plan.is_drain:
            is_over = self._elapsed_s >= self.plan.duration
            return Phase.ENDED if is_over or not self._stop_asked else Phase.STOPPED
        is_over = (
            self.recorder.counters.completed + self.recorder.counters.dead >= self.plan.total_tasks
        )
        return Phase.DRAINED if is_over or not self._stop_asked else Phase.STOPPED

    def _look(self) -> Snapshot:
        counters = self.recorder.counters
        is_final = self._phase.is_final
        if is_final:
            self.recorder.flush()
        elapsed_s = self._elapsed_s or (self._pool.elapsed_s if self._pool else 0.0)
        enqueued = self._enqueued_in_all
        return Snapshot(
            run_id=self.run_id,
            plan=self.plan,
            server=self._server_info(),
            phase=self._phase,
            failure=self._failure,
            failure_details=self._failure_details,
            warning="; ".join(self._warnings) or None,
            elapsed_s=elapsed_s,
            enqueued=enqueued,
            completed=counters.completed,
            in_flight=0 if is_final else counters.in_flight,
            left=self._left if is_final else max(0, enqueued - self._out_of_queue()),
            lost=self._lost(enqueued) if is_final else counters.replies_lost,
            cut_short=counters.in_flight if is_final else 0,
            duplicated=counters.duplicated,
            locks_left=self._locks_left,
            rate_per_s=counters.rate_per_s(elapsed_s),
            workers=tuple(counters.by_worker),
            picked_up=counters.picked_up,
            first_pickup_s=counters.first_pickup_s,
            first_pickup_index=counters.first_pickup_index,
            partition_by_rank=counters.partition_by_rank,
            served_by_rank=counters.served_by_rank(),
            wait_sum_by_rank=counters.wait_sum_by_rank(),
            waits=counters.sums.waits(),
            dequeue_cost=counters.sums.cost(),
            lag=self._lag.lag(),
            stalls=Stalls(program=self._lag.stall(), server=self._pulse.stall()),
            pops=counters.sums.pops(),
            arrived=counters.arrived,
            arrival_rate_per_s=counters.arrival_rate_per_s(elapsed_s),
            lateness=self._pool.generator.lateness if self._pool else Lateness(),
            workers_at_work=counters.workers_at_work,
            polls=counters.polls,
            failed=counters.failed,
            dead=counters.dead,
            leases_expired=counters.leases_expired,
            gone=counters.gone,
            recovered=tuple(counters.recovered),
            quiet_wait_p95_s=self._quiet_wait_p95_s(elapsed_s),
            quiet_wait_baseline_p95_s=self._quiet_wait_baseline_s,
            quiet_wait_ideal_p95_s=self._quiet_wait_ideal_s,
            pair_label="now with the noise" if self.plan.paired else "",
            timeline=counters.sums.timeline(),
            partitions=counters.partitions,
            in_lease=self._in_lease(elapsed_s),
            server_fault=self._server_fault,
            server_changes=self._changes,
            vanished=self._missing() if self._server_fault else None,
            order=self.recorder.order,
        )

    def _quiet_wait_p95_s(self, now: float) -> float | None:
        """Of all tasks of quiet partitions; in mid-run of those that were taken."""
        if not self._phase.is_final:
            return self.recorder.counters.sums.quiet_wait_p95_s(())
        waits = self._task_log.open_quiet_waits(now, self.recorder.counters.was_taken)
        return self.recorder.counters.sums.quiet_wait_p95_s(waits)

    async def _work_out_ideal(self) -> None:
        """How long the quiet would have waited by fair turns; unknown where nothing was served."""
        counters = self.recorder.counters
        if not counters.picked_up:
            return
        began = time.monotonic()
        work_s = await asyncio.to_thread(self._task_log.mean_work_s, counters.was_taken)
        ideal = Ideal(
            plan=self.plan,
            limit=self._strategy.limit,
            weights=self._shares(),
            pace=pace(self.plan, work_s, counters),
            piles=self._piles,
            shifts=self._shifts,
            outages=outages(counters),
            is_wanted=lambda: not self._stop_asked or time.monotonic() < began + IDEAL_S,
        )
        is_cut_short = self._stop_asked or not self.plan.is_drain or self._failure is not None
        waits = await asyncio.to_thread(
            ideal.quiet_waits, self._elapsed_s if is_cut_short else math.inf
        )
        self._quiet_wait_ideal_s = waits.p95_s if waits is not None else None

    def _in_lease(self, now: float) -> int:
        """Tasks of crashed workers that will be back when their leases expire."""
        patience_s = self._strategy.lease_ttl_s
        if not patience_s:
            return 0
        return sum(now - each.at <= patience_s + REAP_S for each in self.recorder.counters.gone)

    def _out_of_queue(self) -> int:
        """Tasks that are done, given up, in hand or gone."""
        counters = self.recorder.counters
        return counters.completed + counters.dead + counters.in_flight + len(counters.gone)

    def _server_info(self) -> ServerInfo | None:
        return self._server.info if self._server else None

    def _lost(self, enqueued: int) -> int | None:
        """Tasks that left the queue and were not done; None if Redis cannot be asked."""
        counters = self.recorder.counters
        if self._left is None:
            return None
        in_lease = self._in_lease(self._elapsed_s)
        return enqueued - counters.completed - counters.dead - self._left - in_lease
