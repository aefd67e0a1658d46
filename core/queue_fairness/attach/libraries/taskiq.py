"""taskiq-redis: a list or a stream for each queue, of any name; its messages are JSON.

A list tells neither when a task came nor who has it; a stream tells both. As names are free, keys
are looked into once to tell whether they are taskiq's.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from queue_fairness.attach.libraries.base import LISTS, Entry, Line, Settings
from queue_fairness.attach.libraries.streams import STREAM_COMMANDS, Streams
from queue_fairness.attach.lines import Lines
from queue_fairness.attach.model import Bound, Count, Lane, Since, Unknown
from queue_fairness.attach.payload import Payload, from_json, mapping, sequence, unread
from queue_fairness.attach.reader import Answer, Reader, fields, items
from queue_fairness.attach.scanner import Scanner

MARKS = (b'"task_id"', b'"task_name"', b'"labels"')
"""What stands in every message of taskiq."""
LONGEST_LOOK = 1 << 16
GROUP = b"taskiq"
"""How taskiq-redis calls the group of its streams, unless it is told otherwise."""


class Taskiq(Streams):
    """Lanes are lists and streams, by their keys."""

    library = "taskiq"
    title = "taskiq"
    dispatch_calls = ("brpop",)
    commands = (*STREAM_COMMANDS, *LISTS, "lrange")
    unknowns: ClassVar[tuple[Unknown, ...]] = (
        Unknown(
            "tasks in service, and when they came, of a list",
            "taskiq's lists tell neither",
            "RedisStreamBroker",
        ),
        Unknown(
            "whether an entry that was delivered is worked at",
            "it is pending until it is acknowledged, also if its consumer is dead",
            "",
        ),
    )

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._lists = Scanner(self.root + b"*", "list")
        self._memory = Lines(newest_left=True)
        self._is_mine: dict[bytes, bool] = {}
        self.streams: frozenset[bytes] = frozenset()

    def key_patterns(self) -> tuple[str, ...]:
        """Queues have names of the user's own."""
        return self.settings.queues or (f"{self.root.decode()}*",)

    async def find(self, reader: Reader) -> Iterable[bytes]:
        """By SCAN, and by a look at one message of each."""
        await self.found.step(reader)
        await self._lists.step(reader)
        wants = self.settings.wants
        lists = [each for each in self._lists.names if wants(each)]
        streams = [each for each in self.found.names if wants(each)]
        await self._look_into_lists(reader, [each for each in lists if each not in self._is_mine])
        await self._look_into_streams(
            reader, [each for each in streams if each not in self._is_mine]
        )
        self.streams = frozenset(streams)
        return [each for each in (*lists, *streams) if self._is_mine.get(each)]

    async def _look_into_lists(self, reader: Reader, new: Sequence[bytes]) -> None:
        idle = await reader.ask([("OBJECT", "IDLETIME", each) for each in new])
        heads = await reader.ask([("LINDEX", each, -1) for each in new])
        for key, idle_s, head in zip(new, idle, heads, strict=True):
            self._is_mine[key] = is_message(head)
            if isinstance(idle_s, int):
                self._memory.idle_s.setdefault(key, float(idle_s))

    async def _look_into_streams(self, reader: Reader, new: Sequence[bytes]) -> None:
        """An empty one is told by its group, and looked into again where that says nothing."""
        first = await reader.ask([("XRANGE", each, "-", "+", "COUNT", 1) for each in new])
        groups = await reader.ask([("XINFO", "GROUPS", each) for each in new])
        for key, answer, group in zip(new, first, groups, strict=True):
            values = fields(items(items(answer)[0])[1]).values() if items(answer) else ()
            if values or GROUP in group_names(group):
                self._is_mine[key] = GROUP in group_names(group) or any(map(is_message, values))

    def learn_idle(self, idle_s: Mapping[bytes, float]) -> None:
        """Remember it for the first reading."""
        super().learn_idle(idle_s)
        self._memory.idle_s.update(idle_s)

    def lines(self, lane: bytes) -> tuple[Line, ...]:
        """The stream or the list."""
        return super().lines(lane) if lane in self.streams else (Line(lane),)

    def forget(self, lane: bytes) -> None:
        """A queue is no more."""
        super().forget(lane)
        self._memory.forget(lane)

    async def read(self, reader: Reader, lanes: Sequence[bytes], now: float) -> list[Lane]:
        """Streams, then lists."""
        streams = [each for each in lanes if each in self.streams]
        lists = [each for each in lanes if each not in self.streams]
        readings, _ = await self._memory.read(reader, lists, now)
        return [
            *(await super().read(reader, streams, now) if streams else []),
            *(
                Lane(
                    lane,
                    Count(each.depth),
                    each.since if each.depth else Since(None, Bound.UNKNOWN),
                    each.head,
                    each.arrived,
                    each.taken,
                )
                for lane, each in zip(lists, readings, strict=True)
            ),
        ]

    async def dispatches(self, reader: Reader, lanes: Sequence[bytes]) -> int | None:
        """Of streams alone; lists are not counted by anybody."""
        if any(each not in self.streams for each in lanes):
            return None
        return await super().dispatches(reader, lanes)

    async def payloads(
        self, reader: Reader, lane: bytes, entries: Sequence[Entry]
    ) -> list[Payload]:
        """The message's arguments."""
        if lane not in self.streams:
            return [_payload(each.body) for each in entries]
        told = await self.entries(reader, lane, entries)
        return [_payload(next(filter(is_message, each.values()), None)) for each in told]


def is_message(raw: Answer) -> bool:
    """Whether it is one of taskiq's, by the names that all of them have."""
    return isinstance(raw, bytes) and all(each in raw[:LONGEST_LOOK] for each in MARKS)


def group_names(answer: Answer) -> set[Answer]:
    """The names of a stream's groups."""
    return {fields(each).get(b"name") for each in items(answer)}


def _payload(raw: Any) -> Payload:  # noqa: ANN401
    message = mapping(from_json(raw))
    if not message:
        return unread("the message is no JSON")
    return Payload(args=sequence(message.get("args")), kwargs=mapping(message.get("kwargs")))
