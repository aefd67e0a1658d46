"""Scalings whose runs are scripted: any rate, any price, without a Redis."""

import dataclasses
from collections.abc import Callable, Sequence
from functools import cache

from script import snapshot

from queue_fairness.analysis.sweep import Number, Scaling
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.plan import Plan
from queue_fairness.plan.field import PlanValue

Rate = Callable[[Plan, int], float]
"""The rate (tasks/s) of a run, from its plan and the number of its repeat, from 0."""


def asked(
    name: str = "partitions",
    values: tuple[Number, ...] = (50, 200, 1000),
    strategies: Sequence[str] = ("scan", "round-robin"),
    *,
    repeats: int = 1,
    work_duration: float = 0,
) -> Scaling:
    """A scaling of which nothing has been run."""
    plan = Plan(partitions=50, tasks_per_partition=5, work_duration=work_duration)
    first: dict[str, PlanValue] = {name: values[0]}
    return Scaling(
        plan=dataclasses.replace(plan, **first),  # type: ignore[arg-type]  # its field's type
        name=name,
        values=values,
        strategies=tuple(strategies),
        repeats=repeats,
    )


def made(scaling: Scaling, rate: Rate, *, runs: int | None = None) -> Scaling:
    """The same after its first `runs` runs (None for all), each with the rate it is given."""
    points = len(scaling.values) * len(scaling.strategies)
    for number, plan in enumerate(scaling.plans[:runs]):
        scaling = scaling.with_run(picture(plan, rate(plan, number // points)))
    return scaling


def picture(plan: Plan, rate: float) -> Snapshot:
    """The final picture of a run at that rate; by SCAN a pop costs a round trip per 100
    partitions, and 5 at least."""
    price = max(5.0, plan.partitions / 100) if plan.strategy == "scan" else 1.0
    found = _scripted(plan)
    trips = dataclasses.replace(found.price, round_trips=round(price * plan.total_tasks))
    return dataclasses.replace(found, plan=plan, elapsed_s=plan.total_tasks / rate, price=trips)


@cache
def _scripted(plan: Plan) -> Snapshot:
    # The script's clock is the work, so that it needs some; the picture goes without.
    return snapshot(dataclasses.replace(plan, work_duration=0.001))


def slower_by_scan(plan: Plan, _repeat: int) -> float:
    """By SCAN a quarter from the smallest to the largest of 50, 200, 1,000; by turns the same."""
    if plan.strategy == "scan":
        return {50: 4000.0, 200: 3000.0, 1000: 1000.0}[plan.partitions]
    return 10_000.0 + plan.partitions / 10
