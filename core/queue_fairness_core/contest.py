"""Carries out a comparison: the same load through each strategy, one run after another.

Repeats are interleaved (a, b, c, a, b, c), so that a machine that grows slower or is disturbed
for a while hurts all strategies alike.
"""

import asyncio
import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from queue_fairness_core.comparison import Comparison
from queue_fairness_core.plan import Plan
from queue_fairness_core.run import Run
from queue_fairness_core.session import Session


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Lap:
    """One run of a comparison."""

    number: int
    """Which one, from 1."""
    of: int
    """How many there will be."""
    run: Run


Began = Callable[[Lap], None]
"""Called when a run begins: for a face that shows it."""


class Contest:
    """`await Contest(session, plan, strategies, repeats).execute(began)`.

    Attributes:
        comparison: What has been measured so far; replaced after each run.
        lap: The run that goes on, or the last one; None before the first.
    """

    def __init__(
        self, session: Session, plan: Plan, strategies: Sequence[str], repeats: int = 1
    ) -> None:
        self.comparison = Comparison(plan=plan, strategies=tuple(strategies), repeats=repeats)
        self.lap: Lap | None = None
        self._session = session
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Ask the present run to end early, and begin no other. What was measured is kept."""
        self._stopping.set()
        if self.lap is not None:
            self.lap.run.stop()

    async def execute(self, began: Began | None = None) -> Comparison:
        """Make the runs; returns after the last, or after one that was stopped or failed.

        It also ends, without a word, where somebody else starts a run on the session.

        Args:
            began: Called with each run as soon as it has begun.
        """
        asked = self.comparison
        order = asked.strategies * asked.repeats
        for number, strategy in enumerate(order, 1):
            if self._stopping.is_set():
                break
            plan = dataclasses.replace(asked.plan, strategy=strategy)
            run = await self._session.start(plan)
            self.lap = Lap(number=number, of=len(order), run=run)
            if self._stopping.is_set():
                run.stop()
            if began is not None:
                began(self.lap)
            await self._session.wait()
            self._keep(run)
            if not run.snapshot().phase.is_complete or self._session.run is not run:
                break
        return self.comparison

    def _keep(self, run: Run) -> None:
        before = self.comparison
        self.comparison = dataclasses.replace(before, runs=(*before.runs, run.snapshot()))


async def run_comparison(
    session: Session,
    plan: Plan,
    strategies: Sequence[str],
    repeats: int = 1,
    began: Began | None = None,
) -> Comparison:
    """Make a comparison that nobody needs to stop; see `Contest.execute`."""
    return await Contest(session, plan, strategies, repeats).execute(began)
