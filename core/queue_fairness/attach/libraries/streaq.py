"""streaq: a stream for each queue and priority, the tasks themselves beside it.

```
streaq:Q:queues:PRIORITY          stream  task_id; group `workers`
streaq:Q:queues:delayed:PRIORITY  zset    not due yet
streaq:Q:index:running            set     task ids that run
streaq:Q:task:data:ID             string  pickle or JSON: f, a (args), k (kwargs), t (ms)
streaq:Q:health:WORKER            string  a worker's sign of life
```
"""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from queue_fairness.attach.libraries.base import Entry
from queue_fairness.attach.libraries.streams import STREAM_COMMANDS, Streams
from queue_fairness.attach.model import Grip, Hands, Lane, Unknown
from queue_fairness.attach.payload import (
    LONGEST,
    Payload,
    from_json,
    from_pickle,
    mapping,
    sequence,
    unread,
)
from queue_fairness.attach.reader import Command, Reader, whole
from queue_fairness.attach.scanner import members

BETWEEN = b":queues:"


class Streaq(Streams):
    """Lanes are queues; one with several priorities has a lane for each, as `NAME:PRIORITY`."""

    library = "streaq"
    title = "streaq"
    prefix = "streaq"
    commands = (*STREAM_COMMANDS, "sscan", "strlen", "get", "zcard", "exists")
    unknowns: ClassVar[tuple[Unknown, ...]] = ()

    def pattern(self) -> bytes:
        """The streams of streaq."""
        return self.root + b":*" + BETWEEN + b"*"

    def key_patterns(self) -> tuple[str, ...]:
        """All keys of streaq."""
        return (f"{self.root.decode()}:*",)

    def key(self, lane: bytes) -> bytes:
        """The stream of a queue's priority."""
        name, _, priority = lane.rpartition(b":")
        full = b"%b:%b%b%b" % (self.root, name, BETWEEN, priority)
        if name and full in self.found.names:
            return full
        return b"%b:%b%b" % (self.root, lane, BETWEEN) + self._only(lane)

    def _only(self, queue: bytes) -> bytes:
        start = b"%b:%b%b" % (self.root, queue, BETWEEN)
        return next(
            (each[len(start) :] for each in self.found.names if each.startswith(start)), b"default"
        )

    def lane_of(self, key: bytes) -> bytes:
        """The queue, with the priority where it has several."""
        name, _, priority = key[len(self.root) + 1 :].rpartition(BETWEEN)
        start = key[: -len(priority)] if priority else key
        is_one = sum(each.startswith(start) for each in self.found.names) == 1
        return name if is_one else name + b":" + priority

    async def find(self, reader: Reader) -> Iterable[bytes]:
        """By SCAN."""
        await self.found.step(reader)
        return [self.lane_of(each) for each in list(self.found.names)]

    async def read(self, reader: Reader, lanes: Sequence[bytes], now: float) -> list[Lane]:
        """The stream, and how many tasks are not due yet."""
        found = await super().read(reader, lanes, now)
        asked: list[Command] = []
        for lane in lanes:
            queue, _, priority = self.key(lane).partition(BETWEEN)
            asked.append(("ZCARD", queue + BETWEEN + b"delayed:" + priority))
        later = await reader.ask(asked)
        return [lane._replace(later=whole(each)) for lane, each in zip(found, later, strict=True)]

    async def hands(self, reader: Reader, now: float) -> Hands:
        """Those that are pending; what the index of running tasks has, runs."""
        found = await super().hands(reader, now)
        if not found.holdings:
            return found
        told: dict[bytes, bytes] = {}
        running: set[bytes] = set()
        by_lane: dict[bytes, list[Entry]] = {}
        for each in found.holdings:
            by_lane.setdefault(each.lane, []).append(Entry(each.task or b""))
        for lane, entries in by_lane.items():
            for entry, values in zip(
                entries, await self.entries(reader, lane, entries), strict=True
            ):
                told[entry.id] = values.get(b"task_id", b"")
            running |= await members(reader, self._own(lane) + b":index:running")
        signs = await reader.ask(
            [
                ("EXISTS", self._own(each.lane) + b":health:" + (each.worker or "").encode())
                for each in found.holdings
            ]
        )
        return Hands(
            holdings=tuple(
                each._replace(
                    state=Grip.RUNNING if told.get(each.task or b"") in running else Grip.TAKEN,
                    is_lost=sign == 0,
                )
                for each, sign in zip(found.holdings, signs, strict=True)
            )
        )

    def _own(self, lane: bytes) -> bytes:
        return self.key(lane).rpartition(BETWEEN)[0]

    async def payloads(
        self, reader: Reader, lane: bytes, entries: Sequence[Entry]
    ) -> list[Payload]:
        """The task's arguments."""
        told = await self.entries(reader, lane, entries)
        keys = [self._own(lane) + b":task:data:" + each.get(b"task_id", b"") for each in told]
        sizes = await reader.ask([("STRLEN", key) for key in keys])
        wanted = [key for key, size in zip(keys, sizes, strict=True) if 0 < whole(size) <= LONGEST]
        found = dict(zip(wanted, await reader.ask([("GET", key) for key in wanted]), strict=True))
        return [_payload(found.get(key)) for key in keys]


def _payload(raw: object) -> Payload:
    task = mapping(from_pickle(raw)) or mapping(from_json(raw))
    if not task:
        return unread("the task is no plain pickle or JSON, or gone")
    return Payload(args=sequence(task.get("a")), kwargs=mapping(task.get("k")))
