"""The mechanism: how many tenants are in progress at once, and are they emptied in turn?

*In progress* is a tenant that has been picked up and still has tasks waiting or in a worker's
hands. Unit: tenants. Round robin brings every backlogged tenant in progress; a drain of one tenant
after another has about as many in progress as there are workers.

*Emptied before the median* is the share of tenants that were already empty when the median tenant
was first served. Range: [0, 0.5]. Ideal: 0; a drain of one tenant after another scores
0.5 - W / P. It is 0 for an empty run. Robust against ties, jitter and the order of the tail, and
independent of m from 3 tasks up; it means nothing where tenants bring one task each.
"""

from queue_fairness_core.fairness.tenant import Tenant


class MechanismFold:
    """Counts tenants started, in progress and emptied, O(1) per event."""

    __slots__ = ("_emptied", "_emptied_at_median", "_in_progress", "peak_in_progress", "started")

    def __init__(self) -> None:
        self.started = 0
        """Tenants served at least once."""
        self.peak_in_progress = 0
        self._in_progress = 0
        self._emptied = 0
        self._emptied_at_median = 0

    def pick_up(self, tenant: Tenant, tenants: int) -> None:
        """Note a pickup.

        Args:
            tenant: The tenant picked up.
            tenants: Tenants known so far, this one included.
        """
        if not tenant.in_progress:
            tenant.in_progress = True
            self._in_progress += 1
            if self._in_progress > self.peak_in_progress:
                self.peak_in_progress = self._in_progress
        if tenant.rank < 0:
            tenant.rank = self.started
            self.started += 1
            if 2 * self.started <= tenants:
                self._emptied_at_median = self._emptied

    def empty(self, tenant: Tenant) -> None:
        """Note that a tenant has nothing waiting and nothing in service."""
        if tenant.in_progress:
            tenant.in_progress = False
            self._in_progress -= 1
            if not tenant.emptied:
                tenant.emptied = True
                self._emptied += 1

    def emptied_before_median(self, tenants: int) -> float:
        """Share of the tenants that were empty when the median one was first served."""
        return self._emptied_at_median / tenants if tenants else 0.0
