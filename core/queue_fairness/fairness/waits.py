"""Worst wait, in rounds: how many full turns a tenant had to sit out.

    r = weight * (rounds between becoming eligible and the pickup)

The clock of rounds goes on at each dispatch by one over the weight of the tenants backlogged then,
or would be in a fair queue, whichever is more (fold.py). So a wait is an integral: tenants that
join later make the rounds after them longer and not those before, and who has waited for 100
rounds never seems to have waited for one. In the last round of a drain the fluid keeps those who
have had their turn, or the last one of 1,000 would sit out 1/1000 + 1/999 + … + 1 = 7.5 rounds.

Unit: rounds. Range [0, inf). Ideal: at most 1, reached by strict round robin; random choice is
exponential with mean 1; a drain of m tasks per tenant, one tenant after another, comes close to m
and never exceeds it. Source: fairness.md 2 and 2.3. No clock enters, so neither slow workers nor
the length of the work change it.
"""

from queue_fairness.fairness.tenant import Tenant


class WaitFold:
    """Opens a wait when a tenant becomes eligible and closes it at the tenant's pickup."""

    __slots__ = ("_first_waits", "_repeats", "_repeats_sum")

    def __init__(self) -> None:
        self._first_waits: list[float] = []
        self._repeats = 0
        self._repeats_sum = 0.0

    def end(self, tenant: Tenant, rounds: float, at: float) -> None:
        """A tenant is picked up at that round; its wait, if one is open, is over."""
        since = tenant.since
        wait = (rounds - since) * tenant.weight if since >= 0 else 0.0
        if wait > tenant.worst_wait:
            tenant.worst_wait = wait
            tenant.worst_since_s = tenant.since_s
            tenant.worst_for_s = at - tenant.since_s
        if tenant.served:
            self._repeats += 1
            self._repeats_sum += wait
        else:
            self._first_waits.append(wait)

    def first_waits(self) -> list[float]:
        """The tenants' waits for their first pickup, closed ones only, ascending."""
        # Sorted in place: the next call finds all but the newest in order, which costs little.
        self._first_waits.sort()
        return self._first_waits

    def mean_repeat(self) -> float:
        """Mean wait in rounds for a pickup that is not the tenant's first; 0 without any.

        Near 0 where a tenant, once started, is served until it is empty; near 1 for round robin.
        """
        return self._repeats_sum / self._repeats if self._repeats else 0.0


def open_wait(tenant: Tenant, rounds: float) -> float:
    """Rounds the tenant has been waiting so far; 0 when it is not eligible."""
    return (rounds - tenant.since) * tenant.weight if tenant.since >= 0 else 0.0
