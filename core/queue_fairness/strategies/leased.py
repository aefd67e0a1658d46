"""The shared lease wrapper: disciplines with leases differ only in a few lines of Lua.

A *lease* is a task in a worker's hands, recorded in Redis with the time at which it expires. A
living worker renews it, a finished worker ends it, and `reap` takes back those that have expired.
Each step is one script, so a worker may die between any two of them:

    before the claim       the task still waits
    after the claim        the lease expires, and the task goes back to the head of its lane
    after a failure        the same, unless it was given back before
    after it was reaped    the late worker's token is no longer there, and nothing happens
"""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from queue_fairness.events import DequeueCost
from queue_fairness.formatting.slices import batched
from queue_fairness.strategies import lease_scripts, waking
from queue_fairness.strategies.base import (
    Claim,
    Consumer,
    Lease,
    Reaped,
    Requeued,
    Strategy,
    Task,
)
from queue_fairness.strategies.batch_args import LINES, as_lines
from queue_fairness.strategies.prepared_script import Request, packed

if TYPE_CHECKING:
    from redis.asyncio import Redis
    from redis.commands.core import AsyncScript

LEASE_TTL_S = 30.0
"""As BullMQ's job lock. Short enough to wait for, long enough for a loop that stalls."""

ONE_ROUND_TRIP = DequeueCost(round_trips=1)
NO_MORE, MORE = packed("0"), packed("1")
NOTHING = packed("")


class Leased(Strategy):
    """A discipline on the shared lease wrapper.

    Keys that all of them have::

        {prefix}:leases   ZSET    a lease `number:since:lane:task` for each task in service,
                                  scored by when it expires (Redis's clock, ms)
        {prefix}:seq      STRING  number of the last step: a claim, an empty poll, a completion
                                  without a claim, a retry, or expired leases taken back
        {prefix}:busy     HASH    tasks in service by lane; none is 0
        {prefix}:wake     LIST    a word for each task that an idle worker is to be woken for
    """

    lease_ttl_s = LEASE_TTL_S
    sends: ClassVar[tuple[str, ...]] = ("exists", "llen", "zcard", "blpop", "rpush")
    ordered_by = "number"
    bookkeeping: ClassVar[tuple[str, ...]] = ()
    """Its own keys, `KEYS[4]` and on in its Lua."""
    order: ClassVar[str]
    """Lua: `choose` and `enlist`."""
    relist: ClassVar[str] = lease_scripts.RELIST_NOT
    """Lua: `relist(lane)`, called when a task of a lane on the order is out of service."""
    charge: str = lease_scripts.CHARGE_NOT
    """Lua: `charge(lane, since, cost)`, called when a task is out of service.

    It was claimed at `since`, µs; nil for that of a dead worker, whose time is not known. `cost` is
    what the task reported; empty if nothing."""
    wake_lists: ClassVar[str] = waking.ONE_LIST
    """Lua: `wake_list(lane)`, the key of the list on which those wait who may take from it."""
    storage: ClassVar[str] = lease_scripts.LANES
    """Lua: `put`, `settle`, `take`, `release` and `put_back`."""

    _pushing: "tuple[Redis, Request] | None" = None
    """By whom was pushed last, and how."""

    async def push(self, client: "Redis", tasks: Sequence[Task]) -> int:
        """One script call for some hundreds of them at a time.

        Packed once, as an idle processor takes 0.8 ms for a call by redis-py, and 0.3 ms for this.
        """
        if self._pushing is None or self._pushing[0] is not client:
            script = self.script(client, lease_scripts.PUSH)
            request = Request(client, script, self.script_keys(), self.head(), variables=1)
            self._pushing = client, request
        _, request = self._pushing
        numbers = [
            await request.call(packed(as_lines(some, self.lane))) for some in batched(tasks, LINES)
        ]
        return int(numbers[0]) if numbers else 0

    def scripts(self) -> Sequence[str]:
        """The five of the wrapper."""
        return [
            self.text(body)
            for body in (
                lease_scripts.PUSH,
                lease_scripts.NEXT,
                lease_scripts.RETRY,
                lease_scripts.RENEW,
                lease_scripts.REAP,
            )
        ]

    def known_keys(self) -> Iterable[str]:
        """Those of the lanes, of the order, and of the wrapper."""
        lanes = dict.fromkeys(self.lane(each) for each in range(len(self.names)))
        for lane in lanes:
            yield f"{self.prefix}:{lane}"
        yield from dict.fromkeys(self.wake_list(lane) for lane in lanes)
        yield from self.script_keys()

    def consumer(self, client: "Redis") -> Consumer:
        """One worker's calls of the script."""
        return LeasedConsumer(client, self)

    async def renew(self, client: "Redis", lease: Lease) -> bool:
        """One round trip."""
        script = self.script(client, lease_scripts.RENEW)
        return bool(await script(keys=self.script_keys(), args=[*self.head(), lease.token]))

    async def reap(self, client: "Redis") -> Reaped:
        """One round trip, which costs next to nothing while no lease has expired."""
        script = self.script(client, lease_scripts.REAP)
        number, *expired = await script(keys=self.script_keys(), args=self.head())
        return Reaped([_read(lease)[1] for lease in expired], number)

    async def locks_left(self, client: "Redis") -> int:
        """Leases that have not been ended, expired ones included."""
        return int(await client.zcard(f"{self.prefix}:leases"))

    def lane(self, partition: int) -> str:
        """Where the tasks of a partition wait: the end of a key, without a colon."""
        return self.names[partition]

    def wake_list(self, lane: str) -> str:  # noqa: ARG002
        """The list on which a worker waits that may take from this lane."""
        return f"{self.prefix}:wake"

    def script_keys(self) -> list[str]:
        """The keys that each script is given."""
        return [f"{self.prefix}:{name}" for name in ("leases", "seq", "busy", *self.bookkeeping)]

    def head(self) -> list[str | bytes]:
        """The arguments that each script begins with."""
        return [f"{self.prefix}:", str(round(1000 * self.lease_ttl_s)), str(self.limit)]

    def script(self, client: "Redis", body: str) -> "AsyncScript":
        """A whole script, to be called by this client."""
        return client.register_script(self.text(body))

    def text(self, body: str) -> str:
        """A whole script, put together from the shared and the strategy's own pieces."""
        parts = (
            lease_scripts.HEAD,
            lease_scripts.LEASES,
            waking.WAKE_NOBODY if self.polling else self.wake_lists + waking.WAKE,
            self.order,
            self.relist,
            self.charge,
            self.storage,
            body,
        )
        return "".join(parts)


