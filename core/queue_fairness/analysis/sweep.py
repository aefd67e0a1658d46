"""How cost grows: one load at several values of one field, under one or more strategies.

A pure value, like `Comparison`: what was asked for, and the runs made so far. The command that
makes one is `sweep`; in here the word belongs to the sweeping of keys. The numbers of it are in
curves.py, the answer in trend.py, the words in sweep_report.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from queue_fairness.analysis.comparison import is_whole, left_out
from queue_fairness.formatting import numbers
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.plan import Plan, plan_field
from queue_fairness.plan.field import PlanField, PlanValue

Number = int | float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sweep:
    """One field of a plan at several values, everything else held."""

    plan: Plan
    """The load at the smallest value. Its strategy does not count: the runs have theirs."""
    name: str
    """The field that takes several values."""
    values: tuple[Number, ...]
    """In ascending order."""
    strategies: tuple[str, ...]
    repeats: int = 1
    """How often each strategy is to be run at each value."""
    total_tasks: int | None = None
    """Tasks of each run, shared out over its partitions; None to keep tasks per partition."""
    runs: tuple[Snapshot, ...] = ()
    """The final pictures so far, in the order in which they were made, stopped and failed ones
    included."""

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
        """What to run, in the order of the runs: strategies and repeats by turns.

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

    def with_run(self, run: Snapshot) -> "Sweep":
        """The same after one more run."""
        return replace(self, runs=(*self.runs, run))

    @property
    def planned(self) -> int:
        """How many runs were asked for."""
        return len(self.values) * len(self.strategies) * self.repeats

    @property
    def is_complete(self) -> bool:
        """Whether every run was made, and to its end."""
        return len(self.runs) == self.planned and all(map(is_whole, self.runs))

    @property
    def left_out(self) -> int:
        """Runs that were not made because their strategy had failed before."""
        return left_out(self.strategies * (len(self.values) * self.repeats), self.runs)

    @property
    def command(self) -> str:
        """The command line that asks for the same again, the server not included."""
        strategies, values = ",".join(self.strategies), ",".join(map(str, self.values))
        asked = f"--strategies {strategies} --repeat {self.repeats} {self.field.option} {values}"
        without = ["strategy", self.name]
        if self.total_tasks is not None:
            asked += f" --total-tasks {self.total_tasks}"
            without.append("tasks_per_partition")
        return f"queue-fairness-tui sweep {asked} {self.plan.options(*without)}"

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
