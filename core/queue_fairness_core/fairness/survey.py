"""Looks at all tenants as they stand at one instant, a few at a time.

    begin ──► take 1,000 ──► take 1,000 ──► … ──► picture of the instant of `begin`
                  ▲                ▲
              an event is about to change a tenant not yet looked at: look at it first (`visit`)

At 100,000 tenants one look at all of them holds up the workers for 50 to 150 ms. In parts it holds
them up for a millisecond at a time, and the result is the same, because whatever changes meanwhile
was looked at before it did. Unit of all waits: rounds (waits.py).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from heapq import heappush, heapreplace
from itertools import count, islice

from queue_fairness_core.fairness.measures import FairnessMeasures
from queue_fairness_core.fairness.runs import SortedRuns
from queue_fairness_core.fairness.tenant import Tenant
from queue_fairness_core.fairness.thresholds import STARVING_ROUNDS
from queue_fairness_core.fairness.worst import WaitingPartition, WorstNow

SLICE = 1000
"""Tenants to look at in one go: about a millisecond."""

_numbers = count(1)

_Listed = tuple[float, bool, int, WaitingPartition]
"""Wait, whether it is for the first pickup, less the partition: the greatest is listed first."""


class Survey:
    """One look at all tenants, as they are when it is made.

    Args:
        tenants: All that are known, in the order in which they became known.
        dispatches: Dispatches so far.
        rounds: The clock of the fluid (debt.py).
        round_now: Length of a round now: the weight of all backlogged tenants.
        first_waits: Closed waits for a first pickup, ascending.
        listed: How many of the longest open waits to list, at least 1.

    Attributes:
        number: What it leaves in each tenant that need not be looked at any more.
        waits: Each tenant's longest wait, open ones included.
        first_waits: Each tenant's wait for its first pickup, open ones included.
        never_served: Tenants with an open wait for their first pickup.
        debt: The most that any tenant is owed, in tasks; not below 0.
    """

    __slots__ = (
        "_dispatches",
        "_first",
        "_least",
        "_listed",
        "_longest",
        "_longest_wait",
        "_open",
        "_open_waits",
        "_round_now",
        "_rounds",
        "_tenants",
        "_waits",
        "_worst",
        "debt",
        "first_waits",
        "never_served",
        "number",
        "waits",
    )

    def __init__(
        self,
        tenants: Sequence[Tenant],
        *,
        dispatches: int,
        rounds: float,
        round_now: float,
        first_waits: Sequence[float],
        listed: int,
    ) -> None:
        self.number = next(_numbers)
        self._tenants = iter(tenants)
        self._dispatches = dispatches
        self._rounds = rounds
        self._round_now = round_now
        self._listed = listed
        self._longest: list[_Listed] = []
        """A heap of the longest open waits: the least is first."""
        self._least = 0.0
        """Open waits below this are not among the longest."""
        self._worst: Tenant | None = None
        self._longest_wait = -1.0
        self._waits: list[float] = []
        self._open: list[float] = []
        self._first: list[float] = []
        self._open_waits = SortedRuns()
        self.waits = SortedRuns()
        self.first_waits = SortedRuns()
        self.first_waits.add(first_waits)
        self.never_served = 0
        self.debt = 0.0

    def take(self, tenants: int) -> bool:
        """Look at so many tenants more; returns whether all have been looked at."""
        some = list(islice(self._tenants, tenants))
        self.visit(some)
        for values, runs in (
            (self._waits, self.waits),
            (self._open, self._open_waits),
            (self._first, self.first_waits),
        ):
            runs.add(sorted(values))
            values.clear()
        return len(some) < tenants

    def visit(self, tenants: Iterable[Tenant]) -> None:
        """Look at these tenants now, at each that has not been looked at yet."""
        # One loop without calls: at 100,000 tenants each call in it would cost 5 ms.
        number, dispatches, rounds = self.number, self._dispatches, self._rounds
        round_now, longest = self._round_now, self._longest_wait
        for tenant in tenants:
            if tenant.surveyed == number:
                continue
            tenant.surveyed = number
            wait: float = tenant.worst_wait
            since = tenant.since
            if since >= 0:
                length = tenant.round
                if length < round_now:
                    length = round_now
                still_open = (dispatches - since) * tenant.weight / length
                if still_open > wait:
                    wait = still_open
                self._open.append(still_open)
                if tenant.rank < 0:
                    self._first.append(still_open)
                    self.never_served += 1
                if still_open >= self._least:
                    self._list(tenant, still_open)
            self._waits.append(wait)
            if wait >= longest and self._is_worse(tenant, wait):
                self._worst, self._longest_wait = tenant, wait
                longest = wait
            debt: float = tenant.waiting
            left = tenant.finish - rounds
            if left > 0:
                debt = debt - left * tenant.weight
            if debt > self.debt:
                self.debt = debt

    def worst_partition(self) -> int | None:
        """The partition with the longest wait, the first of several; None without any."""
        return self._worst.partition if self._worst is not None else None

    def worst_now(self) -> WorstNow:
        """The longest open waits, of all that have been looked at."""
        listed = [each[-1] for each in sorted(self._longest, reverse=True)]
        as_long = self._open_waits.at_least(listed[-1].rounds) if listed else 0
        return WorstNow(
            partitions=tuple(listed), tied=as_long - len(listed), never_served=self.never_served
        )

    def _is_worse(self, tenant: Tenant, wait: float) -> bool:
        """Whether a wait that is no shorter than the longest so far takes its place."""
        worst = self._worst
        return worst is None or wait > self._longest_wait or tenant.place < worst.place

    def _list(self, tenant: Tenant, wait: float) -> None:
        """Put an open wait on the list of the longest, if it is one of them."""
        key = (wait, not tenant.served, -tenant.partition)
        is_full = len(self._longest) == self._listed
        if is_full and key < self._longest[0][:3]:
            return
        left = max(0.0, (tenant.finish - self._rounds) * tenant.weight)
        waiting = WaitingPartition(
            partition=tenant.partition,
            rounds=wait,
            waiting=tenant.waiting,
            served=tenant.served,
            arrived=tenant.arrived,
            owed=tenant.arrived - tenant.served - left,
        )
        if is_full:
            heapreplace(self._longest, (*key, waiting))
            self._least = self._longest[0][0]
        else:
            heappush(self._longest, (*key, waiting))


class FairnessSurvey:
    """A survey on its way to the measures of the instant at which it was begun.

    Args:
        survey: The look at the tenants.
        rest: The measures of the same instant that need no look at each tenant.
        at_end: Called with the survey when all have been looked at.
    """

    def __init__(
        self, survey: Survey, rest: FairnessMeasures, at_end: Callable[[Survey], None]
    ) -> None:
        self._survey = survey
        self._rest = rest
        self._at_end = at_end

    def step(self, tenants: int = SLICE) -> tuple[FairnessMeasures, WorstNow] | None:
        """Look at so many tenants more; returns the outcome once all have been looked at."""
        if not self._survey.take(tenants):
            return None
        self._at_end(self._survey)
        return self._measures(), self._survey.worst_now()

    def finish(self) -> tuple[FairnessMeasures, WorstNow]:
        """Look at all that are left, in one go."""
        while True:
            outcome = self.step()
            if outcome is not None:
                return outcome

    def _measures(self) -> FairnessMeasures:
        survey, rest = self._survey, self._rest
        return replace(
            rest,
            worst_wait_rounds=survey.waits.spread(),
            first_pickup_rounds=survey.first_waits.spread(),
            debt_tasks_now=survey.debt,
            debt_tasks_max=max(rest.debt_tasks_max, survey.debt),
            never_served=survey.never_served,
            starving=survey.waits.above(STARVING_ROUNDS),
            worst_partition=survey.worst_partition(),
        )
