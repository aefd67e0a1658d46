"""A paired run: the load without its noise first, then with it, and what ideal service would give.

The same seed gives both parts the same arrivals and work, so that all they differ in is the noise.
"""

import asyncio
import dataclasses
import math
import time

from queue_fairness.engine.fault import Fault
from queue_fairness.engine.ideal import Ideal, outages, pace
from queue_fairness.engine.run import Run
from queue_fairness.engine.run_handle import ServerReady
from queue_fairness.engine.run_parts import weights_of
from queue_fairness.metrics.recorder import Recorder
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.plan import Plan

IDEAL_S = 2.0
"""How long working out the ideal may take once somebody has asked the run to end."""


class PairedRun:
    """Two runs, one after the other; a `RunHandle`.

    Attributes:
        plan: What is asked for, the noise included.
        measured: The run with the noise, whose end is the end.
    """

    def __init__(self, plan: Plan, key_prefix: str = "") -> None:
        self.plan = plan
        self.measured = Run(plan, key_prefix)
        self.measured.outcome.pair_label = "now with the noise"
        self._baseline: Run | None = Run(plan.without_noise, key_prefix)
        """The run without the noise; None once it is over, so that its memory is free again."""
        self._baseline.outcome.pair_label = "first without the noise"

    @property
    def recorder(self) -> Recorder:
        """What has happened so far in the part that goes on."""
        return (self._baseline or self.measured).recorder

    async def execute(self, server_ready: ServerReady) -> None:
        """Make both runs; the second only where the first came to its end."""
        measured, baseline = self.measured, self._baseline
        assert baseline is not None, "a run is executed once"
        with measured.ending():
            if not await self._measure(baseline, server_ready):
                return
            await measured.measure(server_ready)
            measured.outcome.quiet_wait_ideal_s = await self._ideal_quiet_wait_s()

    def stop(self) -> None:
        """Ask both parts to end early and keep what they have measured."""
        self.measured.stop()
        if self._baseline is not None:
            self._baseline.stop()

    def snapshot(self) -> Snapshot:
        """The part that goes on; the end of the first is not the end."""
        if self._baseline is None:
            return self.measured.snapshot()
        snapshot = self._baseline.snapshot()
        if not snapshot.phase.is_final:
            return snapshot
        return dataclasses.replace(snapshot, phase=Phase.STARTING)

    def inject(self, fault: Fault) -> str:
        """Do something to the second part: the first is what it is compared with."""
        return self.measured.inject(fault)

    async def _measure(self, baseline: Run, server_ready: ServerReady) -> bool:
        """Make the run without the noise; whether it came to its end."""
        await baseline.execute(server_ready)
        final = baseline.snapshot()
        self.measured.begin_after(baseline)
        self.measured.outcome.quiet_wait_baseline_s = final.quiet_wait_p95_s
        self._baseline = None
        return final.phase.is_complete

    async def _ideal_quiet_wait_s(self) -> float | None:
        """The p95 wait of the quiet under ideal service, seconds; None where nothing was served."""
        run, plan = self.measured, self.plan
        counters, outcome = run.recorder.counters, run.outcome
        if not counters.picked_up:
            return None
        began = time.monotonic()
        work_s = await asyncio.to_thread(run.parts.task_log.mean_work_s, counters.was_taken)
        ideal = Ideal(
            plan=plan,
            limit=run.parts.strategy.limit,
            weights=weights_of(plan),
            pace=pace(plan, work_s, counters),
            piles=run.faults.piles if run.faults is not None else (),
            shifts=run.faults.shifts if run.faults is not None else (),
            outages=outages(counters),
            is_wanted=lambda: not run.is_stopping or time.monotonic() < began + IDEAL_S,
        )
        is_cut_short = run.is_stopping or not plan.is_drain or outcome.failure is not None
        until_s = outcome.elapsed_s if is_cut_short else math.inf
        waits = await asyncio.to_thread(ideal.quiet_waits, until_s)
        return waits.p95_s if waits is not None else None


def make_run(plan: Plan, key_prefix: str = "") -> Run | PairedRun:
    """The kind of run that a plan asks for, with this before the names of its keys."""
    return PairedRun(plan, key_prefix) if plan.paired else Run(plan, key_prefix)
