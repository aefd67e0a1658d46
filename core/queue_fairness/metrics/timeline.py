"""A run over time: arrivals, pickups, completions, waits and annotations per time bin.

Bins are of equal length; when there are too many, neighbors merge two by two. So memory is
constant, and a chart of the whole run costs the same at any length.
"""

from collections.abc import Sequence
from dataclasses import dataclass

STEP_S = 0.1
"""Length of a step at first."""
MAX_STEPS = 480
"""Most steps; reached, their number is halved."""


@dataclass(frozen=True, slots=True)
class Annotation:
    """Something that was done to the run, such as an injected fault."""

    at: float
    """Seconds."""
    text: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Timeline:
    """A run over time, step by step.

    Counts are of what happened in the step; sums over all steps are the run's totals.
    """

    step_s: float = STEP_S
    arrived: Sequence[int] = ()
    picked_up: Sequence[int] = ()
    completed: Sequence[int] = ()
    quiet_pickups: Sequence[int] = ()
    """Pickups from partitions that are not noisy."""
    quiet_wait_s: Sequence[float] = ()
    """Sum of the waits of those."""
    marks: Sequence[Annotation] = ()

    def mean_quiet_wait_s(self, step: int) -> float | None:
        """Mean wait of the tasks of quiet partitions picked up in a step; None if there is none."""
        pickups = self.quiet_pickups[step]
        return self.quiet_wait_s[step] / pickups if pickups else None


class TimelineFold:
    """Counts what happens; O(1) an event, amortized."""

    def __init__(self) -> None:
        self._step_s = STEP_S
        self._arrived = [0]
        self._picked_up = [0]
        self._completed = [0]
        self._quiet_pickups = [0]
        self._quiet_wait_s = [0.0]
        self._marks: list[Annotation] = []

    def arrive(self, at: float, tasks: int) -> None:
        """Tasks have arrived."""
        self._arrived[self._step(at)] += tasks

    def add(self, at: float, quiet_waits: Sequence[float], noisy: int, completed: int) -> None:
        """Tasks were taken and done.

        Args:
            at: When; of several, a time of the step in which all of them were.
            quiet_waits: Of those taken from quiet partitions, the wait of each, in seconds.
            noisy: How many were taken from noisy partitions.
            completed: How many were done.
        """
        step = self._step(at)
        self._picked_up[step] += len(quiet_waits) + noisy
        self._quiet_pickups[step] += len(quiet_waits)
        self._quiet_wait_s[step] += sum(quiet_waits)
        self._completed[step] += completed

    def end_of_step(self, at: float) -> float:
        """When the step of this time is over, seconds."""
        return (self._step(at) + 1) * self._step_s

    def mark(self, at: float, text: str) -> None:
        """Something was done to the run."""
        self._marks.append(Annotation(at, text))

    def timeline(self) -> Timeline:
        """A frozen copy."""
        return Timeline(
            step_s=self._step_s,
            arrived=tuple(self._arrived),
            picked_up=tuple(self._picked_up),
            completed=tuple(self._completed),
            quiet_pickups=tuple(self._quiet_pickups),
            quiet_wait_s=tuple(self._quiet_wait_s),
            marks=tuple(self._marks),
        )

    def _step(self, at: float) -> int:
        """The step of an instant, which is made if there is none yet."""
        step = int(at / self._step_s)
        if step < len(self._arrived):
            return step
        while step >= MAX_STEPS:
            self._halve()
            step = int(at / self._step_s)
        more = step + 1 - len(self._arrived)
        for counts in (self._arrived, self._picked_up, self._completed, self._quiet_pickups):
            counts.extend([0] * more)
        self._quiet_wait_s.extend([0.0] * more)
        return step

    def _halve(self) -> None:
        self._step_s *= 2
        for counts in (self._arrived, self._picked_up, self._completed, self._quiet_pickups):
            counts[:] = [sum(counts[at : at + 2]) for at in range(0, len(counts), 2)]
        waits = self._quiet_wait_s
        waits[:] = [sum(waits[at : at + 2]) for at in range(0, len(waits), 2)]
