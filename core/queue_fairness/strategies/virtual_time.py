"""Weighted fair queueing by start tags in virtual time."""

from queue_fairness.strategies.weighted import STRIDE, Weighted

ORDER = (
    """
local ready, tags, clock, ticket, weights = KEYS[4], KEYS[5], KEYS[6], KEYS[7], KEYS[8]
"""
    + STRIDE
    + """
-- The earliest start tag is next, and is the virtual time now.
local function choose()
    local lane = redis.call('ZPOPMIN', ready)[1]
    if not lane then return nil end
    local start = tonumber(redis.call('HGET', tags, lane))
    if start > tonumber(redis.call('GET', clock) or 0) then
        redis.call('SET', clock, string.format('%.17g', start))
    end
    -- Its next turn begins where this one ends.
    keep(tags, lane, start + stride(lane))
    return lane
end

-- Who was away saves nothing up and owes what it owed: a tag is never reset, nor behind the time.
local function enlist(lane)
    local start = math.max(
        tonumber(redis.call('GET', clock) or 0), tonumber(redis.call('HGET', tags, lane) or 0)
    )
    keep(tags, lane, start)
    redis.call('ZADD', ready, score(start), lane)
end
"""
)


class VirtualTime(Weighted):
    """Weighted fair queueing by start tags: turns in proportion to the weights.

    Start-time fair queueing (Goyal, Vin, Cheng, SIGCOMM '96); for language models, the virtual
    token counter (arXiv 2401.00588). Kubernetes' API priority and fairness dispatches its queues
    by virtual time (kubernetes.io, flow-control).

    Keys of a run::

        {prefix}:ready    ZSET    partitions with a task waiting and room for it, scored by start
                                  tag plus a ticket below 1
        {prefix}:tags     HASH    start tag of each partition's next turn
        {prefix}:clock    STRING  virtual time: the latest start tag that was served
        {prefix}:ticket   STRING  tickets given out; 2^20 of them fit into the fraction
        {prefix}:weights  HASH    weights other than 1
        {prefix}:p0731    LIST    waiting tasks of a partition (RPUSH in, LPOP out)
        {prefix}:leases, :seq, :busy, :wake  the lease wrapper

    Being served moves a partition's tag on by 1000 / weight, however long it takes:
    `virtual-time-by-cost` shares out the workers' time.

    Cost: one round trip completes the last task and claims the next, in O(log P) for P
    partitions, whatever the number of foreign keys. Each partition ever seen keeps its tag.

    Promises shares in proportion to the weights, with a debt of a few tasks at most. Who comes
    back after a pause goes first, so single waits may be longer than in strict turns.

    If a worker dies, its partition is locked for one lease time; the turn counts as served.
    """

    name = "virtual-time"
    honors_limit = True
    bookkeeping = ("ready", "tags", "clock", "ticket", "weights")
    order = ORDER
