"""Static sharding: each partition belongs to one worker, chosen by hash."""

from collections.abc import Iterable
from typing import TYPE_CHECKING
from zlib import crc32

from queue_fairness.strategies.base import Consumer, depth_of
from queue_fairness.strategies.lease_scripts import CHOOSE_NAMED
from queue_fairness.strategies.leased import Leased, LeasedConsumer
from queue_fairness.strategies.waking import LIST_PER_LANE

if TYPE_CHECKING:
    from redis.asyncio import Redis


class KeyShard(Leased):
    """A list per worker; a hash of the partition's name says which one it goes to.

    Kafka assigns keys to partitions like this (murmur2 of the key, DefaultPartitioner) and each
    partition to one consumer of a group.

    Keys of a run::

        {prefix}:shard3   LIST    waiting tasks of all partitions of worker 3 (RPUSH in, LPOP out)
        {prefix}:wake:shard3  LIST  a word for worker 3 when it has a task to take
        {prefix}:leases, :seq, :busy     the lease wrapper; busy counts by shard

    Partition p belongs to worker crc32(p) mod W. A worker takes only from its own list, one task
    at a time, which keeps each partition's tasks in order without a lock.

    Cost: one round trip completes the last task and claims the next, in O(1) whatever the number
    of partitions and of foreign keys.

    Promises order within a partition, and nothing between those that share a worker: the noisy
    ones keep their neighbors waiting. A worker whose list is empty stands idle while others have
    work.

    If a worker dies, its whole shard waits: for one lease time until the task is given back, and
    until a worker takes its place.
    """

    name = "key-shard"
    order = CHOOSE_NAMED
    wake_lists = LIST_PER_LANE

    def lane(self, partition: int) -> str:
        """The list of the worker that the partition belongs to."""
        return f"shard{crc32(self.names[partition].encode()) % self.workers}"

    def consumer(self, client: "Redis") -> Consumer:
        """The next worker, with its own list."""
        worker = next(self._worker_numbers) % self.workers
        return LeasedConsumer(client, self, f"shard{worker}")

    def wake_list(self, lane: str) -> str:
        """One per shard."""
        return f"{self.prefix}:wake:{lane}"

    def known_keys(self) -> Iterable[str]:
        """Those of all shards, of which some may have no partition."""
        for worker in range(self.workers):
            yield f"{self.prefix}:shard{worker}"
            yield self.wake_list(f"shard{worker}")
        yield from self.script_keys()

    async def waiting(self, client: "Redis") -> int:
        """The length of all workers' lists."""
        shards = [f"{self.prefix}:shard{worker}" for worker in range(self.workers)]
        return await depth_of(client, shards)
