"""Runs a comparison or a sweep: several plans in sequence, repeats interleaved.

Repeats are interleaved (a, b, c, a, b, c), so that a machine that grows slower or is disturbed
for a while hurts all strategies alike.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from queue_fairness.analysis.series import Series
from queue_fairness.engine.patience import unless
from queue_fairness.engine.run_handle import RunHandle
from queue_fairness.engine.session import Session
from queue_fairness.metrics.snapshot import Phase, Snapshot

T = TypeVar("T", bound=Series)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeriesStep:
    """One of several runs."""

    number: int
    """Which one, from 1."""
    of: int
    """How many there will be."""
    name: str
    """What tells it from the others."""
    run: RunHandle


StepCallback = Callable[[SeriesStep], None]
"""Called when a run has begun, or has ended: for a face that shows it."""


class SeriesRunner(Generic[T]):
    """`await SeriesRunner(session, asked).execute(began)`.

    Attributes:
        result: What has been measured so far; replaced after each run.
        step: The run that goes on, or the last one; None before the first.
    """

    def __init__(self, session: Session, asked: T) -> None:
        self.result = asked
        self.step: SeriesStep | None = None
        self._is_booked = False
        self._is_skipping = False
        """Whether the present run was asked to end, and no other."""
        self._session = session
        self._stopping = asyncio.Event()

    @property
    def present(self) -> Snapshot | None:
        """The run that goes on, as it is now; None where its result is in `result`."""
        return None if self.step is None or self._is_booked else self.step.run.snapshot()

    def stop(self) -> None:
        """Ask the present run to end early, and begin no other. What was measured is kept."""
        self._stopping.set()
        if self.step is not None:
            self.step.run.stop()

    def skip(self) -> None:
        """Ask the present run to end early; its half is kept, and the next run follows."""
        if self.step is not None and not self._is_booked:
            self._is_skipping = True
            self.step.run.stop()

    async def execute(
        self, began: StepCallback | None = None, ended: StepCallback | None = None
    ) -> T:
        """Make the runs; returns after the last, or after one that was stopped (but not skipped).

        A strategy whose run failed is not run again, and the others go on, unless the server does
        not answer any more. It also ends, without a word, where somebody else starts a run on the
        session.

        Args:
            began: Called with each run as soon as it has begun.
            ended: Called with each run as soon as its books are closed.
        """
        asked, plans = self.result, self.result.plans
        failed: set[str] = set()
        for number, plan in enumerate(plans, 1):
            if self._stopping.is_set():
                break
            if plan.strategy in failed:
                continue
            run = await self._session.start(plan)
            self.step = SeriesStep(number=number, of=len(plans), name=asked.name_of(plan), run=run)
            self._is_booked = self._is_skipping = False
            if self._stopping.is_set():
                run.stop()
            if began is not None:
                began(self.step)
            await self._session.wait()
            self.result = self.result.with_run(run.snapshot())
            self._is_booked = True
            if ended is not None:
                ended(self.step)
            if self._session.run is not run or not await self._may_go_on(run.snapshot()):
                break
            if run.snapshot().phase is Phase.FAILED:
                failed.add(plan.strategy)
        return self.result

    async def _may_go_on(self, final: Snapshot) -> bool:
        """Whether there may be another run after this one."""
        if final.phase is Phase.FAILED:
            return bool(await unless(self._stopping, self._session.server_answers()))
        return final.phase.is_complete or (self._is_skipping and not self._stopping.is_set())
