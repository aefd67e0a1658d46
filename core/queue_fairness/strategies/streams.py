"""A Redis stream with a consumer group."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from queue_fairness.formatting.slices import batched
from queue_fairness.strategies import waking
from queue_fairness.strategies.base import (
    Claim,
    Consumer,
    Lease,
    Reaped,
    Requeued,
    Strategy,
    Task,
)
from queue_fairness.strategies.batch_args import LINES
from queue_fairness.strategies.leased import LEASE_TTL_S, MORE, NO_MORE, ONE_ROUND_TRIP
from queue_fairness.strategies.prepared_script import Request, packed

if TYPE_CHECKING:
    from redis.asyncio import Redis

GROUP = "workers"

WAKING = (
    """
local function wake_list() return KEYS[3] end
"""
    + waking.WAKE
)

PUSH = (
    WAKING
    + """
-- Made at the first task and kept: from then on this fails, which does not matter.
redis.pcall('XGROUP', 'CREATE', KEYS[1], ARGV[1], '0', 'MKSTREAM')
for task in string.gmatch(ARGV[2], '%S+') do
    redis.call('XADD', KEYS[1], '*', 'task', task)
    offer(nil, 1)
end
wake()
-- It takes no step: it is behind the last one.
return tonumber(redis.call('GET', KEYS[2]) or 0)
"""
)

OWNED = (
    WAKING
    + """
local stream, group, worker, id, times = KEYS[1], ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])

-- XACK asks for no proof. Only who was the last to be given the entry may speak for it.
local function is_owned()
    if id == '' then return false end
    local entry = redis.call('XPENDING', stream, group, id, id, 1, worker)[1]
    return entry and entry[4] == times
end
"""
)

NEXT = (
    OWNED
    + """
local ttl, wants_more = ARGV[5], ARGV[6] == '1'
-- Drawn before anything else is written, as the lease wrapper does.
local number = redis.call('INCR', KEYS[2])
-- Complete the task just done, and remove it, or the stream would grow for ever.
if is_owned() then
    redis.call('XACK', stream, group, id)
    redis.call('XDEL', stream, id)
end
if not wants_more then return {number} end
if redis.call('EXISTS', stream) == 0 then
    doze()
    return {number}
end
-- What a dead worker had in hand comes first; then what is new.
local entry = redis.call('XAUTOCLAIM', stream, group, worker, ttl, '0', 'COUNT', 1)[2][1]
if entry then
    local held = redis.call('XPENDING', stream, group, entry[1], entry[1], 1, worker)[1]
    return {number, entry[1], entry[2][2], held[4]}
end
local reply = redis.call('XREADGROUP', 'GROUP', group, worker, 'COUNT', 1, 'STREAMS', stream, '>')
if not reply then
    doze()
    return {number}
end
entry = reply[1][2][1]
return {number, entry[1], entry[2][2], 1}
"""
)

RETRY = (
    OWNED
    + """
local number = redis.call('INCR', KEYS[2])
if not is_owned() then return {number, 0} end
redis.call('XADD', stream, '*', 'task', ARGV[5])
redis.call('XACK', stream, group, id)
redis.call('XDEL', stream, id)
offer(nil, 1)
wake()
return {number, 1}
"""
)

RENEW = (
    OWNED
    + """
if not is_owned() then return 0 end
-- JUSTID: being alive is not another delivery.
redis.call('XCLAIM', stream, group, worker, 0, id, 'JUSTID')
return 1
"""
)

REAP = (
    WAKING
    + """
