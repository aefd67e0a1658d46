"""Whether a server has room for a run, looked at before its first key: the owner's data first.

A server with a bound on its memory makes room by letting keys go, anybody's, or refuses writes,
anybody's. So what a run will need is estimated from above, and set against what is left.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from queue_fairness.errors import ServerError
from queue_fairness.server.reading import Reading
from queue_fairness.server.watch import megabytes

ALLOW = "--allow-eviction"

BYTES: Mapping[str, int] = {
    "connection": 73_000,
    "partition": 350,
    "task": 160,
    "result": 250,
    "foreign_key": 150,
}
"""Most memory that each takes, under any strategy, from `tests/bench/memory.py`: Redis 7.0.15 took
60,860, 476 (with its task and connections) and 145; Valkey 9.1.2 less. Result and foreign key were
seen on Valkey alone, at 116 and 106, and have room for Redis."""
FIXED = 300_000
"""Bytes of scripts, and of what is under way while tasks are enqueued."""
NEAR = 0.9
"""A run that would fill this share of the bound or more is warned about."""


@dataclass(frozen=True, slots=True)
class Room:
    """What there is, and what a run needs, in bytes."""

    maxmemory: int
    used: int
    need: int
    policy: str

    @property
    def evicts(self) -> bool:
        """Whether the server makes room by letting keys go."""
        return self.policy != "noeviction"

    @property
    def is_short(self) -> bool:
        """Whether the run would go over the bound."""
        return self.used + self.need > self.maxmemory

    @property
    def is_near(self) -> bool:
        """Whether it comes near it, so that anything else that is written could."""
        return self.used + self.need > NEAR * self.maxmemory


def room_for(need: int, reading: Reading) -> Room | None:
    """The room on a server; None where its memory has no bound, or that cannot be known."""
    if not reading.maxmemory or reading.used_memory is None:
        return None
    return Room(reading.maxmemory, reading.used_memory, need, reading.policy or "noeviction")


def check_room(room: Room | None, address: str, what: str, *, allow: bool) -> str | None:
    """What the user is to know before the first key is written; None if there is room enough.

    Args:
        room: As of `room_for`.
        address: How to name the server; no secrets.
        what: What needs the room, such as "this run".
        allow: Whether the user has said that the server's keys may go.

    Raises:
        ServerError: The run would go over the bound, and that was not allowed.
    """
    if room is None or not room.is_near:
        return None
    free = megabytes(max(0, room.maxmemory - room.used))
    facts = (
        f"{address} has {free} left of its maxmemory {megabytes(room.maxmemory)}"
        f" ({room.policy}), and {what} needs up to {megabytes(room.need)}"
    )
    danger = (
        "keys of others could be evicted" if room.evicts else "writes of others could be refused"
    )
    if not room.is_short:
        return f"{facts}: {danger} if others write meanwhile"
    if allow:
        return f"{facts}: {danger}, as {ALLOW} allows"
    raise ServerError(
        f"{facts}: {danger}; use fewer tasks, another Redis (without --redis-url it brings its"
        f" own), or {ALLOW}"
    )
