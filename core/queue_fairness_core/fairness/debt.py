"""Debt: the tasks a tenant is owed against an ideal fluid that serves all at once.

    debt = tasks the fluid has served of this tenant - tasks really dispatched

The fluid (generalized processor sharing) hands out exactly one task per real dispatch, in
proportion to the weights of the tenants that are backlogged *in the fluid*. Its clock V therefore
counts rounds: one unit of V is one task for each of them per unit of weight. A contended drain of
m tasks each ends at V = m under every strategy.

Unit: tasks. Range: unbounded; over all tenants debts sum to 0, less than 0 is ahead of the share.
Ideal: at most 1 for the most indebted tenant. Source: Parekh and Gallager's GPS with the
self-clocking of Golestani (INFOCOM 1994); fairness.md 2.3.

Where others are backlogged but nobody is passed over, because they are at their concurrency limit
or an idle worker is left for each, the task is the tenant's own in the fluid as well. Without this
rule the tail of a drain under the partition lock, with fewer tenants left than workers, writes the
jitter of service times down as debt: 75 tasks for strict round robin on a Zipf backlog, not 1.
"""

from heapq import heapify, heappop, heappush
from math import inf

from queue_fairness_core.fairness.tenant import Tenant

_EPSILON = 1e-9
"""Tasks. Rounding of thousands of additions must not keep an empty tenant in the fluid."""


class DebtFold:
    """The fluid, with a heap of the virtual times at which its tenants run empty.

    Tenants that run empty at the same time share an entry, or the end of a drain of equal ones
    would be 100,000 entries at once. A tenant that has received more work since is left where it
    is and corrected when its time comes; where it is no longer true it is dropped then: O(log P)
    per event, O(P) memory.
    """

    __slots__ = (
        "_at",
        "_entries",
        "_live",
        "_next",
        "_spare",
        "_times",
        "_weight",
        "_worst",
        "rounds",
        "rounds_alone",
    )

    def __init__(self) -> None:
        self.rounds = 0.0
        """V: rounds so far."""
        self.rounds_alone = 0.0
        """Rounds' worth of tasks that were a tenant's own, by which V did not advance."""
        self._weight = 0.0
        self._live = 0
        self._worst = 0.0
        self._times: list[float] = []
        """The heap: each key of `_at` once."""
        self._at: dict[float, list[Tenant]] = {}
        """By virtual time: tenants that run empty then, as far as was known when they came in."""
        self._entries = 0
        """Tenants in those lists, those included that are no longer true."""
        self._next = inf
        """No tenant of the fluid runs empty before this virtual time."""
        self._spare = 0.0
        """Tasks dispatched before their arrival was reported: the fluid has yet to serve them."""

    def arrive(self, tenant: Tenant, tasks: int) -> None:
        """Give the fluid tasks of the tenant."""
        if tenant.entry == -inf:
            tenant.finish = self.rounds + tasks / tenant.weight
            self._weight += tenant.weight
            self._live += 1
            self._push(tenant)
        else:
            tenant.finish += tasks / tenant.weight

    def dispatch(self, tenant: Tenant, alone: bool) -> None:
        """Let the fluid serve one task, because the tenant has been picked up.

        Args:
            tenant: The tenant picked up; its `served` does not count this task yet.
            alone: Whether nobody was passed over although others were backlogged.
        """
        # A debt only grows until the tenant's own pickup: its peaks are here, or now.
        owed = self.debt(tenant)
        if owed > self._worst:
            self._worst = owed
        if alone and self._take(tenant):
            return
        if self._weight > 0 and self._spare == 0:
            rounds = self.rounds + 1 / self._weight
            if rounds + _EPSILON < self._next:
                self.rounds = rounds
                return
        self._serve(1 + self._spare)

    def debt(self, tenant: Tenant) -> float:
        """Tasks the tenant is owed now; negative when it is ahead, 0 when it never had any."""
        left = (tenant.finish - self.rounds) * tenant.weight
        return tenant.arrived - tenant.served - (left if left > 0 else 0.0)

    def worst(self, now: float) -> float:
        """The most any tenant was ever owed when it was picked up, or `now` if that is more."""
        return max(self._worst, now)

    def _take(self, tenant: Tenant) -> bool:
        """Serve a whole task of this tenant alone, if the fluid still has one."""
        finish = tenant.finish - 1 / tenant.weight
        if tenant.entry == -inf or finish < self.rounds - _EPSILON:
            return False
        self.rounds_alone += 1 / self._weight
        tenant.finish = finish
        if finish > self.rounds + _EPSILON:
            self._push(tenant)
        else:
            self._leave(tenant)
        return True

    def _push(self, tenant: Tenant) -> None:
        if self._entries > 2 * self._live + 64:
            self._drop_untrue()
        self._enter(tenant)
        self._next = self._times[0]

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

    def _leave(self, tenant: Tenant) -> None:
        tenant.entry = -inf
        self._live -= 1
        self._weight = self._weight - tenant.weight if self._live else 0.0

    def _serve(self, tasks: float) -> None:
        """Advance the clock by `tasks`, stopping where tenants run empty on the way."""
        times = self._times
        while times:
            finish = times[0]
            present = self._present(finish)
            if any(each.finish == finish for each in present):
                until_empty = (finish - self.rounds) * self._weight
                if until_empty > tasks + _EPSILON:
                    break
                tasks = max(0.0, tasks - max(0.0, until_empty))
                self.rounds = max(self.rounds, finish)
            heappop(times)
            self._entries -= len(self._at.pop(finish))
            for each in present:
                if each.entry != finish:
                    continue
                if each.finish == finish:
                    self._leave(each)
                else:
                    self._enter(each)
        if times:
            self.rounds += tasks / self._weight
        self._next = times[0] if times else inf
        self._spare = 0.0 if times or tasks < _EPSILON else tasks
