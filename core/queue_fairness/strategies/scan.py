"""SCAN-and-lock discipline of agentexec, which this project was written to examine."""

import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, cast

from queue_fairness.events import DequeueCost
from queue_fairness.formatting.slices import batched
from queue_fairness.strategies.base import (
    PIPELINE,
    Claim,
    Consumer,
    Lease,
    Requeued,
    Strategy,
    Task,
    polling_because,
)
from queue_fairness.strategies.batch_args import LINES, READ_LINES, as_lines

if TYPE_CHECKING:
    from redis.asyncio import Redis

LOCK_SUFFIX = b":lock"
LOCK_TTL_S = 1800
SCAN_COUNT = 100

PUSH = (
    READ_LINES
    + """
for_each_line(ARGV[1], function(lane, ...)
    redis.call('LPUSH', KEYS[1] .. lane, ...)
end)
"""
)


class Scan(Strategy):
    """SCAN from cursor 0 for a partition to lock, then RPOP from it (agentexec).

    The Redis backend of the public project agentexec, command for command.

    Keys of a run::

        {prefix}:p0731        LIST    waiting tasks of a partition (LPUSH in, RPOP out)
        {prefix}:p0731:lock   STRING  held while a worker has one of its tasks (SET NX EX 1800)

    A pop walks SCAN from cursor 0 (MATCH `{prefix}*`, COUNT 100), skips lock keys and partitions
    whose lock it has already seen, tries to lock each other one, and takes a task from the first
    that it gets. Completing deletes the lock.

    Cost: 1 SCAN and 3 more round trips at best (SET, RPOP, DEL). Each other worker adds up to
    half a lost SET; foreign keys in the same database add a SCAN for each hundred passed.

    Where the original raises, because the list was emptied between SCAN and SET, this one counts
    a lock race, gives its own lock back and goes on.

    If a worker dies, its task is lost and its partition stays locked for up to 30 minutes.
    """

    name = "scan"
    polling = polling_because("agentexec does not block")
    sends = ("exists", "llen", "scan", "set", "rpop", "del")
    sends_at_retry = ("multi", "exec", "rpush", "lpush")
    ordered_by = "sending time"

    async def push(self, client: "Redis", tasks: Sequence[Task]) -> int:
        """LPUSH, as the original enqueues, but by a script for some hundreds of tasks at a time."""
        script = client.register_script(PUSH)
        for some in batched(tasks, LINES):
            await script(keys=[f"{self.prefix}:"], args=[as_lines(some, self.names.__getitem__)])
        return 0

    def scripts(self) -> Sequence[str]:
        """The one that enqueues; a worker needs none."""
        return (PUSH,)

    def known_keys(self) -> Iterable[str]:
        """The lists and their locks."""
        for partition in range(len(self.names)):
            yield self.key(partition)
            yield self.key(partition) + LOCK_SUFFIX.decode()

    def consumer(self, client: "Redis") -> Consumer:
        """One worker's SCAN walks."""
        return _ScanConsumer(client, f"{self.prefix}*")

    async def locks_left(self, client: "Redis") -> int:
        """Count the lock keys that exist."""
        suffix = LOCK_SUFFIX.decode()
        found = 0
        for partitions in batched(range(len(self.names)), PIPELINE):
            found += await client.exists(*(self.key(each) + suffix for each in partitions))
        return found


class _ScanConsumer(Consumer):
    def __init__(self, client: "Redis", match: str) -> None:
        self._client = client
        self._match = match

    async def next(self, done: Lease | None) -> Claim:
        if done is not None:
            await self.complete(done)
        return await self._pop(completed=done is not None)

    async def complete(self, done: Lease) -> int:
        await self._client.delete(done.partition_key + LOCK_SUFFIX)
        return 0

    async def retry(self, done: Lease, *, at_head: bool) -> Requeued:
        """As the original enqueues by priority: high to the right, where RPOP takes; low left.

        One MULTI with the DEL of the lock, so that a worker that dies leaves all or nothing of it.
        """
        pipe = self._client.pipeline(transaction=True)
        push = pipe.rpush if at_head else pipe.lpush
        push(done.partition_key, done.task.encode())
        pipe.delete(done.partition_key + LOCK_SUFFIX)
        await pipe.execute()
        return Requeued(True)

    async def _pop(self, *, completed: bool) -> Claim:
        client = self._client
        seen_locks: set[bytes] = set()
        scans = lost_locks = lock_races = cursor = 0
        sent_at = 0.0
        lease = None
        while lease is None:
            cursor, keys = await client.scan(cursor, match=self._match, count=SCAN_COUNT)
            scans += 1
            for key in cast("list[bytes]", keys):  # the connection decodes nothing
                if key.endswith(LOCK_SUFFIX):
                    seen_locks.add(key)
                    continue
                lock = key + LOCK_SUFFIX
                if lock in seen_locks:
                    continue
                if not await client.set(lock, b"1", nx=True, ex=LOCK_TTL_S):
                    lost_locks += 1
                    continue
                sent_at = time.monotonic()
                payload = await client.rpop(key)
                if payload is not None:
                    lease = Lease(Task.decode(cast("bytes", payload)), key)
                    break
                lock_races += 1
                await client.delete(lock)
            if cursor == 0:
                break
        won = 2 * (lease is not None)
        round_trips = completed + scans + lost_locks + 3 * lock_races + won
        price = DequeueCost(round_trips, scans, lost_locks, lock_races)
        return Claim(lease, price, sent_at=sent_at)
