"""Which strategy to try next: one that takes turns, and keeps to what the plan declares."""

from queue_fairness.plan.ignored import SHARING, ignored
from queue_fairness.plan.plan import Plan

TURN_TAKERS = ("round-robin", "virtual-time")
"""By the price of a pop; the latter keeps to weights as well."""

COST_SHARER = "virtual-time-by-cost"


def alternative(plan: Plan) -> str | None:
    """The first that ignores nothing that says how partitions shall share.

    Returns:
        None where that is the plan's own strategy, or there is none.
    """
    heeding = (
        name
        for name in TURN_TAKERS
        if not any(each.field in SHARING for each in ignored(plan, name))
    )
    found = next(heeding, None)
    return found if found != plan.strategy else None


def time_alternative(plan: Plan) -> str | None:
    """A strategy that shares out worker time, and keeps to the plan's limit and weights.

    Returns:
        None where that is the plan's own strategy.
    """
    return COST_SHARER if plan.strategy != COST_SHARER else None
