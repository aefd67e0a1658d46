"""Fewest tasks in service first."""

from queue_fairness.strategies.leased import Leased

ORDER = """
local ready, ticket = KEYS[4], KEYS[5]

-- The number in service, and a fraction that rises, so that among equals the earliest is first:
-- equal scores would be ordered by name, and the same partitions would always be last.
local function score(lane)
    local place = redis.call('INCR', ticket) % 1048576 / 1048576
    return string.format('%.17g', tonumber(redis.call('HGET', busy, lane) or 0) + place)
end

local function choose()
    return redis.call('ZPOPMIN', ready)[1]
end

local function enlist(lane)
    redis.call('ZADD', ready, score(lane), lane)
end
"""

RELIST = """
-- One fewer is in service: its turn comes earlier.
local function relist(lane)
    redis.call('ZADD', ready, score(lane), lane)
end
"""


class LeastInFlight(Leased):
    """The partition with the fewest tasks in service is next; equals take turns.

    Amazon SQS fair queues serve quiet groups first, and among noisy ones those with the fewest
    messages in flight (AWS documentation, sqs-fair-queues-detailed).

    Keys of a run::

        {prefix}:ready    ZSET    partitions with a task waiting and room for it, scored by their
                                  tasks in service plus a ticket below 1
        {prefix}:ticket   STRING  tickets given out; 2^20 of them fit into the fraction
        {prefix}:p0731    LIST    waiting tasks of a partition (RPUSH in, LPOP out)
        {prefix}:leases, :seq, :busy, :wake  the lease wrapper

    Cost: one round trip completes the last task and claims the next, in O(log P) for P
    partitions, whatever the number of foreign keys.

    Promises equal shares of the workers, not of the dispatches: who has long tasks gets fewer.
    Under the partition lock none has more than one in service, and it is round robin.

    If a worker dies, its task counts as in service for one lease time and then goes first in its
    partition.
    """

    name = "least-in-flight"
    honors_limit = True
    bookkeeping = ("ready", "ticket")
    order = ORDER
    relist = RELIST
