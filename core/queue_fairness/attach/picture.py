"""All that is known at one moment, frozen, for the faces: the worst lanes, the rest in numbers."""

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass

from queue_fairness.attach.headline import Headline, Word, forecast, headline, is_starved
from queue_fairness.attach.locks import StuckLock, shown_name, stuck_locks
from queue_fairness.attach.model import Cost, Count, Grip, Since, Unknown
from queue_fairness.attach.options import AttachPlan
from queue_fairness.attach.session import Attachment
from queue_fairness.attach.watch import LaneHistory, Watch
from queue_fairness.server.info import ServerInfo

COVERED = 0.95
"""Share of the dispatches that must have been seen before shares of them are shown."""
ALL = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LockView:
    """A lane's lock."""

    name: str
    ttl_s: float | None
    held: Since
    owner: str | None
    is_stuck: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneView:
    """One tenant."""

    name: str
    waiting: Count
    oldest: Since
    in_service: int | None
    """Tasks of it that workers have; None where that leaves no trace."""
    share: float | None
    """Of all tasks in service, 0 to 1; None where that is not known."""
    lock: LockView | None
    later: int | None
    dead: int | None
    arrived: int
    taken: int
    """Seen since the attaching."""
    taken_share: float | None
    """Of all that was taken, 0 to 1; None where too little of it was seen."""
    first_taken_s: float | None
    """First pickup since the attaching, in s after it; None for none yet."""
    rounds: float | None
    """Rounds since it was served, while attached; None where that is not known."""
    trend_per_s: float | None
    """Growth of its depth, in tasks per s; None before it is known."""
    drain_s: float | None
    is_starved: bool
    stripes: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingView:
    """A task in someone's hands."""

    tenant: str
    worker: str | None
    state: Grip
    since: Since
    is_lost: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """Everything the faces show."""

    at: float
    """The server's time."""
    watched_s: float
    looks: int
    library: str | None
    title: str
    server: ServerInfo
    address: str
    by: str
    headline: Headline
    lanes: tuple[LaneView, ...]
    """Those that wait longest first, then those with tasks in service, then the idle ones."""
    known: int
    """How many tenants there are."""
    waiting: int
    with_work: int
    starved: int
    holdings: tuple[HoldingView, ...]
    knows_holdings: bool
    stuck: tuple[StuckLock, ...]
    rate_per_s: float | None
    """Tasks taken per second."""
    coverage: float | None
    """Dispatches that were seen of those there were; None where that is not known."""
    seen: int
    dispatched: int | None
    by_library: bool
    drain_s: float | None
    """Until nothing waits: inf for never, None if not known."""
    forecast: str
    whole_round_s: float
    """How long it takes until each lane was read again."""
    cost: Cost
    busy_share: float | None
    """Of the server's time that looking takes; None before the second look."""
    unknown: tuple[Unknown, ...]
    trouble: str | None
    oldest_s: Sequence[float] = ()
    """How long each tenant that waits has waited, as far as that is known, the longest first."""


def take_picture(attachment: Attachment, most: int = ALL) -> Picture:
    """What is known now.

    Args:
        attachment: What is looked at.
        most: Lanes that are shown one by one.
    """
    watch, plan, look = attachment.watch, attachment.plan, attachment.watch.look
    stuck = stuck_locks(watch, plan.thresholds, mask=plan.mask)
    waiting = [each for each in watch.lanes.values() if each.waiting]
    starved = [each for each in waiting if is_starved(watch, each, plan.thresholds)]
    drain_s = watch.drain_s()
    return Picture(
        at=watch.now,
        watched_s=watch.watched_s,
        looks=watch.looks,
        library=attachment.library,
        title=attachment.adapter.title if attachment.adapter else "no queue library",
        server=attachment.server,
        address=attachment.address,
        by=plan.settings.by.text,
        headline=_headline(attachment, starved, stuck),
        lanes=_lane_views(watch, plan, stuck, most),
        known=len(watch.lanes),
        waiting=watch.waiting,
        with_work=watch.with_work,
        starved=len(starved),
        holdings=_holding_views(watch),
        knows_holdings=watch.hands.knows_holdings,
        stuck=stuck,
        rate_per_s=watch.rate(),
        coverage=watch.coverage,
        seen=watch.taken,
        dispatched=watch.dispatched,
        by_library=bool(look and look.by_library),
        drain_s=drain_s,
        forecast=forecast(drain_s, watch.waiting),
        whole_round_s=attachment.watcher.whole_round_s if attachment.watcher else 0.0,
        cost=attachment.reader.cost,
        busy_share=_busy_share(attachment),
        unknown=look.unknown if look else (),
        trouble=None if attachment.trouble is None else str(attachment.trouble),
        oldest_s=_ages(watch, waiting),
    )


