"""Stride scheduling at write: each task is tagged with its turn when it is enqueued."""

from typing import TYPE_CHECKING

from queue_fairness.strategies.weighted import STRIDE, Weighted

if TYPE_CHECKING:
    from redis.asyncio import Redis

TAGS = (
    """
local queue, tags, clock, ticket, weights = KEYS[4], KEYS[5], KEYS[6], KEYS[7], KEYS[8]
"""
    + STRIDE
)

STORAGE = """
local owners, arriving = {}, {}

local function put(partition, ...)
    for i = 1, select('#', ...) do
        local next = #owners + 1
        owners[next], arriving[next] = partition, (select(i, ...))
    end
    offer(partition, select('#', ...))
end

-- A task's place is one stride behind the last of its partition, but not before what is served now.
local function settle()
    if #owners == 0 then return end
    local time = tonumber(redis.call('GET', clock) or 0)
    local known, heavy = redis.call('HMGET', tags, unpack(owners)), {}
    if redis.call('EXISTS', weights) == 1 then
        heavy = redis.call('HMGET', weights, unpack(owners))
    end
    local ticket_before = redis.call('INCRBY', ticket, #owners) - #owners
    local last, scores, changes = {}, {}, {}
    for i, partition in ipairs(owners) do
        local before = last[partition] or tonumber(known[i] or nil)
        local tag = time
        if before then
            tag = math.max(tag, before + 1000 / tonumber(heavy[i] or 1))
        end
        last[partition] = tag
        scores[2 * i - 1], scores[2 * i] = place(tag, ticket_before + i), arriving[i]
    end
    for partition, tag in pairs(last) do
        changes[#changes + 1], changes[#changes + 2] = partition, tag
    end
    redis.call('HSET', tags, unpack(changes))
    redis.call('ZADD', queue, unpack(scores))
end

-- All is decided: the smallest tag is next. A lease notes the task's score in place of a lane.
local function take()
    local next = redis.call('ZPOPMIN', queue)
    local task, tag = next[1], next[2]
    if not task then return nil end
    local time = math.floor(tonumber(tag))
    if time > tonumber(redis.call('GET', clock) or 0) then
        redis.call('SET', clock, string.format('%.17g', time))
    end
    return tag, task
end

local function release() end

-- The task gets its old place, whether its worker died or failed.
local function put_back(tag, task)
    redis.call('ZADD', queue, tag, task)
    offer(tag, 1)
end
"""


class StrideTag(Weighted):
    """The order is decided at write: each task is tagged with its turn.

    Temporal's fairness keys do this (service/matching/fairness.md: pass = max(base, last +
    1000 / weight)), and Hatchet's round robin did (its blog, "multi-tenant queues", 2024).

    Keys of a run::

        {prefix}:queue    ZSET    waiting tasks of all partitions, scored by tag plus a ticket
                                  below 1
        {prefix}:tags     HASH    tag of each partition's last task
        {prefix}:clock    STRING  virtual time: the latest tag that was served
        {prefix}:ticket   STRING  tickets given out; 2^20 of them fit into the fraction
        {prefix}:weights  HASH    weights other than 1
        {prefix}:leases, :seq, :wake     the lease wrapper

    Cost: one round trip completes the last task and claims the next, in O(log n) for n waiting
    tasks, whatever the number of partitions and of foreign keys.

    Promises shares in proportion to the weights as they were at write: a change of weights does
    not reach what is in the queue. It keeps no partition lock, because a locked task at the head
    would hold up everyone.

    If a worker dies, its task goes back to its old place, the head, after one lease time.
    """

    name = "stride-tag"
    concurrency_limit = 0
    sends = ("zcard", "blpop", "rpush")
    bookkeeping = ("queue", "tags", "clock", "ticket", "weights")
    order = TAGS
    storage = STORAGE

    async def waiting(self, client: "Redis") -> int:
        """The size of the one queue."""
        return int(await client.zcard(f"{self.prefix}:queue"))
