"""asynq 0.26, from its documented layout: no worker of it was run here.

```
asynq:queues         set     the index
asynq:{Q}:pending    list    ids, LPUSH, taken on the right; asynq:{Q}:active: in service
asynq:{Q}:t:ID       hash    msg (protobuf), pending_since (ns)
asynq:{Q}:lease      zset    ids by the end of their lease (s)
asynq:{Q}:scheduled, retry, archived   zsets
asynq:workers        zset    keys of hashes: task id to WorkerInfo (protobuf)
```
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import ClassVar

from queue_fairness.attach.libraries.base import (
    LISTS,
    MOST_OF_A_LANE,
    Entry,
    ListAdapter,
    Settings,
)
from queue_fairness.attach.model import Bound, Grip, Hands, Holding, Since, Unknown
from queue_fairness.attach.payload import LONGEST, Payload, from_json, mapping, unread
from queue_fairness.attach.reader import Answer, Command, Reader, fields, items, number_of, whole
from queue_fairness.attach.scanner import members
from queue_fairness.outside import from_outside

MOST_WORKERS = 200
HOST, PID, STARTED, SECONDS, PAYLOAD = 1, 2, 8, 1, 2
"""Numbers of fields in asynq's protobuf messages."""


class Asynq(ListAdapter):
    """Lanes are queues."""

    library = "asynq"
    title = "asynq"
    commands = (*LISTS, "sscan", "lrange", "hget", "zcard", "zscore", "zrange", "hscan")
    unknowns: ClassVar[tuple[Unknown, ...]] = ()

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._active: dict[bytes, int] = {}

    def key_patterns(self) -> tuple[str, ...]:
        """All keys of asynq."""
        return ("asynq:*",)

    def _key(self, lane: bytes, what: bytes) -> bytes:
        return b"asynq:{%b}:%b" % (lane, what)

    def key(self, lane: bytes) -> bytes:
        """The list of tasks that wait."""
        return self._key(lane, b"pending")

    async def find(self, reader: Reader) -> Iterable[bytes]:
        """By the index."""
        return await members(reader, "asynq:queues")

    def extras(self, lane: bytes) -> tuple[Command, ...]:
        """How many are in service, later and dead."""
        return (
            ("LLEN", self._key(lane, b"active")),
            ("ZCARD", self._key(lane, b"scheduled")),
            ("ZCARD", self._key(lane, b"retry")),
            ("ZCARD", self._key(lane, b"archived")),
        )

    def take_extras(self, lane: bytes, answers: Sequence[Answer], now: float) -> dict[str, int]:  # noqa: ARG002
        """Remember which queues have tasks in service."""
        active, scheduled, retry, dead = map(whole, answers)
        self._active.pop(lane, None)
        if active:
            self._active[lane] = active
        return {"later": scheduled + retry, "dead": dead}

    def forget(self, lane: bytes) -> None:
        """A queue is no more."""
        super().forget(lane)
        self._active.pop(lane, None)

    async def since(self, reader: Reader, heads: Sequence[tuple[bytes, bytes]]) -> list[Since]:
        """What the task says."""
        answers = await reader.ask(
            [("HGET", self._key(q, b"t:" + task), "pending_since") for q, task in heads]
        )
        return [_scaled(each, 1e9) for each in answers]

    async def hands(self, reader: Reader, now: float) -> Hands:
        """Tasks in service, with their workers; a lease that is over has no worker any more."""
        lanes = list(self._active)
        listed = await reader.ask(
            [("LRANGE", self._key(each, b"active"), 0, MOST_OF_A_LANE - 1) for each in lanes]
        )
        found = [(q, task) for q, tasks in zip(lanes, listed, strict=True) for task in items(tasks)]
        leases = await reader.ask([("ZSCORE", self._key(q, b"lease"), task) for q, task in found])
        workers = await self._workers(reader)
        holdings = []
        for (lane, task), lease in zip(found, leases, strict=True):
            name, since = workers.get(task, (None, Since(None, Bound.UNKNOWN)))
            until = number_of(lease)
            is_lost = until is not None and until < now
            holdings.append(Holding(lane, since, Grip.RUNNING, name, task, is_lost))
        return Hands(holdings=tuple(holdings))

    async def _workers(self, reader: Reader) -> dict[bytes, tuple[str | None, Since]]:
        """Of each task in service: its worker, and since when."""
        keys = items(await reader.one("ZRANGE", "asynq:workers", 0, MOST_WORKERS - 1))
        answers = await reader.ask([("HSCAN", key, 0, "COUNT", MOST_OF_A_LANE) for key in keys])
        found: dict[bytes, tuple[str | None, Since]] = {}
        for answer in answers:
            told = fields(items(answer)[1]) if len(items(answer)) == 2 else {}
            for task, raw in told.items():
                info = dict(protobuf(raw))
                host, pid = info.get(HOST), info.get(PID)
                begun = info.get(STARTED)
                at = dict(protobuf(begun)).get(SECONDS) if isinstance(begun, bytes) else None
                name = from_outside(host, 60) if isinstance(host, bytes) else None
                found[task] = (
                    f"{name}:{pid!s}" if name else None,
                    Since(float(at)) if isinstance(at, int) else Since(None, Bound.UNKNOWN),
                )
        return found

    async def payloads(
        self, reader: Reader, lane: bytes, entries: Sequence[Entry]
    ) -> list[Payload]:
        """The task's payload, if it is JSON."""
        keys = [self._key(lane, b"t:" + each.id) for each in entries]
        sizes = await reader.ask([("HSTRLEN", key, "msg") for key in keys])
        asked: list[Command] = []
        for key, size in zip(keys, sizes, strict=True):
            name = "msg" if whole(size) <= LONGEST else "state"
            asked += (("HGET", key, name), ("HGET", key, "pending_since"))
        answers = await reader.ask(asked)
        return [
            _payload(answers[2 * n], _scaled(answers[2 * n + 1], 1e9)) for n in range(len(keys))
        ]


def _payload(raw: Answer, since: Since) -> Payload:
    inner = dict(protobuf(raw)).get(PAYLOAD) if isinstance(raw, bytes) else None
    data = from_json(inner)
    if data is None:
        return unread("the payload is no JSON")
    return Payload(data=mapping(data), kwargs=mapping(data), since=since.at)


def _scaled(answer: Answer, scale: float) -> Since:
    at = float(answer) if isinstance(answer, bytes) and answer.isdigit() else None
    return Since(at / scale) if at else Since(None, Bound.UNKNOWN)


def protobuf(data: bytes) -> Iterator[tuple[int, int | bytes]]:
    """Number and value of each field of a protobuf message; ends where it is damaged."""
    place = 0
    while place < len(data):
        key, place = _varint(data, place)
        number, kind = key >> 3, key & 7
        if kind == 0:
            value, place = _varint(data, place)
            yield number, value
        elif kind == 2:
            size, place = _varint(data, place)
            yield number, data[place : place + size]
            place += size
        elif kind in (1, 5):
            place += 8 if kind == 1 else 4
        else:
            return


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = shift = 0
    while place < len(data) and shift < 70:
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if not byte & 0x80:
            break
    return value, place
