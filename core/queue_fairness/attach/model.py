"""The words in which every library is described: lane, since, count, holding, lock, look.

Each figure says how it is known: exact, at least, or unknown. All times are the server's own
(`TIME`), in seconds since 1970.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Bound(StrEnum):
    """How a figure is known."""

    EXACT = "exact"
    AT_LEAST = "at_least"
    UNKNOWN = "unknown"


class Count(NamedTuple):
    """A number of tasks."""

    value: int | None
    """None where it is unknown."""
    bound: Bound = Bound.EXACT


class Since(NamedTuple):
    """A moment at which something began; with AT_LEAST it began then or earlier."""

    at: float | None
    """None where it is unknown."""
    bound: Bound = Bound.EXACT

    def age(self, now: float) -> float | None:
        """For how long, in s. A producer's clock that is ahead gives 0; None if unknown."""
        return None if self.at is None else max(0.0, now - self.at)


NO_COUNT = Count(None, Bound.UNKNOWN)
NONE_WAITS = Count(0)
UNKNOWN_SINCE = Since(None, Bound.UNKNOWN)


class Lane(NamedTuple):
    """The waiting line of one tenant, as one look has found it."""

    name: bytes
    """As the library spells it; unsafe to show."""
    depth: Count
    """Tasks that wait and may be taken now."""
    oldest: Since = UNKNOWN_SINCE
    """Since when the one that is next in line waits; unknown where none does."""
    head: bytes | None = None
    """What tells that task from any other; None where none waits."""
    arrived: int = 0
    """Tasks that came since the lane was last read."""
    taken: int = 0
    """Tasks that were taken since then; at least so many."""
    later: int | None = None
    """Tasks that are not due yet; None where that is not told."""
    dead: int | None = None
    """Tasks that were given up; None where that is not told."""


class Grip(StrEnum):
    """What is known of a task in someone's hands."""

    RUNNING = "running"
    TAKEN = "taken"
    """Running or fetched ahead of its turn: the library does not tell which."""


class Holding(NamedTuple):
    """A task in someone's hands."""

    lane: bytes
    since: Since
    state: Grip
    worker: str | None = None
    """None where the library does not tell."""
    task: bytes | None = None
    """Its id, to find its payload by."""
    is_lost: bool = False
    """Whether its worker shows no sign of life, or its lease is over."""
    body: bytes | None = None
    """Its payload where the library keeps it beside the holding; never shown."""


class Lock(NamedTuple):
    """What keeps others from a lane, or a task."""

    lane: bytes
    name: bytes
    """The key, or the field, that is the lock."""
    ttl_s: float | None
    """Until it ends by itself; None: never."""
    held: Since
    owner: str | None = None
    """None where the library does not tell."""
    is_dead: bool = False
    """Whether it is proved that nobody works under it."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """A figure that cannot be had here."""

    what: str
    why: str
    remedy: str
    """The grant, the setting or the option that would show it; empty for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hands:
    """Who holds what, over all lanes, at one moment."""

    holdings: tuple[Holding, ...] = ()
    locks: tuple[Lock, ...] = ()
    knows_holdings: bool = True
    """Whether tasks in service leave a trace in this layout at all."""
    workers: int | None = None
    """Workers that show signs of life; None where the library does not tell."""


class Cost(NamedTuple):
    """What looking has cost the server."""

    trips: int = 0
    commands: int = 0
    redis_ms: float = 0.0
    """Calls, each at the server's own mean for its command."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One frozen reading."""

    at: float
    """The server's time, in s since 1970."""
    lanes: Sequence[Lane]
    """Those that were read this time; the others stand as they stood."""
    known: int
    """How many lanes there are."""
    gone: Sequence[bytes] = ()
    """Lanes that are no more."""
    hands: Hands
    total_dispatches: int | None = None
    """What the server itself has counted since its start; None where it does not tell."""
    by_library: bool = False
    """Whether that is the library's own count, and not one that others may add to."""
    cost: Cost
    """Since the attaching."""
    unknown: tuple[Unknown, ...] = ()
    calls: Mapping[str, int]
    """How often each command was sent since the attaching."""
