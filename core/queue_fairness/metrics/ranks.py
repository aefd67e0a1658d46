"""Counts per partition, ordered by *rank*: a partition's place in the order of first pickups."""

from array import array
from collections.abc import Sequence


class PartitionRanks:
    """What was picked up of each partition.

    The arrays are made at their full size and filled from the front, so that a snapshot may share
    the filled part of those that never change.

    Args:
        partitions: The most partitions that may ever be served.

    Attributes:
        rank: By partition: its rank; -1 before its first pickup.
        picked_up: By rank: tasks picked up.
        wait_sum_s: By rank: sum of the waits of those tasks, seconds.
    """

    __slots__ = (
        "_first_pickup_index",
        "_first_pickup_s",
        "_partition",
        "_served",
        "picked_up",
        "rank",
        "wait_sum_s",
    )

    def __init__(self, partitions: int) -> None:
        self.rank = array("l", [-1]) * partitions
        self.picked_up = array("l", bytes(8 * partitions))
        self.wait_sum_s = array("d", bytes(8 * partitions))
        self._first_pickup_s = array("d", bytes(8 * partitions))
        self._first_pickup_index = array("l", bytes(8 * partitions))
        self._partition = array("l", bytes(8 * partitions))
        self._served = 0

    def first_pickup(self, partition: int, at: float, index: int) -> int:
        """Give a partition its rank, and return it.

        Args:
            partition: Which.
            at: Of its first pickup, seconds.
            index: Dispatches of the run before it.
        """
        rank = self._served
        self.rank[partition] = rank
        self._partition[rank] = partition
        self._first_pickup_s[rank] = at
        self._first_pickup_index[rank] = index
        self._served += 1
        return rank

    @property
    def first_pickup_s(self) -> Sequence[float]:
        """When each served partition was first served, by rank."""
        return memoryview(self._first_pickup_s)[: self._served]

    @property
    def first_pickup_index(self) -> Sequence[int]:
        """Dispatches before each first pickup, by rank."""
        return memoryview(self._first_pickup_index)[: self._served]

    @property
    def partition_by_rank(self) -> Sequence[int]:
        """The partition of each rank."""
        return memoryview(self._partition)[: self._served]

    def picked_up_by_rank(self) -> Sequence[int]:
        """A copy of the pickups from each served partition, by rank."""
        return self.picked_up[: self._served]

    def wait_sum_by_rank(self) -> Sequence[float]:
        """A copy of the sums of their waits, seconds, by rank."""
        return self.wait_sum_s[: self._served]
