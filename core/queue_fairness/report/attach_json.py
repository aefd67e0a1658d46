"""The JSON document of `attach`; what a limit or a chart needs is in it."""

import math
from collections.abc import Sequence
from importlib.metadata import version

from queue_fairness.attach.model import Bound, Since
from queue_fairness.attach.picture import HoldingView, LaneView, LockView, Picture
from queue_fairness.report.attach_documents import (
    AttachDocument,
    AttachTotals,
    BoundedDocument,
    HoldingDocument,
    LaneDocument,
    LockDocument,
    OldestDocument,
    StuckLockDocument,
)
from queue_fairness.report.documents import SCHEMA

NAME = "queue-fairness-tui"


def attach_document(picture: Picture, command: str) -> AttachDocument:
    """The document.

    Args:
        picture: What was found.
        command: What asks for it again, without secrets.
    """
    server, cost = picture.server, picture.cost
    return {
        "schema": SCHEMA,
        "kind": "attach",
        "program": {"name": NAME, "version": version(NAME)},
        "command": command,
        "library": picture.library,
        "server": {
            "engine": server.engine,
            "version": server.version,
            "origin": str(server.origin),
        },
        "by": picture.by,
        "at": picture.at,
        "watched_s": picture.watched_s,
        "looks": picture.looks,
        "headline": {"word": picture.headline.word.value, "text": picture.headline.text},
        "coverage": picture.coverage,
        "totals": _totals(picture),
        "oldest_s": _oldest(picture),
        "lanes": [_lane(each, picture.at) for each in picture.lanes],
        "holdings": [_holding(each, picture.at) for each in picture.holdings],
        "stuck_locks": _stuck(picture),
        "forecast": {"drain_s": _finite(picture.drain_s), "text": picture.forecast},
        "cost": {
            "round_trips": cost.trips,
            "commands": cost.commands,
            "redis_ms": round(cost.redis_ms, 3),
            "share": picture.busy_share,
        },
        "unknown": [
            {"what": each.what, "why": each.why, "remedy": each.remedy} for each in picture.unknown
        ],
        "trouble": picture.trouble,
    }


def _totals(picture: Picture) -> AttachTotals:
    working = sum(not each.is_lost for each in picture.holdings)
    return {
        "partitions": picture.known,
        "with_work": picture.with_work,
        "waiting": picture.waiting,
        "in_service": working if picture.knows_holdings else None,
        "starved": picture.starved,
        "stuck": len(picture.stuck),
        "dispatches_seen": picture.seen,
        "dispatches": picture.dispatched,
        "rate_per_s": picture.rate_per_s,
    }


def _oldest(picture: Picture) -> OldestDocument:
    ages = picture.oldest_s
    waiting = [each for each in picture.lanes if each.waiting.value]
    bounds = {each.oldest.bound for each in waiting}
    bound = Bound.EXACT
    if Bound.UNKNOWN in bounds or Bound.AT_LEAST in bounds:
        bound = Bound.AT_LEAST if ages else Bound.UNKNOWN
    return {
        "max": ages[0] if ages else None if waiting else 0.0,
        "median": _rank(ages, 0.5) if ages else None if waiting else 0.0,
        "p99": _rank(ages, 0.99) if ages else None if waiting else 0.0,
        "bound": bound.value,
    }


def _rank(descending: Sequence[float], share: float) -> float:
    """The nearest rank: the smallest value that at least this share is not above."""
    return descending[len(descending) - max(1, math.ceil(share * len(descending)))]


def _lane(lane: LaneView, now: float) -> LaneDocument:
    return {
        "partition": lane.name,
        "waiting": lane.waiting.value,
        "waiting_bound": lane.waiting.bound.value,
        "oldest_s": _bounded(lane.oldest, now),
        "in_service": lane.in_service,
        "share": lane.share,
        "lock": _lock(lane.lock, now),
        "later": lane.later,
        "dead": lane.dead,
        "arrived": lane.arrived,
        "taken": lane.taken,
        "taken_share": lane.taken_share,
        "first_taken_s": lane.first_taken_s,
        "rounds": lane.rounds,
        "trend_per_s": lane.trend_per_s,
        "drain_s": _finite(lane.drain_s),
        "starved": lane.is_starved,
    }


def _lock(lock: LockView | None, now: float) -> LockDocument | None:
    if lock is None:
        return None
    return {
        "name": lock.name,
        "ttl_s": lock.ttl_s,
        "held_s": lock.held.age(now),
        "held_bound": lock.held.bound.value,
        "owner": lock.owner,
        "stuck": lock.is_stuck,
    }


def _holding(holding: HoldingView, now: float) -> HoldingDocument:
    return {
        "partition": holding.tenant,
        "worker": holding.worker,
        "state": holding.state.value,
        "since_s": _bounded(holding.since, now),
        "lost": holding.is_lost,
    }


def _stuck(picture: Picture) -> list[StuckLockDocument]:
    return [
        {
            "partition": each.tenant,
            "name": each.name,
            "held_s": each.lock.held.age(picture.at),
            "ttl_s": each.lock.ttl_s,
            "owner": each.lock.owner,
            "proved": each.is_proved,
            "evidence": list(each.evidence),
        }
        for each in picture.stuck
    ]


def _bounded(since: Since, now: float) -> BoundedDocument:
    return {"value": since.age(now), "bound": since.bound.value}


def _finite(value: float | None) -> float | None:
    return None if value is None or math.isinf(value) else value
