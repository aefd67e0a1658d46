"""Worst wait, in rounds: how many full turns a tenant had to sit out.

    r = (dispatches to others while the tenant was eligible) * w / round

A round is the sum of the weights of the backlogged tenants: when the wait began or, if they have
become more since, now. Without the second half a scheduler that serves newcomers first looks
starving at moderate load: at 95 % a tenant that began to wait beside one other sat out "23 rounds"
of two tenants, a tenth of a second (calibration.py). In a drain, where tenants only become fewer,
the first half decides.

Unit: rounds. Range [0, inf). Ideal: at most 1, reached by strict round robin; random choice is
exponential with mean 1; a drain of m tasks per tenant, one tenant after another, comes close to m
and never exceeds it. Source: fairness.md 2 and 2.3. No clock enters, so neither slow workers nor
the length of the work change it.
"""

from queue_fairness_core.fairness.survey import Survey
from queue_fairness_core.fairness.tenant import Tenant


class WaitFold:
    """Opens a wait when a tenant becomes eligible and closes it at the tenant's pickup.

    A wait's round is fixed at the *next* dispatch, not at once: in a bulk enqueue the first tenant
    would else see a round of one tenant and the last a round of all of them.
    """

    __slots__ = ("_first_waits", "_fresh", "_repeats", "_repeats_sum", "survey")

    def __init__(self) -> None:
        self._fresh: list[Tenant] = []
        self._first_waits: list[float] = []
        self._repeats = 0
        self._repeats_sum = 0.0
        self.survey: Survey | None = None
        """A survey that has to look at a tenant before it is changed here."""

    def begin(self, tenant: Tenant, dispatches: int) -> None:
        """Open a wait: the tenant has become eligible."""
        tenant.since = dispatches
        tenant.round = 0.0
        self._fresh.append(tenant)

    def fix_rounds(self, backlogged_weight: float) -> None:
        """Fix the length of a round for the waits opened since the last dispatch."""
        if self.survey is not None:
            self.survey.visit(self._fresh)
        for tenant in self._fresh:
            tenant.round = backlogged_weight
        self._fresh.clear()

    def end(self, tenant: Tenant, dispatches: int, backlogged_weight: float) -> None:
        """Close the tenant's wait, if one is open: it is picked up as dispatch `dispatches`."""
        wait = open_wait(tenant, dispatches, backlogged_weight)
        tenant.since = -1
        if wait > tenant.worst_wait:
            tenant.worst_wait = wait
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


def open_wait(tenant: Tenant, dispatches: int, backlogged_weight: float) -> float:
    """Rounds the tenant has been waiting so far; 0 when it is not eligible."""
    if tenant.since < 0:
        return 0.0
    length = tenant.round if tenant.round > backlogged_weight else backlogged_weight
    return (dispatches - tenant.since) * tenant.weight / length
