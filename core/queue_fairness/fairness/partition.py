"""What is remembered about one partition: some thirty numbers, whatever it has queued.

One record serves all folds, because a dictionary in each fold would cost a look-up per measure and
event. Each block below belongs to the module named above it, which alone writes it.

Two clocks measure the order of dispatches, in no seconds:

- *rounds*: each dispatch advances it by one over the weight of the partitions that are backlogged
  in the queue, or of those that a fair queue would still have work for (fair_backlog.py) if that is
  more. So a round is as many dispatches as there are partitions with work, and with equal weights a
  drain of m tasks each has m rounds under every strategy and limit.
- *turns*: the same over the partitions that are eligible, or would be in a fair queue. A
  partition's own clock of turns stands still while it is at its concurrency limit. Under round
  robin each partition gets one task per turn of its own.
"""

from dataclasses import dataclass
from math import inf


@dataclass(slots=True, eq=False)
class Partition:
    """The running totals of one partition."""

    index: int
    """Its number, from 0: what events and results call `partition`."""
    place: int
    """How many partitions became known before it."""
    weight: float
    """Its fair share relative to the others', > 0."""

    # backlog.py
    waiting: int = 0
    in_service: int = 0
    served: int = 0
    since: float = -1.0
    """Round at which the open wait began; below 0 while none is open: it is not eligible."""
    since_s: float = 0.0
    """When that was, in seconds."""

    # fold.py
    arrived: int = 0
    backlogged_at: int = -1
    """Dispatches when it last began to have waiting tasks."""
    away: float = 0.0
    """How far the clock of turns went on while it was at its limit; not its turns."""
    away_from: float = -1.0
    """Where that clock stood when it came to its limit; below 0 while it has room."""
    backlogged_from: float = 0.0
    """Its own clock of turns when it last began to have waiting tasks."""
    turns_before: float = 0.0
    """Turns for which it had waiting tasks, up to when it last had none."""

    # fair_backlog.py
    in_fair_backlog_until: float = -1.0
    """Virtual time at which a fluid without limits has served all that arrived."""

    # survey.py
    surveyed: int = 0
    """Number of the last survey that has looked at it."""

    # waits.py
    worst_wait: float = 0.0
    worst_since_s: float = 0.0
    """When its longest closed wait began, in seconds."""
    worst_for_s: float = 0.0
    """How long that was, in seconds."""

    # debt.py
    finish: float = -inf
    """Virtual time at which the fluid has served all that arrived."""
    entry: float = -inf
    """The finish time under which it stands in the heap; -inf when it stands in none."""
    is_live: bool = False
    """Whether the fluid serves it now."""
    paused_with: float = -1.0
    """Virtual time that it needs from the fluid when it has room again; below 0 while the fluid
    serves it, or might."""
    most_owed: float = 0.0
    """The most it was owed at a pickup of its own, in tasks."""
    indebted_after: float = 0.0
    """Turns for which it had had waiting tasks then."""

    # shares.py
    last: float = 0.0
    second_last: float = 0.0
    third_last: float = 0.0
    """Its last pickups on its own clock of turns, or when it began to have waiting tasks if
    that was later."""

    watched_from: float = 0.0
    """The run's clock of turns when it last began to have waiting tasks."""

    # jain.py
    member_of: int = -1
    """Window this count belongs to."""
    window_served: int = 0
    """Tasks served in that window; -1 for a newcomer, who does not count."""

    # mechanism.py
    rank: int = -1
    """Place in the order of first pickups; -1 before."""
    in_progress: bool = False
    emptied: bool = False
    by_one_worker: int = -1
    """The worker that took all its tasks so far; -1 before any, -2 if there were several."""
    taken_at: int = -1
    """Dispatches before its latest one; -1 before any."""
    taken_by: int = -1
    """The worker that made that one."""

    # heat.py
    owed_from: int = -1
    """Round from which it has been owed turns; -1 while it is owed none."""
    owed_until: int = 0
    """Round up to which it has been written down as owed."""

    # worker_time.py
    working: int = 0
    """Its tasks that are being worked on; fewer than in service where the queue has yet to
    hear of an end."""
    service_s: float = 0.0
    """Sum of the times at which work on its tasks ended, less that of the times at which it
    was begun: worker time received, but for `working` times the present."""
    received_s: float = 0.0
    """Worker time received when it was last settled."""
    entitled_s: float = 0.0
    """Worker time that was due to it."""
    lag_s: float = 0.0
    """What it is short of since it became active, in seconds; below 0 is ahead."""
    lag_from: float = 0.0
    """Worker time due to it when it became active."""
    settled_at: float = -1.0
    """When it was last settled, in seconds; below 0 while it is not active."""
    counts_until: int = -1
    """Dispatch up to which it counts as active although it is not; below 0 where it does not
    count, 0 while it is active."""
    settled_share: float = 0.0
    """The clock of shares then."""
