"""Looks at a server again and again, within a budget of its time.

```
 each look   TIME, counters ► lanes (an index or SCAN) ► those in turn ► hands ► Look
```

The first look reads every lane once. After that each look reads the lanes that matter, those with
somebody at work and those that wait longest, and of the others as many as the budget allows.
"""

import asyncio
import heapq
import time
from collections.abc import Callable, Sequence

from queue_fairness.attach.by_payload import TenantLines
from queue_fairness.attach.libraries.base import Adapter
from queue_fairness.attach.model import Bound, Cost, Lane, Look, Unknown
from queue_fairness.attach.options import AttachPlan
from queue_fairness.attach.reader import CHUNK, Answer, Reader, items, text_of
from queue_fairness.attach.remedies import refusals

HOT = 200
"""Lanes that are read at every look: those that wait longest."""
LEAST_A_LOOK = 50
MOST_A_LOOK = 4_000
"""Lanes of a look, whatever the server could bear: what this program can do in half its time."""
USUAL_LANE_US = 4.0
FIRST_BATCH = CHUNK
FIRST_DUTY = 2
"""How many times as long as a batch of the first look takes it then waits, from many lanes on."""
MANY = 5_000
LINGER_S = 300.0
"""How long a lane that is no more is still shown, as an empty one."""
FIND_PER_LANE_S = 1e-4
"""How long the lanes stand before they are looked up again, for each that there is."""


