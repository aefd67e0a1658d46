"""Dramatiq on Redis: a list of message ids for each queue, the messages in a hash beside it.

```
dramatiq:Q                  list  ids, RPUSH, taken on the left
dramatiq:Q.msgs             hash  id to JSON: message_timestamp (ms), kwargs; the index
dramatiq:Q.DQ.msgs, Q.XQ    delayed, dead
dramatiq:__acks__.WORKER.Q  set   ids that a worker has fetched
dramatiq:__heartbeats__     zset  workers (and producers) by their last sign of life (ms)
```
"""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from queue_fairness.attach.libraries.base import (
    LISTS,
    MOST_OF_A_LANE,
    Entry,
    ListAdapter,
    Settings,
)
from queue_fairness.attach.model import Bound, Grip, Hands, Holding, Since, Unknown
from queue_fairness.attach.payload import Payload, from_json, mapping, sequence, unread
from queue_fairness.attach.reader import Answer, Command, Reader, items, scored, whole
from queue_fairness.attach.scanner import Scanner
from queue_fairness.outside import from_outside

SIGN_OF_LIFE_S = 60.0
"""Dramatiq's own heartbeat_timeout."""
MOST_WORKERS = 200
MOST_SETS = 2_000


class Dramatiq(ListAdapter):
    """Lanes are queues."""

    library = "dramatiq"
    title = "Dramatiq"
    prefix = "dramatiq"
    newest_left = False
    dispatch_calls = ("hdel",)
    commands = (*LISTS, "hlen", "hget", "zcard", "zrange", "sscan")
    unknowns: ClassVar = (
        Unknown(
            "whether a message that was taken runs yet",
            "workers fetch ahead, and their sets hold both",
            "dramatiq_queue_prefetch=1",
        ),
        Unknown("since when a message is in service, before the attaching", "no key tells it", ""),
    )

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._queues = Scanner(self.root + b":*.msgs", "hash")
        self._taken: dict[bytes, int] = {}
        self._first_seen: dict[bytes, float] = {}

    def key_patterns(self) -> tuple[str, ...]:
        """All keys of the namespace."""
        return (f"{self.root.decode()}:*",)

    def key(self, lane: bytes) -> bytes:
        """The list of a queue."""
        return self.root + b":" + lane

    async def find(self, reader: Reader) -> Iterable[bytes]:
        """By the hashes of messages: each queue with work has one."""
        await self._queues.step(reader)
        names = (each[len(self.root) + 1 : -len(b".msgs")] for each in self._queues.names)
        return {each[:-3] if each.endswith((b".DQ", b".XQ")) else each for each in names}

    def extras(self, lane: bytes) -> tuple[Command, ...]:
        """How many messages there are, waiting and in hands, later and dead."""
        key = self.key(lane)
        return (
            ("HLEN", key + b".msgs"),
            ("HLEN", key + b".DQ.msgs"),
            ("ZCARD", key + b".XQ"),
            ("LLEN", key),
        )

    def take_extras(self, lane: bytes, answers: Sequence[Answer], now: float) -> dict[str, int]:  # noqa: ARG002
        """Remember which queues have messages in somebody's hands."""
        every, later, dead, waiting = map(whole, answers)
        self._taken.pop(lane, None)
        if every > waiting:
            self._taken[lane] = every - waiting
        return {"later": later, "dead": dead}

    def forget(self, lane: bytes) -> None:
        """A queue is no more."""
        super().forget(lane)
        self._taken.pop(lane, None)

    async def since(self, reader: Reader, heads: Sequence[tuple[bytes, bytes]]) -> list[Since]:
        """The message's own time: that of its first sending."""
        raw = await reader.ask([("HGET", self.key(q) + b".msgs", each) for q, each in heads])
        return [_since(each) for each in raw]

    async def hands(self, reader: Reader, now: float) -> Hands:
        """What each worker has fetched; one without a sign of life has lost it."""
        beats = dict(
            scored(
                await reader.one(
                    "ZRANGE", self.root + b":__heartbeats__", 0, MOST_WORKERS - 1, "WITHSCORES"
                )
            )
        )
        pairs = [(worker, lane) for lane in self._taken for worker in beats][:MOST_SETS]
        sets = await reader.ask(
            [
                (
                    "SSCAN",
                    b"%b:__acks__.%b.%b" % (self.root, worker, lane),
                    0,
                    "COUNT",
                    MOST_OF_A_LANE,
                )
                for worker, lane in pairs
            ]
        )
        found = [
            (worker, lane, task)
            for (worker, lane), answer in zip(pairs, sets, strict=True)
            for task in (items(items(answer)[1]) if len(items(answer)) == 2 else [])
        ]
        self._first_seen = {task: self._first_seen.get(task, now) for _, _, task in found}
        return Hands(
            holdings=tuple(
                Holding(
                    lane,
                    Since(self._first_seen[task], Bound.AT_LEAST),
                    Grip.TAKEN,
                    from_outside(worker, 80),
                    task,
                    is_lost=now - beats[worker] / 1000 > SIGN_OF_LIFE_S,
                )
                for worker, lane, task in found
            )
        )

    async def payloads(
        self, reader: Reader, lane: bytes, entries: Sequence[Entry]
    ) -> list[Payload]:
        """The message's arguments."""
        raw = await reader.ask([("HGET", self.key(lane) + b".msgs", each.id) for each in entries])
        return [_payload(each) for each in raw]


def _payload(raw: object) -> Payload:
    message = mapping(from_json(raw))
    if not message:
        return unread("the message is no JSON, or gone")
    return Payload(
        args=sequence(message.get("args")),
        kwargs=mapping(message.get("kwargs")),
        since=_since(raw).at,
    )


def _since(raw: object) -> Since:
    at = mapping(from_json(raw)).get("message_timestamp")
    if not isinstance(at, int | float) or isinstance(at, bool):
        return Since(None, Bound.UNKNOWN)
    return Since(at / 1000)
