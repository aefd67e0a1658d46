"""saq: a list of job keys for each queue, jobs as JSON.

```
saq:Q:queued       list    job keys, RPUSH, taken on the left
saq:Q:active       list    job keys that workers have
saq:Q:incomplete   zset    all that is not done: the index
saq:job:Q:KEY      string  JSON: queued, started, touched (ms), worker_id, kwargs
saq:Q:worker_info:ID  string  a worker's sign of life
```
"""

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

from queue_fairness.attach.libraries.base import (
    LISTS,
    MOST_OF_A_LANE,
    Entry,
    ListAdapter,
    Settings,
)
from queue_fairness.attach.model import Bound, Grip, Hands, Holding, Since, Unknown
from queue_fairness.attach.payload import LONGEST, Payload, from_json, mapping, unread
from queue_fairness.attach.reader import Answer, Command, Reader, items, whole
from queue_fairness.attach.scanner import Scanner
from queue_fairness.outside import from_outside


class Saq(ListAdapter):
    """Lanes are queues."""

    library = "saq"
    title = "saq"
    prefix = "saq"
    newest_left = False
    dispatch_calls = ("lrem",)
    commands = (*LISTS, "lrange", "zcard", "strlen", "get", "exists")
    unknowns: ClassVar[tuple[Unknown, ...]] = ()

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._queues = Scanner(self.root + b":*:incomplete", "zset")
        self._active: dict[bytes, int] = {}

    def key_patterns(self) -> tuple[str, ...]:
        """All keys of saq."""
        return (f"{self.root.decode()}:*",)

    def _key(self, lane: bytes, what: bytes) -> bytes:
        return b"%b:%b:%b" % (self.root, lane, what)

    def key(self, lane: bytes) -> bytes:
        """The list of jobs that wait."""
        return self._key(lane, b"queued")

    async def find(self, reader: Reader) -> Iterable[bytes]:
        """By the sorted set that each queue has while it has jobs."""
        await self._queues.step(reader)
        start = len(self.root) + 1
        return [each[start : -len(b":incomplete")] for each in self._queues.names]

    def extras(self, lane: bytes) -> tuple[Command, ...]:
        """How many jobs are in service, and in all."""
        return (
            ("LLEN", self._key(lane, b"active")),
            ("ZCARD", self._key(lane, b"incomplete")),
            ("LLEN", self.key(lane)),
        )

    def take_extras(self, lane: bytes, answers: Sequence[Answer], now: float) -> dict[str, int]:  # noqa: ARG002
        """Remember who has jobs in service."""
        active, every, queued = map(whole, answers)
        self._active.pop(lane, None)
        if active:
            self._active[lane] = active
        return {"later": max(0, every - queued - active)}

    def forget(self, lane: bytes) -> None:
        """A queue is no more."""
        super().forget(lane)
        self._active.pop(lane, None)

    async def since(self, reader: Reader, heads: Sequence[tuple[bytes, bytes]]) -> list[Since]:
        """What the job says."""
        return [
            _ms(job.get("queued")) for job in await self._jobs(reader, [key for _, key in heads])
        ]

    async def hands(self, reader: Reader, now: float) -> Hands:  # noqa: ARG002
        """Jobs in service, with their workers; those without a sign of life are lost."""
        lanes = list(self._active)
        listed = await reader.ask(
            [("LRANGE", self._key(each, b"active"), 0, MOST_OF_A_LANE - 1) for each in lanes]
        )
        found = [
            (lane, key) for lane, keys in zip(lanes, listed, strict=True) for key in items(keys)
        ]
        jobs = await self._jobs(reader, [key for _, key in found])
        workers = [str(each.get("worker_id") or "") for each in jobs]
        alive = await reader.ask(
            [
                ("EXISTS", self._key(lane, b"worker_info:" + worker.encode(errors="replace")))
                for (lane, _), worker in zip(found, workers, strict=True)
            ]
        )
        return Hands(
            holdings=tuple(
                Holding(
                    lane,
                    _ms(job.get("started") or job.get("touched")),
                    Grip.RUNNING,
                    from_outside(worker, 80) or None,
                    key,
                    is_lost=bool(worker) and sign == 0,
                )
                for (lane, key), job, worker, sign in zip(found, jobs, workers, alive, strict=True)
            )
        )

    async def payloads(
        self,
        reader: Reader,
        lane: bytes,  # noqa: ARG002
        entries: Sequence[Entry],
    ) -> list[Payload]:
        """The job's arguments."""
        jobs = await self._jobs(reader, [each.id for each in entries])
        return [
            Payload(kwargs=mapping(job.get("kwargs")), since=_ms(job.get("queued")).at)
            if job
            else unread("the job is no JSON, or gone")
            for job in jobs
        ]

    async def _jobs(self, reader: Reader, keys: Sequence[bytes]) -> list[dict[str, Any]]:
        """Jobs by their keys; an empty one for what is gone, too long, or no JSON."""
        sizes = await reader.ask([("STRLEN", key) for key in keys])
        wanted = [key for key, size in zip(keys, sizes, strict=True) if 0 < whole(size) <= LONGEST]
        answers = await reader.ask([("GET", key) for key in wanted])
        found = dict(zip(wanted, answers, strict=True))
        return [dict(mapping(from_json(found.get(key)))) for key in keys]


def _ms(value: object) -> Since:
    if not isinstance(value, int | float) or isinstance(value, bool) or value <= 0:
        return Since(None, Bound.UNKNOWN)
    return Since(value / 1000)
