"""What is remembered about one partition: some thirty numbers, whatever it has queued.

One record serves all folds, because a fold of its own dictionary would cost a look-up per measure
and event. Each block below belongs to the fold named above it, which alone writes it. *Rounds* are
those of the run's clock, and *turns* those of its clock of turns (fold.py).
"""

from math import inf


class Partition:
    """The running totals of one partition.

    Args:
        index: Its number, from 0: what events and results call `partition`.
        place: How many became known before it.
        weight: Its fair share relative to the others', > 0.
    """

    __slots__ = (
        "arrived",
        "away",
        "away_from",
        "backlogged_at",
        "backlogged_from",
        "by_one_worker",
        "counts_until",
        "emptied",
        "entitled_s",
        "entry",
        "finish",
        "in_crowd_until",
        "in_progress",
        "in_service",
        "indebted_after",
        "index",
        "is_live",
        "lag_from",
        "lag_s",
        "last",
        "member_of",
        "most_owed",
        "owed_from",
        "owed_until",
        "paused_with",
        "place",
        "rank",
        "received_s",
        "second_last",
        "served",
        "service_s",
        "settled_at",
        "settled_share",
        "since",
        "since_s",
        "surveyed",
        "third_last",
        "turns_before",
        "waiting",
        "watched_from",
        "weight",
        "window_served",
        "working",
        "worst_for_s",
        "worst_since_s",
        "worst_wait",
    )

    def __init__(self, index: int, place: int, weight: float) -> None:
        self.index = index
        self.place = place
        self.weight = weight

        # fold.py: the queue as it stands.
        self.arrived = 0
        self.waiting = 0
        self.in_service = 0
        self.served = 0
        self.backlogged_at = -1
        """Dispatches when it last began to have waiting tasks."""
        self.away = 0.0
        """How far the clock of turns went on while it was at its limit; not its turns."""
        self.away_from = -1.0
        """Where that clock stood when it came to its limit; below 0 while it has room."""
        self.backlogged_from = 0.0
        """Its own clock of turns when it last began to have waiting tasks."""
        self.turns_before = 0.0
        """Turns for which it had waiting tasks, up to when it last had none."""

        # crowd.py
        self.in_crowd_until = -1.0
        """Virtual time at which a fluid without limits has served all that arrived."""

        # survey.py
        self.surveyed = 0
        """Number of the last survey that has looked at it."""

        # waits.py
        self.since = -1.0
        """Round at which the open wait began; below 0 while none is open."""
        self.since_s = 0.0
        """When that was, in seconds."""
        self.worst_wait = 0.0
        self.worst_since_s = 0.0
        """When its longest closed wait began, in seconds."""
        self.worst_for_s = 0.0
        """How long that was, in seconds."""

        # debt.py
        self.finish = -inf
        """Virtual time at which the fluid has served all that arrived."""
        self.entry = -inf
        """The finish time under which it stands in the heap; -inf when it stands in none."""
        self.is_live = False
        """Whether the fluid serves it now."""
        self.paused_with = -1.0
        """Virtual time that it needs from the fluid when it has room again; below 0 while the fluid
        serves it, or might."""
        self.most_owed = 0.0
        """The most it was owed at a pickup of its own, in tasks."""
        self.indebted_after = 0.0
        """Turns for which it had had waiting tasks then."""

        # shares.py
        self.last = self.second_last = self.third_last = 0.0
        """Its last pickups on its own clock of turns, or when it began to have waiting tasks if
        that was later."""

        self.watched_from = 0.0
        """The run's clock of turns when it last began to have waiting tasks."""

        # jain.py
        self.member_of = -1
        """Window this count belongs to."""
        self.window_served = 0
        """Tasks served in that window; -1 for a newcomer, who does not count."""

        # mechanism.py
        self.rank = -1
        """Place in the order of first pickups; -1 before."""
        self.in_progress = False
        self.emptied = False
        self.by_one_worker = -1
        """The worker that took all its tasks so far; -1 before any, -2 if there were several."""

        # heat.py
        self.owed_from = -1
        """Round from which it has been owed turns; -1 while it is owed none."""
        self.owed_until = 0
        """Round up to which it has been written down as owed."""

        # worker_time.py
        self.working = 0
        """Its tasks that are being worked on; fewer than in service where the queue has yet to
        hear of an end."""
        self.service_s = 0.0
        """Sum of the times at which work on its tasks ended, less that of the times at which it
        was begun: worker time received, but for `working` times the present."""
        self.received_s = 0.0
        """Worker time received when it was last settled."""
        self.entitled_s = 0.0
        """Worker time that was due to it."""
        self.lag_s = 0.0
        """What it is short of since it became active, in seconds; below 0 is ahead."""
        self.lag_from = 0.0
        """Worker time due to it when it became active."""
        self.settled_at = -1.0
        """When it was last settled, in seconds; below 0 while it is not active."""
        self.counts_until = -1
        """Dispatch up to which it counts as active although it is not; below 0 where it does not
        count, 0 while it is active."""
        self.settled_share = 0.0
        """The clock of shares then."""
