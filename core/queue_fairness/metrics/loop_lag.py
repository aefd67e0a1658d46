"""Measures how late the event loop is, which is the error of all times measured in it.

A probe that samples is blind where it cannot sample: a loop that stands still for five seconds
misses 500 ticks and shows one late one. So the ticks that were missed are counted too, each with
the lateness it would have had, and the quantiles are shares of time and not of samples.

Source: Tene, "How NOT to Measure Latency" (2013): coordinated omission, and its correction.
"""

import asyncio

from queue_fairness.metrics.statistics import LogHistogram
from queue_fairness.metrics.values import Lag, Stall

PERIOD_S = 0.01
STALL_S = 0.1
"""From how long on a pause counts as standing still; shorter ones are what the lag shows."""


class StallTally:
    """Adds up the pauses of something that should not stand still."""

    def __init__(self) -> None:
        self._longest_s = 0.0
        self._longest_at: float | None = None
        self._total_s = 0.0

    def note(self, at: float, length_s: float) -> None:
        """A piece that began then; too short a one does not count."""
        if length_s < STALL_S:
            return
        self._total_s += length_s
        if length_s > self._longest_s:
            self._longest_s, self._longest_at = length_s, at

    def stall(self, at: float = 0.0, length_s: float = 0.0) -> Stall:
        """All pieces so far, and one that is not over: when it began, and how long it is by now."""
        total_s, longest = self._total_s, (self._longest_s, self._longest_at)
        if length_s >= STALL_S:
            total_s, longest = total_s + length_s, max(longest, (length_s, at))
        return Stall(longest_s=longest[0], longest_at=longest[1], total_s=total_s)


class LagProbe:
    """A timer in the event loop that notes how late it was called.

    `async with LagProbe() as probe:` measures inside the block. What delays the timer (a screen
    that paints, a burst of replies, a stopped process) delays the workers in the same way.

    It goes by the clock of the run, which on Linux and macOS stands still while the machine
    sleeps: a suspended laptop adds neither to the lag nor to the run.
    """

    def __init__(self) -> None:
        self._latenesses = LogHistogram()
        self._maximum = 0.0
        self._stalls = StallTally()
        self._total_s = 0.0
        self._zero: float | None = None
        self._due = 0.0
        self._timer: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> "LagProbe":
        loop = asyncio.get_running_loop()
        self._zero = loop.time()
        self._schedule(loop, self._zero)
        return self

    async def __aexit__(self, *_exception: object) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def lag(self) -> Lag:
        """Quantiles of the lateness so far, over time; unknown before the first tick."""
        if not len(self._latenesses):
            return Lag()
        p50, p99 = self._latenesses.quantiles(0.5, 0.99)
        return Lag(
            p50=p50,
            p99=p99,
            maximum=self._maximum,
        )

    def stall(self) -> Stall:
        """How long the event loop stood still; unknown before the block was entered."""
        return Stall() if self._zero is None else self._stalls.stall()

    def total_s(self) -> float:
        """How late all ticks were together, one that is overdue at this instant included."""
        overdue = asyncio.get_running_loop().time() - self._due if self._timer else 0.0
        return self._total_s + max(0.0, overdue)

    def _schedule(self, loop: asyncio.AbstractEventLoop, now: float) -> None:
        self._due = now + PERIOD_S
        self._timer = loop.call_at(self._due, self._tick, loop)

    def _tick(self, loop: asyncio.AbstractEventLoop) -> None:
        now = loop.time()
        self._note(self._due, max(0.0, now - self._due))
        self._schedule(loop, now)

    def _note(self, due: float, lateness: float) -> None:
        """A tick was so late, and with it all that were due until then."""
        assert self._zero is not None
        self._latenesses.add_ramp(lateness, PERIOD_S)
        self._maximum = max(self._maximum, lateness)
        self._total_s += lateness
        self._stalls.note(due - self._zero, lateness)
