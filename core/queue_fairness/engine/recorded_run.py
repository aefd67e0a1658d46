"""A run whose events are recorded while it goes on; nobody who looks at it can tell."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

from queue_fairness.engine.fault import Fault
from queue_fairness.engine.paired_run import PairedRun
from queue_fairness.engine.run import Run
from queue_fairness.engine.run_handle import ServerReady
from queue_fairness.engine.run_parts import weights_of
from queue_fairness.metrics.counters import SPARE_PARTITIONS
from queue_fairness.metrics.recorder import Recorder
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.plan import Plan
from queue_fairness.server.server import Server
from queue_fairness.trace.recording import Recording, header_of


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRequest:
    """Where runs are recorded, one behind the other."""

    path: str
    series: Mapping[str, object] | None = None
    """Which comparison or sweep they are of; None for none."""


class RecordedRun:
    """Carries a run out and records it; a `RunHandle`. Of a paired run the second part is recorded.

    Attributes:
        plan: What is asked for.
    """

    def __init__(self, run: Run | PairedRun, request: RecordRequest) -> None:
        self.plan: Plan = run.plan
        self._run = run
        self._recorded = run.measured if isinstance(run, PairedRun) else run
        self._request = request
        self._recording: Recording | None = None
        self._final: Snapshot | None = None

    @property
    def recorder(self) -> Recorder:
        """What has happened so far."""
        return self._run.recorder

    async def execute(self, server_ready: ServerReady) -> None:
        """Carry it out, and wait until the recording is on file."""

        async def ready() -> Server:
            server = await server_ready()
            self._recording = self._begin(server)
            return server

        await self._run.execute(ready)
        final = self._run.snapshot()
        complaint = await self._recording.close(final) if self._recording is not None else ""
        if complaint:
            warning = "; ".join(filter(None, (final.warning, complaint)))
            final = dataclasses.replace(final, warning=warning)
        self._final = final

    def stop(self) -> None:
        """Ask it to end early and keep what it has measured."""
        self._run.stop()

    def snapshot(self) -> Snapshot:
        """The run at this instant; it has not ended before its recording is on file."""
        if self._final is not None:
            return self._final
        seen = self._run.snapshot()
        if seen.phase.is_final:
            return dataclasses.replace(seen, phase=Phase.STOPPING)
        return seen

    def inject(self, fault: Fault) -> str:
        """Do something to it."""
        return self._run.inject(fault)

    def _begin(self, server: Server) -> Recording:
        if self._recording is not None:
            return self._recording
        plan, strategy = self.plan, self._recorded.parts.strategy
        weights = {str(each): share for each, share in weights_of(plan).items()}
        queue = {"limit": strategy.limit, "ordered_by": strategy.ordered_by, "weights": weights}
        header = header_of(plan, server.info, queue, self._request.series)
        partitions = range(plan.all_partitions + SPARE_PARTITIONS)
        names = [plan.partition_name(each) for each in partitions]
        recording = Recording(self._request.path, header, names)
        self._recorded.recorder.tap = recording.take
        return recording
