"""arq: a sorted set of job ids for each queue, by the time at which they are due.

```
arq:queue, any name     zset    job ids by due time (ms); running ones stay in it
arq:job:ID              string  pickle: t, f, a (args), k (kwargs), et (enqueue time, ms)
arq:in-progress:ID      string  "1", until the longest job timeout is over
```
"""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from queue_fairness.attach.libraries.base import Adapter, Entry, Line, Settings
from queue_fairness.attach.model import (
    Bound,
    Count,
    Grip,
    Hands,
    Holding,
    Lane,
    Lock,
    Since,
    Unknown,
)
from queue_fairness.attach.payload import (
    LONGEST,
    Payload,
    from_json,
    from_pickle,
    mapping,
    sequence,
    unread,
)
from queue_fairness.attach.reader import Command, Reader, scored, whole
from queue_fairness.attach.scanner import Scanner

FIRST = 32
"""Ids of a queue that are looked at: running ones are among the first."""
BUSY = b"arq:in-progress:"


class Arq(Adapter):
    """Lanes are queues, by their whole keys."""

    library = "arq"
    title = "arq"
    prefix = "arq:queue"
    dispatch_calls = ("psetex",)
    commands = ("zcount", "zrange", "zcard", "pttl", "strlen", "get")
    unknowns: ClassVar = (
        Unknown("which worker has a job", "the key in progress holds no name", ""),
        Unknown("whether a worker was killed", "its key stands until the job timeout", ""),
    )

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._queues = Scanner(self.root + b"*", "zset")
        self._busy: dict[bytes, list[tuple[bytes, float | None]]] = {}
        self._begun: dict[bytes, float] = {}
        self._heads: dict[bytes, tuple[frozenset[bytes], int]] = {}

    def key_patterns(self) -> tuple[str, ...]:
        """Arq's own keys, and queues of other names."""
        return ("arq:*", *(each for each in self.settings.queues if not each.startswith("arq:")))

    async def find(self, reader: Reader) -> Iterable[bytes]:
        """By SCAN; queues of other names only where they are named."""
        await self._queues.step(reader)
        named = {each.encode() for each in self.settings.queues if "*" not in each}
        return self._queues.names | named

    def lines(self, lane: bytes) -> tuple[Line, ...]:
        """The sorted set."""
        return (Line(lane, "zset"),)

    def forget(self, lane: bytes) -> None:
        """A queue is no more."""
        self._busy.pop(lane, None)
        self._heads.pop(lane, None)

    async def read(self, reader: Reader, lanes: Sequence[bytes], now: float) -> list[Lane]:
        """Jobs that are due and not in progress."""
        due = int(now * 1000)
        asked: list[Command] = []
        for lane in lanes:
            asked += (
                ("ZCOUNT", lane, "-inf", due),
                ("ZCARD", lane),
                ("ZRANGE", lane, 0, FIRST - 1, "WITHSCORES"),
            )
        answers = await reader.ask(asked)
        firsts = [
            [(job, score) for job, score in scored(answers[3 * n + 2]) if score <= due]
            for n in range(len(lanes))
        ]
        ttls = iter(await reader.ask([("PTTL", BUSY + job) for each in firsts for job, _ in each]))
        found = []
        for n, lane in enumerate(lanes):
            told = [(job, score, next(ttls)) for job, score in firsts[n]]
            busy = [(job, ttl) for job, _, ttl in told if isinstance(ttl, int) and ttl > -2]
            self._busy[lane] = [(job, ttl / 1000 if ttl >= 0 else None) for job, ttl in busy]
            free = [(job, score) for job, score, ttl in told if ttl == -2]
            number = max(0, whole(answers[3 * n]) - len(busy))
            found.append(self._lane(lane, number, whole(answers[3 * n + 1]), free, told))
        return found

    def _lane(
        self,
        lane: bytes,
        waiting: int,
        every: int,
        free: Sequence[tuple[bytes, float]],
        told: Sequence[tuple[bytes, float, object]],
    ) -> Lane:
        before, depth = self._heads.get(lane, (frozenset(), waiting))
        present = {job for job, _, _ in told}
        began = {job for job, _ in self._busy[lane]}
        taken = len({job for job in before if job not in present or job in began})
        self._heads[lane] = (frozenset(job for job, _ in free), waiting)
        since = Since(free[0][1] / 1000) if free else Since(None, Bound.UNKNOWN)
        return Lane(
            lane,
            Count(waiting),
            since,
            free[0][0] if free else None,
            max(0, waiting - depth + taken),
            taken,
            later=every - waiting - len(began),
        )

    async def hands(self, reader: Reader, now: float) -> Hands:  # noqa: ARG002
        """Jobs in progress, each with the key that keeps others from it."""
        present = {job for jobs in self._busy.values() for job, _ in jobs}
        self._begun = {job: self._begun.get(job, now) for job in present}
        holdings, locks = [], []
        for lane, jobs in self._busy.items():
            for job, ttl_s in jobs:
                since = Since(self._begun[job], Bound.AT_LEAST)
                if self.settings.lock_ttl_s is not None and ttl_s is not None:
                    since = Since(now - max(0.0, self.settings.lock_ttl_s - ttl_s))
                holdings.append(Holding(lane, since, Grip.RUNNING, None, job))
                locks.append(Lock(lane, BUSY + job, ttl_s, since))
        return Hands(holdings=tuple(holdings), locks=tuple(locks))

    async def payloads(
        self,
        reader: Reader,
        lane: bytes,  # noqa: ARG002
        entries: Sequence[Entry],
    ) -> list[Payload]:
        """The job's arguments, from a pickle that is read and not loaded, or from JSON."""
        keys = [b"arq:job:" + each.id for each in entries]
        sizes = await reader.ask([("STRLEN", key) for key in keys])
        wanted = [key for key, size in zip(keys, sizes, strict=True) if 0 < whole(size) <= LONGEST]
        found = dict(zip(wanted, await reader.ask([("GET", key) for key in wanted]), strict=True))
        return [_payload(found.get(key)) for key in keys]


def _payload(raw: object) -> Payload:
    job = mapping(from_pickle(raw)) or mapping(from_json(raw))
    if not job:
        return unread("the job is no plain pickle, or gone")
    at = job.get("et")
    since = at / 1000 if isinstance(at, int | float) else None
    return Payload(args=sequence(job.get("a")), kwargs=mapping(job.get("k")), since=since)
