"""Random choice among ready partitions."""

from queue_fairness.strategies.leased import Leased

ORDER = """
local ready = KEYS[4]

-- Any of them, all equally likely.
local function choose()
    return redis.call('SPOP', ready)
end

local function enlist(lane)
    redis.call('SADD', ready, lane)
end
"""


class RandomReady(Leased):
    """A set of ready partitions, any of which is drawn: fair on average only.

    Sidekiq shuffles its queues at every fetch (lib/sidekiq/fetch.rb, weighted); Inngest draws
    among up to 300 peeked partitions by weighted shuffle (redis_state/queue.go).

    Keys of a run::

        {prefix}:ready    SET     partitions with a task waiting and room for it
        {prefix}:p0731    LIST    waiting tasks of a partition (RPUSH in, LPOP out)
        {prefix}:leases, :seq, :busy, :wake  the lease wrapper

    Cost: one round trip completes the last task and claims the next, in O(1) whatever the number
    of partitions and of foreign keys.

    Promises an equal chance at each draw. A partition's wait is then exponential: half of all
    waits are over after 0.7 rounds, and the unluckiest of 1000 partitions waits about 7.

    If a worker dies, its partition is locked for one lease time; then its task is drawn again.
    """

    name = "random-ready"
    honors_limit = True
    bookkeeping = ("ready",)
    order = ORDER
