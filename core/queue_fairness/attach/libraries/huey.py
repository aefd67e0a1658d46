"""Huey on Redis: one list of pickles for each Huey, or a sorted set if it has priorities.

```
huey.redis.NAME      list    pickles of messages, LPUSH and RPOP
huey.redis.NAME      zset    of PriorityRedisHuey: 8 bytes of µs, then the pickle
huey.schedule.NAME   zset    not due yet
huey.results.NAME    hash    results, and locks as fields NAME.lock.LOCK, which never end
```
"""

import struct
from collections.abc import Iterable, Sequence
from typing import ClassVar

from queue_fairness.attach.libraries.base import Adapter, Entry, Line, Settings
from queue_fairness.attach.lines import Lines, by_number
from queue_fairness.attach.model import (
    Bound,
    Count,
    Hands,
    Lane,
    Lock,
    Since,
    Unknown,
)
from queue_fairness.attach.payload import Payload, from_pickle, mapping, sequence, unread
from queue_fairness.attach.pickled import Opaque
from queue_fairness.attach.reader import Command, Reader, items, whole
from queue_fairness.attach.scanner import SLICE, Scanner

QUEUE, RESULTS, SCHEDULE = b"huey.redis.", b"huey.results.", b"huey.schedule."
SLICES_A_LOOK = 4
STAMP = struct.Struct(">Q")
EARLIEST_S, LATEST_S = 1e9, 1e10
ARGS, KWARGS = 6, 7
"""Places of the arguments in huey's message, as its registry makes it."""


