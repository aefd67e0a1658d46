"""Lanes by what tasks were asked to do: tenants that share the library's queues."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from queue_fairness.attach.by import By
from queue_fairness.attach.libraries.base import Adapter, Entry
from queue_fairness.attach.mirror import Change, Mirror, Names
from queue_fairness.attach.model import Bound, Count, Hands, Lane, Since, Unknown
from queue_fairness.attach.payload import Payload
from queue_fairness.attach.reader import CHUNK, Reader

NOBODY = b"(no tenant)"
"""Whose tasks are of which the tenant cannot be told."""
MOST_NAMES = 50_000
"""Tenants of tasks in service that are remembered."""


@dataclass(slots=True)
class _Tenant:
    depth: int = 0
    at: float | None = None
    is_exact: bool = True
    head: int = 0
    arrived: int = 0
    taken: int = 0


class TenantLines:
    """Makes lanes of tenants out of the lines of an adapter."""

    def __init__(self, adapter: Adapter, by: By) -> None:
        self._adapter, self._by = adapter, by
        self._mirrors: dict[tuple[bytes, bytes], Mirror] = {}
        self._known: set[bytes] = set()
        self._of_task: dict[bytes, str | None] = {}
        self._why: Counter[str] = Counter()
        self._busy: frozenset[bytes] = frozenset()

    async def read(self, reader: Reader, queues: Sequence[bytes], now: float) -> list[Lane]:
        """Read these queues; returns the lane of every tenant that is or was in any."""
        found: dict[bytes, _Tenant] = {name: _Tenant() for name in self._known}
        for queue in queues:
            for line in self._adapter.lines(queue):
                if (queue, line.key) not in self._mirrors:
                    idle_s = self._adapter.idle_s.get(line.key)
                    self._mirrors[queue, line.key] = Mirror(
                        line, self._namer(reader, queue), idle_s
                    )
        chosen = set(queues)
        mine = {key: each for key, each in self._mirrors.items() if key[0] in chosen}
        # Lists first, as long as nobody has touched them: how idle they are tells of the past.
        changes = {
            key: await each.read(reader, now, self._busy)
            for key, each in mine.items()
            if each.kind != "zset"
        }
        # The adapter looks at its own lanes as well: its hands are of what it has read.
        await self._adapter.read(reader, queues, now)
        if len(changes) < len(mine):
            hands = await self._adapter.hands(reader, now)
            self._busy = frozenset(each.task for each in hands.holdings if each.task is not None)
        for key, each in mine.items():
            if key not in changes:
                changes[key] = await each.read(reader, now, self._busy)
        for key, mirror in self._mirrors.items():
            _add(found, mirror, changes.get(key, Change()))
        self._known.update(found)
        is_whole = all(each.is_whole for each in self._mirrors.values())
        return [_lane(name, each, is_whole=is_whole) for name, each in found.items()]

    def _namer(self, reader: Reader, queue: bytes) -> Names:
        async def names(entries: Sequence[Entry]) -> list[tuple[str | None, float | None]]:
            return [
                (self._tenant(each), each.since)
                for start in range(0, len(entries), CHUNK)
                for each in await self._adapter.payloads(
                    reader, queue, entries[start : start + CHUNK]
                )
            ]

        return names

    def _tenant(self, payload: Payload) -> str | None:
        tenant = self._by.of_payload(payload)
        if tenant is None:
            self._why[payload.why_not or f"there is no {self._by.text} in it"] += 1
        return tenant

    async def renamed(self, reader: Reader, hands: Hands) -> Hands:
        """The same with tenants for lanes."""
        asked: dict[bytes, list[tuple[bytes, bytes | None]]] = {}
        for each in hands.holdings:
            if each.task is not None and each.task not in self._of_task:
                asked.setdefault(each.lane, []).append((each.task, each.body))
        for lane, tasks in asked.items():
            entries = [Entry(task, body) for task, body in tasks]
            payloads = await self._adapter.payloads(reader, lane, entries)
            for (task, _), payload in zip(tasks, payloads, strict=True):
                self._of_task[task] = self._tenant(payload)
        if len(self._of_task) > MOST_NAMES:
            self._of_task.clear()
        renamed = tuple(
            each._replace(lane=_name(self._of_task.get(each.task) if each.task else None))
            for each in hands.holdings
        )
        return replace(hands, holdings=renamed)

    def unknown(self) -> tuple[Unknown, ...]:
        """Tasks whose tenant could not be told, and lines that are not mirrored to their end."""
        found = [
            Unknown(f"the tenant of {number:,} tasks", why, "see --by")
            for why, number in self._why.most_common(3)
        ]
        if not all(each.is_whole for each in self._mirrors.values()):
            found.append(
                Unknown(
                    "tenants deep in a long line",
                    "only the tasks that are next are looked at in a line this long",
                    "",
                )
            )
        return tuple(found)


def _add(found: dict[bytes, _Tenant], mirror: Mirror, change: Change) -> None:
    for known in mirror.line:
        tenant = found.setdefault(_name(known.tenant), _Tenant())
        tenant.depth += 1
        if tenant.at is None or known.at < tenant.at:
            tenant.at, tenant.is_exact, tenant.head = known.at, known.is_exact, known.id
    for name, number in change.arrived.items():
        found.setdefault(_name(name), _Tenant()).arrived += number
    for name, number in change.taken.items():
        found.setdefault(_name(name), _Tenant()).taken += number


def _lane(name: bytes, tenant: _Tenant, *, is_whole: bool) -> Lane:
    bound = Bound.EXACT if tenant.is_exact else Bound.AT_LEAST
    since = Since(None, Bound.UNKNOWN) if tenant.at is None else Since(tenant.at, bound)
    depth = Count(tenant.depth, Bound.EXACT if is_whole else Bound.AT_LEAST)
    head = None if tenant.at is None else str(tenant.head).encode()
    return Lane(name, depth, since, head, tenant.arrived, tenant.taken)


def _name(tenant: str | None) -> bytes:
    return NOBODY if tenant is None else tenant.encode(errors="surrogateescape")
