"""One load under several strategies: what was asked for, and the runs made so far.

A pure value, like the `Snapshot`s it is made of. The numbers of it are in scoreboard.py, the
answer in recommendation.py, the words in comparison_report.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from queue_fairness.formatting import numbers
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparison:
    """The same load under each strategy, one run after another."""

    plan: Plan
    """The load. Its own strategy does not count: the runs have theirs."""
    strategies: tuple[str, ...]
    """In the order in which they are compared."""
    repeats: int
    """How often each is to be run."""
    runs: tuple[Snapshot, ...] = ()
    """The final pictures so far, in the order in which they were made, stopped and failed ones
    included."""

    @property
    def plans(self) -> Sequence[Plan]:
        """What to run, in the order of the runs: repeats by turns."""
        order = self.strategies * self.repeats
        return tuple(replace(self.plan, strategy=strategy) for strategy in order)

    def name_of(self, plan: Plan) -> str:
        """What tells a run of that plan from the others."""
        return plan.strategy

    def with_run(self, run: Snapshot) -> "Comparison":
        """The same after one more run."""
        return replace(self, runs=(*self.runs, run))

    @property
    def planned(self) -> int:
        """How many runs were asked for."""
        return len(self.strategies) * self.repeats

    @property
    def is_complete(self) -> bool:
        """Whether every run was made, and to its end."""
        return len(self.runs) == self.planned and all(map(is_whole, self.runs))

    @property
    def left_out(self) -> int:
        """Runs that were not made because their strategy had failed before."""
        return left_out(self.strategies * self.repeats, self.runs)

    @property
    def command(self) -> str:
        """The command line that asks for this comparison again, the server not included."""
        names = ",".join(self.strategies)
        asked = f"--strategies {names} --repeat {self.repeats}"
        return f"queue-fairness-tui compare {asked} {self.plan.options('strategy')}"

    def of(self, strategy: str) -> Sequence[Snapshot]:
        """The runs of one strategy, in the order in which they were made."""
        return tuple(each for each in self.runs if each.plan.strategy == strategy)

    def measured(self, strategy: str) -> Sequence[Snapshot]:
        """Those of them that can be compared: served to the end, and so under the whole load."""
        return tuple(each for each in self.of(strategy) if is_whole(each))


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
