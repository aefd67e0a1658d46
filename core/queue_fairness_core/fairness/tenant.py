"""What is remembered about one tenant: a dozen and a half numbers, whatever it has queued.

One record serves all folds, because a fold of its own dictionary would cost a look-up per measure
and event. Each block below belongs to the fold named above it, which alone writes it.
"""

from math import inf


class Tenant:
    """One partition's running totals.

    Args:
        partition: Index of the partition.
        place: How many became known before it.
        weight: Its fair share relative to the others', > 0.
    """

    __slots__ = (
        "arrived",
        "backlogged_at",
        "emptied",
        "entry",
        "finish",
        "in_progress",
        "in_service",
        "member_of",
        "owed_from",
        "owed_until",
        "partition",
        "place",
        "rank",
        "round",
        "served",
        "since",
        "surveyed",
        "waiting",
        "weight",
        "window_served",
        "worst_wait",
    )

    def __init__(self, partition: int, place: int, weight: float) -> None:
        self.partition = partition
        self.place = place
        self.weight = weight

        # fold.py: the queue as it stands.
        self.arrived = 0
        self.waiting = 0
        self.in_service = 0
        self.served = 0
        self.backlogged_at = -1
        """Dispatches when it last began to have waiting tasks."""

        # survey.py
        self.surveyed = 0
        """Number of the last survey that has looked at it."""

        # waits.py
        self.since = -1
        """Dispatches when the open wait began; -1 while none is open."""
        self.round = 0.0
        """Length of a round when the open wait began, in weight; 0 until the next dispatch."""
        self.worst_wait = 0.0

        # debt.py
        self.finish = -inf
        """Virtual time at which the fluid has served all that arrived."""
        self.entry = -inf
        """The finish time under which it stands in the heap; -inf when it stands in none."""

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

        # heat.py
        self.owed_from = -1
        """Round from which it has been owed turns; -1 while it is owed none."""
        self.owed_until = 0
        """Round up to which it has been written down as owed."""
