"""Strict round robin: the reference that other disciplines are compared with."""

from queue_fairness.strategies.leased import Leased

ORDER = """
local ready = KEYS[4]

-- Whoever has waited longest is first.
local function choose()
    return redis.call('LPOP', ready)
end

-- Who joins, or comes back, is last.
local function enlist(lane)
    redis.call('RPUSH', ready, lane)
end
"""


class RoundRobin(Leased):
    """A ready list rotated by one atomic script: every partition gets its turn.

    BullMQ Pro's groups take turns like this (docs.bullmq.io/bullmq-pro/groups), as do capp-queue
    and bunqueue.

    Keys of a run::

        {prefix}:ready    LIST    partitions with a task waiting and room for it, next turn first
        {prefix}:p0731    LIST    waiting tasks of a partition (RPUSH in, LPOP out)
        {prefix}:leases, :seq, :busy, :wake  the lease wrapper

    Cost: one round trip completes the last task and claims the next, in O(1) whatever the number
    of partitions and of foreign keys.

    Promises that no partition is served twice while another one waits for its turn.

    If a worker dies, its partition is locked for one lease time and then joins at the end of the
    turn, the dead worker's task first.
    """

    name = "round-robin"
    honors_limit = True
    bookkeeping = ("ready",)
    order = ORDER
