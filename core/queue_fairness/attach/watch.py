"""What is known after several looks: the history of each lane, and what all of them tell together.

Polling is exact about who waits and blind for what comes and goes between two looks. So the
dispatches that were seen stand beside those that the server has counted, and their ratio, the
coverage, decides what may be said of shares.
"""

import hashlib
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from queue_fairness.attach.by import By
from queue_fairness.attach.model import (
    NONE_WAITS,
    Bound,
    Count,
    Hands,
    Holding,
    Lane,
    Look,
    Since,
)
from queue_fairness.outside import from_outside

WINDOW_S = 60.0
"""Over which trends and rates are reckoned."""
SAMPLE_S = 5.0
"""Between two samples of a lane's depth."""
SAMPLES = 13
STRIPES = 120
"""Looks that the map over time goes back."""
LONGEST_NAME = 120


class Sample(NamedTuple):
    """All lanes together, at one look."""

    at: float
    waiting: int
    arrived: int
    """Since the attaching, as far as it was seen."""
    taken: int
    dispatched: int | None
    """The same as the server has counted it."""
    with_work: int


@dataclass(slots=True, eq=False)
class LaneHistory:
    """One tenant's waiting line since the attaching; several lanes may make one."""

    name: str
    """Safe to show."""
    since: float
    """When it was first seen."""
    parts: dict[bytes, Lane] = field(default_factory=dict)
    arrived: int = 0
    taken: int = 0
    first_taken_at: float | None = None
    """First pickup since the attaching; late by up to a look."""
    last_taken_at: float | None = None
    clock_at_last: float = 0.0
    """The rounds clock when it was last served, or first seen with work."""
    samples: deque[tuple[float, int]] = field(default_factory=lambda: deque(maxlen=SAMPLES))
    stripes: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=STRIPES))
    """By number of look: what became of it then, as a letter of `STATES`."""
    waiting: int = 0

    @property
    def depth(self) -> Count:
        """Tasks that wait; of a line that cannot be counted, at least so many."""
        bounds = {each.depth.bound for each in self.parts.values()}
        if not bounds:
            return NONE_WAITS
        if bounds == {Bound.UNKNOWN}:
            return Count(None, Bound.UNKNOWN)
        total = sum(each.depth.value or 0 for each in self.parts.values())
        return Count(total, Bound.EXACT if bounds == {Bound.EXACT} else Bound.AT_LEAST)

    @property
    def oldest(self) -> Since:
        """Since when its oldest task waits; the worst of its lanes."""
        return oldest_of(self.parts.values())

    @property
    def later(self) -> int | None:
        """Tasks that are not due yet."""
        return _sum(each.later for each in self.parts.values())

    @property
    def dead(self) -> int | None:
        """Tasks that were given up."""
        return _sum(each.dead for each in self.parts.values())


