"""Sidekiq 8, from its documented layout: no worker of it was run here.

```
queues           set     the index
queue:Q          list    JSON, LPUSH, taken on the right; enqueued_at in ms, before 8 in s
schedule, retry, dead   zsets, of all queues
processes        set     IDENTITY; hash IDENTITY: busy, beat, quiet (60 s)
IDENTITY:work    hash    thread to JSON: queue, payload, run_at; written every 10 s
```
"""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from queue_fairness.attach.libraries.base import LISTS, MOST_OF_A_LANE, Entry, ListAdapter
from queue_fairness.attach.model import Bound, Grip, Hands, Holding, Since, Unknown
from queue_fairness.attach.payload import Payload, from_json, mapping, sequence, unread
from queue_fairness.attach.reader import Reader, fields, items
from queue_fairness.attach.scanner import members
from queue_fairness.outside import from_outside

MILLISECONDS = 1e11
"""A larger number is a time in ms: in s it would be the year 5138."""


class Sidekiq(ListAdapter):
    """Lanes are queues."""

    library = "sidekiq"
    title = "Sidekiq"
    commands = (*LISTS, "sscan", "hscan", "exists")
    unknowns: ClassVar = (
        Unknown("who works, of the last 10 s", "Sidekiq writes it every 10 s", ""),
        Unknown("tasks of a killed worker", "without reliable fetch they are lost", ""),
    )

    def key_patterns(self) -> tuple[str, ...]:
        """Sidekiq's keys have no prefix in common."""
        return ("*",)

    def key(self, lane: bytes) -> bytes:
        """The list of a queue."""
        return self.root + b"queue:" + lane

    async def find(self, reader: Reader) -> Iterable[bytes]:
        """By the index."""
        return await members(reader, self.root + b"queues")

    async def since(self, reader: Reader, heads: Sequence[tuple[bytes, bytes]]) -> list[Since]:  # noqa: ARG002
        """The job's own time."""
        return [_since(mapping(from_json(head)).get("enqueued_at")) for _, head in heads]

    async def hands(self, reader: Reader, now: float) -> Hands:  # noqa: ARG002
        """What each process has written of its threads."""
        names = sorted(await members(reader, self.root + b"processes"))
        answers = await reader.ask(
            [("HSCAN", self.root + each + b":work", 0, "COUNT", MOST_OF_A_LANE) for each in names]
        )
        alive = await reader.ask([("EXISTS", self.root + each) for each in names])
        holdings = []
        for name, answer, sign in zip(names, answers, alive, strict=True):
            told = fields(items(answer)[1]) if len(items(answer)) == 2 else {}
            for thread, raw in told.items():
                job = mapping(from_json(raw))
                holdings.append(
                    Holding(
                        str(job.get("queue", "")).encode(errors="replace"),
                        _since(job.get("run_at")),
                        Grip.RUNNING,
                        from_outside(name, 80),
                        name + b"/" + thread,
                        is_lost=sign == 0,
                        body=raw if isinstance(raw, bytes) else None,
                    )
                )
        return Hands(holdings=tuple(holdings), workers=sum(each == 1 for each in alive))

    async def payloads(
        self,
        reader: Reader,  # noqa: ARG002
        lane: bytes,  # noqa: ARG002
        entries: Sequence[Entry],
    ) -> list[Payload]:
        """The job's arguments."""
        return [_payload(each.body) for each in entries]


def _payload(raw: object) -> Payload:
    job = mapping(from_json(raw))
    inner = job.get("payload")
    job = mapping(from_json(inner)) or mapping(inner) or job
    if not job:
        return unread("the job is no JSON")
    args = sequence(job.get("args"))
    first = mapping(args[0]) if args else {}
    return Payload(args=args, kwargs=first, data=first, since=_since(job.get("enqueued_at")).at)


def _since(value: object) -> Since:
    if not isinstance(value, int | float) or isinstance(value, bool) or value <= 0:
        return Since(None, Bound.UNKNOWN)
    return Since(value / 1000 if value > MILLISECONDS else float(value))
