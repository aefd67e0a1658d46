"""Several runs made one after another: what a comparison and a sweep have in common."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from queue_fairness.formatting import numbers
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Series(ABC):
    """What was asked for, and the runs made so far; a pure value, like the runs themselves."""

    plan: Plan
    """What all runs have in common. Its strategy does not count: the runs have theirs."""
    strategies: tuple[str, ...]
    """In the order in which they are run."""
    repeats: int = 1
    """How often each of them is to be run."""
    runs: tuple[Snapshot, ...] = ()
    """The final pictures so far, in the order in which they were made, stopped and failed ones
    included."""

    @property
    @abstractmethod
    def plans(self) -> Sequence[Plan]:
        """What to run, in that order."""

    @property
    @abstractmethod
    def command(self) -> str:
        """The command line that asks for the same again, the server not included."""

    @abstractmethod
    def name_of(self, plan: Plan) -> str:
        """What tells a run of that plan from the others."""

    def with_run(self, run: Snapshot) -> Self:
        """The same after one more run."""
        return replace(self, runs=(*self.runs, run))

    @property
    def points(self) -> int:
        """At how many values of the plan each strategy is run."""
        return 1

    @property
    def planned(self) -> int:
        """How many runs were asked for."""
        return len(self.strategies) * self.points * self.repeats

    @property
    def is_complete(self) -> bool:
        """Whether every run was made, and to its end."""
        return len(self.runs) == self.planned and all(map(is_whole, self.runs))

    @property
    def left_out(self) -> int:
        """Runs that were not made because their strategy had failed before."""
        return left_out(self.strategies * (self.points * self.repeats), self.runs)

    @property
    def incomplete(self) -> str:
        """Why fewer whole runs count than were planned, in one sentence; empty where all do."""
        return "" if self.is_complete else incomplete(self.runs, self.planned, self.left_out)


def is_whole(run: Snapshot) -> bool:
    """Whether a run was served to its end and judged, so that its numbers can be compared."""
    return run.phase.is_complete and run.assessment is not None


def left_out(order: Sequence[str], runs: Sequence[Snapshot]) -> int:
    """How many runs were passed over because one of their strategy had failed before.

    Args:
        order: The strategies of all runs that were planned, in that order.
        runs: What was run of it.
    """
    failed: set[str] = set()
    made = iter(runs)
    number = 0
    for strategy in order:
        if strategy in failed:
            number += 1
            continue
        run = next(made, None)
        if run is None:
            break
        if run.phase is Phase.FAILED:
            failed.add(strategy)
    return number


def incomplete(runs: Sequence[Snapshot], planned: int, passed_over: int) -> str:
    """Why fewer whole runs are in the tables than were planned, in one sentence."""
    made = f"{len(runs):,} of {numbers.plural(planned, 'run')}"
    failed = [each for each in runs if each.phase is Phase.FAILED]
    if failed and len(runs) + passed_over == planned:
        why = f"{len(failed):,} failed"
        if passed_over:
            why += ", and a strategy that failed is not run again"
    else:
        why = "ended by a failure" if failed and failed[-1] is runs[-1] else "stopped early"
    return f"{made}: {why}; only whole runs count"
