"""What happened to a queue, as columns of numbers, and its steps in the order of time."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from queue_fairness.fairness.steps import ARRIVED, ENDED, TAKEN, Steps

NS = 1e-9
AT_ONCE = 8192
"""Starts and ends that are merged together: few enough to stay in the processor's cache."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Past:
    """Tasks by their numbers, from 0; times in whole ns."""

    partitions: int
    workers: int
    partition: Sequence[int]
    worker: Sequence[int]
    ready: Sequence[int]
    started: Sequence[int]
    finished: Sequence[int]
    by_ready: Sequence[int]
    """Those that arrived, by when."""
    starts_and_ends: Sequence[int]
    """In their order: a task that is taken by its number, one that ends by its complement."""
    zero: int
    """The instant from which time counts."""
    limit: int
    """Tasks of one partition that might be in service at once; 0 for no limit."""
    cost: Sequence[float] = ()
    """Of each task, in the user's own unit, NaN for none; empty where none has any."""
    weights: Mapping[int, float]
    """Fair shares that are not 1."""
    tick: int
    """An end takes effect so much earlier than it was told, but not before its start."""

    @property
    def is_plain(self) -> bool:
        """Whether there is no limit, and all are due the same."""
        return not self.limit and not self.weights

    def steps(self) -> Iterator[Steps]:
        """All steps, some thousand at a time; at one instant tasks arrive first."""
        arrivals = iter(self.by_ready)
        coming = next(arrivals, -1)
        for begin in range(0, len(self.starts_and_ends), AT_ONCE):
            some = Steps([], [], [])
            coming = self._merge(some, begin, coming, arrivals)
            yield some
        while coming >= 0:
            rest = Steps([], [], [])
            while coming >= 0 and len(rest.kinds) < AT_ONCE:
                self._arrive(rest, coming)
                coming = next(arrivals, -1)
            yield rest

    def _merge(self, steps: Steps, begin: int, coming: int, arrivals: Iterator[int]) -> int:
        """Merge some starts and ends with what arrives before them; returns what comes next."""
        ready, started, finished = self.ready, self.started, self.finished
        zero, tick, never = self.zero, self.tick, 2**63
        kind, tell, told = steps.kinds.append, steps.tasks.append, steps.at.append
        due = ready[coming] if coming >= 0 else never
        for step in self.starts_and_ends[begin : begin + AT_ONCE]:
            if step >= 0:
                at = instant = started[step]
            else:
                at = finished[~step]
                instant = max(started[~step], at - tick)
            while due <= instant:
                kind(ARRIVED)
                tell(coming)
                told((due - zero) * NS if due > zero else 0.0)
                coming = next(arrivals, -1)
                due = ready[coming] if coming >= 0 else never
            if step >= 0:
                kind(TAKEN)
                tell(step)
            else:
                kind(ENDED)
                tell(~step)
            told((at - zero) * NS)
        return coming

    def _arrive(self, steps: Steps, task: int) -> None:
        steps.kinds.append(ARRIVED)
        steps.tasks.append(task)
        steps.at.append(max(0, self.ready[task] - self.zero) * NS)
