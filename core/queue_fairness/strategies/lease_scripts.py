"""The Lua of every strategy with leases, in pieces from which each script is put together.

A script is put together from these, in this order::

    HEAD       the names of keys and arguments; the limit
    LEASES     claim and finish
    waking     who is woken by what (`waking.py`)
    order      the strategy's own: which lane is next
    storage    LANES, or the strategy's own: where tasks wait
    body       PUSH, NEXT, RETRY, RENEW or REAP

A *lane* is a list of waiting tasks that a limit applies to: a partition's list for most, the one
list of `fifo`, a worker's list for `key-shard`.

An order provides `choose()`, which takes the next lane off the order, and `enlist(lane)`, which
puts one on it. `LANES` calls `enlist` just when a lane comes to have both a task and room.

Names of the lanes' keys are built inside the scripts: which lane is next is not known before.
All begin with the run's prefix, whose hash tag keeps them in one slot of a cluster.
"""

from queue_fairness.strategies.batch_args import READ_LINES

HEAD = """
local leases, seq, busy = KEYS[1], KEYS[2], KEYS[3]
local prefix, ttl, limit = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])

-- How many more tasks of the lane may be in service.
local function room_of(lane)
    if limit == 0 then return math.huge end
    return limit - tonumber(redis.call('HGET', busy, lane) or 0)
end
"""

LANES = """
local function put(lane, ...)
    local tasks = select('#', ...)
    local before = redis.call('RPUSH', prefix .. lane, ...) - tasks
    -- Those before use up all the room there can be.
    if limit > 0 and before >= limit then return end
    local room = room_of(lane)
    -- A lane that had tasks before is on the order already, or full.
    if before == 0 and room > 0 then enlist(lane) end
    offer(lane, math.min(before + tasks, room) - math.min(before, room))
end

local function settle() end

local function take()
    local lane, task
    -- On the order means not empty, unless somebody else has been at the list.
    repeat
        lane = choose()
        if not lane then return nil end
        task = redis.call('LPOP', prefix .. lane)
    until task
    local in_service = redis.call('HINCRBY', busy, lane, 1)
    -- A lane with more tasks and more room stays on the order, in its new place.
    if (limit == 0 or in_service < limit) and redis.call('LLEN', prefix .. lane) > 0 then
        enlist(lane)
    end
    return lane, task
end

-- One task of the lane is out of service, in which so many waited before, and so many wait now.
local function leave(lane, before, after)
    local left = 0
    -- A limit of 1 says all without counting: it was the only one.
    if limit ~= 1 then left = redis.call('HINCRBY', busy, lane, -1) end
    if left < 1 then redis.call('HDEL', busy, lane) end
    local had_room = limit == 0 or left + 1 < limit
    if had_room and before > 0 then
        relist(lane)
    elseif after > 0 then
        enlist(lane)
    end
    local room = limit == 0 and math.huge or limit - left
    offer(lane, math.min(after, room) - math.min(before, room - 1))
end

local function release(lane)
    local waiting = redis.call('LLEN', prefix .. lane)
    leave(lane, waiting, waiting)
end

-- The task goes to the head of its lane.
local function put_back(lane, task)
    local waiting = redis.call('LPUSH', prefix .. lane, task)
    leave(lane, waiting - 1, waiting)
end
"""

CHOOSE_NAMED = """
-- The worker says which lane it wants; there may be nothing in it, or no room.
local function choose()
    local lane = ARGV[6]
    if room_of(lane) > 0 and redis.call('LLEN', prefix .. lane) > 0 then return lane end
    return nil
end

-- So there is no order to keep.
local function enlist() end
"""

RELIST_NOT = """
-- A lane on the order keeps its place when one of its tasks is done.
local function relist() end
"""

CHARGE_NOT = """
-- How long a task took changes nothing.
local function charge() end
"""

LEASES = """
-- Redis's own clock, in µs: those of the workers' hosts need not agree.
local function now_us()
    local time = redis.call('TIME')
    return time[1] * 1000000 + time[2]
end

-- The same in ms.
local function now()
    return math.floor(now_us() / 1000)
end

-- The number of this step, and of no other: every script that may change who is served draws one,
-- and tells it, so that the numbers are the order of all decisions. Drawn before anything else is
-- written: a server that is out of memory refuses it, where it would refuse a later step and let
-- the earlier ones stand.
local function draw_number()
    return redis.call('INCR', seq)
end

-- Put a task into a worker's hands. The lease says all there is to know about it, and its number
-- makes it the fencing token.
local function claim(number, lane, task)
    local at = now_us()
    local lease = number .. string.format(':%.0f:', at) .. lane .. ':' .. task
    redis.call('ZADD', leases, math.floor(at / 1000) + ttl, lease)
    return lease
end

-- End a lease. Nil if there is none such: it was ended before, or has expired and was reaped.
local function finish(lease)
    if redis.call('ZREM', leases, lease) == 0 then return nil end
    local at, lane, task = string.match(lease, '^%d+:(%d+):([^:]*):(.*)$')
    return lane, task, tonumber(at)
end
"""

PUSH = (
    READ_LINES
    + """
for_each_line(ARGV[4], put)
settle()
wake()
-- It takes no step: it is behind the last one.
return tonumber(redis.call('GET', seq) or 0)
"""
)

NEXT = """
local done, wants_more = ARGV[4], ARGV[5] == '1'
local number = draw_number()
-- Complete the task just done. A worker that comes too late changes nothing.
if done ~= '' then
    local lane, _, since = finish(done)
    if lane then
        charge(lane, since, ARGV[7])
        release(lane)
    end
end
if not wants_more then
    wake()
    return number
end
-- Claim another. If one more could be claimed than before, this is the one.
local lane, task = take()
if not lane then
    doze(ARGV[6])
    return number
end
return claim(number, lane, task)
"""

RETRY = """
-- A task that failed goes back, if it is still in these hands.
local lease, at_head, last_lane, cost = ARGV[4], ARGV[5] == '1', ARGV[6], ARGV[7]
local number = draw_number()
local lane, task, since = finish(lease)
if not lane then return {number, 0} end
-- A worker's time is spent, whatever came of it.
charge(lane, since, cost)
if at_head then
    put_back(lane, task)
else
    release(lane)
    put(last_lane, task)
    settle()
end
wake()
return {number, 1}
"""

RENEW = """
-- Only a lease that still stands can be renewed.
if not redis.call('ZSCORE', leases, ARGV[4]) then return 0 end
redis.call('ZADD', leases, now() + ttl, ARGV[4])
return 1
"""

REAP = """
-- Take back what has expired, a bounded number at a time, and say which leases those were.
local expired = redis.call('ZRANGEBYSCORE', leases, '-inf', now(), 'LIMIT', 0, 100)
if #expired == 0 then return {0} end
local number = draw_number()
-- A dead worker's task is the oldest of its lane. From the last to the first, so that the oldest
-- of all ends up at the head.
for i = #expired, 1, -1 do
    local lane, task = finish(expired[i])
    charge(lane)
    put_back(lane, task)
end
wake()
return {number, unpack(expired)}
"""