class LeasedConsumer(Consumer):
    """A worker that completes and claims in one round trip.

    Args:
        client: Its connection.
        strategy: Whose keys and scripts it uses.
        lane: Whose tasks it wants, if that is its own to say.
    """

    def __init__(self, client: "Redis", strategy: Leased, lane: str = "") -> None:
        self._client = client
        self._strategy = strategy
        self._keys = strategy.script_keys()
        self._head = strategy.head()
        script = strategy.script(client, lease_scripts.NEXT)
        self._request = Request(client, script, self._keys, self._head, variables=4)
        self._lane = packed(lane)
        self._wake_list = strategy.wake_list(lane)

    async def next(self, done: Lease | None) -> Claim:
        """One round trip, in O(1) or O(log n)."""
        return await self.claim(done, self._lane)

    async def complete(self, done: Lease) -> int:
        """The same script, which is told to claim nothing."""
        return int(await self._request.call(_end(done, NO_MORE, self._lane)))

    async def retry(self, done: Lease, *, at_head: bool) -> Requeued:
        """One round trip. A worker that comes too late changes nothing."""
        place = b"1" if at_head else b"0"
        lane = self._strategy.lane(done.task.partition)
        script = self._strategy.script(self._client, lease_scripts.RETRY)
        arguments = (*self._head, done.token, place, lane, _cost(done))
        number, is_back = await script(keys=self._keys, args=arguments)
        return Requeued(bool(is_back), number)

    async def wait(self, longest_s: float) -> None:
        """BLPOP on the wake-up list."""
        await waking.wait_for_word(self._client, self._wake_list, longest_s)

    async def pass_on(self) -> None:
        """Push a wake-up for another worker: ours may be lost with the connection we waited on."""
        await self._client.rpush(self._wake_list, 1)

    async def claim(self, done: Lease | None, packed_lane: bytes) -> Claim:
        """Complete, and claim from this lane if there is anything for us in it."""
        reply = await self._request.call(_end(done, MORE, packed_lane))
        if isinstance(reply, int):
            return Claim(None, ONE_ROUND_TRIP, reply)
        number, lease = _read(reply)
        return Claim(lease, ONE_ROUND_TRIP, number)


def _end(done: Lease | None, wants_more: bytes, lane: bytes) -> bytes:
    """The arguments that tell what is done, whether more is wanted, from where, and the cost."""
    if done is None:
        return NOTHING + wants_more + lane + NOTHING
    cost = NOTHING if done.cost is None else packed(_cost(done))
    return packed(done.token) + wants_more + lane + cost


def _cost(done: Lease) -> str:
    """What the task reported that it cost, to the last bit; empty if nothing."""
    return "" if done.cost is None else repr(done.cost)


def _read(lease: bytes) -> tuple[int, Lease]:
    """A lease as it is written in Redis, `number:since:lane:partition:task`; it is the token.

    Returns:
        The number of the step that claimed it, and the lease.
    """
    step, _, lane, partition, number = lease.split(b":")
    return int(step), Lease(Task(int(partition), int(number)), lane, lease)
