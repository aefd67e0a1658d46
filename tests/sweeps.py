"""Scalings whose runs are scripted: any rate, any price, without a Redis."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache

from script import snapshot

from queue_fairness.analysis.sweep import Number, Sweep
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.plan import Plan
from queue_fairness.plan.field import PlanValue
from queue_fairness.report.results import Result

Rate = Callable[[Plan, int], float]
"""The rate (tasks/s) of a run, from its plan and the number of its repeat, from 0."""


class Results(Mapping[str, Result]):
    """Results by name, each made when a test first asks for it: a process collects far more tests
    than it runs."""

    def __init__(self, makers: Mapping[str, Callable[[], Result]]) -> None:
        self._makers = makers
        self._made: dict[str, Result] = {}

    def __getitem__(self, name: str) -> Result:
        if name not in self._made:
            self._made[name] = self._makers[name]()
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __len__(self) -> int:
        return len(self._makers)


def asked(
    name: str = "partitions",
    values: tuple[Number, ...] = (50, 200, 1000),
    strategies: Sequence[str] = ("scan", "round-robin"),
    *,
    repeats: int = 1,
    work_duration: float = 0,
) -> Sweep:
    """A sweep of which nothing has been run."""
    plan = Plan(partitions=50, tasks_per_partition=5, work_duration=work_duration)
    first: dict[str, PlanValue] = {name: values[0]}
    return Sweep(
        plan=dataclasses.replace(plan, **first),  # type: ignore[arg-type]  # its field's type
        name=name,
        values=values,
        strategies=tuple(strategies),
        repeats=repeats,
    )


def made(sweep: Sweep, rate: Rate, *, runs: int | None = None) -> Sweep:
    """The same after its first `runs` runs (None for all), each with the rate it is given."""
    points = len(sweep.values) * len(sweep.strategies)
    for number, plan in enumerate(sweep.plans[:runs]):
        sweep = sweep.with_run(picture(plan, rate(plan, number // points)))
    return sweep


def picture(plan: Plan, rate: float) -> Snapshot:
    """The final picture of a run at that rate; by SCAN a pop costs a round trip per 100
    partitions, and 5 at least."""
    price = max(5.0, plan.partitions / 100) if plan.strategy == "scan" else 1.0
    found = _scripted(plan)
    trips = dataclasses.replace(found.dequeue_cost, round_trips=round(price * plan.total_tasks))
    return dataclasses.replace(
        found, plan=plan, elapsed_s=plan.total_tasks / rate, dequeue_cost=trips
    )


@cache
def _scripted(plan: Plan) -> Snapshot:
    # The script's clock is the work, so that it needs some; the picture goes without.
    return snapshot(dataclasses.replace(plan, work_duration=0.001))


def slower_by_scan(plan: Plan, _repeat: int) -> float:
    """By SCAN a quarter from the smallest to the largest of 50, 200, 1,000; by turns the same."""
    if plan.strategy == "scan":
        return {50: 4000.0, 200: 3000.0, 1000: 1000.0}[plan.partitions]
    return 10_000.0 + plan.partitions / 10
