r"""Celery on Redis (kombu): a list for each queue and priority, a hash of what was taken.

```
_kombu.binding.EXCHANGE    set    bindings, each with its queue's name: the index
QUEUE, QUEUE\\x06\\x163, ...   list   JSON messages, LPUSH and BRPOP; a list for each priority step
unacked, unacked_index     hash, zset   messages that were taken and not acknowledged, since when
```
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from queue_fairness.attach.libraries.base import LISTS, Adapter, Entry, Line, Settings
from queue_fairness.attach.lines import LineReading, Lines, by_number
from queue_fairness.attach.model import Bound, Count, Grip, Hands, Holding, Lane, Since, Unknown
from queue_fairness.attach.payload import (
    Payload,
    from_base64,
    from_json,
    mapping,
    sequence,
    unread,
)
from queue_fairness.attach.reader import Command, Reader, scored
from queue_fairness.attach.scanner import Scanner, members

SEPARATOR = b"\x06\x16"
STEPS = (b"", SEPARATOR + b"3", SEPARATOR + b"6", SEPARATOR + b"9")
"""kombu's usual priority steps, the one that is taken first before the others."""
BINDING = b"_kombu.binding."
MOST_UNACKED = 500
FEW_EXCHANGES = 100


class Celery(Adapter):
    """Lanes are queues, all priorities together."""

    library = "celery"
    title = "Celery"
    commands = (*LISTS, "sscan", "zrange", "zcard", "hget")
    dispatch_calls = ("hset",)
    unknowns: ClassVar = (
        Unknown(
            "when a task was enqueued",
            "Celery's messages tell no time: a wait is a lower bound, from the list's idle time",
            "",
        ),
        Unknown(
            "whether a task that was taken runs yet",
            "unacked holds what a worker has fetched ahead as well",
            "worker_prefetch_multiplier=1",
        ),
        Unknown(
            "tasks that run after an early acknowledgment",
            "with task_acks_late=False they are in no key",
            "task_acks_late=True",
        ),
        Unknown("which worker has a task", "no key tells it", ""),
    )

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._bindings = Scanner(self.root + BINDING + b"*", "set")
        self._queues: dict[bytes, set[bytes]] = {}
        self._memory = Lines(newest_left=True)
        self._messages: dict[bytes, tuple[bytes, bytes | None, bool]] = {}
        """Of each tag: its queue, its body, and whether it is not due yet."""

    def key_patterns(self) -> tuple[str, ...]:
        """Queues have names of the user's own."""
        if self.settings.queues:
            own = (f"{self.root.decode()}{each}*" for each in self.settings.queues)
            return (*own, "unacked*", "_kombu*")
        return (f"{self.root.decode()}*",)

    async def find(self, reader: Reader) -> Iterable[bytes]:
        """By the bindings, which name queues also when these are empty."""
        await self._bindings.step(reader)
        names = self._bindings.names
        for name in names if len(names) <= FEW_EXCHANGES else names - self._queues.keys():
            told = await members(reader, name)
            own = name.removeprefix(self.root + BINDING)
            self._queues[name] = {each.split(SEPARATOR)[-1] or own for each in told}
        for name in self._queues.keys() - names:
            del self._queues[name]
        exact = {each.encode() for each in self.settings.queues if "*" not in each}
        found = {queue for queues in self._queues.values() for queue in queues}
        return [each for each in found | exact if not _is_of_control(each)]

    def _keys(self, lane: bytes) -> list[bytes]:
        return [self.root + lane + step for step in STEPS]

    def learn_idle(self, idle_s: Mapping[bytes, float]) -> None:
        """Remember it for the first reading."""
        super().learn_idle(idle_s)
        self._memory.idle_s.update(idle_s)

    def lines(self, lane: bytes) -> tuple[Line, ...]:
        """A list for each priority."""
        return tuple(Line(each) for each in self._keys(lane))

    def forget(self, lane: bytes) -> None:
        """A queue is no more."""
        for each in self._keys(lane):
            self._memory.forget(each)

    async def read(self, reader: Reader, lanes: Sequence[bytes], now: float) -> list[Lane]:
        """All priorities of these queues."""
        keys = [key for lane in lanes for key in self._keys(lane)]
        readings, _ = await self._memory.read(reader, keys, now)
        groups = by_number(len(STEPS), readings)
        return [_merged(lane, group) for lane, group in zip(lanes, groups, strict=True)]

    async def hands(self, reader: Reader, now: float) -> Hands:  # noqa: ARG002
        """What workers have taken and not acknowledged."""
        index = await reader.one(
            "ZRANGE", self.root + b"unacked_index", 0, MOST_UNACKED - 1, "WITHSCORES"
        )
        taken = dict(scored(index))
        asked: list[Command] = [
            ("HGET", self.root + b"unacked", tag) for tag in taken if tag not in self._messages
        ]
        new = [tag for tag in taken if tag not in self._messages]
        for tag, raw in zip(new, await reader.ask(asked) if asked else (), strict=True):
            self._messages[tag] = _message(raw)
        self._messages = {tag: self._messages[tag] for tag in taken}
        holdings = tuple(
            Holding(lane, Since(taken[tag]), Grip.TAKEN, None, tag, body=body)
            for tag, (lane, body, is_later) in self._messages.items()
            if not is_later
        )
        return Hands(holdings=holdings)

    async def payloads(
        self,
        reader: Reader,  # noqa: ARG002
        lane: bytes,  # noqa: ARG002
        entries: Sequence[Entry],
    ) -> list[Payload]:
        """The message's arguments."""
        return [_payload(from_json(each.body)) for each in entries]


def _is_of_control(queue: bytes) -> bool:
    return queue.endswith(b".pidbox") or queue.startswith(b"celeryev")


def _merged(lane: bytes, lists: Sequence[LineReading]) -> Lane:
    full = [each for each in lists if each.depth]
    since = min((each.since for each in full), key=lambda each: each.at or 0.0, default=None)
    return Lane(
        lane,
        Count(sum(each.depth for each in lists)),
        since or Since(None, Bound.UNKNOWN),
        full[0].head if full else None,
        sum(each.arrived for each in lists),
        sum(each.taken for each in lists),
    )


def _message(raw: object) -> tuple[bytes, bytes | None, bool]:
    """Queue and body of an entry of `unacked`, and whether it waits for its time there."""
    parts = sequence(from_json(raw))
    message = mapping(parts[0]) if parts else {}
    info = mapping(mapping(message.get("properties")).get("delivery_info"))
    lane = info.get("routing_key") or (parts[2] if len(parts) > 2 else "")
    is_later = mapping(message.get("headers")).get("eta") is not None
    body = raw if isinstance(raw, bytes) else None
    return str(lane).encode(errors="replace"), body, is_later


def _payload(found: Any) -> Payload:  # noqa: ANN401
    message = mapping(found[0] if isinstance(found, list) and found else found)
    encoded = mapping(message.get("properties")).get("body_encoding") == "base64"
    body = message.get("body")
    told = from_json(from_base64(body) if encoded else body)
    parts = sequence(told)
    if len(parts) < 2:
        kind = message.get("content-type")
        return unread(f"the message's body is no JSON but {kind}" if kind else "it is no message")
    return Payload(args=sequence(parts[0]), kwargs=mapping(parts[1]))
