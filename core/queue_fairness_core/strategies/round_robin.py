"""The ideal to compare with: strict turns."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from queue_fairness_core.events import Price
from queue_fairness_core.strategies.base import Claim, Consumer, Lease, Strategy, Task

if TYPE_CHECKING:
    from redis.asyncio import Redis

# Each pair in ARGV is a partition and a task.
PUSH = """
local ready, member, prefix = KEYS[1], KEYS[2], ARGV[1]
for i = 2, #ARGV, 2 do
    local partition, task = ARGV[i], ARGV[i + 1]
    redis.call('RPUSH', prefix .. partition, task)
    -- A partition that is neither on the ready list nor in a worker's hands joins at the end.
    if redis.call('SADD', member, partition) == 1 then
        redis.call('RPUSH', ready, partition)
    end
end
"""

NEXT = """
local ready, member, prefix, done, claim = KEYS[1], KEYS[2], ARGV[1], ARGV[2], ARGV[3]
-- Give back the partition whose task is done: to the end of the turn, or out if it is empty.
if done ~= '' then
    if redis.call('LLEN', prefix .. done) > 0 then
        redis.call('RPUSH', ready, done)
    else
        redis.call('SREM', member, done)
    end
end
if claim == '0' then return false end
-- Whoever has waited longest is first. On the list means not empty, so there is a task.
local partition = redis.call('LPOP', ready)
if not partition then return false end
return {partition, redis.call('LPOP', prefix .. partition)}
"""


class RoundRobin(Strategy):
    """A ready list rotated by one atomic script: every partition gets its turn.

    Keys of a run::

        {prefix}:ready    LIST  partitions with tasks and without a worker, the next turn first
        {prefix}:member   SET   partitions on the ready list or in a worker's hands
        {prefix}:p0731    LIST  waiting tasks of a partition (RPUSH in, LPOP out)

    Price: one round trip completes the last task and claims the next, in O(1) whatever the number
    of partitions and of foreign keys.

    Promises that no partition is served twice while another one waits for its turn. It has no
    lease: if a worker dies, its task is lost and its partition leaves the turn.
    """

    name = "round-robin"

    async def push(self, client: "Redis", tasks: Sequence[Task]) -> None:
        """One script call for all of them."""
        arguments: list[str | bytes] = []
        for task in tasks:
            arguments += (self.names[task.partition], task.encode())
        script = client.register_script(PUSH)
        await script(keys=self._keys(), args=[f"{self.prefix}:", *arguments])

    def consumer(self, client: "Redis") -> Consumer:
        """One worker's calls of the script."""
        return _RoundRobinConsumer(client, self._keys(), f"{self.prefix}:")

    async def locks_left(self, client: "Redis") -> int:
        """Members that are not on the ready list: in a worker's hands, or never given back."""
        members = int(await client.scard(f"{self.prefix}:member"))
        return members - int(await client.llen(f"{self.prefix}:ready"))

    def _keys(self) -> list[str]:
        return [f"{self.prefix}:ready", f"{self.prefix}:member"]


class _RoundRobinConsumer(Consumer):
    PRICE = Price(round_trips=1)

    def __init__(self, client: "Redis", keys: list[str], prefix: str) -> None:
        self._script = client.register_script(NEXT)
        self._keys = keys
        self._prefix = prefix

    async def next(self, done: Lease | None) -> Claim:
        given_back = done.partition_key if done is not None else b""
        reply = await self._script(keys=self._keys, args=[self._prefix, given_back, b"1"])
        if reply is None:
            return Claim(None, self.PRICE)
        partition, payload = reply
        return Claim(Lease(Task.decode(payload), partition), self.PRICE)

    async def complete(self, done: Lease) -> None:
        await self._script(keys=self._keys, args=[self._prefix, done.partition_key, b"0"])
