"""How an idle worker waits: by BLPOP on a wake-up list, to which each new task adds a word.

```
worker: claim ──► nothing there: the same script empties the list ──► BLPOP ──► claim …
others: a task is there, or a lane has room again ──► RPUSH, a word for each that can be claimed
```

Whoever finds nothing to claim knows that all words are out of date. One that is dropped between
that and the BLPOP is still there for it, so none is missed; each is popped by one worker, the one
that has waited longest, so one task wakes one worker. While all are busy nobody pops, and the list
stops growing at `MOST_WORDS`: then a push costs one LLEN, and a claim nothing.

BullMQ (a marker, BZPOPMIN, then the claim), Sidekiq and RQ (BRPOP, BLPOP) wait in Redis as well.
"""

from typing import TYPE_CHECKING

from queue_fairness.strategies.prepared_script import ask

if TYPE_CHECKING:
    from redis.asyncio import Redis

MOST_WORDS = 1024
"""As many as there can be workers to wake."""

ONE_LIST = """
-- All workers wait on one list.
local function wake_list() return prefix .. 'wake' end
"""

LIST_PER_LANE = """
-- Only one worker may take from a lane, so nobody else is to be woken.
local function wake_list(lane) return prefix .. 'wake:' .. lane end
"""

WAKE = f"""
local offers = {{}}

-- So many more tasks of a lane can be claimed than before.
local function offer(lane, tasks)
    local list = wake_list(lane)
    offers[list] = (offers[list] or 0) + tasks
end

-- Wake as many workers, if so many wait.
local function wake()
    for list, tasks in pairs(offers) do
        if tasks > 0 then
            for _ = 1, math.min(tasks, {MOST_WORDS} - redis.call('LLEN', list)) do
                redis.call('RPUSH', list, 1)
            end
        end
    end
end

-- There is nothing to claim: what was said before is out of date.
local function doze(lane)
    -- Not DEL, which would look as if somebody removed keys of this run (server/watch.py).
    redis.call('LTRIM', wake_list(lane), 1, 0)
end
"""

WAKE_NOBODY = """
-- Idle workers poll.
local function offer() end
local function wake() end
local function doze() end
"""


async def wait_for_word(client: "Redis", wake_list: str, longest_s: float) -> None:
    """Block until a word is dropped; return without one after so many seconds, or a little later.

    If it is cancelled, a word may be gone with the connection, so who leaves drops another one.
    """
    await ask(client, "BLPOP", wake_list, f"{longest_s:.3f}")
