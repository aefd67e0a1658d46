"""One load under several strategies: what was asked for, and the runs made so far.

The numbers of it are in scoreboard.py, the answer in recommendation.py, the words in
report/comparison_report.py.
"""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace

from queue_fairness.analysis.series import Series
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparison(Series):
    """The same load under each strategy, one run after another."""

    @property
    def plans(self) -> Sequence[Plan]:
        """What to run, in the order of the runs: repeats interleaved."""
        order = self.strategies * self.repeats
        return tuple(replace(self.plan, strategy=strategy) for strategy in order)

    def name_of(self, plan: Plan) -> str:
        """What tells a run of that plan from the others."""
        return plan.strategy

    @property
    def command(self) -> str:
        """The command line that asks for this comparison again, the server not included."""
        asked = ("--strategies", ",".join(self.strategies), "--repeat", str(self.repeats))
        words = ("queue-fairness-tui", "compare", *asked)
        return f"{shlex.join(words)} {self.plan.options('strategy')}"

    def of(self, strategy: str) -> Sequence[Snapshot]:
        """The runs of one strategy, in the order in which they were made."""
        return tuple(each for each in self.runs if each.plan.strategy == strategy)
