"""Weighted fair queueing of what tasks cost, which is known only when they are done."""

from queue_fairness.strategies.weighted import STRIDE, Weighted

ORDER = (
    """
local ready, tags, clock, ticket, weights = KEYS[4], KEYS[5], KEYS[6], KEYS[7], KEYS[8]
local means, totals = KEYS[9], KEYS[10]
"""
    + STRIDE
    + """
local function number_in(key, field)
    return tonumber(redis.call('HGET', key, field) or 0)
end

local function time_now()
    return tonumber(redis.call('GET', clock) or 0)
end

-- What so much cost is to a lane: the heavier, the less.
local function share(lane, cost)
    return cost * stride(lane) / 1000
end

-- What a task of the lane is expected to cost, µs; of a lane that nobody knows yet, as of all.
local function expected(lane)
    return tonumber(redis.call('HGET', means, lane) or redis.call('HGET', totals, 'mean') or 0)
end

-- A lane's next turn begins where its tasks in service are expected to end. Who was away saves
-- nothing up and owes what it owed: a turn is never behind the time.
local function next_start(lane)
    local ahead = 0
    -- With a limit of 1, none is in service while the lane is on the order.
    if limit ~= 1 then ahead = share(lane, number_in(busy, lane) * expected(lane)) end
    local start = math.max(time_now(), number_in(tags, lane) + ahead)
    keep(tags, lane, start - ahead)
    return start
end

-- The earliest turn is next, and is the virtual time now.
local function choose()
    local next = redis.call('ZPOPMIN', ready)
    local lane = next[1]
    if not lane then return nil end
    local start = math.floor(tonumber(next[2]))
    if start > time_now() then
        redis.call('SET', clock, string.format('%.17g', start))
    end
    return lane
end

local function enlist(lane)
    redis.call('ZADD', ready, score(next_start(lane)), lane)
end
"""
)

RELIST = """
-- What its task has cost is known now, so its turn may be another.
local function relist(lane)
    enlist(lane)
end
"""

CHARGE = """
-- A reported cost as µs, by what such tasks have cost per µs: so that those that report nothing,
-- such as attempts that fail, are charged in the same unit.
local function in_time(cost, took)
    local of_all, time_of_all = number_in(totals, 'cost') + cost, number_in(totals, 'time') + took
    keep(totals, 'cost', of_all)
    keep(totals, 'time', time_of_all)
    if cost == 0 then return 0 end
    return cost * (time_of_all / of_all)
end

local function learn(lane, cost)
    local mean = tonumber(redis.call('HGET', means, lane) or cost)
    keep(means, lane, mean + (cost - mean) / 4)
    mean = tonumber(redis.call('HGET', totals, 'mean') or cost)
    keep(totals, 'mean', mean + (cost - mean) / 16)
end

-- The lane pays for what it really had, all of it.
local function charge(lane, since, reported)
    local cost = expected(lane)
    -- How long a dead worker was at work nobody knows: it is charged as any other.
    if since then
        cost = math.max(now_us() - since, 1)
        if reported and reported ~= '' then cost = in_time(tonumber(reported), cost) end
        learn(lane, cost)
    end
    keep(tags, lane, number_in(tags, lane) + share(lane, cost))
end
"""


class VirtualTimeByCost(Weighted):
    """Weighted fair queueing of worker time, or of the cost that tasks report.

    Start-time fair queueing (Goyal, Vin, Cheng, SIGCOMM '96) with costs charged when they are
    known, as by the virtual token counter for language models (arXiv 2401.00588). Kubernetes' API
    priority and fairness corrects its guesses in the same way (kubernetes.io, flow-control).

    Keys of a run::

        {prefix}:ready    ZSET    partitions with a task waiting and room for it, scored by the
                                  start of their next turn plus a ticket below 1
        {prefix}:tags     HASH    what each partition has paid, µs / weight: its next turn starts
                                  there, and later by what its tasks in service are expected to cost
        {prefix}:clock    STRING  virtual time: the latest start that was served
        {prefix}:ticket   STRING  tickets given out; 2^20 of them fit into the fraction
        {prefix}:weights  HASH    weights other than 1
        {prefix}:means    HASH    moving mean of what tasks cost, by partition, µs
        {prefix}:totals   HASH    `mean` of all partitions, µs; `cost` and `time` (µs) of the tasks
                                  that reported what they cost, together
        {prefix}:p0731    LIST    waiting tasks of a partition (RPUSH in, LPOP out)
        {prefix}:leases, :seq, :busy     the lease wrapper

    A task costs the time from its claim to its completion, by Redis's clock, and a failed attempt
    likewise. A task that reports a cost is charged that, at the average time per unit.

    Cost: one round trip completes the last task and claims the next, in O(log P) for P
    partitions, whatever the number of foreign keys. Each partition ever seen keeps its tag.

    Promises worker time, or reported cost, in proportion to the weights, with a debt of a few of
    the longest tasks. Turns are not equal: who has long tasks waits longer for the next.

    If a worker dies, its partition is locked for one lease time, and charged for a usual task.
    """

    name = "virtual-time-by-cost"
    honors_limit = True
    shares_cost = True
    bookkeeping = ("ready", "tags", "clock", "ticket", "weights", "means", "totals")
    order = ORDER
    relist = RELIST
    charge = CHARGE
