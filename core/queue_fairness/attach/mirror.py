"""A copy of one waiting line with the tenant of each task, kept by reading what is new only.

```
 first look   the whole line, the next task first
 later looks  the new end of the list until the newest known task: those came; what the line is
              shorter by than that was taken from its head, and the mirror says whose it was
```
"""

from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from queue_fairness.attach.libraries.base import Entry, Line
from queue_fairness.attach.libraries.streams import slowest_group
from queue_fairness.attach.reader import Reader, fields, items, scored, whole

WINDOW = 200
"""Entries that are read at the new end at first; later twice as many as came."""
LONGEST_WINDOW = 1_000
LONGEST = 100_000
"""Tasks of a line that are mirrored; of a longer one only those that are next."""
SAMPLE = 2_000
"""Tasks of a longer line that are looked at."""


class Known(NamedTuple):
    """One task of the mirror."""

    id: int
    """A hash of what stands in the line."""
    tenant: str | None
    at: float
    """When it came, or by when it had come."""
    is_exact: bool


Names = Callable[[Sequence[Entry]], Awaitable[list[tuple[str | None, float | None]]]]
"""Tells the tenants of tasks, and when they came as far as their payloads say."""


@dataclass(slots=True)
class Change:
    """What one look has found."""

    arrived: Counter[str | None] = field(default_factory=Counter)
    taken: Counter[str | None] = field(default_factory=Counter)


