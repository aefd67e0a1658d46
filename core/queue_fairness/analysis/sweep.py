"""How cost grows: one load at several values of one field, under one or more strategies.

The numbers of it are in curves.py, the answer in trend.py, the words in report/sweep_report.py.
"""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace

from queue_fairness.analysis.series import Series
from queue_fairness.formatting import numbers
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.plan import Plan, plan_field
from queue_fairness.plan.field import PlanField, PlanValue

Number = int | float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sweep(Series):
    """One field of a plan at several values, everything else held.

    Its plan is the load at the smallest value; its repeats are those at each value.
    """

    name: str
    """The field that takes several values."""
    values: tuple[Number, ...]
    """In ascending order."""
    total_tasks: int | None = None
    """Tasks of each run, shared out over its partitions; None to keep tasks per partition."""

    @property
    def points(self) -> int:
        """At how many values each strategy is run."""
        return len(self.values)

    @property
    def field(self) -> PlanField:
        """The row of the plan's table for what varies."""
        return plan_field(self.name)

    @property
    def noun(self) -> str:
        """What varies, in words: `partitions`, `work duration`."""
        return self.field.option.removeprefix("--").replace("-", " ")

    @property
    def plans(self) -> Sequence[Plan]:
        """What to run, in the order of the runs: strategies and repeats interleaved.

        Raises:
            PlanError: A point is out of bounds.
        """
        points = [self.plan_at(value, each) for value in self.values for each in self.strategies]
        return tuple(points) * self.repeats

    def plan_at(self, value: Number, strategy: str) -> Plan:
        """The plan of one point.

        Raises:
            PlanError: It is out of bounds.
        """
        changes: dict[str, PlanValue] = {self.name: value, "strategy": strategy}
        if self.total_tasks is not None:
            assert isinstance(value, int)
            changes["tasks_per_partition"] = share(self.total_tasks, value)
        return replace(self.plan, **changes)  # type: ignore[arg-type]  # each is its field's type

    def name_of(self, plan: Plan) -> str:
        """What tells a run of that plan from the others: `scan · partitions 1,000`."""
        return f"{plan.strategy} · {self.noun} {self.show(self.value_of(plan))}"

    def value_of(self, plan: Plan) -> Number:
        """The value of what varies in that plan."""
        value = getattr(plan, self.name)
        assert isinstance(value, int | float)
        return value

    def show(self, value: Number) -> str:
        """A value as words: `1,000`, `25 ms`."""
        return numbers.setting(value) if self.field.unit == "seconds" else f"{value:,.10g}"

    @property
    def command(self) -> str:
        """The command line that asks for the same again, the server not included."""
        values = ",".join(map(str, self.values))
        words = ["queue-fairness-tui", "sweep", "--strategies", ",".join(self.strategies)]
        words += ["--repeat", str(self.repeats), self.field.option, values]
        without = ["strategy", self.name]
        if self.total_tasks is not None:
            words += ["--total-tasks", str(self.total_tasks)]
            without.append("tasks_per_partition")
        return f"{shlex.join(words)} {self.plan.options(*without)}"

    def of(self, value: Number, strategy: str) -> Sequence[Snapshot]:
        """The runs of one point, in the order in which they were made."""
        return tuple(
            each
            for each in self.runs
            if each.plan.strategy == strategy and self.value_of(each.plan) == value
        )


def share(total: int, partitions: int) -> int:
    """How many of so many tasks each partition gets: at least one, and as many as all can have.

    So a run may have fewer tasks than the total, by less than one a partition, or more where
    there are more partitions than tasks.
    """
    return max(1, total // partitions)
