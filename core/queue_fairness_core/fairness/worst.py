"""The worst partitions now: who has been waiting the longest, in rounds, at this moment."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from heapq import nlargest, nsmallest

from queue_fairness_core.fairness.tenant import Tenant
from queue_fairness_core.fairness.waits import open_wait


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class WaitingPartition:
    """One tenant whose wait is still open."""

    partition: int
    rounds: float
    """The open wait so far."""
    waiting: int
    """Tasks waiting."""
    served: int
    """Tasks picked up so far."""
    arrived: int
    """Tasks it has had so far."""
    owed: float
    """Debt now, in tasks."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class WorstNow:
    """The longest open waits, longest first."""

    partitions: tuple[WaitingPartition, ...]
    """At most as many as were asked for; never-served ones first among equals."""
    tied: int
    """How many more wait exactly as long as the last one listed; 0 for an empty list."""
    never_served: int
    """Tenants with waiting tasks that have not been served once."""


def longest_waits(
    tenants: Iterable[Tenant],
    debt: Callable[[Tenant], float],
    dispatches: int,
    backlogged_weight: float,
    count: int,
) -> WorstNow:
    """The `count` longest open waits; O(P log count). Empty when nobody waits.

    Args:
        tenants: All tenants.
        debt: What a tenant is owed now, in tasks.
        dispatches: Dispatches so far.
        backlogged_weight: Sum of the weights of the backlogged tenants.
        count: How many to list, at least 1.
    """
    waiting = [tenant for tenant in tenants if tenant.since >= 0]
    waits = [open_wait(tenant, dispatches, backlogged_weight) for tenant in waiting]
    longest = nlargest(count, waits)
    last = longest[-1] if longest else 0.0
    candidates = [
        (-wait, tenant.served > 0, tenant.partition, tenant)
        for tenant, wait in zip(waiting, waits, strict=True)
        if wait >= last
    ]
    return WorstNow(
        partitions=tuple(
            WaitingPartition(
                partition=partition,
                rounds=-wait,
                waiting=tenant.waiting,
                served=tenant.served,
                arrived=tenant.arrived,
                owed=debt(tenant),
            )
            for wait, _, partition, tenant in nsmallest(count, candidates)
        ),
        tied=len(candidates) - len(longest),
        never_served=sum(not tenant.served for tenant in waiting),
    )