class Mirror:
    """The mirror of one line.

    Attributes:
        line: The tasks, the next one first.
        kind: `list`, `zset` or `stream`.
        is_whole: Whether it holds all of them.
        restarts: How often the line was changed in a way that cannot be followed.
    """

    def __init__(self, source: Line, names: Names, idle_s: float | None = None) -> None:
        self._source, self._names, self._idle_s = source, names, idle_s
        self.kind = source.kind
        self.line: deque[Known] = deque()
        self.is_whole = True
        self.restarts = 0
        self._is_new = True
        self._window = WINDOW
        self._last_id = b"-"

    async def read(self, reader: Reader, now: float, busy: frozenset[bytes]) -> Change:
        """Look again.

        Args:
            reader: The door to the server.
            now: The server's time.
            busy: Tasks in service, which some libraries leave in the line.
        """
        kind = self._source.kind
        if kind == "list":
            return await self._read_list(reader, now)
        if kind == "stream":
            return await self._read_stream(reader)
        return await self._read_zset(reader, now, busy)

    async def _read_list(self, reader: Reader, now: float) -> Change:
        key, is_left = self._source.key, self._source.newest_left
        if self._is_new:
            told = await reader.one("OBJECT", "IDLETIME", key)
            idle_s = float(told) if isinstance(told, int) else 0.0
            return await self._begin(reader, now - (self._idle_s or idle_s))
        window = self._window
        bounds = (0, window - 1) if is_left else (-window, -1)
        size, ends = await reader.ask([("LLEN", key), ("LRANGE", key, *bounds)])
        depth, raw = whole(size), items(ends)
        raw = raw if is_left else raw[::-1]
        if not self.is_whole:
            return await self._begin(reader, now)
        newest = self.line[-1].id if self.line else None
        place = next((n for n, each in enumerate(raw) if hash(each) == newest), None)
        if place is None and self.line and depth > len(raw):
            return await self._restart(reader, now)
        fresh = raw[: len(raw) if place is None else place][::-1]
        gone = len(self.line) if place is None else len(self.line) + len(fresh) - depth
        if gone < 0:
            return await self._restart(reader, now)
        self._window = min(LONGEST_WINDOW, max(WINDOW, 2 * len(fresh)))
        change = Change()
        for _ in range(min(gone, len(self.line))):
            change.taken[self.line.popleft().tenant] += 1
        await self._append(fresh, now, change)
        return change

    async def _restart(self, reader: Reader, now: float) -> Change:
        self.restarts += 1
        return await self._begin(reader, now)

    async def _begin(self, reader: Reader, since: float) -> Change:
        """Read the whole line, or what is next of a very long one."""
        key, is_left = self._source.key, self._source.newest_left
        before = {each.id: each for each in self.line}
        depth = whole(await reader.one("LLEN", key))
        self.is_whole = depth <= LONGEST
        number = depth if self.is_whole else SAMPLE
        raw: list[bytes] = []
        for start in range(0, number, LONGEST_WINDOW):
            stop = min(start + LONGEST_WINDOW, number)
            bounds = (-stop, -start - 1) if is_left else (start, stop - 1)
            part = items(await reader.one("LRANGE", key, *bounds))
            raw += part[::-1] if is_left else part
        self.line.clear()
        await self._append(raw, since, Change(), before)
        self._is_new = False
        return Change()

    async def _append(
        self,
        raw: Sequence[bytes],
        now: float,
        change: Change,
        before: dict[int, Known] | None = None,
    ) -> None:
        entries = [Entry(each, each) for each in raw]
        new = [each for each in entries if not before or hash(each.id) not in before]
        named = iter(await self._names(new) if new else ())
        for each in entries:
            kept = before.get(hash(each.id)) if before else None
            if kept is not None:
                self.line.append(kept)
                continue
            tenant, at = next(named)
            self.line.append(Known(hash(each.id), tenant, at or now, at is not None))
            change.arrived[tenant] += 1

    async def _read_stream(self, reader: Reader) -> Change:
        """Entries behind the last one that the group has delivered; ids are times."""
        key, change = self._source.key, Change()
        group = slowest_group(await reader.one("XINFO", "GROUPS", key)) or {}
        delivered = group.get(b"last-delivered-id", b"0-0")
        begin = self._last_id if self._last_id != b"-" else delivered
        added: list[Entry] = []
        while len(added) < SAMPLE * 10:
            found = items(
                await reader.one("XRANGE", key, b"(" + begin, "+", "COUNT", LONGEST_WINDOW)
            )
            added += [_stream_entry(each) for each in found]
            if len(found) < LONGEST_WINDOW:
                break
            begin = added[-1].id
        if added:
            self._last_id = added[-1].id
        named = await self._names(added) if added else []
        for entry, (tenant, _) in zip(added, named, strict=True):
            order = _order(entry.id)
            self.line.append(Known(order, tenant, order / 2**64 / 1000, True))
            change.arrived[tenant] += not self._is_new
        while self.line and self.line[0].id <= _order(delivered):
            change.taken[self.line.popleft().tenant] += 1
        self._is_new = False
        return change

    async def _read_zset(self, reader: Reader, now: float, busy: frozenset[bytes]) -> Change:
        """What is there now, against what was there: the order is not that of arrival."""
        size, answer = await reader.ask(
            [
                ("ZCARD", self._source.key),
                ("ZRANGE", self._source.key, 0, SAMPLE - 1, "WITHSCORES"),
            ]
        )
        self.is_whole = whole(size) <= SAMPLE
        before = {each.id: each for each in self.line}
        present = [member for member, _ in scored(answer) if member not in busy]
        new = [Entry(each, each) for each in present if hash(each) not in before]
        change = Change()
        named = iter(await self._names(new) if new else ())
        self.line.clear()
        for each in present:
            kept = before.pop(hash(each), None)
            if kept is None:
                tenant, at = next(named)
                kept = Known(hash(each), tenant, at or now, at is not None)
                change.arrived[tenant] += not self._is_new
            self.line.append(kept)
        if self.is_whole:
            change.taken.update(each.tenant for each in before.values())
        self._is_new = False
        return change


def _stream_entry(found: object) -> Entry:
    identity, told = items(found)[:2]
    return Entry(identity, fields=fields(told))


def _order(identity: bytes) -> int:
    """A stream's id as one number: milliseconds, then the count within."""
    first, _, second = identity.partition(b"-")
    return (int(first) << 64) + int(second or 0)