def _headline(
    attachment: Attachment, starved: Sequence[LaneHistory], stuck: tuple[StuckLock, ...]
) -> Headline:
    if attachment.adapter is None:
        return Headline(Word.CANNOT_TELL, _nothing_found(attachment))
    watch = attachment.watch
    longest = longest_first(watch, 1)
    first = longest[0] if longest and longest[0].waiting else None
    worst = most_starved(watch, starved) or first
    return headline(watch, worst, stuck, attachment.plan.thresholds)


def _ages(watch: Watch, waiting: Sequence[LaneHistory]) -> list[float]:
    ages = (each.oldest.age(watch.now) for each in waiting)
    return sorted((age for age in ages if age is not None), reverse=True)


def most_starved(watch: Watch, starved: Sequence[LaneHistory]) -> LaneHistory | None:
    """The one that has got no worker for longest; None of none."""
    return max(starved, key=lambda each: watch.unserved_s(each) or 0.0, default=None)


def longest_first(watch: Watch, most: int) -> list[LaneHistory]:
    """The lanes that wait longest; then those of unknown wait, then those that do not wait."""

    def place(lane: LaneHistory) -> tuple[int, float, int, str]:
        if not lane.waiting:
            return (2, 0.0, 0, lane.name)
        at = lane.oldest.at
        return (1, 0.0, -lane.waiting, lane.name) if at is None else (0, at, -lane.waiting, "")

    if most >= len(watch.lanes):
        return sorted(watch.lanes.values(), key=place)
    return heapq.nsmallest(most, watch.lanes.values(), key=place)


def _lane_views(
    watch: Watch, plan: AttachPlan, stuck: tuple[StuckLock, ...], most: int
) -> tuple[LaneView, ...]:
    stuck_names = {each.name for each in stuck}
    locks: dict[str, LockView] = {}
    for lock in sorted(watch.hands.locks, key=lambda each: each.held.at or 0.0):
        name = shown_name(watch, lock, mask=plan.mask)
        view = LockView(
            name=name,
            ttl_s=lock.ttl_s,
            held=lock.held,
            owner=lock.owner,
            is_stuck=name in stuck_names,
        )
        tenant = watch.tenant_of(lock.lane)
        if tenant not in locks or (view.is_stuck and not locks[tenant].is_stuck):
            locks[tenant] = view
    shown = longest_first(watch, most)
    return tuple(_lane_view(watch, plan, each, locks.get(each.name)) for each in shown)


def _lane_view(
    watch: Watch, plan: AttachPlan, lane: LaneHistory, lock: LockView | None
) -> LaneView:
    knows = watch.hands.knows_holdings
    held, in_all = watch.held.get(lane.name, 0), sum(watch.held.values())
    is_covered = (watch.coverage or 0.0) >= COVERED
    samples = lane.samples
    span_s = watch.now - samples[0][0] if samples else 0.0
    return LaneView(
        name=lane.name,
        waiting=lane.depth,
        oldest=lane.oldest,
        in_service=held if knows else None,
        share=held / in_all if knows and in_all else None,
        lock=lock,
        later=lane.later,
        dead=lane.dead,
        arrived=lane.arrived,
        taken=lane.taken,
        taken_share=lane.taken / watch.taken if is_covered and watch.taken else None,
        first_taken_s=None
        if lane.first_taken_at is None or watch.begun_at is None
        else lane.first_taken_at - watch.begun_at,
        rounds=watch.rounds_waited(lane) if watch.dispatched is not None else None,
        trend_per_s=(lane.waiting - samples[0][1]) / span_s if span_s >= 1 else None,
        drain_s=watch.lane_drain_s(lane),
        is_starved=is_starved(watch, lane, plan.thresholds),
        stripes=tuple(lane.stripes),
    )


def _holding_views(watch: Watch) -> tuple[HoldingView, ...]:
    views = [
        HoldingView(
            tenant=watch.tenant_of(each.lane),
            worker=each.worker,
            state=each.state,
            since=each.since,
            is_lost=each.is_lost,
        )
        for each in watch.hands.holdings
    ]
    return tuple(sorted(views, key=lambda each: each.since.at or math.inf))


def _busy_share(attachment: Attachment) -> float | None:
    """What looking took after the first look, of the time since then."""
    watcher, watch = attachment.watcher, attachment.watch
    if watcher is None or watcher.after_first is None or watch.watched_s <= 0:
        return None
    spent_ms = attachment.reader.cost.redis_ms - watcher.after_first.redis_ms
    return spent_ms / 1000 / watch.watched_s


def _nothing_found(attachment: Attachment) -> str:
    found = attachment.recognition
    if found is None:
        return "no library was chosen"
    if not found.total:
        others = ", ".join(found.elsewhere)
        hint = f"; there are keys in {others}: put its number behind the URL" if others else ""
        return f"this database is empty{hint}"
    seen = f"{found.seen:,} of {found.total:,} keys" if not found.is_whole else "its keys"
    return f"no known queue library is among {seen}: name it with --library"
