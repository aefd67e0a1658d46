"""BullMQ and Bull: lists and sorted sets of job ids for each queue, jobs as hashes.

```
bull:Q:wait            list    ids, LPUSH, taken on the right
bull:Q:prioritized     zset    ids by priority (BullMQ); bull:Q:paused: as wait, while paused
bull:Q:active          list    ids in service; bull:Q:ID:lock: renewed while its worker lives
bull:Q:delayed, failed zset
bull:Q:ID              hash    timestamp, processedOn (ms), pb (a worker's name), data (JSON)
bull:Q:events          stream  added, active, ... with ids in ms (BullMQ)
```
"""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from queue_fairness.attach.libraries.base import (
    LISTS,
    MOST_OF_A_LANE,
    Adapter,
    Entry,
    Line,
    Settings,
)
from queue_fairness.attach.lines import LineReading, Lines, by_number
from queue_fairness.attach.model import (
    Bound,
    Count,
    Grip,
    Hands,
    Holding,
    Lane,
    Lock,
    Since,
    Unknown,
)
from queue_fairness.attach.payload import LONGEST, Payload, from_json, mapping, unread
from queue_fairness.attach.reader import (
    Answer,
    Command,
    Reader,
    fields,
    items,
    number_of,
    text_of,
    whole,
)
from queue_fairness.attach.scanner import Scanner
from queue_fairness.outside import from_outside

MOST_WITH_EVENTS = 200
"""Queues whose events are read; of more than these the lists alone are."""
EVENTS = 1_000
"""Events of one answer."""
MOST_ANSWERS = 10


