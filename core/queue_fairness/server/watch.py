"""Whose fault it is when tasks are gone: the server's own doings during one run.

```
begin ──► INFO, and a key of its own, the witness ──► the run ──► end: INFO, is the witness there?
                                                                    └──► Changes ──► a cause
```

A run is charged to the server only where something is missing *and* the server shows why: others
may use it too, and their evicted keys and flushed databases are no excuse for a queue.
"""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass

from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from queue_fairness.formatting.numbers import brief
from queue_fairness.server.connection import drop_if_closed
from queue_fairness.server.reading import Reading, read, read_idle_timeout
from queue_fairness.server.sign_of_life import RENEW_S, sign


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What became of a server during a run; each field None where that is not known."""

    restarted: bool | None = None
    became_replica: bool | None = None
    replicas_left: int | None = None
    """Replicas that it had before and no longer has."""
    flushes: int | None = None
    """Calls of FLUSHALL, FLUSHDB or SWAPDB, by anybody, on any of its databases."""
    evicted_keys: int | None = None
    expired_keys: int | None = None
    removals: int | None = None
    """Calls of DEL, UNLINK and the like, by anybody, this run included."""
    refused_writes: int | None = None
    """Commands that it refused for want of memory."""
    witness_gone: bool | None = None
    """Whether a key of this run that nobody touches is gone."""
    idle_timeout_s: int | None = None
    """Its setting `timeout`; asked only where a connection broke. 0 for none."""
    maxmemory: int | None = None
    """Bytes; 0 for no bound."""
    policy: str | None = None

    @property
    def is_unknown(self) -> bool:
        """Whether the server told nothing of all this."""
        return self.restarted is None and self.evicted_keys is None and self.flushes is None


@dataclass(frozen=True, slots=True)
class Cause:
    """Something the server did: a clause after its name, and what to do about it."""

    did: str
    remedy: str
    is_certain: bool
    """Whether it cannot have spared this run's keys."""


class Watch:
    """Looks at a server before and after a run.

    Args:
        witness: A key of the run that none but this touches.
    """

    def __init__(self, witness: str) -> None:
        self._witness = witness
        self._has_witness = False
        self._was_missed = False
        self._before = Reading()

    async def begin(self, client: Redis) -> Reading:
        """Take the first reading."""
        self._before = await read(client)
        return self._before

    async def leave_witness(self, client: Redis) -> None:
        """Leave the key whose absence will tell; done without where that is refused."""
        try:
            await client.set(self._witness, await sign(client))
            self._has_witness = True
        except ResponseError:
            # No right to such keys, no memory left: whatever it is, the run will say it better.
            self._has_witness = False

    async def keep_witness(self, client: Redis) -> None:
        """Renew the key now and then, as a sign of life, until cancelled.

        Where it is gone, that is noted, and it is written anew: others are to see a run that lives.
        """
        while self._has_witness:
            await asyncio.sleep(RENEW_S)
            try:
                await drop_if_closed(client)
                mine = await sign(client)
                if not await client.set(self._witness, mine, xx=True):
                    self._was_missed = True
                    await client.set(self._witness, mine)
            except (RedisError, OSError):
                # Others ask the server as well, and have the patience and the words for it.
                continue

    async def end(self, client: Redis, *, broke: bool) -> Changes:
        """What has changed since.

        Args:
            client: Any client of the server.
            broke: Whether connections broke meanwhile.
        """
        before, after = self._before, await read(client)
        restarted = _differs(before.run_id, after.run_id)
        if restarted:
            # Its counters began again with it.
            before = Reading(
                role=before.role,
                flushes=0,
                evicted_keys=0,
                expired_keys=0,
                removals=0,
                refused_writes=0,
            )
        return Changes(
            restarted=restarted,
            became_replica=_differs(before.role, after.role) and after.role == "slave",
            replicas_left=_fewer(before.replicas, after.replicas),
            flushes=_since(before.flushes, after.flushes),
            evicted_keys=_since(before.evicted_keys, after.evicted_keys),
            expired_keys=_since(before.expired_keys, after.expired_keys),
            removals=_since(before.removals, after.removals),
            refused_writes=_since(before.refused_writes, after.refused_writes),
            witness_gone=await self._is_witness_gone(client),
            idle_timeout_s=await read_idle_timeout(client) if broke else None,
            maxmemory=after.maxmemory,
            policy=after.policy,
        )

    async def _is_witness_gone(self, client: Redis) -> bool | None:
        if not self._has_witness:
            return None
        if self._was_missed:
            return True
        try:
            return not await client.exists(self._witness)
        except ResponseError:
            return None


def causes(changes: Changes) -> Iterator[Cause]:
    """All that the server is seen to have done, the surest first; nothing where it did nothing."""
    if changes.became_replica:
        yield Cause(
            "became a read-only replica in mid-run (a failover)",
            "point --redis-url to its primary",
            is_certain=True,
        )
    if changes.restarted:
        yield Cause(
            "was restarted in mid-run", "run again on a server that stays up", is_certain=True
        )
    if changes.flushes and changes.witness_gone is not False:
        yield Cause(
            f"was emptied in mid-run by somebody ({_times(changes.flushes)} FLUSHALL, FLUSHDB or"
            " SWAPDB)",
            "run again when nobody empties it",
            is_certain=bool(changes.witness_gone),
        )
    if changes.evicted_keys:
        yield Cause(
            f"evicted {_count(changes.evicted_keys, 'key')} in mid-run ({_memory(changes)})",
            "use noeviction and more memory, or fewer tasks",
            is_certain=bool(changes.witness_gone),
        )
    if changes.refused_writes:
        yield Cause(
            f"ran out of memory in mid-run ({_memory(changes)},"
            f" {_count(changes.refused_writes, 'command')} refused)",
            "raise maxmemory, or use fewer tasks",
            is_certain=False,
        )
    if changes.witness_gone and not changes.flushes and not changes.evicted_keys:
        yield Cause(
            "lost keys of this run in mid-run, which somebody removed",
            "run again when nobody does",
            is_certain=True,
        )
    if changes.idle_timeout_s:
        yield Cause(
            f"closed connections that were idle for {changes.idle_timeout_s} s (its setting"
            " timeout)",
            "set its timeout to 0",
            is_certain=False,
        )


def _differs(before: str | None, after: str | None) -> bool | None:
    return None if before is None or after is None else before != after


def _fewer(before: int | None, after: int | None) -> int | None:
    return None if before is None or after is None else max(0, before - after)


def _since(before: int | None, after: int | None) -> int | None:
    """How much a counter grew; one that is lower than before was set back to 0 meanwhile."""
    if before is None or after is None:
        return None
    return after if after < before else after - before


def _memory(changes: Changes) -> str:
    if not changes.maxmemory:
        return "maxmemory unknown"
    return f"maxmemory {megabytes(changes.maxmemory)}, {changes.policy}"


def megabytes(size: int) -> str:
    """A size in bytes as `2 MB`, `0.25 MB`: as Redis reckons, in steps of 1,024."""
    return f"{brief(size / 2**20)} MB"


def _times(number: int) -> str:
    return f"{number:,} x"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
