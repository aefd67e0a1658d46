"""agentexec: a list for each partition, and a lock beside it while one of its tasks is done.

```
agentexec_tasks             list   no partition, no lock
agentexec_tasks:KEY         list   JSON, LPUSH and RPOP; retries and HIGH come in at the head
agentexec_tasks:KEY:lock    string "1", no owner, no renewal
```
"""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from queue_fairness.attach.clients import Client, connections
from queue_fairness.attach.libraries.base import LISTS, Entry, ListAdapter, Settings
from queue_fairness.attach.model import (
    Bound,
    Grip,
    Hands,
    Holding,
    Lock,
    Since,
    Unknown,
)
from queue_fairness.attach.payload import Payload, from_json, mapping, unread
from queue_fairness.attach.reader import Answer, Command, Reader
from queue_fairness.attach.scanner import Scanner

LOCK_TTL_S = 1800.0
"""agentexec's own default, its setting AGENTEXEC_LOCK_TTL."""
SUFFIX = b":lock"
CLOCKS_S = 2.0
"""How far idle time (whole seconds) and age of a lock may differ and still be of one worker."""
DOUBT_S = 5.0
"""A younger lock is never said to be without a worker."""


class Agentexec(ListAdapter):
    """Lanes are partitions; the list without one is called `(none)`."""

    library = "agentexec"
    title = "agentexec"
    prefix = "agentexec_tasks"
    commands = (*LISTS, "pttl")
    optional = ("client|list",)
    dispatch_calls = ("rpop",)
    unknowns: ClassVar = (
        Unknown(
            "when a task was enqueued",
            "agentexec's tasks tell no time: a wait is a lower bound, from the list's idle time",
            "",
        ),
        Unknown("which worker has a task", "the lock holds no owner", ""),
        Unknown("tasks in service without a partition", "they leave no trace in Redis", ""),
    )

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self._lists = Scanner(self.root + b"*", "list")
        self._strings = Scanner(self.root + b"*" + SUFFIX, "string")
        self._locks: dict[bytes, Lock] = {}
        self._lock_ttl_s = settings.lock_ttl_s or LOCK_TTL_S

    def key_patterns(self) -> tuple[str, ...]:
        """Everything that begins with the prefix."""
        return (f"{self.root.decode()}*",)

    def key(self, lane: bytes) -> bytes:
        """The list of a partition."""
        return self.root if lane == NO_PARTITION else self.root + b":" + lane

    async def find(self, reader: Reader) -> Iterable[bytes]:
        """By SCAN, lists and locks apart: a partition may be called `x:lock`."""
        await self._lists.step(reader)
        await self._strings.step(reader)
        locked = {each.removesuffix(SUFFIX) for each in self._strings.names}
        start = len(self.root) + 1
        return [
            name[start:] or NO_PARTITION
            for name in self._lists.names | locked
            if len(name) == len(self.root) or name[start - 1 : start] == b":"
        ]

    def extras(self, lane: bytes) -> tuple[Command, ...]:
        """How long its lock still lasts."""
        return (("PTTL", self.key(lane) + SUFFIX),)

    def take_extras(self, lane: bytes, answers: Sequence[Answer], now: float) -> dict[str, int]:
        """Remember the lock; a list of that name is none."""
        name, ttl_ms = self.key(lane) + SUFFIX, answers[0]
        is_lock = isinstance(ttl_ms, int) and ttl_ms >= -1 and name not in self._lists.names
        if not is_lock or lane == NO_PARTITION:
            self._locks.pop(lane, None)
            return {}
        before = self._locks.get(lane)
        ttl_s = ttl_ms / 1000 if ttl_ms >= 0 else None
        if ttl_s is None or ttl_s > self._lock_ttl_s:
            held = before.held if before else Since(now, Bound.AT_LEAST)
        else:
            held = Since(now - (self._lock_ttl_s - ttl_s), Bound.EXACT)
        self._locks[lane] = Lock(lane, name, ttl_s, held)
        return {}

    def forget(self, lane: bytes) -> None:
        """A lane is no more."""
        super().forget(lane)
        self._locks.pop(lane, None)

    async def hands(self, reader: Reader, now: float) -> Hands:
        """A lock is a task in service, unless nobody can be working under it."""
        clients = None
        if self._locks and self.settings.may_list_clients:
            clients = await connections(reader)
        locks = tuple(_judged(each, clients, now) for each in self._locks.values())
        holdings = tuple(
            Holding(each.lane, each.held, Grip.RUNNING, each.owner, is_lost=each.is_dead)
            for each in locks
        )
        return Hands(holdings=holdings, locks=locks)

    async def payloads(
        self,
        reader: Reader,  # noqa: ARG002
        lane: bytes,  # noqa: ARG002
        entries: Sequence[Entry],
    ) -> list[Payload]:
        """The task's context."""
        return [_payload(each.body) for each in entries]


NO_PARTITION = b"(none)"


def _judged(lock: Lock, clients: Sequence[Client] | None, now: float) -> Lock:
    """The lock with the connection that may be its owner's, or with the proof that none is.

    A worker works with the connection on which it took the task silent; so that connection's last
    command was RPOP, and it has been idle for as long as the lock is held.
    """
    age_s = lock.held.age(now)
    if clients is None or age_s is None or lock.held.bound is not Bound.EXACT:
        return lock
    mine = [
        each for each in clients if each.command == "rpop" and abs(each.idle_s - age_s) <= CLOCKS_S
    ]
    if mine:
        owner = mine[0].title if len(mine) == 1 else None
        return lock._replace(owner=owner)
    return lock._replace(is_dead=age_s > DOUBT_S)


def _payload(body: bytes | None) -> Payload:
    task = mapping(from_json(body))
    if not task:
        return unread("the task is no JSON object")
    context = mapping(task.get("context"))
    return Payload(kwargs=context, data=context)
