"""A kept result that a new one must not fall short of."""

from collections.abc import Mapping
from dataclasses import dataclass
from statistics import median

from queue_fairness.analysis.difference import load_differences, worst
from queue_fairness.analysis.kept import Document, KeptRuns, groups, strategy_of
from queue_fairness.fairness.word import Level


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Baseline:
    """The result, and what it is called."""

    name: str
    document: Document

    def runs_for(self, plan: Mapping[str, object]) -> KeptRuns | None:
        """Its runs under the load of a plan: those of the same strategy, where it has several.

        None where there are none.
        """
        same_load = [
            each
            for each in groups(self.document, self.name)
            if each.runs and not load_differences(each.plan, plan)
        ]
        if len(same_load) == 1:
            return same_load[0]
        wanted = strategy_of(plan)
        return next((each for each in same_load if strategy_of(each.plan) == wanted), None)

    def number(self, plan: Mapping[str, object], path: str) -> float | None:
        """The median of a number under the load of a plan; None where it was not measured so."""
        runs = self.runs_for(plan)
        values = runs.values(path) if runs is not None else []
        return median(values) if values else None

    def word(self, plan: Mapping[str, object]) -> Level | None:
        """Its worst verdict under the load of a plan; None without one."""
        runs = self.runs_for(plan)
        return worst(runs.words) if runs is not None else None
