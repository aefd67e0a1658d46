"""Redis Streams that are read by a group: taskiq's, streaq's, and anybody's own.

```
STREAM          entries by id, which is the time in ms
GROUP           last-delivered-id, entries-read, lag: how many wait; pending: in someone's hands
```
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar

from queue_fairness.attach.libraries.base import MOST_OF_A_LANE, Adapter, Entry, Line, Settings
from queue_fairness.attach.model import (
    Bound,
    Count,
    Grip,
    Hands,
    Holding,
    Lane,
    Since,
    Unknown,
)
from queue_fairness.attach.payload import Payload, from_json, mapping
from queue_fairness.attach.reader import Answer, Command, Reader, fields, items, whole
from queue_fairness.attach.scanner import Scanner
from queue_fairness.outside import from_outside

FARTHEST = 1_000
"""Entries that are counted one by one where the server cannot tell how many wait."""
STREAM_COMMANDS = ("xinfo|groups", "xrange", "xpending", "xlen")


class Streams(Adapter):
    """Lanes are streams, by their keys; of several groups the one that lags most."""

    library = "streams"
    title = "Redis Streams"
    commands: ClassVar[tuple[str, ...]] = STREAM_COMMANDS
    grip: ClassVar[Grip] = Grip.TAKEN
    unknowns: ClassVar[tuple[Unknown, ...]] = (
        Unknown(
            "whether an entry that was delivered is worked at",
            "it is pending until it is acknowledged, also if its consumer is dead",
            "",
        ),
    )

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.found = Scanner(self.pattern(), "stream")
        self.groups: dict[bytes, Mapping[bytes, Answer]] = {}
        self._is_read: dict[bytes, bool] = {}
        self._taken = 0

    def pattern(self) -> bytes:
        """The names among which SCAN looks."""
        return self.root + b"*"

    def key_patterns(self) -> tuple[str, ...]:
        """Streams have names of the user's own."""
        return self.settings.queues or (f"{self.root.decode()}*",)

    def key(self, lane: bytes) -> bytes:
        """The stream of a lane."""
        return lane

    async def find(self, reader: Reader) -> Iterable[bytes]:
        """By SCAN; a stream that no group reads is no queue."""
        await self.found.step(reader)
        wanted = [each for each in self.found.names if self.settings.wants(each)]
        unread = [each for each in wanted if not self._is_read.get(each)]
        answers = await reader.ask([("XINFO", "GROUPS", each) for each in unread])
        self._is_read.update(zip(unread, map(bool, map(items, answers)), strict=True))
        return [each for each in wanted if self._is_read[each]]

    def forget(self, lane: bytes) -> None:
        """A stream is no more."""
        self.groups.pop(self.key(lane), None)

    def lines(self, lane: bytes) -> tuple[Line, ...]:
        """The stream."""
        return (Line(self.key(lane), "stream"),)

    async def read(self, reader: Reader, lanes: Sequence[bytes], now: float) -> list[Lane]:  # noqa: ARG002
        """The slowest group of each."""
        keys = [self.key(each) for each in lanes]
        answers = await reader.ask([("XINFO", "GROUPS", key) for key in keys])
        slowest = [slowest_group(each) for each in answers]
        alone = [key for key, each in zip(keys, slowest, strict=True) if each is None]
        sizes = dict(zip(alone, await reader.ask([("XLEN", key) for key in alone]), strict=True))
        groups = [each or _nobody(sizes[key]) for key, each in zip(keys, slowest, strict=True)]
        asked: list[Command] = [
            ("XRANGE", key, b"(" + each[b"last-delivered-id"], "+", "COUNT", self._count(each))
            for key, each in zip(keys, groups, strict=True)
        ]
        return [
            self._lane(*each)
            for each in zip(lanes, keys, groups, await reader.ask(asked), strict=True)
        ]

    def _count(self, group: Mapping[bytes, Answer]) -> int:
        return FARTHEST if group.get(b"lag") is None else 1

    def _lane(self, lane: bytes, key: bytes, group: Mapping[bytes, Answer], answer: Answer) -> Lane:
        before = self.groups.get(key, {})
        self.groups[key] = group
        first = [items(each)[0] for each in items(answer)]
        lag = group.get(b"lag")
        depth = Count(lag) if isinstance(lag, int) else Count(len(first))
        if lag is None and len(first) == FARTHEST:
            depth = Count(FARTHEST, Bound.AT_LEAST)
        taken = _delivered(before, group)
        self._taken += taken
        since = Since(_moment(first[0])) if first else Since(None, Bound.UNKNOWN)
        arrived = max(0, taken + (depth.value or 0) - whole(before.get(b"lag")))
        return Lane(lane, depth, since, first[0] if first else None, arrived, taken)

    async def dispatches(self, reader: Reader, lanes: Sequence[bytes]) -> int | None:  # noqa: ARG002
        """What the groups have read, where the server counts it."""
        is_counted = all(
            isinstance(each.get(b"entries-read"), int) for each in self.groups.values()
        )
        return self._taken if is_counted else None

    async def hands(self, reader: Reader, now: float) -> Hands:
        """Entries that were delivered and not acknowledged."""
        busy = [
            (key, each[b"name"]) for key, each in self.groups.items() if whole(each.get(b"pending"))
        ]
        answers = await reader.ask(
            [("XPENDING", key, group, "-", "+", MOST_OF_A_LANE) for key, group in busy]
        )
        holdings = tuple(
            Holding(
                self.lane_of(key),
                # A claim, also a consumer's own to keep it, begins the idle time anew.
                Since(now - whole(idle_ms) / 1000, Bound.AT_LEAST),
                self.grip,
                from_outside(consumer, 80),
                identity,
            )
            for (key, _), answer in zip(busy, answers, strict=True)
            for identity, consumer, idle_ms, *_ in map(items, items(answer))
        )
        return Hands(holdings=holdings)

    def lane_of(self, key: bytes) -> bytes:
        """The lane of a stream."""
        return key

    async def payloads(
        self, reader: Reader, lane: bytes, entries: Sequence[Entry]
    ) -> list[Payload]:
        """The fields of the entry; a value that is JSON is looked into."""
        told = await self.entries(reader, lane, entries)
        return [_payload(each) for each in told]

    async def entries(
        self, reader: Reader, lane: bytes, entries: Sequence[Entry]
    ) -> list[Mapping[bytes, Answer]]:
        """The fields of entries, of which some are known by their ids alone."""
        key = self.key(lane)
        unknown = [each.id for each in entries if each.fields is None]
        answers = await reader.ask([("XRANGE", key, each, each) for each in unknown])
        found = {
            each: fields(items(items(answer)[0])[1])
            for each, answer in zip(unknown, answers, strict=True)
            if items(answer)
        }
        return [
            each.fields if each.fields is not None else found.get(each.id, {}) for each in entries
        ]


