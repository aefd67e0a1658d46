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


UNKNOWN = "its maxmemory-policy is not known"


@dataclass(frozen=True, slots=True)
class Room:
    """What there is, and what a run needs, in bytes."""

    maxmemory: int
    used: int
    need: int
    policy: str

    @property
    def evicts(self) -> bool:
        """Whether the server makes room by letting keys go, as far as is known."""
        return self.policy != "noeviction"

    @property
    def is_short(self) -> bool:
        """Whether the run would go over the bound."""
        return self.used + self.need > self.maxmemory

    @property
    def is_near(self) -> bool:
        """Whether it comes near it, so that anything else that is written could go over it."""
        return self.used + self.need > NEAR * self.maxmemory

    @property
    def is_refused(self) -> bool:
        """Whether no run is made unless the user says so.

        Near the bound others' writes are enough to let keys go, and what is needed is an estimate.
        """
        return self.is_short or (self.is_near and self.evicts)


def look_at_room(
    reading: Reading, need: int, address: str, what: str, *, allow: bool
) -> str | None:
    """What the user is to know before anything is written; None if there is room enough.

    A server that does not tell whether its memory has a bound is used, with a warning: most have
    none. One that lets keys go, but does not tell what is used, is taken to be full.

    Args:
        reading: Of the server, just now.
        need: Bytes, estimated from above.
        address: How to name the server; no secrets.
        what: What needs the room, such as "this run".
        allow: Whether the user has said that the server's keys may go.

    Raises:
        ServerError: Keys of others could go, or their writes be refused; and it was not allowed.
    """
    if reading.maxmemory == 0:
        return None
    if reading.maxmemory is None:
        return (
            f"{address} does not tell whether its memory has a bound (INFO and CONFIG are refused):"
            " where it has one, keys of others could be evicted; let this user run INFO"
        )
    policy = reading.policy or UNKNOWN
    if reading.used_memory is None and policy == "noeviction":
        return (
            f"{address} does not tell how much of its maxmemory {megabytes(reading.maxmemory)} is"
            " used (INFO is refused): writes of others could be refused; let this user run INFO"
        )
    used = reading.maxmemory if reading.used_memory is None else reading.used_memory
    return _judge(Room(reading.maxmemory, used, need, policy), address, what, allow=allow)


def _judge(room: Room, address: str, what: str, *, allow: bool) -> str | None:
    if not room.is_near:
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
        danger += " if others write meanwhile"
    if not room.is_refused:
        return f"{facts}: {danger}"
    if allow:
        return f"{facts}: {danger}, as {ALLOW} allows"
    raise ServerError(
        f"{facts}: {danger}; use fewer tasks, another Redis (without --redis-url it brings its"
        f" own), or {ALLOW}"
    )
