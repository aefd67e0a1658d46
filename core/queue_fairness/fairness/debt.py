"""Debt: the tasks a tenant is owed against an ideal fluid that serves all at once.

    debt = tasks the fluid has served of this tenant - tasks really dispatched

The fluid (generalized processor sharing) hands out exactly one task per real dispatch, in
proportion to the weights of the tenants that it serves: those that are backlogged *in the fluid*,
but for those at their concurrency limit *in the queue* of which it has served all that were
dispatched. One unit of its clock V is one task for each of them per unit of weight. Who is at the
limit could not be served, and is owed nothing more for that time; under the partition lock a tenant
on a long task is not passed over, nor are those that each have a worker. Who is at the limit and
ahead of the fluid still gets its share of it: if it were left out at once, the last of 65 tenants
with 64 workers would be due 1/65 + 1/64 + … + 1/2 = 3.8 tasks when all others have one in hand.
Where those at their limit weigh less than 1/64 of the others it makes no difference, and is left.

Unit: tasks. Range: unbounded; over all tenants debts sum to 0, less than 0 is ahead of the share.
Ideal: at most 1 for the most indebted tenant. Source: Parekh and Gallager's GPS with the
self-clocking of Golestani (INFOCOM 1994); fairness.md 2.3.
"""

from heapq import heapify, heappop, heappush
from itertools import count
from math import inf

from queue_fairness.fairness.tenant import Tenant

FEW = 64
"""Times the weight of the tenants at their limit, from which that of the others is so much more
that all those may be left out at once: they are due less than 1/64 of a task."""
_EPSILON = 1e-9
"""Tasks. Rounding of thousands of additions must not keep an empty tenant in the fluid."""


