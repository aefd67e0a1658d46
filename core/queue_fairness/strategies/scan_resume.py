"""The SCAN discipline with its cursor kept: each claim resumes where the last one stopped."""

from collections import deque
from typing import TYPE_CHECKING, cast

from queue_fairness.events import DequeueCost
from queue_fairness.strategies.base import Claim, Consumer, Lease, polling_because
from queue_fairness.strategies.lease_scripts import CHOOSE_NAMED
from queue_fairness.strategies.leased import Leased, LeasedConsumer
from queue_fairness.strategies.prepared_script import packed

if TYPE_CHECKING:
    from redis.asyncio import Redis

SCAN_COUNT = 100
"""Keys a server looks at for one page, as in `scan`."""
SKIP_COUNT = 1000
"""The same while a worker walks to its starting point."""
ENDS_PASSED = 2
"""A pop gives up at the end of the keyspace for the second time: it may have begun anywhere."""


class ScanResume(Leased):
    """SCAN that each worker resumes where it stopped: slow turns, without an index.

    The smallest repair of a queue that finds its partitions by SCAN, as agentexec's does (see
    `scan`). RQ rotates in the same way, worker by worker, over a list of queues that each worker
    is given (rq/worker/base.py, `round_robin`).

    Keys of a run::

        {prefix}:p0731    LIST    waiting tasks of a partition (RPUSH in, LPOP out)
        {prefix}:leases, :seq, :busy     the lease wrapper

    Each worker keeps its cursor and its page. Worker w of W first skips w/W of the keyspace, or
    all would move in tandem and crowd at the same partitions. A page is used up to its last key
    before the next is fetched, or its first key would be favored. A page is old by the time it
    is used, so that a claim is one script, which may find the partition locked or empty.

    Cost: one round trip completes the last task and claims the next, if its partition still has
    one; one more for each partition that does not, and a SCAN for each 100 keys passed. So it
    grows with the foreign keys in the same database: K/100 round trips in each turn of a worker,
    and in each look of an idle one.

    Promises that each worker passes all partitions before it comes back to one, not that workers
    keep their distance. If a worker dies, its task waits for one lease time, then for its turn.
    """

    name = "scan-resume"
    polling = polling_because("SCAN cannot block")
    honors_limit = True
    sends = ("exists", "llen", "zcard", "scan", "dbsize")
    order = CHOOSE_NAMED

    def consumer(self, client: "Redis") -> Consumer:
        """The next worker's walk, which starts where its number says."""
        worker = next(self._worker_numbers) % self.workers
        return _ScanResumeConsumer(client, self, worker / self.workers)


class _ScanResumeConsumer(LeasedConsumer):
    def __init__(self, client: "Redis", strategy: ScanResume, start: float) -> None:
        super().__init__(client, strategy)
        self._beginning = f"{strategy.prefix}:".encode()
        self._match = f"{strategy.prefix}:*"
        self._bookkeeping = {key.encode() for key in strategy.script_keys()}
        self._start = start
        self._cursor = 0
        self._page: deque[bytes] = deque()

    async def next(self, done: Lease | None) -> Claim:
        round_trips = scans = lost_locks = ends = 0
        if self._start:
            scans += await self._skip(self._start)
            self._start = 0.0
        while True:
            while self._page:
                lane = self._page.popleft()
                claim = await self.claim(done, packed(lane))
                done = None
                round_trips += 1
                if claim.lease is not None:
                    price = DequeueCost(round_trips + scans, scans, lost_locks)
                    return Claim(claim.lease, price, claim.number)
                # The others wait for the order, and the walk may be long.
                self.passed(claim.number)
                lost_locks += 1
            if done is not None:
                # The walk to the next page may be long, and others wait for the partition.
                self.passed(await self.complete(done))
                done = None
                round_trips += 1
            if ends == ENDS_PASSED:
                return Claim(None, DequeueCost(round_trips + scans, scans, lost_locks))
            await self._turn_the_page()
            scans += 1
            ends += self._cursor == 0

    async def _turn_the_page(self) -> None:
        self._cursor, keys = await self._client.scan(
            self._cursor, match=self._match, count=SCAN_COUNT
        )
        length = len(self._beginning)
        self._page.extend(
            key[length:]
            for key in cast("list[bytes]", keys)  # the connection decodes nothing
            if key not in self._bookkeeping
        )

    async def _skip(self, share: float) -> int:
        """Walk over a share of the keyspace; returns how many round trips that took."""
        left = int(share * await self._client.dbsize())
        round_trips = 1
        while left > 0:
            # A pattern that no key has, so that no key is sent.
            self._cursor, _ = await self._client.scan(
                self._cursor, match=f"{self._match}:", count=min(left, SKIP_COUNT)
            )
            left -= SKIP_COUNT
            round_trips += 1
            if self._cursor == 0:
                break
        return round_trips
