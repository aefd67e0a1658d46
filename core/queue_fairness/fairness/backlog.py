"""The backlog as the events tell it: who has tasks waiting, and who may be served.

    backlogged   has tasks waiting
    eligible     backlogged, and fewer tasks in service than its concurrency limit
    claimable    tasks that could be taken at once: of each eligible partition as many as wait,
                 and no more than it has room for under its limit

O(1) per event. It alone writes `waiting`, `in_service`, `served`, `since` and `since_s` of a
partition.
"""

from math import inf

from queue_fairness.fairness.partition import Partition


class Backlog:
    """Counts and weights of the partitions that are backlogged, and of those that are eligible.

    Args:
        limit: Tasks of one partition that may be in service at once; 0 for no limit.
    """

    __slots__ = (
        "_has_spare_room",
        "_spare_room",
        "backlogged",
        "begun_eligible",
        "eligible",
        "eligible_weight",
        "is_unlimited",
        "limit",
        "peak_backlogged",
        "waiting",
        "weight",
    )

    def __init__(self, limit: int) -> None:
        self.is_unlimited = limit == 0
        self.limit = limit or inf
        self.waiting = 0
        """Tasks of all partitions together."""
        self.backlogged = 0
        self.weight = 0.0
        """Of the backlogged partitions."""
        self.peak_backlogged = 0
        """The most partitions that were backlogged at a time."""
        self.eligible = 0
        self.eligible_weight = 0.0
        self.begun_eligible = 0
        """Eligible partitions that have been served before."""
        self._has_spare_room = limit > 1
        self._spare_room = 0
        """Claimable tasks beyond one for each eligible partition, under a limit of several."""

    @property
    def claimable(self) -> int:
        """Tasks that could be taken at once."""
        return self.waiting if self.is_unlimited else self.eligible + self._spare_room

    def arrive(self, partition: Partition, tasks: int) -> bool:
        """Add waiting tasks; returns whether the partition has become backlogged by them."""
        was_waiting = partition.waiting
        room = self._spare_of(partition) if self._has_spare_room else 0
        partition.waiting = was_waiting + tasks
        if self._has_spare_room:
            self._spare_room += self._spare_of(partition) - room
        self.waiting += tasks
        return was_waiting <= 0 < partition.waiting

    def begin(self, partition: Partition) -> None:
        """Count a partition as backlogged from now on."""
        self.backlogged += 1
        self.weight += partition.weight
        if self.backlogged > self.peak_backlogged:
            self.peak_backlogged = self.backlogged

    def end(self, partition: Partition) -> None:
        """Count a partition as backlogged no longer."""
        self.backlogged -= 1
        self.weight = self.weight - partition.weight if self.backlogged else 0.0

    def admit(self, partition: Partition, rounds: float, at: float) -> None:
        """Make a backlogged partition eligible; its wait begins.

        Args:
            partition: One that is below its limit.
            rounds: Now, on the clock of rounds.
            at: Now, in seconds.
        """
        self.eligible += 1
        self.eligible_weight += partition.weight
        if partition.served:
            self.begun_eligible += 1
        partition.since = rounds
        partition.since_s = at

    def take(self, partition: Partition, rounds: float, at: float) -> None:
        """Move one task of a partition from waiting into service.

        Args:
            partition: The one picked up, eligible or not: its arrival may be reported later.
            rounds: The clock of rounds after this dispatch.
            at: Now, in seconds.
        """
        has_spare_room = self._has_spare_room
        room = self._spare_of(partition) if has_spare_room else 0
        served = partition.served
        partition.served = served + 1
        waiting = partition.waiting = partition.waiting - 1
        in_service = partition.in_service = partition.in_service + 1
        self.waiting -= 1
        if has_spare_room:
            self._spare_room += self._spare_of(partition) - room
        if partition.since < 0:
            return
        if in_service < self.limit and waiting > 0:
            # Still eligible: but for its wait, which begins anew, nothing changes.
            partition.since = rounds
            partition.since_s = at
            if not served:
                self.begun_eligible += 1
            return
        partition.since = -1.0
        eligible = self.eligible = self.eligible - 1
        # No residue of rounding where no partition is left.
        self.eligible_weight = self.eligible_weight - partition.weight if eligible else 0.0
        if served:
            self.begun_eligible -= 1

    def release(self, partition: Partition) -> None:
        """Take one task of a partition out of service."""
        room = self._spare_of(partition) if self._has_spare_room else 0
        partition.in_service -= 1
        if self._has_spare_room:
            self._spare_room += self._spare_of(partition) - room

    def _spare_of(self, partition: Partition) -> int:
        """Claimable tasks of a partition beyond the first."""
        return max(0, min(partition.waiting, int(self.limit) - partition.in_service) - 1)