class Huey(Adapter):
    """Lanes are the names of Hueys."""

    library = "huey"
    title = "Huey"
    commands = (
        *("llen", "lindex", "lpos", "object|idletime", "zcard", "zrange"),
        *("hscan", "lrange"),
    )
    deaf_to_service = True
    unknowns: ClassVar = (
        Unknown("tasks in service", "a task that was taken is in no key", ""),
        Unknown(
            "when a task was enqueued",
            "without priorities Huey's messages tell no time: a wait is a lower bound",
            "PriorityRedisHuey",
        ),
        Unknown("since when a lock is held, before the attaching", "it has no time and no TTL", ""),
    )

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._lists = Scanner(QUEUE + b"*", "list")
        self._zsets = Scanner(QUEUE + b"*", "zset")
        self._results = Scanner(RESULTS + b"*", "hash")
        self._memory = Lines(newest_left=True)
        self._stamped: dict[bytes, frozenset[bytes]] = {}
        self._cursors: dict[bytes, bytes | int] = {}
        self._locks: dict[tuple[bytes, bytes], float] = {}
        self._seen: dict[bytes, set[bytes]] = {}

    def key_patterns(self) -> tuple[str, ...]:
        """All keys of Huey."""
        return ("huey.*",)

    async def find(self, reader: Reader) -> Iterable[bytes]:
        """By SCAN."""
        for each in (self._lists, self._zsets, self._results):
            await each.step(reader)
        named = {each.removeprefix(QUEUE) for each in self._lists.names | self._zsets.names}
        return named | {each.removeprefix(RESULTS) for each in self._results.names}

    def lines(self, lane: bytes) -> tuple[Line, ...]:
        """The list, or the sorted set."""
        kind = "zset" if QUEUE + lane in self._zsets.names else "list"
        return (Line(QUEUE + lane, kind),)

    def forget(self, lane: bytes) -> None:
        """A Huey is no more."""
        self._memory.forget(QUEUE + lane)
        self._stamped.pop(lane, None)

    async def read(self, reader: Reader, lanes: Sequence[bytes], now: float) -> list[Lane]:
        """Lists and sorted sets."""
        stamped = [each for each in lanes if QUEUE + each in self._zsets.names]
        plain = [each for each in lanes if QUEUE + each not in self._zsets.names]
        schedules: list[Command] = [("ZCARD", SCHEDULE + each) for each in plain]
        keys = [QUEUE + each for each in plain]
        readings, later = await self._memory.read(reader, keys, now, schedules)
        found = [
            Lane(
                lane,
                Count(each.depth),
                each.since if each.depth else Since(None, Bound.UNKNOWN),
                each.head,
                each.arrived,
                each.taken,
                later=whole(number),
            )
            for lane, each, number in zip(plain, readings, later, strict=True)
        ]
        return found + await self._read_stamped(reader, stamped)

    async def _read_stamped(self, reader: Reader, lanes: Sequence[bytes]) -> list[Lane]:
        asked: list[Command] = []
        for lane in lanes:
            key = QUEUE + lane
            asked += (("ZCARD", key), ("ZRANGE", key, 0, 15), ("ZCARD", SCHEDULE + lane))
        answers = by_number(3, await reader.ask(asked) if asked else [])
        found = []
        for lane, (size, first, later) in zip(lanes, answers, strict=True):
            ids = [each[:24] for each in items(first)]
            before = self._stamped.get(lane, frozenset())
            self._stamped[lane] = frozenset(ids)
            since = min(
                (_stamp(each) for each in ids), key=lambda each: each.at or 0.0, default=None
            )
            found.append(
                Lane(
                    lane,
                    Count(whole(size)),
                    since or Since(None, Bound.UNKNOWN),
                    ids[0] if ids else None,
                    taken=len(before - self._stamped[lane]),
                    later=whole(later),
                )
            )
        return found

    async def hands(self, reader: Reader, now: float) -> Hands:
        """Locks; who works is not told."""
        for key in self._results.names:
            await self._find_locks(reader, key, now)
        locks = tuple(
            Lock(lane, field, None, Since(at, Bound.AT_LEAST))
            for (lane, field), at in self._locks.items()
        )
        return Hands(locks=locks, knows_holdings=False)

    async def _find_locks(self, reader: Reader, key: bytes, now: float) -> None:
        """Go on through a hash that may hold many results; forget locks once a round is over."""
        lane = key.removeprefix(RESULTS)
        seen = self._seen.setdefault(lane, set())
        for _ in range(SLICES_A_LOOK):
            cursor = self._cursors.get(lane, 0)
            answer = items(
                await reader.one("HSCAN", key, cursor, "MATCH", "*.lock.*", "COUNT", SLICE)
            )
            if len(answer) != 2:
                return
            listed = list(answer[1]) if isinstance(answer[1], dict) else items(answer[1])[::2]
            seen.update(listed)
            for field in listed:
                self._locks.setdefault((lane, field), now)
            self._cursors[lane] = answer[0]
            if int(answer[0]) == 0:
                gone = [each for each in self._locks if each[0] == lane and each[1] not in seen]
                for each in gone:
                    del self._locks[each]
                seen.clear()
                return

    async def payloads(
        self,
        reader: Reader,  # noqa: ARG002
        lane: bytes,  # noqa: ARG002
        entries: Sequence[Entry],
    ) -> list[Payload]:
        """The task's arguments, from a pickle that is read and not loaded."""
        return [_payload(each.body or b"") for each in entries]


def _stamp(member: bytes) -> Since:
    if len(member) < STAMP.size:
        return Since(None, Bound.UNKNOWN)
    at = STAMP.unpack(member[: STAMP.size])[0] / 1e6
    return Since(at) if EARLIEST_S < at < LATEST_S else Since(None, Bound.UNKNOWN)


def _payload(body: bytes) -> Payload:
    since = _stamp(body)
    message = from_pickle(body[STAMP.size :] if since.at is not None else body)
    if isinstance(message, Opaque):
        parts = sequence(message.arguments)
        parts = sequence(parts[0]) if len(parts) == 1 else parts
        if len(parts) > KWARGS:
            args, kwargs = sequence(parts[ARGS]), mapping(parts[KWARGS])
            return Payload(args=args, kwargs=kwargs, since=since.at)
    return unread("the message is no plain pickle of Huey")
