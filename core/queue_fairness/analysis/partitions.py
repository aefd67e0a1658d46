"""Each partition's own numbers, for lists that are sorted, filtered and looked into."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from queue_fairness.metrics.snapshot import Snapshot


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionRow:
    """What happened to one partition."""

    partition: int
    name: str
    rank: int | None
    """Its place in the order of first pickups, from 0; None if it was never served."""
    first_pickup_s: float | None
    first_pickup_rounds: float | None
    """Dispatches before its first pickup, in rounds of one dispatch per partition."""
    worst_wait_rounds: float | None
    """Its longest wait, an open one included; None before the run is over."""
    mean_wait_s: float | None
    """Average wait of its tasks that were picked up."""
    served: int
    """Tasks picked up."""
    tasks: int | None
    """Tasks it has in a drain; None where that is not known before."""


@lru_cache(maxsize=1)
def partitions(snapshot: Snapshot) -> Sequence[PartitionRow]:
    """A row for each partition, in the order of first pickups; never served ones come last.

    Kept for the last snapshot: a summary asks for them several times, and 100,000 take a while.
    """
    plan, assessment = snapshot.plan, snapshot.assessment
    worst_waits = assessment.worst_waits if assessment else {}
    sizes = _sizes(snapshot, max(worst_waits, default=-1))
    rows = [
        PartitionRow(
            partition=partition,
            name=plan.partition_name(partition),
            rank=rank,
            first_pickup_s=snapshot.first_pickup_s[rank],
            first_pickup_rounds=snapshot.first_pickup_index[rank] / plan.partitions,
            worst_wait_rounds=worst_waits.get(partition),
            mean_wait_s=snapshot.wait_sum_by_rank[rank] / snapshot.served_by_rank[rank],
            served=snapshot.served_by_rank[rank],
            tasks=sizes[partition] if sizes else None,
        )
        for rank, partition in enumerate(snapshot.partition_by_rank)
    ]
    # Noise that nobody has served is known by its wait alone.
    unserved = {*range(plan.partitions), *worst_waits}.difference(snapshot.partition_by_rank)
    rows += (
        PartitionRow(
            partition=partition,
            name=plan.partition_name(partition),
            rank=None,
            first_pickup_s=None,
            first_pickup_rounds=None,
            worst_wait_rounds=worst_waits.get(partition),
            mean_wait_s=None,
            served=0,
            tasks=sizes[partition] if sizes else None,
        )
        for partition in sorted(unserved)
    )
    return rows


def _sizes(snapshot: Snapshot, waiting: int) -> Sequence[int]:
    """Tasks of each partition of a drain, by index; empty where that is not known before."""
    plan = snapshot.plan
    highest = max(waiting, max(snapshot.partition_by_rank, default=-1))
    noisy = [plan.noisy_tasks] * max(plan.noisy, highest + 1 - plan.partitions)
    return [*plan.sizes_of_all(), *noisy] if plan.is_drain else ()
