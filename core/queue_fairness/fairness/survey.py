"""Measures all partitions as of one instant, a few at a time.

    begin ──► take 1,024 ──► take 1,024 ──► … ──► picture of the instant of `begin`
                  ▲                ▲
              an event is about to change a partition not yet looked at: look at it first (`visit`)

At 100,000 partitions one look at all of them holds up the workers for 50 to 150 ms. In parts it
holds them up for a millisecond at a time, and the result is the same, because whatever changes
meanwhile was looked at before it did. Unit of all waits: rounds (waits.py).
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from heapq import heappush, heapreplace
from itertools import count, islice

from queue_fairness.fairness.conservation import Conservation
from queue_fairness.fairness.imbalance import ImbalanceSurvey
from queue_fairness.fairness.measures import FairnessMeasures, Victim
from queue_fairness.fairness.mechanism import Mechanism
from queue_fairness.fairness.partition import Partition
from queue_fairness.fairness.shares import OpenShares, ShareFold
from queue_fairness.fairness.sorted_chunks import SortedChunks
from queue_fairness.fairness.thresholds import LONG_WAIT, STARVING_ROUNDS
from queue_fairness.fairness.worker_time import TimeInstant, TimeSurvey, WorkerTime
from queue_fairness.fairness.worst import WaitingPartition, WorstNow

SLICE = 1024
"""Partitions to look at in one go: one or two milliseconds."""
ROUNDING = 1e-6
"""Tasks: what a sum of thousands of fractions may leave of nothing."""
VICTIMS = 5
"""How many of the partitions with the longest waits are named."""
SEVERAL_TASKS = 3
"""Tasks from which it says something that one worker took all of a partition's."""

_numbers = count(1)