class DebtFold:
    """The fluid, with a heap of the virtual times at which its tenants run empty.

    Tenants that run empty at the same time share an entry, or the end of a drain of equal ones
    would be 100,000 entries at once. A tenant that has received more work since, or has been at
    its limit for a time, is left where it is and corrected when its time comes; where it is no
    longer true it is dropped then. Tenants at their limit that are ahead have a heap of their own.
    O(log P) per event, O(P) memory.
    """

    __slots__ = (
        "_ahead",
        "_at",
        "_enough",
        "_entries",
        "_full",
        "_full_weight",
        "_live",
        "_next",
        "_numbers",
        "_spare",
        "_times",
        "open_weight",
        "rounds",
        "weight",
    )

    def __init__(self) -> None:
        self.rounds = 0.0
        """V: the fluid's own clock."""
        self.weight = 0.0
        """Of the tenants that the fluid serves now."""
        self.open_weight = 0.0
        """Of those that are below their limit."""
        self._full = 0
        self._full_weight = 0.0
        """Of the tenants at their limit."""
        self._live = 0
        self._times: list[float] = []
        """The heap: each key of `_at` once."""
        self._at: dict[float, list[Tenant]] = {}
        """By virtual time: tenants that run empty then, as far as was known when they came in."""
        self._entries = 0
        """Tenants in those lists, those included that are no longer true."""
        self._ahead: dict[Tenant, float] = {}
        """Tenants at their limit that the fluid still serves, with the virtual time up to which;
        no more than there are workers."""
        self._numbers = count()
        self._enough: list[tuple[float, int, Tenant]] = []
        """A heap of those times; what is not in `_ahead` is no longer true."""
        self._next = inf
        """No tenant of the fluid runs empty, or is served enough, before this virtual time."""
        self._spare = 0.0
        """Tasks dispatched that the fluid has yet to serve: nobody in it could take them."""

    def arrive(self, tenant: Tenant, tasks: int) -> None:
        """Give the fluid tasks of the tenant."""
        if tenant.paused_with >= 0:
            tenant.paused_with += tasks / tenant.weight
        elif tenant.is_live:
            tenant.finish += tasks / tenant.weight
        else:
            self._join(tenant, tasks / tenant.weight)

    def pause(self, tenant: Tenant) -> None:
        """The tenant is at its limit: the fluid serves what was dispatched of it, and no more."""
        weight = tenant.weight
        self._full += 1
        self._full_weight += weight
        if not tenant.is_live:
            tenant.paused_with = 0.0
            return
        self.open_weight -= weight
        if self.open_weight > FEW * self._full_weight:
            # Too few to matter: the fluid need not wait until it has served what was dispatched.
            tenant.is_live = False
            self._live -= 1
            self.weight -= weight
            left = tenant.finish - self.rounds
            tenant.paused_with = left if left > _EPSILON else 0.0
            return
        # Arrivals add to both, so that this stays true.
        until = tenant.finish - max(0, tenant.waiting) / tenant.weight
        if until <= self.rounds + _EPSILON:
            self._hold(tenant)
        else:
            self._ahead[tenant] = until
            if len(self._enough) > 2 * len(self._ahead) + 64:
                self._enough[:] = [
                    (time, next(self._numbers), each) for each, time in self._ahead.items()
                ]
                heapify(self._enough)
            else:
                heappush(self._enough, (until, next(self._numbers), tenant))
            if until < self._next:
                self._next = until
        if self._live == len(self._ahead):
            self.open_weight = 0.0

    def resume(self, tenant: Tenant) -> None:
        """The tenant has room again."""
        self._full -= 1
        self._full_weight = self._full_weight - tenant.weight if self._full else 0.0
        if self._ahead and self._ahead.pop(tenant, None) is not None:
            self.open_weight += tenant.weight
            return
        left = tenant.paused_with
        tenant.paused_with = -1.0
        if left > 0:
            if tenant.entry == -inf:
                self._join(tenant, left)
                return
            # Its entry of before is earlier, and is corrected when its time comes.
            tenant.is_live = True
            tenant.finish = self.rounds + left
            self._live += 1
            self.weight += tenant.weight
            self.open_weight += tenant.weight

    def dispatch(self, tenant: Tenant, backlogged: float) -> None:
        """Let the fluid serve one task, because the tenant has been picked up.

        Args:
            tenant: The tenant picked up; its `served` does not count this task yet.
            backlogged: Turns that were due to it so far while it had tasks waiting.
        """
        # A debt only grows until the tenant's own pickup: its peaks are here, or now.
        left = tenant.finish - self.rounds if tenant.is_live else 0.0
        owed = tenant.arrived - tenant.served - (left * tenant.weight if left > 0 else 0.0)
        if owed > tenant.most_owed:
            tenant.most_owed = owed
            tenant.indebted_after = backlogged
        weight = self.weight
        if weight > _EPSILON and self._spare == 0:
            rounds = self.rounds + 1 / weight
            if rounds + _EPSILON >= self._next:
                # Most of those that were at their limit have room again.
                self._next = min(self._times[0], self._next_enough())
            if rounds + _EPSILON < self._next:
                self.rounds = rounds
                return
        self._serve(1 + self._spare)

    def _join(self, tenant: Tenant, left: float) -> None:
        """The fluid serves the tenant from now on; it has `left` rounds to go."""
        tenant.is_live = True
        tenant.finish = self.rounds + left
        self._live += 1
        self.weight += tenant.weight
        self.open_weight += tenant.weight
        if tenant.entry == -inf:
            if self._entries > 2 * self._live + 64:
                self._drop_untrue()
            self._enter(tenant)
            self._next = min(self._next, self._times[0])

    def _enter(self, tenant: Tenant) -> None:
        time = tenant.entry = tenant.finish
        same = self._at.get(time)
        if same is None:
            self._at[time] = [tenant]
            heappush(self._times, time)
        else:
            same.append(tenant)
        self._entries += 1

    def _drop_untrue(self) -> None:
        true = {each.partition: each for time in self._at for each in self._present(time)}
        self._at.clear()
        for each in true.values():
            self._at.setdefault(each.entry, []).append(each)
        self._times[:] = self._at
        heapify(self._times)
        self._entries = len(true)

    def _present(self, time: float) -> list[Tenant]:
        """The tenants whose entry at this time is true; one may come twice."""
        return [each for each in self._at[time] if each.entry == time]

    def _hold(self, tenant: Tenant) -> None:
        """The fluid serves a tenant at its limit no more."""
        tenant.is_live = False
        self._live -= 1
        self.weight = self.weight - tenant.weight if self._live else 0.0
        left = tenant.finish - self.rounds
        tenant.paused_with = left if left > _EPSILON else 0.0

    def _leave(self, tenant: Tenant) -> None:
        tenant.entry = -inf
        tenant.is_live = False
        self._live -= 1
        self.weight = self.weight - tenant.weight if self._live else 0.0
        if self._ahead.pop(tenant, None) is None:
            is_last = self._live == len(self._ahead)
            self.open_weight = 0.0 if is_last else self.open_weight - tenant.weight
        else:
            tenant.paused_with = 0.0

    def _next_enough(self) -> float:
        """Up to when the fluid serves every tenant that is ahead of it."""
        enough, ahead = self._enough, self._ahead
        while enough:
            time, _, tenant = enough[0]
            if ahead.get(tenant) == time:
                return time
            heappop(enough)
        return inf

    def _serve(self, tasks: float) -> None:
        """Advance the clock by `tasks`, stopping where tenants run empty or are served enough."""
        times, ahead = self._times, self._ahead
        while times:
            finish = times[0]
            enough = self._next_enough()
            if enough < finish:
                until_enough = (enough - self.rounds) * self.weight
                if until_enough > tasks + _EPSILON:
                    break
                tasks = max(0.0, tasks - max(0.0, until_enough))
                self.rounds = max(self.rounds, enough)
                tenant = heappop(self._enough)[2]
                del ahead[tenant]
                self._hold(tenant)
                continue
            present = self._present(finish)
            if any(each.is_live and each.finish == finish for each in present):
                until_empty = (finish - self.rounds) * self.weight
                if until_empty > tasks + _EPSILON:
                    break
                tasks = max(0.0, tasks - max(0.0, until_empty))
                self.rounds = max(self.rounds, finish)
            elif self._live and self.weight * (finish - self.rounds) > tasks + _EPSILON:
                break
            heappop(times)
            self._entries -= len(self._at.pop(finish))
            for each in present:
                if each.entry != finish:
                    continue
                if not each.is_live:
                    each.entry = -inf
                elif each.finish == finish:
                    self._leave(each)
                else:
                    self._enter(each)
        if self._live:
            self.rounds += tasks / self.weight
            self._spare = 0.0
        else:
            self._spare = tasks if tasks > _EPSILON else 0.0
        self._next = min(times[0] if times else inf, self._next_enough())
