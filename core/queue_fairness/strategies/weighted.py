"""Weights kept in Redis, for the disciplines that serve in proportion to them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from queue_fairness.formatting.slices import batched
from queue_fairness.strategies.base import PIPELINE, Task
from queue_fairness.strategies.leased import Leased

if TYPE_CHECKING:
    from redis.asyncio import Redis

STRIDE = """
-- How far one task moves its partition on: the heavier, the less.
local function stride(lane)
    return 1000 / tonumber(redis.call('HGET', weights, lane) or 1)
end

-- A tag as a score, with a fraction that rises, so that among equal tags the earliest is first:
-- equal scores would be ordered by name, and the same partitions would always be last.
local function place(tag, number)
    return tag + number % 1048576 / 1048576
end

local function score(tag)
    return place(tag, redis.call('INCR', ticket))
end

-- Numbers are handed to Redis as they are: it writes them to the last bit, by which they compare.
local function keep(key, field, tag)
    redis.call('HSET', key, field, tag)
end
"""


class Weighted(Leased):
    """A discipline whose keys include `{prefix}:weights`, a HASH of the weights that are not 1."""

    honors_weights = True

    async def push(self, client: "Redis", tasks: Sequence[Task]) -> int:
        """One script call; before the first, the weights are written."""
        if self.weights and not self._weighed:
            for some in batched(list(self.weights.items()), PIPELINE):
                values: list[str] = []
                for partition, weight in some:
                    values += (self.names[partition], repr(float(weight)))
                await client.hset(f"{self.prefix}:weights", items=values)
            self._weighed = True
        return await super().push(client, tasks)

    _weighed = False
