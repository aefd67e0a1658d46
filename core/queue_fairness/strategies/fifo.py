"""One FIFO list shared by all partitions."""

from typing import TYPE_CHECKING

from queue_fairness.strategies.base import depth_of
from queue_fairness.strategies.leased import Leased

if TYPE_CHECKING:
    from redis.asyncio import Redis

ORDER = """
-- There is one lane. It has no limit, so it is never full.
local function choose()
    if redis.call('EXISTS', prefix .. 'queue') == 1 then return 'queue' end
    return nil
end

local function enlist() end
"""


class Fifo(Leased):
    """One list for all partitions: whoever comes first is served first (FIFO).

    saq, taskiq-redis, dramatiq and Celery with one queue work like this (saq/queue/redis.py,
    kombu/transport/redis.py), as does every plain Redis list with BLMOVE.

    Keys of a run::

        {prefix}:queue    LIST    waiting tasks of all partitions (RPUSH in, LPOP out)
        {prefix}:leases, :seq, :busy, :wake  the lease wrapper

    Cost: one round trip completes the last task and claims the next, in O(1) whatever the number
    of partitions and of foreign keys.

    Promises the order of arrival, task by task. Partitions get what they ask for: one that
    enqueues much at once keeps all others waiting. It keeps no partition lock, because a locked
    task at the head would hold up everyone.

    If a worker dies, its task goes to the head of the list after one lease time.
    """

    name = "fifo"
    concurrency_limit = 0
    order = ORDER

    def lane(self, partition: int) -> str:  # noqa: ARG002
        """The same lane for all partitions."""
        return "queue"

    async def waiting(self, client: "Redis") -> int:
        """The length of the list."""
        return await depth_of(client, [f"{self.prefix}:queue"])