_Listed = tuple[float, bool, int, WaitingPartition]
"""Wait, whether it is for the first pickup, less the partition: the greatest is listed first."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Instant:
    """The state of a run at one instant, except for what is read from each partition."""

    at: float
    """Seconds."""
    rounds: float
    turns: float
    dispatches: int
    contended: int
    partitions: int
    peak_backlogged: int
    tasks_per_partition: float
    fluid_rounds: float
    """The clock of the fluid (debt.py)."""
    first_waits: Sequence[float]
    """Closed waits for a first pickup, ascending."""
    repeat_wait: float
    jain: float | None
    dispersion: float | None
    is_weighted: bool
    """Whether weights were declared."""
    conservation: Conservation
    mechanism: Mechanism
    shares: ShareFold
    time: TimeInstant
    cost: WorkerTime | None


class Survey:
    """A survey of all partitions as they are when it is made.

    Args:
        partitions: All that are known, in the order in which they became known.
        instant: How the rest stands.
        listed: How many of the longest open waits to list, at least 1.

    Attributes:
        number: What it leaves in each partition that need not be looked at any more.
        waits: Each partition's longest wait, open ones included.
        first_waits: Each partition's wait for its first pickup, open ones included.
        never_served: Partitions with an open wait for their first pickup.
        debt: The most that any partition is owed, in tasks; not below 0.
    """

    __slots__ = (
        "_first",
        "_instant",
        "_least",
        "_listed",
        "_longest",
        "_of_one_worker",
        "_of_workers",
        "_open",
        "_open_shares",
        "_open_waits",
        "_partitions",
        "_victims",
        "_waits",
        "_worst_kept",
        "debt",
        "first_waits",
        "imbalance",
        "never_served",
        "number",
        "time",
        "waits",
    )

    def __init__(self, partitions: Sequence[Partition], instant: Instant, listed: int) -> None:
        self.number = next(_numbers)
        self._partitions = iter(partitions)
        self._instant = instant
        self._listed = listed
        self._longest: list[_Listed] = []
        """A heap of the longest open waits: the least is first."""
        self._least = 0.0
        """Open waits below this are not among the longest."""
        self._victims: list[tuple[float, int, Victim]] = []
        """A heap of the longest waits, open or closed: the least is first."""
        self._worst_kept = -1.0
        """Waits below this are not among those."""
        self._waits: list[float] = []
        self._open: list[float] = []
        self._first: list[float] = []
        self._open_waits = SortedChunks()
        self._open_shares = OpenShares(instant.turns)
        self._of_workers = self._of_one_worker = 0
        self.waits = SortedChunks()
        self.first_waits = SortedChunks()
        self.first_waits.add(instant.first_waits)
        self.never_served = 0
        self.debt = 0.0
        self.imbalance = ImbalanceSurvey(instant.dispersion, is_weighted=instant.is_weighted)
        self.time = TimeSurvey(instant.time)

    def take(self, partitions: int) -> bool:
        """Survey the next partitions, at most this many; returns whether all are done."""
        some = list(islice(self._partitions, partitions))
        self.visit(some)
        for values, runs in (
            (self._waits, self.waits),
            (self._open, self._open_waits),
            (self._first, self.first_waits),
        ):
            runs.add(sorted(values))
            values.clear()
        self.time.settle()
        return len(some) < partitions

    def visit(self, partitions: Iterable[Partition]) -> None:
        """Survey these partitions now, each that has not been surveyed yet."""
        number, instant = self.number, self._instant
        rounds, turns, fluid = instant.rounds, instant.turns, instant.fluid_rounds
        for partition in partitions:
            if partition.surveyed == number:
                continue
            partition.surveyed = number
            wait: float = partition.worst_wait
            still_open = 0.0
            if partition.since >= 0:
                still_open = (rounds - partition.since) * partition.weight
                if still_open > wait:
                    wait = still_open
                self._open.append(still_open)
                if partition.rank < 0:
                    self._first.append(still_open)
                    self.never_served += 1
                if still_open >= self._least:
                    self._list(partition, still_open)
            self._waits.append(wait)
            if wait >= self._worst_kept:
                self._keep_victim(partition, wait, still_open)
            debt = partition.waiting - _left(partition, fluid)
            if debt > self.debt:
                self.debt = debt
            backlogged = partition.turns_before
            if partition.waiting > 0:
                until = partition.away_from if partition.away_from >= 0 else turns
                backlogged += until - partition.away - partition.backlogged_from
                self._open_shares.visit(partition)
            self.imbalance.visit(partition, debt, backlogged)
            self.time.visit(partition)
            if partition.served >= SEVERAL_TASKS:
                self._of_workers += 1
                self._of_one_worker += partition.by_one_worker >= 0

    def worst_partition(self) -> int | None:
        """The partition with the longest wait, the first of several; None without any."""
        victims = self.victims()
        return victims[0].partition if victims else None

    def victims(self) -> tuple[Victim, ...]:
        """The partitions with the longest waits, the longest first."""
        return tuple(each[-1] for each in sorted(self._victims, reverse=True))

    def worst_now(self) -> WorstNow:
        """The longest open waits, of all that have been looked at."""
        listed = [each[-1] for each in sorted(self._longest, reverse=True)]
        as_long = self._open_waits.at_least(listed[-1].rounds) if listed else 0
        return WorstNow(
            partitions=tuple(listed), tied=as_long - len(listed), never_served=self.never_served
        )

    def measures(self) -> FairnessMeasures:
        """The measures of all partitions surveyed."""
        instant, debts = self._instant, self.imbalance
        dispatches = instant.dispatches
        return FairnessMeasures(
            worst_wait_rounds=self.waits.spread(),
            first_pickup_rounds=self.first_waits.spread(),
            repeat_pickup_rounds=instant.repeat_wait,
            debt_tasks_now=self.debt if self.debt > ROUNDING else 0.0,
            debt_tasks_max=debts.most,
            indebted=debts.indebted(),
            imbalance=debts.imbalance(),
            shares=instant.shares.shares(
                self._open_shares, instant.turns, instant.at, instant.partitions
            ),
            round_jain=instant.jain,
            conservation=instant.conservation,
            worker_time=self.time.worker_time(instant.dispersion),
            cost=instant.cost,
            mechanism=instant.mechanism,
            own_worker_share=(self._of_one_worker / self._of_workers if self._of_workers else None),
            victims=self.victims(),
            beyond_three=self.waits.above(LONG_WAIT),
            rounds=instant.rounds,
            dispatches=dispatches,
            contended_share=instant.contended / dispatches if dispatches else 0.0,
            partitions=instant.partitions,
            peak_backlogged=instant.peak_backlogged,
            tasks_per_partition=instant.tasks_per_partition,
            served_partitions=instant.mechanism.started,
            never_served=self.never_served,
            starving=self.waits.above(STARVING_ROUNDS),
            worst_partition=self.worst_partition(),
            at_s=instant.at,
        )

    def _keep_victim(self, partition: Partition, wait: float, still_open: float) -> None:
        """Put a wait among the longest, if it is one of them; the earlier known of equals."""
        is_full = len(self._victims) == VICTIMS
        if is_full and (wait, -partition.place) < self._victims[0][:2]:
            return
        is_open = still_open >= wait and partition.since >= 0
        victim = Victim(
            partition=partition.index,
            rounds=wait,
            since_s=partition.since_s if is_open else partition.worst_since_s,
            for_s=self._instant.at - partition.since_s if is_open else partition.worst_for_s,
            is_open=is_open,
            served=partition.served,
            worker=(
                partition.by_one_worker
                if partition.served >= SEVERAL_TASKS and partition.by_one_worker >= 0
                else None
            ),
        )
        entry = (wait, -partition.place, victim)
        if is_full:
            heapreplace(self._victims, entry)
            self._worst_kept = self._victims[0][0]
        else:
            heappush(self._victims, entry)

    def _list(self, partition: Partition, wait: float) -> None:
        """Put an open wait on the list of the longest, if it is one of them."""
        key = (wait, not partition.served, -partition.index)
        is_full = len(self._longest) == self._listed
        if is_full and key < self._longest[0][:3]:
            return
        left = _left(partition, self._instant.fluid_rounds)
        waiting = WaitingPartition(
            partition=partition.index,
            rounds=wait,
            waiting=partition.waiting,
            served=partition.served,
            arrived=partition.arrived,
            owed=partition.arrived - partition.served - left,
        )
        if is_full:
            heapreplace(self._longest, (*key, waiting))
            self._least = self._longest[0][0]
        else:
            heappush(self._longest, (*key, waiting))


def _left(partition: Partition, fluid_rounds: float) -> float:
    """Tasks of the partition that the fluid had yet to serve at that virtual time."""
    # The fluid may have emptied it, or stopped serving it, since: then it had more left before.
    left: float = max(partition.paused_with, partition.finish - fluid_rounds)
    return left * partition.weight if left > 0 else 0.0


class FairnessSurvey:
    """A survey on its way to the measures of the instant at which it was begun.

    Args:
        survey: The look at the partitions.
        at_end: Called with the survey when all have been looked at.
    """

    def __init__(self, survey: Survey, at_end: Callable[[Survey], None]) -> None:
        self._survey = survey
        self._at_end = at_end

    def step(self, partitions: int = SLICE) -> tuple[FairnessMeasures, WorstNow] | None:
        """Survey the next partitions, at most this many; returns the outcome once all are done."""
        if not self._survey.take(partitions):
            return None
        self._at_end(self._survey)
        return self._survey.measures(), self._survey.worst_now()

    def finish(self) -> tuple[FairnessMeasures, WorstNow]:
        """Survey all that are left, in one go."""
        while True:
            outcome = self.step()
            if outcome is not None:
                return outcome
