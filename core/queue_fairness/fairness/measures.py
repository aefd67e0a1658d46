"""The measures of a run at one instant: what the verdict, the screens and the JSON are made of."""

from dataclasses import dataclass

from queue_fairness.fairness.classes import Neglected
from queue_fairness.fairness.conservation import Conservation
from queue_fairness.fairness.mechanism import Mechanism
from queue_fairness.fairness.shares import WindowShares
from queue_fairness.fairness.sorted_chunks import RoundsSummary
from queue_fairness.fairness.worker_time import WorkerTime


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Indebted:
    """The partition that was owed the most."""

    partition: int
    owed: float
    """Tasks, at the worst moment."""
    rounds: float
    """Rounds for which it had had tasks waiting by then."""
    share: float
    """Part of its due that it had received by then, in [0, 1]."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Imbalance:
    """Debts against what chance would make of them, given how uneven single rounds are.

    If turns are drawn anew each round, a partition's debt after R rounds has the variance R * w *
    d, d being the dispersion of a round (jain.py): 0 for round robin, 1 for random choice. Debts
    beyond that come from an order that keeps serving the same partitions less. Of a debt one task
    is left out, or two where partitions are looked at one by one: so much a fair order owes at
    times.
    """

    beyond_chance: int
    """Partitions owed more than 4.5 standard deviations of their own."""
    worst: Indebted | None
    """The one of them that is owed the most; None without any."""
    ratio: float
    """Sum of the squares of all debts, over its expectation; at most about 1 by chance. Debts that
    have all come back to 0, as at the end of a drain, are half as large by chance: those of a
    Brownian bridge."""
    critical_ratio: float
    """What chance exceeds once in 300,000 runs of as many partitions (Wilson and Hilferty's
    approximation of chi squared)."""
    behind: int
    """Partitions owed more than one standard deviation."""
    behind_share: float
    """Part of their due that these had received when they were owed the most, what chance would
    make of it left out; 1 without any."""
    neglected: Neglected | None = None
    """The declared weight whose partitions got too little, all together; None where none did."""

    @property
    def is_systematic(self) -> bool:
        """Whether all debts together exceed what chance explains."""
        return self.ratio > self.critical_ratio


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Victim:
    """A partition with one of the longest waits."""

    partition: int
    rounds: float
    since_s: float
    """When the wait began, in seconds."""
    for_s: float
    """How long it is, in seconds."""
    is_open: bool
    """Whether it is still waiting."""
    served: int
    worker: int | None
    """The only worker that has ever served it, of several; None where there is none such."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class FairnessMeasures:
    """All fairness measures at one instant; the same definitions live and at the end."""

    worst_wait_rounds: RoundsSummary
    """Each partition's longest wait, open ones included (waits.py). Ideal: at most 1."""
    first_pickup_rounds: RoundsSummary
    """Each partition's wait for its first pickup, or its wait so far if it has not been served yet,
    so that starved partitions count. Round robin: mean 0.5, max 1."""
    repeat_pickup_rounds: float
    """Mean wait for a pickup that is not the partition's first (waits.py). Round robin: 1 less the
    part of a round spent in service."""
    debt_tasks_now: float
    """The most any partition is owed now (debt.py). Ideal: at most 1."""
    debt_tasks_max: float
    """The most any partition was ever owed."""
    indebted: Indebted | None
    """The partition of that; None where none was ever owed anything."""
    imbalance: Imbalance
    shares: WindowShares
    """What partitions received in windows of five turns (shares.py)."""
    round_jain: float | None
    """Mean of Jain's index over contended rounds (jain.py). Ideal: 1; None before one round."""
    conservation: Conservation
    """What became of the workers' time (conservation.py)."""
    worker_time: WorkerTime
    """What partitions got of it (worker_time.py)."""
    cost: WorkerTime | None
    """What partitions got of any other cost that tasks told; None where none did."""
    mechanism: Mechanism
    """How the order came about (mechanism.py)."""
    own_worker_share: float | None
    """Share of the partitions served three times or more that one of several workers served alone;
    None without such."""
    victims: tuple[Victim, ...]
    """The partitions with the longest waits, the longest first; a few."""
    beyond_three: int
    """Partitions whose worst wait is over 3 rounds."""

    rounds: float
    """Rounds seen (fold.py). A drain of m tasks each has m under every strategy, the weights being
    equal."""
    dispatches: int
    contended_share: float
    """Share of dispatches with a real choice, at which some partition was passed over; 0 for
    none."""
    partitions: int
    """Partitions known: those that had tasks."""
    peak_backlogged: int
    """The most partitions that had waiting tasks at once."""
    tasks_per_partition: float
    """Tasks that arrived per partition, on average; 0 without partitions."""

    served_partitions: int
    never_served: int
    """Partitions with waiting tasks that have not been served once."""
    starving: int
    """Partitions whose worst wait, open or closed, is over `thresholds.STARVING_ROUNDS`."""
    worst_partition: int | None
    """The partition with the longest wait; None before any."""
    at_s: float
    """The instant, in seconds."""
