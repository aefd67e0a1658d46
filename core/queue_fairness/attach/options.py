"""What the command line may ask of an attaching."""

from dataclasses import dataclass, field

from queue_fairness.attach.libraries.base import Settings
from queue_fairness.attach.names import (
    AUTO,
    EVERY_S,
    GROWS_SHARE,
    LOCK_S,
    STARVED_ROUNDS,
    STARVED_S,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """From where on the headline is a bad one."""

    starved_s: float = STARVED_S
    """A tenant that has waited for so long is starved, in s."""
    starved_rounds: float = STARVED_ROUNDS
    """The same in rounds, as the verdict of a run has it."""
    grows_share: float = GROWS_SHARE
    """A backlog grows if by this share of itself over the window, 0 or more."""
    grows_tasks: int = 10
    """And by so many tasks at least."""
    lock_s: float = LOCK_S
    """A lock younger than this is never said to be stuck without proof, in s."""
    lock_services: float = 5.0
    """Nor one that is younger than so many of the longest services that were seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachPlan:
    """How to look at a server of others."""

    library: str = AUTO
    """A library's name, or `auto`."""
    settings: Settings = field(default_factory=Settings)
    every_s: float = EVERY_S
    """Between two looks."""
    budget: float = 0.01
    """Share of the server's time that looking may take, over 0 to 1."""
    mask: bool = False
    """Whether tenants are shown by a hash of their names."""
    thresholds: Thresholds = field(default_factory=Thresholds)
