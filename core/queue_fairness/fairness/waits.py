"""Worst wait, in rounds: how many rounds a partition was passed over.

    r = weight * (rounds between becoming eligible and the pickup)

The clock of rounds goes on at each dispatch by one over the weight of the partitions backlogged
then, or would be in a fair queue, whichever is more (partition.py). So a wait is an integral:
partitions that join later make the rounds after them longer and not those before, and who has
waited for 100 rounds never seems to have waited for one. In the last round of a drain the fluid
keeps those who have had their turn, or the last one of 1,000 would sit out 1/1000 + 1/999 + … + 1 =
7.5 rounds.

Unit: rounds. Range [0, inf). Ideal: at most 1, reached by strict round robin; random choice is
exponential with mean 1; a drain of m tasks per partition, one partition after another, comes close
to m and never exceeds it. No clock of seconds enters, so neither slow workers nor the length of the
work change it.
"""

from queue_fairness.fairness.partition import Partition


class WaitFold:
    """Opens a wait when a partition becomes eligible and closes it at the partition's pickup."""

    __slots__ = ("_first_waits", "_repeats", "_repeats_sum")

    def __init__(self) -> None:
        self._first_waits: list[float] = []
        self._repeats = 0
        self._repeats_sum = 0.0

    def end(self, partition: Partition, rounds: float, at: float) -> None:
        """Close the wait of a partition that is picked up at that round, if one is open."""
        since = partition.since
        wait = (rounds - since) * partition.weight if since >= 0 else 0.0
        if wait > partition.worst_wait:
            partition.worst_wait = wait
            partition.worst_since_s = partition.since_s
            partition.worst_for_s = at - partition.since_s
        if partition.served:
            self._repeats += 1
            self._repeats_sum += wait
        else:
            self._first_waits.append(wait)

    def first_waits(self) -> list[float]:
        """The partitions' waits for their first pickup, closed ones only, ascending."""
        # Sorted in place: the next call finds all but the newest in order, which costs little.
        self._first_waits.sort()
        return self._first_waits

    def mean_repeat(self) -> float:
        """Mean wait in rounds for a pickup that is not the partition's first; 0 without any.

        Near 0 where a partition, once started, is served until it is empty; near 1 for round robin.
        """
        return self._repeats_sum / self._repeats if self._repeats else 0.0


def open_wait(partition: Partition, rounds: float) -> float:
    """Rounds the partition has been waiting so far; 0 when it is not eligible."""
    return (rounds - partition.since) * partition.weight if partition.since >= 0 else 0.0