class Watch:
    """Folds looks.

    Attributes:
        lanes: By tenant.
        hands: Of the newest look, with tenants for lanes.
        begun_at: The server's time at the first look; None before it.
        now: The same at the newest.
        clock: Rounds since the attaching: dispatches, each divided by the lanes with work.
        samples: All lanes together, look by look, over the window.
        longest_service_s: Of the tasks that were seen to end; None for none.
    """

    def __init__(self, by: By, *, is_masked: bool = False) -> None:
        self._by = by
        self._is_masked = is_masked
        self.lanes: dict[str, LaneHistory] = {}
        self._tenants: dict[bytes, str] = {}
        self.hands = Hands()
        self.look: Look | None = None
        self.begun_at: float | None = None
        self.now = 0.0
        self.looks = 0
        self.clock = 0.0
        self.samples: deque[Sample] = deque()
        self.first: Sample | None = None
        self.arrived = self.taken = 0
        self.waiting = self.with_work = 0
        self.longest_service_s: float | None = None
        self.held: dict[str, int] = {}
        """Tasks in service, by tenant; those of workers that are gone do not count."""
        self._dispatched: int | None = None
        self._last_total: int | None = None
        self._reset: list[LaneHistory] = []
        """Lanes whose wait in rounds begins at this look."""
        self._services: dict[tuple[bytes, bytes | None], float] = {}

    def fold(self, look: Look) -> None:
        """Take a look in."""
        self.look, self.now = look, look.at
        self.looks += 1
        if self.begun_at is None:
            self.begun_at = look.at
        taken_before = self.taken
        self._count(look)
        for lane in look.lanes:
            self._fold_lane(lane)
        for name in look.gone:
            self._drop(name)
        self._fold_hands(look.hands)
        self._turn_clock(self.taken - taken_before)
        for each in self._reset:
            each.clock_at_last = self.clock
        self._reset.clear()
        sample = Sample(
            look.at, self.waiting, self.arrived, self.taken, self._dispatched, self.with_work
        )
        self.first = self.first or sample
        self.samples.append(sample)
        while look.at - self.samples[0].at > WINDOW_S:
            self.samples.popleft()

    def tenant_of(self, lane: bytes) -> str:
        """Whose a lane is, safe to show."""
        found = self._tenants.get(lane)
        if found is None:
            text = lane.decode(errors="backslashreplace")
            tenant = self._by.of_queue(text)
            if self._is_masked:
                tenant = masked_name(tenant)
            found = self._tenants[lane] = from_outside(tenant, LONGEST_NAME) or "(empty name)"
        return found

    def _count(self, look: Look) -> None:
        total = look.total_dispatches
        before, self._last_total = self._last_total, total
        self._new_dispatches: int | None = None
        if total is None:
            return
        # A count that falls is that of a server that was started anew, or whose statistics were.
        fresh = 0 if before is None else total - before if total >= before else total
        self._new_dispatches = fresh
        self._dispatched = (self._dispatched or 0) + fresh

    def _turn_clock(self, taken: int) -> None:
        fresh = max(taken, self._new_dispatches or 0)
        if self.with_work:
            self.clock += fresh / self.with_work

    def _fold_lane(self, lane: Lane) -> None:
        tenant = self.tenant_of(lane.name)
        history = self.lanes.get(tenant)
        if history is None:
            history = self.lanes[tenant] = LaneHistory(tenant, self.now)
        is_first = lane.name not in history.parts
        history.parts[lane.name] = lane
        before = history.waiting
        after = (
            lane.depth.value or 0
            if len(history.parts) == 1
            else sum(each.depth.value or 0 for each in history.parts.values())
        )
        self._note_depth(history, before, after)
        if is_first:
            return
        history.arrived += lane.arrived
        history.taken += lane.taken
        self.arrived += lane.arrived
        self.taken += lane.taken
        if lane.taken:
            history.last_taken_at = self.now
            history.first_taken_at = history.first_taken_at or self.now
            self._reset.append(history)
        history.stripes.append((self.looks, _state(lane)))

    def _note_depth(self, history: LaneHistory, before: int, after: int) -> None:
        history.waiting = after
        self.waiting += after - before
        self.with_work += (after > 0) - (before > 0)
        if before == 0 < after:
            self._reset.append(history)
        if not history.samples or self.now - history.samples[-1][0] >= SAMPLE_S:
            history.samples.append((self.now, after))

    def _drop(self, name: bytes) -> None:
        tenant = self._tenants.get(name)
        history = self.lanes.get(tenant) if tenant is not None else None
        if history is None or name not in history.parts:
            return
        del history.parts[name]
        rest = sum(each.depth.value or 0 for each in history.parts.values())
        self._note_depth(history, history.waiting, rest)
        if not history.parts:
            del self.lanes[history.name]
            del self._tenants[name]

    def _fold_hands(self, hands: Hands) -> None:
        self.hands = hands
        self.held = {}
        for each in in_service(hands.holdings):
            name = self.tenant_of(each.lane)
            self.held[name] = self.held.get(name, 0) + 1
        present: dict[tuple[bytes, bytes | None], float] = {}
        for each in hands.holdings:
            age = each.since.age(self.now)
            if each.task is not None and age is not None and not each.is_lost:
                present[each.lane, each.task] = age
        ended = self._services.keys() - present.keys()
        longest = max((self._services[each] for each in ended), default=None)
        if longest is not None:
            self.longest_service_s = max(longest, self.longest_service_s or 0.0)
        self._services = present

    # What all looks tell together.

    @property
    def watched_s(self) -> float:
        """For how long it has been watched."""
        return self.now - self.begun_at if self.begun_at is not None else 0.0

    @property
    def dispatched(self) -> int | None:
        """Tasks that were taken since the attaching, by the server's count."""
        return self._dispatched

    @property
    def coverage(self) -> float | None:
        """Dispatches that were seen of those there were, 0 to 1; None where that is not known."""
        if not self._dispatched:
            return None
        return min(1.0, self.taken / self._dispatched)

    def rate(self) -> float | None:
        """Tasks taken per second over the window; None before the second look."""
        span = self._span()
        if span is None:
            return None
        first, last, seconds = span
        if first.dispatched is not None and last.dispatched is not None:
            return (last.dispatched - first.dispatched) / seconds
        return (last.taken - first.taken) / seconds

    def growth(self) -> tuple[int, int, float] | None:
        """Waiting tasks at the window's begin and its end, and its length in s; None before."""
        span = self._span()
        return None if span is None else (span[0].waiting, span[1].waiting, span[2])

    def drain_s(self) -> float | None:
        """Until nothing waits, at the rate of the window; inf for never, None if not known."""
        return _drain(self.growth())

    def lane_drain_s(self, lane: LaneHistory) -> float | None:
        """The same for one lane."""
        if not lane.samples or self.now - lane.samples[0][0] < 1:
            return None
        at, depth = lane.samples[0]
        return _drain((depth, lane.waiting, self.now - at))

    def rounds_waited(self, lane: LaneHistory) -> float:
        """Rounds since it was last served, while attached; 0 for one that has nothing to do."""
        return self.clock - lane.clock_at_last if lane.waiting else 0.0

    def unserved_s(self, lane: LaneHistory) -> float | None:
        """For how long a lane that waits has got no worker; None where nothing is known of it.

        0 for one that has a task in service now. A lower bound where its wait is one.
        """
        age_s = lane.oldest.age(self.now)
        if self.held.get(lane.name):
            return 0.0
        if lane.last_taken_at is None:
            return age_s
        since_s = self.now - lane.last_taken_at
        return since_s if age_s is None else min(age_s, since_s)

    def _span(self) -> tuple[Sample, Sample, float] | None:
        if len(self.samples) < 2:
            return None
        first, last = self.samples[0], self.samples[-1]
        return (first, last, last.at - first.at) if last.at > first.at else None


