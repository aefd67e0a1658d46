"""Which strategy to try next: a fair one that ignores nothing the plan asks for."""

from queue_fairness.plan.ignored import SHARING, ignored, remedy_of
from queue_fairness.plan.plan import Plan

TURN_TAKERS = ("round-robin", "virtual-time")
"""The cheaper one first; the second supports weights as well."""

COST_SHARER = "virtual-time-by-cost"


def alternative(plan: Plan) -> str | None:
    """The first of them that ignores neither the plan's weights nor its concurrency limit.

    Of a public library, rather what the library itself can do about it.

    Returns:
        None if that is the plan's own strategy, or if there is none.
    """
    if plan.observed is not None:
        return TURN_TAKERS[plan.weights != "equal"]
    remedy = remedy_of(plan.strategy)
    remedies = (remedy,) if remedy else ()
    candidates = (
        name
        for name in (*remedies, *TURN_TAKERS)
        if not any(each.field in SHARING for each in ignored(plan, name))
    )
    found = next(candidates, None)
    return found if found != plan.strategy else None


def time_alternative(plan: Plan) -> str | None:
    """A strategy that shares worker time fairly, and supports limits and weights.

    Returns:
        None if that is the plan's own strategy.
    """
    return COST_SHARER if plan.strategy != COST_SHARER else None
