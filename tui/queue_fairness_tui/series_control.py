"""The comparison or sweep that the application is carrying out, and the last one that ended."""

import asyncio
import weakref
from functools import partial

from queue_fairness.analysis.comparison import Comparison
from queue_fairness.analysis.sweep import Sweep
from queue_fairness.engine.run_handle import RunHandle
from queue_fairness.engine.series import SeriesRunner, SeriesStep, StepCallback

Result = Comparison | Sweep
Runner = SeriesRunner[Comparison] | SeriesRunner[Sweep]


class SeriesControl:
    """Carries out one series of runs at a time and keeps its result.

    Attributes:
        runner: The series in progress; None between them.
        result: The last comparison or sweep that ended, complete or not.
    """

    def __init__(self) -> None:
        self.runner: Runner | None = None
        self.result: Result | None = None
        self._is_latest = False
        self._made: weakref.WeakSet[RunHandle] = weakref.WeakSet()
        self._is_idle = asyncio.Event()
        self._is_idle.set()

    def made(self, run: RunHandle) -> bool:
        """Whether the run is one of a series, whose result holds it."""
        return run in self._made

    @property
    def latest(self) -> Result | None:
        """The result, unless a single run is newer."""
        return self.result if self._is_latest else None

    def take(self, result: Result) -> None:
        """Keep a result that was made elsewhere."""
        self.result, self._is_latest = result, True

    async def execute(self, runner: Runner, began: StepCallback) -> Result | None:
        """Make the runs of a series.

        Args:
            runner: The series.
            began: Called at the start of each run.

        Returns:
            Its result, incomplete if it was stopped; None if it was canceled.
        """
        self.runner = runner
        self._is_idle.clear()
        try:
            await runner.execute(partial(self._began, began))
            self.result = runner.result
            if self.runner is not runner:
                return None
            self.runner, self._is_latest = None, True
        finally:
            if self.runner is None or self.runner is runner:
                self._is_idle.set()
        return runner.result

    def _began(self, began: StepCallback, step: SeriesStep) -> None:
        self._made.add(step.run)
        began(step)

    async def wait(self) -> None:
        """Wait until the series has ended, and its result is there."""
        await self._is_idle.wait()

    def stop(self) -> None:
        """End the series early; what it has measured becomes the result."""
        if self.runner is not None:
            self.runner.stop()

    def cancel(self) -> None:
        """End the series early, because something else is to be run and shown."""
        self._is_latest = False
        runner, self.runner = self.runner, None
        self._is_idle.set()
        if runner is not None:
            runner.stop()
