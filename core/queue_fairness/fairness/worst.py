"""The partitions that are waiting longest at this moment, in rounds."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class WaitingPartition:
    """One partition whose wait is still open."""

    partition: int
    rounds: float
    """The open wait so far."""
    waiting: int
    """Tasks waiting."""
    served: int
    """Tasks picked up so far."""
    arrived: int
    """Tasks it has had so far."""
    owed: float
    """Debt now, in tasks."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class WorstNow:
    """The longest open waits, longest first."""

    partitions: tuple[WaitingPartition, ...]
    """At most as many as were asked for; never-served ones first among equals."""
    tied: int
    """How many more wait exactly as long as the last one listed; 0 for an empty list."""
    never_served: int
    """Partitions with waiting tasks that have not been served once."""