-- An expired entry is taken over by the next claim, which an idle worker has to be woken for.
local stream, group, ttl = KEYS[1], ARGV[1], ARGV[2]
if redis.call('EXISTS', stream) == 1 then
    offer(nil, #redis.call('XPENDING', stream, group, 'IDLE', ttl, '-', '+', 100))
end
wake()
"""
)


class Streams(Strategy):
    """A Redis stream with a consumer group, read one by one: first in, first out.

    streaq claims like this (streaq.lua: XAUTOCLAIM, then XREADGROUP); taskiq-redis reads 100
    entries at a time, which makes the order lumpy (redis_broker.py).

    Keys of a run::

        {prefix}:stream   STREAM  tasks of all partitions, waiting and in service (XADD in,
                                  XREADGROUP out), with the group `workers`
        {prefix}:wake     LIST    a word for each task that an idle worker is to be woken for
        {prefix}:seq      STRING  number of the last step: a claim, an empty poll, a completion
                                  without a claim, or a retry

    The group's list of pending entries is the lease: who has been silent for the lease time loses
    the entry to the next XAUTOCLAIM. Consumer and delivery count together are the fencing token.

    Cost: one round trip completes the last task and claims the next (XACK, XDEL, XAUTOCLAIM,
    XREADGROUP in one script), in O(1) whatever the number of partitions and of foreign keys.

    Promises the order of arrival, as `fifo` does, and keeps no partition lock.

    If a worker dies, its task is the first that another worker takes after one lease time.
    """

    name = "streams"
    concurrency_limit = 0
    honors_head = False
    lease_ttl_s = LEASE_TTL_S
    sends = ("exists", "xpending", "xlen", "blpop", "rpush")
    ordered_by = "number"

    _pushing: "tuple[Redis, Request] | None" = None
    """By whom was pushed last, and how."""

    async def push(self, client: "Redis", tasks: Sequence[Task]) -> int:
        """One script call for some hundreds of them at a time."""
        if self._pushing is None or self._pushing[0] is not client:
            script = client.register_script(PUSH)
            self._pushing = client, Request(client, script, self.keys, [GROUP], variables=1)
        _, request = self._pushing
        numbers = [
            await request.call(packed(b" ".join([task.encode() for task in some])))
            for some in batched(tasks, LINES)
        ]
        return int(numbers[0]) if numbers else 0

    def scripts(self) -> Sequence[str]:
        """One for each thing that is done."""
        return PUSH, NEXT, RETRY, RENEW, REAP

    def known_keys(self) -> Sequence[str]:
        """The same few for any number of tasks."""
        return self.keys

    def consumer(self, client: "Redis") -> Consumer:
        """The next consumer of the group."""
        return _StreamsConsumer(client, self, f"w{next(self._worker_numbers)}".encode())

    async def renew(self, client: "Redis", lease: Lease) -> bool:
        """One round trip."""
        script = client.register_script(RENEW)
        return bool(await script(keys=self.keys, args=[GROUP, *_proof(lease)]))

    async def reap(self, client: "Redis") -> Reaped:
        """Wake workers to take over expired entries. Returns none: the claim reports which."""
        script = client.register_script(REAP)
        await script(keys=self.keys, args=[GROUP, round(1000 * self.lease_ttl_s)])
        return Reaped()

    async def locks_left(self, client: "Redis") -> int:
        """Entries that are pending: read, and not acknowledged."""
        if not await client.exists(self.stream):
            return 0
        return int((await client.xpending(self.stream, GROUP))["pending"])

    async def waiting(self, client: "Redis") -> int:
        """Entries that have not been read."""
        return int(await client.xlen(self.stream)) - await self.locks_left(client)

    @property
    def stream(self) -> str:
        """The key that holds the tasks."""
        return f"{self.prefix}:stream"

    @property
    def keys(self) -> list[str]:
        """The keys that each script is given."""
        return [self.stream, f"{self.prefix}:seq", f"{self.prefix}:wake"]


class _StreamsConsumer(Consumer):
    def __init__(self, client: "Redis", strategy: Streams, worker: bytes) -> None:
        self._client = client
        self._keys = strategy.keys
        script = client.register_script(NEXT)
        self._request = Request(client, script, self._keys, [GROUP], variables=5)
        self._nothing_done = _packed_proof((worker, b"", b"0"))
        self._ttl_ms = packed(str(round(1000 * strategy.lease_ttl_s)))
        self._worker = worker

    async def next(self, done: Lease | None) -> Claim:
        number, *entry = await self._call(done, MORE)
        return Claim(self._read(*entry) if entry else None, ONE_ROUND_TRIP, number)

    async def complete(self, done: Lease) -> int:
        (number,) = await self._call(done, NO_MORE)
        return int(number)

    async def retry(self, done: Lease, *, at_head: bool) -> Requeued:  # noqa: ARG002
        """A copy of the task at the end: a stream has no other place, so `at_head` is the same."""
        script = self._client.register_script(RETRY)
        payload = done.task.encode()
        number, is_back = await script(keys=self._keys, args=[GROUP, *_proof(done), payload])
        return Requeued(bool(is_back), number)

    async def wait(self, longest_s: float) -> None:
        """BLPOP on the wake-up list. XREADGROUP BLOCK would not notice what has expired."""
        await waking.wait_for_word(self._client, self._keys[2], longest_s)

    async def pass_on(self) -> None:
        await self._client.rpush(self._keys[2], 1)

    # Any: what a script returns.
    async def _call(self, done: Lease | None, wants_more: bytes) -> Any:  # noqa: ANN401
        proof = self._nothing_done if done is None else _packed_proof(_proof(done))
        return await self._request.call(proof + self._ttl_ms + wants_more)

    def _read(self, entry: bytes, payload: bytes, times: int) -> Lease:
        token = b"%b %b %d" % (self._worker, entry, times)
        return Lease(Task.decode(payload), entry, token, redelivered=times > 1)


def _proof(lease: Lease) -> tuple[bytes, ...]:
    """The parts of the fencing token: entry, consumer and delivery count."""
    return tuple(lease.token.split(b" "))


def _packed_proof(proof: tuple[bytes, ...]) -> bytes:
    return b"".join(map(packed, proof))