class Bull(Adapter):
    """Lanes are queues."""

    library = "bull"
    title = "Bull"
    prefix = "bull"
    dispatch_calls = ("lrem",)
    index: ClassVar[tuple[bytes, str]] = (b"id", "string")
    commands: ClassVar[tuple[str, ...]] = (
        *LISTS,
        "lrange",
        "zcard",
        "zrange",
        "hget",
        "hmget",
        "pttl",
    )
    unknowns: ClassVar[tuple[Unknown, ...]] = (
        Unknown("which worker has a job", "Bull's locks hold a token, no name", ""),
    )

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        last, kind = self.index
        self._last = b":" + last
        self._queues = Scanner(self.root + b":*" + self._last, kind)
        self._memory = Lines(newest_left=True)
        self._active: dict[bytes, int] = {}
        self._since: dict[bytes, dict[bytes, Since]] = {}
        self._prioritized: dict[bytes, int] = {}

    def key_patterns(self) -> tuple[str, ...]:
        """All keys below the prefix."""
        return (f"{self.root.decode()}:*",)

    def _key(self, lane: bytes, what: bytes) -> bytes:
        return b"%b:%b:%b" % (self.root, lane, what)

    async def find(self, reader: Reader) -> Iterable[bytes]:
        """By the key that every queue has, also an idle one."""
        await self._queues.step(reader)
        start = len(self.root) + 1
        return [each[start : -len(self._last)] for each in self._queues.names]

    def lines(self, lane: bytes) -> tuple[Line, ...]:
        """What waits, then what waits by priority, then what is paused."""
        return (
            Line(self._key(lane, b"wait")),
            Line(self._key(lane, b"prioritized"), "zset"),
            Line(self._key(lane, b"paused")),
        )

    def forget(self, lane: bytes) -> None:
        """A queue is no more."""
        self._memory.forget(self._key(lane, b"wait"))
        self._active.pop(lane, None)
        self._since.pop(lane, None)
        self._prioritized.pop(lane, None)

    async def read(self, reader: Reader, lanes: Sequence[bytes], now: float) -> list[Lane]:
        """What waits in the three places, and how much is in service, later and failed."""
        extras: list[Command] = []
        for lane in lanes:
            extras += (
                ("ZCARD", self._key(lane, b"prioritized")),
                ("ZRANGE", self._key(lane, b"prioritized"), 0, 0),
                ("LLEN", self._key(lane, b"paused")),
                ("LINDEX", self._key(lane, b"paused"), -1),
                ("LLEN", self._key(lane, b"active")),
                ("ZCARD", self._key(lane, b"delayed")),
                ("ZCARD", self._key(lane, b"failed")),
            )
        keys = [self._key(lane, b"wait") for lane in lanes]
        readings, answers = await self._memory.read(reader, keys, now, extras)
        groups = list(by_number(7, answers))
        heads = [
            _bytes([reading.head, *items(each[1]), each[3]])
            for reading, each in zip(readings, groups, strict=True)
        ]
        ages = await self._ages(reader, lanes, heads)
        moved = await self._moved(reader, lanes, readings, groups)
        return [
            self._lane(*each)
            for each in zip(lanes, readings, groups, heads, ages, moved, strict=True)
        ]

    def _lane(
        self,
        lane: bytes,
        reading: LineReading,
        told: Sequence[Answer],
        heads: Sequence[bytes],
        since: Since,
        moved: tuple[int, int],
    ) -> Lane:
        prioritized, _, paused, _, active, delayed, failed = told
        self._active.pop(lane, None)
        if whole(active):
            self._active[lane] = whole(active)
        depth = Count(reading.depth + whole(prioritized) + whole(paused))
        head = heads[0] if heads else None
        return Lane(lane, depth, since, head, *moved, later=whole(delayed), dead=whole(failed))

    async def _ages(
        self, reader: Reader, lanes: Sequence[bytes], heads: Sequence[Sequence[bytes]]
    ) -> list[Since]:
        """The oldest of the heads of each queue; what a job says never changes."""
        new = [
            (lane, job)
            for lane, jobs in zip(lanes, heads, strict=True)
            for job in jobs
            if job not in self._since.get(lane, {})
        ]
        answers = await reader.ask([("HGET", self._key(q, job), "timestamp") for q, job in new])
        found = {pair: _ms(each) for pair, each in zip(new, answers, strict=True)}
        ages = []
        for lane, jobs in zip(lanes, heads, strict=True):
            before = self._since.get(lane, {})
            known = {job: found.get((lane, job)) or before[job] for job in jobs}
            self._since[lane] = known
            told = [each for each in known.values() if each.at is not None]
            ages.append(min(told, default=Since(None, Bound.UNKNOWN)))
        return ages

    async def _moved(
        self,
        reader: Reader,  # noqa: ARG002
        lanes: Sequence[bytes],
        readings: Sequence[LineReading],
        groups: Sequence[Sequence[Answer]],
    ) -> list[tuple[int, int]]:
        """How many came to each queue and how many were taken, by what its list has lost."""
        moved = []
        for lane, reading, told in zip(lanes, readings, groups, strict=True):
            size = whole(told[0])
            before = self._prioritized.get(lane, size)
            self._prioritized[lane] = size
            moved.append(
                (
                    reading.arrived + max(0, size - before),
                    reading.taken + max(0, before - size),
                )
            )
        return moved

    async def hands(self, reader: Reader, now: float) -> Hands:  # noqa: ARG002
        """Jobs in service, each with its lock; one without a lock has no worker any more."""
        lanes = list(self._active)
        listed = await reader.ask(
            [("LRANGE", self._key(each, b"active"), 0, MOST_OF_A_LANE - 1) for each in lanes]
        )
        found = [(q, job) for q, jobs in zip(lanes, listed, strict=True) for job in items(jobs)]
        asked: list[Command] = []
        for q, job in found:
            asked += (
                ("HMGET", self._key(q, job), "processedOn", "pb"),
                ("PTTL", self._key(q, job) + b":lock"),
            )
        holdings, locks = [], []
        for (q, job), (told, ttl) in zip(
            found, by_number(2, await reader.ask(asked) if asked else []), strict=True
        ):
            begun, worker = [*items(told), None, None][:2]
            name = text_of(worker)
            owner = from_outside(name, 80) if name else None
            is_lost = ttl == -2
            holdings.append(Holding(q, _ms(begun), Grip.RUNNING, owner, job, is_lost))
            if not is_lost and isinstance(ttl, int):
                lock = self._key(q, job) + b":lock"
                locks.append(Lock(q, lock, ttl / 1000 if ttl >= 0 else None, _ms(begun), owner))
        return Hands(holdings=tuple(holdings), locks=tuple(locks))

    async def payloads(
        self, reader: Reader, lane: bytes, entries: Sequence[Entry]
    ) -> list[Payload]:
        """The job's data."""
        keys = [self._key(lane, each.id) for each in entries]
        sizes = await reader.ask([("HSTRLEN", key, "data") for key in keys])
        asked: list[Command] = []
        for key, size in zip(keys, sizes, strict=True):
            name = "data" if whole(size) <= LONGEST else "name"
            asked.append(("HMGET", key, name, "timestamp"))
        return [_payload(each) for each in (await reader.ask(asked) if asked else [])]


