"""What the verdict needs besides the measures: the task counts, and how the run was made."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Integrity:
    """Where the tasks are. Enqueued = completed + waiting + in flight, or something is wrong."""

    enqueued: int
    completed: int
    waiting: int | None
    """Tasks still in the queue; None where it could not be asked, and nothing can be judged."""
    in_flight: int
    lost: int = 0
    """Tasks known to be gone: taken out and never run."""
    never_taken: bool = False
    """Whether there were tasks, and no worker was ever given one."""
    duplicated: int = 0
    """Tasks done more than once."""
    gone: tuple[str, ...] = ()
    """The first of those that crashed workers had in hand, in words."""
    locks_left: int | None = None
    """Partition locks without a holder; None while unknown, as in mid-run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """How the run was made and how far its clock can be trusted."""

    ended: bool
    """Whether the run is over; before, the verdict is one so far."""
    is_ours: bool = True
    """Whether our own workers did the tasks: of others neither their round trips are known, nor
    whether tasks or locks were lost."""
    unreadable: str = ""
    """That too much of what was observed could not be read, in a sentence; empty otherwise."""
    drain: bool
    """Whether all tasks were there at the start, rather than arriving during the run."""
    workers: int
    alternative: str | None = None
    """A strategy that would take fair turns on this very load, its weights and limits included;
    None where this one does, or none is known."""
    time_alternative: str | None = None
    """The same for worker time."""
    limit: int = 1
    """Tasks of one partition that may be in service at once; 0 for no limit."""
    is_weighted: bool = False
    """Whether shares other than equal ones were declared."""
    elapsed_s: float = 0.0
    last_first_pickup_s: float | None = None
    """When the last partition got its first task, in seconds; None while some have had none."""
    work_s: float = 0.0
    """Mean length of a task, in seconds."""
    redis_s_per_pop: float | None = None
    """Mean time one dequeue takes in Redis and on the wire; None where it is not known."""
    scans_per_pop: float | None = None
    """SCAN calls per task taken; None where it is not known."""
    event_loop_lag_p99_s: float = 0.0
    typical_wait_s: float = 0.0
    """A typical task's wait, for comparison with the lag; 0 where it is not known."""
    stalled: str = ""
    """Who stood still for how long, in a sentence, where that leaves no figure in seconds to
    trust; empty where it does not."""
    order: str = ""
    """In which order dispatches were taken, in a few words; empty where that is not known."""
    order_error_rounds: float = 0.0
    """By how many rounds a wait may be wrong for that."""
    order_unknown: float = 0.0
    """Share of the dispatches whose place in the order is not known."""
    server_fault: str | None = None
    """What the server did to the run, in a sentence; None if nothing is known against it."""
    undone: str | None = None
    """That hardly any task was done, in a sentence; None where most were."""
    fair_by: str = "turns"
    """What is promised: `turns`, `time` or `tokens`."""
    name_of: Callable[[int], str] = "p{:04}".format
    """The name of a partition."""
    quiet_wait_s: float | None = None
    """95th percentile of the waits of the partitions that are not noisy."""
    quiet_wait_baseline_s: float | None = None
    """The same without the noise; None if that was not measured."""
    quiet_wait_ideal_s: float | None = None
    """The same with the noise, had turns been fair; None if that was not worked out."""

    @property
    def quiet_slowdown(self) -> float | None:
        """How many times as long quiet partitions wait because of the noise; None if unknown.

        A wait without noise counts for at least one task's work: from nothing to little is no
        slowdown that matters.
        """
        if self.quiet_wait_s is None or self.quiet_wait_baseline_s is None:
            return None
        floor = max(self.quiet_wait_baseline_s, self.work_s)
        return max(self.quiet_wait_s, floor) / floor if floor else None