class Watcher:
    """Looks at the lanes of one library.

    Args:
        reader: The door to the server.
        adapter: Knows the library.
        plan: What was asked for.
        clock: In s; for the budget alone.
    """

    def __init__(
        self,
        reader: Reader,
        adapter: Adapter,
        plan: AttachPlan,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.reader, self.adapter, self.plan = reader, adapter, plan
        by = plan.settings.by
        self._tenants = TenantLines(adapter, by) if by.is_in_payload else None
        self._clock = clock
        self._lanes: dict[bytes, float] = {}
        """Every lane, and since when it is known to wait; inf for not at all."""
        self._turn: list[bytes] = []
        """Those that come next, the last one first."""
        self._missing: dict[bytes, float] = {}
        """Lanes that were not found any more, and since when."""
        self.linger_s = LINGER_S
        self._found_at = float("-inf")
        self._looked_at: float | None = None
        self._lane_us = USUAL_LANE_US
        self._counts: dict[str, str] = {}
        self.after_first: Cost | None = None
        """What had been spent when the first look was over."""
        self.focus: frozenset[bytes] = frozenset()
        """Lanes that are read at every look, since somebody watches them."""

    async def look(self) -> Look:
        """Look once.

        Raises:
            redis.exceptions.RedisError: The connection broke, or the server refuses all.
            TimeoutError: It does not answer.
        """
        begun = self._clock()
        at, total = await self._ask_server()
        gone = await self._find(begun)
        elapsed_s = self.plan.every_s if self._looked_at is None else begun - self._looked_at
        lanes = await self._read(at, elapsed_s)
        hands = await self.adapter.hands(self.reader, at)
        if self._tenants is not None:
            hands = await self._tenants.renamed(self.reader, hands)
        own = await self.adapter.dispatches(self.reader, list(self._lanes))
        self._looked_at = begun
        self.after_first = self.after_first or self.reader.cost
        return Look(
            at=at,
            lanes=lanes,
            known=len(self._lanes),
            gone=gone,
            hands=hands,
            total_dispatches=total if own is None else own,
            by_library=own is not None,
            cost=self.reader.cost,
            unknown=self._unknown(),
            calls=dict(self.reader.calls),
        )

    def _unknown(self) -> tuple[Unknown, ...]:
        mine = self._tenants.unknown() if self._tenants is not None else ()
        return (*self.adapter.unknowns, *mine, *refusals(self.reader, self.adapter))

    async def _ask_server(self) -> tuple[float, int | None]:
        """The server's time, and how many tasks were taken since its start."""
        moment, info = await self.reader.ask([("TIME",), ("INFO", "commandstats")])
        parts = items(moment)
        at = int(parts[0]) + int(parts[1]) / 1e6 if len(parts) == 2 else time.time()
        self._counts = _fields(info)
        self.reader.learn_costs(self._counts)
        return at, self._calls(self.adapter.dispatch_calls)

    def _calls(self, names: Sequence[str]) -> int | None:
        if not names or not any(each.startswith("cmdstat_") for each in self._counts):
            return None
        told = (self._counts.get(f"cmdstat_{each}", "calls=0") for each in names)
        return sum(int(each.partition("calls=")[2].partition(",")[0]) for each in told)

    async def _find(self, begun: float) -> list[bytes]:
        """Look the lanes up when it is time; returns those that are no more."""
        if begun - self._found_at < FIND_PER_LANE_S * len(self._lanes):
            return []
        self._found_at = begun
        found = {
            each for each in await self.adapter.find(self.reader) if self.plan.settings.wants(each)
        }
        for each in found & self._missing.keys():
            del self._missing[each]
        for each in self._lanes.keys() - found:
            self._missing.setdefault(each, begun)
        # A list that is emptied is no key any more: it is read on, and so its last task counted.
        gone = [each for each, since in self._missing.items() if begun - since > self.linger_s]
        for each in gone:
            del self._lanes[each], self._missing[each]
            self.adapter.forget(each)
        new = [each for each in found if each not in self._lanes]
        self._lanes.update(dict.fromkeys(new, float("inf")))
        self._turn += new
        return [] if self._tenants is not None else gone

    async def _read(self, at: float, elapsed_s: float) -> list[Lane]:
        if self._looked_at is None:
            return await self._read_all(at)
        chosen = self._chosen(self.plan.budget * elapsed_s * 1e6)
        return await self._read_some(chosen, at)

    async def _read_all(self, at: float) -> list[Lane]:
        """The first look: every lane, in batches with pauses where there are many."""
        every = list(self._lanes)
        lanes: list[Lane] = []
        for start in range(0, len(every), FIRST_BATCH):
            begun = time.monotonic()
            lanes += await self._read_some(every[start : start + FIRST_BATCH], at)
            if len(every) > MANY:
                await asyncio.sleep(FIRST_DUTY * (time.monotonic() - begun) / 10)
        self._turn = []
        return lanes

    async def _read_some(self, chosen: Sequence[bytes], at: float) -> list[Lane]:
        if not chosen:
            return []
        before = self.reader.spent_us()
        if self._tenants is not None:
            lanes = await self._tenants.read(self.reader, chosen, at)
        else:
            lanes = await self.adapter.read(self.reader, chosen, at)
            for each in lanes:
                waits = each.depth.value or each.depth.bound is Bound.UNKNOWN
                since = each.oldest.at if each.oldest.at is not None else at
                self._lanes[each.name] = since if waits else float("inf")
        self._lane_us += ((self.reader.spent_us() - before) / len(chosen) - self._lane_us) / 4
        return lanes

    def _chosen(self, budget_us: float) -> list[bytes]:
        """Which lanes are read now: what the budget allows, those that matter first."""
        number = max(LEAST_A_LOOK, min(MOST_A_LOOK, int(budget_us / max(self._lane_us, 0.1))))
        if number >= len(self._lanes):
            return list(self._lanes)
        waiting = heapq.nsmallest(min(HOT, number // 2), self._lanes, key=self._lanes.__getitem__)
        chosen = dict.fromkeys([*(each for each in self.focus if each in self._lanes), *waiting])
        while len(chosen) < number:
            if not self._turn:
                self._turn = list(self._lanes)
            name = self._turn.pop()
            if name in self._lanes:
                chosen[name] = None
        return list(chosen)

    @property
    def whole_round_s(self) -> float:
        """How long it takes until every lane was read again."""
        number = max(1, min(MOST_A_LOOK, int(self.plan.budget * 1e6 / max(self._lane_us, 0.1))))
        return self.plan.every_s * max(1.0, len(self._lanes) / number)


def _fields(info: Answer) -> dict[str, str]:
    text = text_of(info) or ""
    pairs = (line.partition(":") for line in text.splitlines())
    return {name: value for name, colon, value in pairs if colon}
