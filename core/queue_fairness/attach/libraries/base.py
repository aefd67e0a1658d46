"""What an adapter is: the few things that differ from library to library."""

import fnmatch
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

from queue_fairness.attach.by import By
from queue_fairness.attach.lines import LineReading, Lines
from queue_fairness.attach.model import Bound, Count, Hands, Lane, Since, Unknown
from queue_fairness.attach.payload import Payload
from queue_fairness.attach.reader import Answer, Command, Reader

ALWAYS = ("ping", "select", "info", "time", "dbsize", "scan", "type")
"""What every adapter needs, besides its own."""
LISTS = ("llen", "lindex", "lpos", "object|idletime")
MOST_OF_A_LANE = 50
"""Tasks in service that are looked at one by one, of one lane."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the user says about the queues to read."""

    prefix: str | None = None
    """What the library's keys begin with; None for its usual one."""
    queues: tuple[str, ...] = ()
    """Patterns of the queues to read, as of a shell; empty for all."""
    lock_ttl_s: float | None = None
    """How long a lock lasts; None for the library's usual time."""
    by: By = field(default_factory=By)
    may_list_clients: bool = True
    """Whether CLIENT LIST may be tried without leaving an entry in somebody's ACL log."""

    def wants(self, name: bytes) -> bool:
        """Whether a queue is to be read."""
        text = name.decode(errors="backslashreplace")
        return not self.queues or any(fnmatch.fnmatchcase(text, each) for each in self.queues)


class Entry(NamedTuple):
    """One waiting task of a line, and its payload if the line itself holds it."""

    id: bytes
    body: bytes | None = None
    fields: Mapping[bytes, bytes] | None = None
    """The same of a stream's entry."""


class Line(NamedTuple):
    """Where the tasks of a lane wait."""

    key: bytes
    kind: str = "list"
    """`list`, `zset` or `stream`."""
    newest_left: bool = True
    """Of a list: whether tasks come in on the left."""


class Adapter(ABC):
    """Reads the queues of one library.

    Attributes:
        settings: What the user says of them.
    """

    library: ClassVar[str]
    """Its name on the command line and in documents."""
    title: ClassVar[str]
    """Its name in sentences."""
    prefix: ClassVar[str] = ""
    commands: ClassVar[tuple[str, ...]] = ()
    """What it sends besides `ALWAYS`, as ACL names it."""
    optional: ClassVar[tuple[str, ...]] = ()
    """What it sends besides, where it may."""
    dispatch_calls: ClassVar[tuple[str, ...]] = ()
    """Commands of which the library calls one for each task that it takes, or has done. Counted by
    the server for all of its clients: others who call them make the coverage look smaller."""
    unknowns: ClassVar[tuple[Unknown, ...]] = ()
    """What the layout does not tell."""
    deaf_to_service: ClassVar[bool] = False
    """Whether a task in service leaves no trace."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.root = (self.prefix if settings.prefix is None else settings.prefix).encode()
        self.idle_s: dict[bytes, float] = {}

    @abstractmethod
    def key_patterns(self) -> tuple[str, ...]:
        """The keys it reads, as ACL patterns."""

    @abstractmethod
    async def find(self, reader: Reader) -> Iterable[bytes]:
        """The names of all lanes that are known now; called at every look."""

    @abstractmethod
    async def read(self, reader: Reader, lanes: Sequence[bytes], now: float) -> list[Lane]:
        """Read these lanes."""

    async def hands(self, reader: Reader, now: float) -> Hands:  # noqa: ARG002
        """Who holds what."""
        return Hands(knows_holdings=not self.deaf_to_service)

    def forget(self, lane: bytes) -> None:  # noqa: B027 - not every adapter remembers
        """A lane is no more."""

    def learn_idle(self, idle_s: Mapping[bytes, float]) -> None:
        """Lists that were looked into before had been idle for so many seconds."""
        self.idle_s.update(idle_s)

    @abstractmethod
    def lines(self, lane: bytes) -> tuple[Line, ...]:
        """Where its tasks wait, the next to be taken first; for `--by` of payloads."""

    @abstractmethod
    async def payloads(
        self, reader: Reader, lane: bytes, entries: Sequence[Entry]
    ) -> list[Payload]:
        """What these tasks were asked to do."""

    async def dispatches(self, reader: Reader, lanes: Sequence[bytes]) -> int | None:  # noqa: ARG002
        """The library's own count of tasks taken so far; None where it has none."""
        return None


class ListAdapter(Adapter):
    """A library whose lanes are one list each."""

    newest_left: ClassVar[bool] = True

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.memory = Lines(newest_left=self.newest_left)
        self._since: dict[bytes, tuple[bytes, Since]] = {}
        """When the head of a lane came, which never changes."""

    @abstractmethod
    def key(self, lane: bytes) -> bytes:
        """The list of a lane."""

    def learn_idle(self, idle_s: Mapping[bytes, float]) -> None:
        """Remember it for the first reading."""
        super().learn_idle(idle_s)
        self.memory.idle_s.update(idle_s)

    def lines(self, lane: bytes) -> tuple[Line, ...]:
        """The one list."""
        return (Line(self.key(lane), newest_left=self.newest_left),)

    def extras(self, lane: bytes) -> tuple[Command, ...]:  # noqa: ARG002
        """What else is asked of each lane; as many commands for each."""
        return ()

    def take_extras(self, lane: bytes, answers: Sequence[Answer], now: float) -> dict[str, int]:  # noqa: ARG002
        """Remember them; returns further fields of the `Lane`."""
        return {}

    async def since(self, reader: Reader, heads: Sequence[tuple[bytes, bytes]]) -> list[Since]:  # noqa: ARG002
        """When the tasks at the heads of these lanes came, as far as they themselves tell."""
        return [Since(None, Bound.UNKNOWN)] * len(heads)

    def forget(self, lane: bytes) -> None:
        """A lane is no more."""
        self.memory.forget(self.key(lane))
        self._since.pop(lane, None)

    async def read(self, reader: Reader, lanes: Sequence[bytes], now: float) -> list[Lane]:
        """Read these lanes: depth and head, then the age of heads that are new."""
        extras = [each for lane in lanes for each in self.extras(lane)]
        size = len(extras) // len(lanes) if lanes else 0
        keys = [self.key(lane) for lane in lanes]
        readings, answers = await self.memory.read(reader, keys, now, extras)
        found = await self._ages(reader, lanes, readings)
        return [
            Lane(
                lane,
                Count(reading.depth),
                since,
                reading.head,
                reading.arrived,
                reading.taken,
                **self.take_extras(lane, answers[size * n : size * (n + 1)], now),
            )
            for n, (lane, reading, since) in enumerate(zip(lanes, readings, found, strict=True))
        ]

    async def _ages(
        self, reader: Reader, lanes: Sequence[bytes], readings: Sequence[LineReading]
    ) -> list[Since]:
        new = [
            (lane, each.head)
            for lane, each in zip(lanes, readings, strict=True)
            if each.head is not None and self._since.get(lane, (None,))[0] != each.head
        ]
        for (lane, head), since in zip(new, await self.since(reader, new), strict=True):
            self._since[lane] = (head, since)
        return [
            Since(None, Bound.UNKNOWN)
            if each.head is None
            else better(self._since[lane][1], each.since)
            for lane, each in zip(lanes, readings, strict=True)
        ]


def better(told: Since, seen: Since) -> Since:
    """What the task tells of itself, else what the line tells of it."""
    return seen if told.bound is Bound.UNKNOWN else told
