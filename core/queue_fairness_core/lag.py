"""Measures how late the event loop is: the error of everything else that is measured in it."""

import asyncio

from queue_fairness_core.snapshot import Lag
from queue_fairness_core.stats import LogHistogram

PERIOD_S = 0.01


class LagProbe:
    """A timer in the event loop that notes how late it was called.

    `async with LagProbe() as probe:` measures inside the block. What delays the timer (a screen
    that paints, a burst of replies) delays the workers in the same way.
    """

    def __init__(self) -> None:
        self._latenesses = LogHistogram()
        self._maximum = 0.0
        self._timer: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> "LagProbe":
        loop = asyncio.get_running_loop()
        self._schedule(loop, loop.time() + PERIOD_S)
        return self

    async def __aexit__(self, *_exception: object) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def lag(self) -> Lag:
        """Quantiles of the lateness so far."""
        if not len(self._latenesses):
            return Lag()
        p50, p99 = self._latenesses.quantiles(0.5, 0.99)
        return Lag(
            p50=p50,
            p99=p99,
            maximum=self._maximum,
        )

    def _schedule(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        self._timer = loop.call_at(due, self._tick, loop, due)

    def _tick(self, loop: asyncio.AbstractEventLoop, due: float) -> None:
        now = loop.time()
        lateness = max(0.0, now - due)
        self._latenesses.add(lateness)
        self._maximum = max(self._maximum, lateness)
        self._schedule(loop, now + PERIOD_S)
