"""RQ: a list of job ids for each queue; jobs, executions and workers are hashes of their own.

```
rq:queues            set    every queue, the index
rq:queue:Q           list   job ids, RPUSH and LPOP
rq:job:ID            hash   enqueued_at, data (zlib of a pickle), worker_name, ...
rq:wip:Q             zset   JOB:EXECUTION at the time when it counts as dead
rq:execution:JOB:E   hash   worker_name, created_at
rq:workers           set    every worker's key
```
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import ClassVar

from queue_fairness.attach.libraries.base import LISTS, MOST_OF_A_LANE, Entry, ListAdapter, Settings
from queue_fairness.attach.lines import by_number
from queue_fairness.attach.model import Bound, Grip, Hands, Holding, Since, Unknown
from queue_fairness.attach.payload import (
    LONGEST,
    Payload,
    from_pickle,
    from_zlib,
    mapping,
    sequence,
    unread,
)
from queue_fairness.attach.reader import Answer, Command, Reader, scored, text_of, whole
from queue_fairness.attach.scanner import members
from queue_fairness.outside import from_outside

QUEUE = b"rq:queue:"
LONGEST_NAME = 80


class RQ(ListAdapter):
    """Lanes are queues."""

    library = "rq"
    title = "RQ"
    newest_left = False
    dispatch_calls = ("hincrby",)
    commands = (*LISTS, "sscan", "scard", "hget", "zcard", "zrange")
    unknowns: ClassVar[tuple[Unknown, ...]] = ()

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._busy: dict[bytes, int] = {}

    def key_patterns(self) -> tuple[str, ...]:
        """All keys of RQ."""
        return ("rq:*",)

    def key(self, lane: bytes) -> bytes:
        """The list of a queue."""
        return QUEUE + lane

    async def find(self, reader: Reader) -> Iterable[bytes]:
        """By RQ's own index."""
        return [each.removeprefix(QUEUE) for each in await members(reader, "rq:queues")]

    def extras(self, lane: bytes) -> tuple[Command, ...]:
        """How many jobs are in service, due later, failed."""
        names = (b"wip", b"scheduled", b"deferred", b"failed")
        return tuple(("ZCARD", b"rq:%b:%b" % (each, lane)) for each in names)

    def take_extras(self, lane: bytes, answers: Sequence[Answer], now: float) -> dict[str, int]:  # noqa: ARG002
        """Remember which queues have jobs in service."""
        wip, scheduled, deferred, failed = map(whole, answers)
        self._busy.pop(lane, None)
        if wip:
            self._busy[lane] = wip
        return {"later": scheduled + deferred, "dead": failed}

    def forget(self, lane: bytes) -> None:
        """A queue is no more."""
        super().forget(lane)
        self._busy.pop(lane, None)

    async def since(self, reader: Reader, heads: Sequence[tuple[bytes, bytes]]) -> list[Since]:
        """What the job says of itself; a job that is gone says nothing."""
        asked: list[Command] = [("HGET", b"rq:job:" + job, "enqueued_at") for _, job in heads]
        return [_since(each) for each in (await reader.ask(asked) if asked else ())]

    async def hands(self, reader: Reader, now: float) -> Hands:
        """Executions in progress; one whose time is over belongs to a worker that is gone."""
        lanes = list(self._busy)
        asked: list[Command] = [
            ("ZRANGE", b"rq:wip:" + lane, 0, MOST_OF_A_LANE - 1, "WITHSCORES") for lane in lanes
        ]
        listed = await reader.ask([*asked, ("SCARD", "rq:workers")])
        found = [
            (lane, member, until)
            for lane, answer in zip(lanes, listed, strict=False)
            for member, until in scored(answer)
        ]
        details: list[Command] = []
        for _, member, _ in found:
            job, _, _ = member.partition(b":")
            details += (
                ("HGET", b"rq:execution:" + member, "worker_name"),
                ("HGET", b"rq:execution:" + member, "created_at"),
                ("HGET", b"rq:job:" + job, "worker_name"),
                ("HGET", b"rq:job:" + job, "started_at"),
            )
        answers = by_number(4, await reader.ask(details) if details else [])
        holdings = tuple(
            _holding(lane, member, told, is_lost=until < now)
            for (lane, member, until), told in zip(found, answers, strict=True)
        )
        return Hands(holdings=holdings, workers=whole(listed[-1]))

    async def payloads(
        self,
        reader: Reader,
        lane: bytes,  # noqa: ARG002
        entries: Sequence[Entry],
    ) -> list[Payload]:
        """The function's arguments, from a pickle that is read and not loaded."""
        keys = [b"rq:job:" + each.id.partition(b":")[0] for each in entries]
        sizes = await reader.ask([("HSTRLEN", key, "data") for key in keys])
        asked: list[Command] = []
        for key, size in zip(keys, sizes, strict=True):
            name = "data" if whole(size) <= LONGEST else "status"
            asked += (("HGET", key, name), ("HGET", key, "enqueued_at"))
        answers = await reader.ask(asked)
        return [_payload(data, at) for data, at in by_number(2, answers)]


def _holding(lane: bytes, member: bytes, told: Sequence[Answer], *, is_lost: bool) -> Holding:
    worker = text_of(told[0]) or text_of(told[2])
    since = _since(told[1])
    return Holding(
        lane,
        since if since.bound is Bound.EXACT else _since(told[3]),
        Grip.RUNNING,
        from_outside(worker, LONGEST_NAME) if worker else None,
        member.partition(b":")[0],
        is_lost,
    )


def _payload(raw: Answer, at: Answer) -> Payload:
    job = sequence(from_pickle(from_zlib(raw)) or from_pickle(raw))
    if len(job) != 4:
        return unread("the job's data is no plain pickle of RQ")
    return Payload(args=sequence(job[2]), kwargs=mapping(job[3]), since=_since(at).at)


def _since(answer: Answer) -> Since:
    """A moment in ISO 8601, UTC where it names no zone; unknown for anything else."""
    try:
        at = datetime.fromisoformat((text_of(answer) or "").replace("Z", "+00:00"))
    except ValueError:
        return Since(None, Bound.UNKNOWN)
    return Since((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())


def is_queue_list(key: bytes) -> bool:
    """Whether a key is a queue's list, and not one of those beside it."""
    return key.startswith(QUEUE) and not key.endswith(b":intermediate")
