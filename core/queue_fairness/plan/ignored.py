"""Which options of a plan its strategy ignores, and what holds instead.

Every strategy is given all options, but not every strategy supports each: SCAN has no limit but
its lock, round robin has no weights. A result that named an ignored option would mislead, so both
faces and all reports ask here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from queue_fairness.errors import PlanError
from queue_fairness.formatting import numbers
from queue_fairness.load.pattern import parse_pattern
from queue_fairness.plan.plan import Plan
from queue_fairness.plan.table import plan_field
from queue_fairness.strategies import Strategy
from queue_fairness.strategies.custom import find_strategy

SHARING = ("weights", "concurrency_limit")
"""Fields that say how partitions are to share: a strategy that ignores one answers another
question."""


@dataclass(frozen=True, slots=True)
class Ignored:
    """One option that a strategy ignores."""

    field: str
    """Name of the plan's field."""
    option: str
    """As it was asked for: `--weights 3,1`."""
    instead: str
    """What holds instead, in a few words."""


def ignored_options(plan: Plan) -> tuple[str, ...]:
    """What the plan's own strategy ignores, a short sentence each; empty for nothing."""
    return ignored_by(plan, (plan.strategy,))


def ignored_by(plan: Plan, strategies: Sequence[str]) -> tuple[str, ...]:
    """The same for several strategies; one sentence for all that ignore the same option."""
    names: dict[str, list[str]] = {}
    for strategy in strategies:
        for each in ignored(plan, strategy):
            names.setdefault(f"{each.option}: {each.instead}", []).append(strategy)
    return tuple(
        f"{numbers.listed(some)} {'ignores' if len(some) == 1 else 'ignore'} {reason}"
        for reason, some in names.items()
    )


def held_limit(strategy: str, asked: int) -> int | None:
    """Tasks of a partition that may be in service at once under that strategy; 0: no limit.

    Args:
        strategy: Its name.
        asked: The plan's `concurrency_limit`.

    Returns:
        None for a class that cannot be imported here.
    """
    found = _find(strategy)
    if found is None:
        return None
    return asked if found.honors_limit else found.concurrency_limit


def remedy_of(strategy: str) -> str:
    """The set-up of the same library that takes fairer turns; empty for none."""
    found = _find(strategy)
    return found.remedy if found is not None else ""


@lru_cache(maxsize=128)
def ignored(plan: Plan, strategy: str) -> tuple[Ignored, ...]:
    """What a strategy ignores of what the plan asks for beyond the defaults.

    Args:
        plan: The load; its own strategy does not count.
        strategy: The name of one; nothing is said of a class that cannot be imported here.
    """
    found = _find(strategy)
    if found is None:
        return ()
    said = []
    limit = held_limit(strategy, plan.concurrency_limit)
    if limit != plan.concurrency_limit and _is_asked(plan, "concurrency_limit"):
        said.append(_ignored(plan, "concurrency_limit", _limit(limit or 0)))
    if not found.honors_weights and _is_asked(plan, "weights") and _differ(plan):
        said.append(_ignored(plan, "weights", "all partitions count the same"))
    if not found.lease_ttl_s and _is_asked(plan, "lease_ttl"):
        said.append(_ignored(plan, "lease_ttl", "it has no leases"))
    if not found.honors_head and plan.retry == "head" and plan.failure_rate:
        said.append(_ignored(plan, "retry", "the task is enqueued again"))
    return tuple(said)


def _find(strategy: str) -> type[Strategy] | None:
    try:
        return find_strategy(strategy)
    except PlanError:
        return None


def _is_asked(plan: Plan, name: str) -> bool:
    return bool(getattr(plan, name) != plan_field(name).default)


def _differ(plan: Plan) -> bool:
    """Whether any two partitions have different weights."""
    values = parse_pattern(plan.weights).values(plan.partitions)
    return min(values) != max(values)


def _ignored(plan: Plan, name: str, instead: str) -> Ignored:
    value = getattr(plan, name)
    shown = numbers.exact(value) if isinstance(value, float) else str(value)
    return Ignored(name, f"{plan_field(name).option} {shown}", instead)


def _limit(held: int) -> str:
    """Which limit holds instead."""
    if held == 0:
        return "there is no limit"
    return f"still {held:,} at a time"