class BullMQ(Bull):
    """Lanes are queues; their events tell what was missed between two looks."""

    library = "bullmq"
    title = "BullMQ"
    index = (b"meta", "hash")
    commands: ClassVar[tuple[str, ...]] = (*Bull.commands, "xrevrange", "xrange")
    unknowns: ClassVar[tuple[Unknown, ...]] = ()

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._event: dict[bytes, bytes] = {}
        self._taken = 0
        self._hears_all = True

    async def _moved(
        self,
        reader: Reader,
        lanes: Sequence[bytes],
        readings: Sequence[LineReading],
        groups: Sequence[Sequence[Answer]],
    ) -> list[tuple[int, int]]:
        """By the events; where there are too many queues, by the lists."""
        by_lists = await super()._moved(reader, lanes, readings, groups)
        self._hears_all = len(lanes) <= MOST_WITH_EVENTS
        if not self._hears_all:
            self._event.clear()
            return by_lists
        new = [each for each in lanes if each not in self._event]
        last = await reader.ask(
            [("XREVRANGE", self._key(each, b"events"), "+", "-", "COUNT", 1) for each in new]
        )
        for lane, answer in zip(new, last, strict=True):
            self._event[lane] = items(items(answer)[0])[0] if items(answer) else b"0-0"
        known = [each for each in lanes if each not in new]
        heard = dict(zip(known, await self._events(reader, known), strict=True))
        self._taken += sum(taken for _, taken in heard.values())
        return [heard.get(lane, (0, 0)) for lane in lanes]

    async def _events(self, reader: Reader, lanes: Sequence[bytes]) -> list[tuple[int, int]]:
        came, taken = dict.fromkeys(lanes, 0), dict.fromkeys(lanes, 0)
        rest = list(lanes)
        for _ in range(MOST_ANSWERS):
            answers = await reader.ask(
                [
                    (
                        "XRANGE",
                        self._key(each, b"events"),
                        b"(" + self._event[each],
                        "+",
                        "COUNT",
                        EVENTS,
                    )
                    for each in rest
                ]
            )
            more = []
            for lane, answer in zip(rest, answers, strict=True):
                entries = [items(each) for each in items(answer)]
                kinds = [fields(values).get(b"event") for _, values in entries]
                came[lane] += kinds.count(b"added")
                taken[lane] += kinds.count(b"active")
                if entries:
                    self._event[lane] = entries[-1][0]
                if len(entries) == EVENTS:
                    more.append(lane)
            rest = more
            if not rest:
                break
        return [(came[each], taken[each]) for each in lanes]

    def forget(self, lane: bytes) -> None:
        """A queue is no more."""
        super().forget(lane)
        self._event.pop(lane, None)

    async def dispatches(self, reader: Reader, lanes: Sequence[bytes]) -> int | None:  # noqa: ARG002
        """Jobs that became active since the attaching, by the events."""
        return self._taken if self._hears_all else None


def _bytes(values: Sequence[Answer]) -> list[bytes]:
    # Versions before 5 keep a marker in the list, which is no job.
    return [each for each in values if isinstance(each, bytes) and not each.startswith(b"0:")]


def _ms(answer: Answer) -> Since:
    at = number_of(answer)
    return Since(at / 1000) if at else Since(None, Bound.UNKNOWN)


def _payload(answer: Answer) -> Payload:
    raw, at = [*items(answer), None, None][:2]
    data = from_json(raw)
    if data is None:
        return unread("the job has no data, is too long, or gone")
    told = mapping(data)
    return Payload(data=told, kwargs=told, since=_ms(at).at)