STATES = {"s": "served", "w": "waiting", "e": "empty"}
"""What the letters of a lane's stripes mean."""


def _state(lane: Lane) -> str:
    if lane.taken:
        return "s"
    return "w" if lane.depth.value else "e"


def _drain(growth: tuple[int, int, float] | None) -> float | None:
    if growth is None:
        return None
    before, after, seconds = growth
    if after == 0:
        return 0.0
    return after * seconds / (before - after) if before > after else float("inf")


def masked_name(tenant: str) -> str:
    """A name by which a tenant can be found again but not told."""
    return hashlib.sha256(tenant.encode(errors="surrogateescape")).hexdigest()[:8]


def oldest_of(lanes: Iterable[Lane]) -> Since:
    """The longest wait among lanes; a lane of which nothing is known hides no other's."""
    found: Since | None = None
    for lane in lanes:
        if not lane.depth.value and lane.depth.bound is not Bound.UNKNOWN:
            continue
        since = lane.oldest
        if found is None or found.at is None or (since.at is not None and since.at < found.at):
            found = since
    return found or Since(None, Bound.UNKNOWN)


def _sum(values: Iterable[int | None]) -> int | None:
    known = [each for each in values if each is not None]
    return sum(known) if known else None


def in_service(holdings: tuple[Holding, ...]) -> list[Holding]:
    """Holdings whose worker may be alive."""
    return [each for each in holdings if not each.is_lost]