def _payload(told: Mapping[bytes, Answer]) -> Payload:
    plain = dict(mapping(told))
    for name, value in plain.items():
        if isinstance(value, bytes) and value[:1] in (b"{", b"["):
            plain[name] = from_json(value)
    return Payload(data=plain, kwargs=plain)


def slowest_group(answer: Answer) -> Mapping[bytes, Answer] | None:
    """Of several groups the one for which most waits; None where there is none."""
    groups = [fields(each) for each in items(answer)]
    groups = [each for each in groups if b"last-delivered-id" in each]
    if not groups:
        return None
    return max(groups, key=lambda each: (each.get(b"lag") is None, whole(each.get(b"lag"))))


def _nobody(size: Answer) -> Mapping[bytes, Answer]:
    """Stands for the group of a stream that no worker has read yet: all of it waits."""
    return {b"name": b"", b"last-delivered-id": b"0-0", b"entries-read": 0, b"lag": whole(size)}


def _delivered(before: Mapping[bytes, Answer], after: Mapping[bytes, Answer]) -> int:
    """Entries that a group has read between two looks; at least so many."""
    if not before or before.get(b"name") not in (b"", after.get(b"name")):
        return 0
    one, two = before.get(b"entries-read"), after.get(b"entries-read")
    if isinstance(one, int) and isinstance(two, int):
        return max(0, two - one)
    if before.get(b"last-delivered-id") == after.get(b"last-delivered-id"):
        return 0
    # Not counted by the server yet: what waits less, at least, has been read.
    return max(1, whole(before.get(b"lag")) - whole(after.get(b"lag")))


def _moment(identity: bytes) -> float:
    return int(identity.partition(b"-")[0]) / 1000
