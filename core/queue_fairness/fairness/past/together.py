"""Puts the two halves together."""

from queue_fairness.fairness.fold import FairnessFold
from queue_fairness.fairness.past.columns import Past
from queue_fairness.fairness.past.order import OrderPast
from queue_fairness.fairness.past.time import TimePast

OF_TIME = (
    "backlogged_at", "member_of", "window_served", "rank", "in_progress", "emptied",
    "by_one_worker", "taken_at", "taken_by", "working", "service_s", "received_s", "entitled_s",
    "lag_s", "lag_from", "settled_at", "counts_until", "settled_share",
)  # fmt: skip
"""What the half of time knows of a partition, and that of order does not."""


class PastFold(FairnessFold):
    """A fold as if it had folded all steps of a past, one by one; only its measures may be asked.

    Args:
        past: Whose steps they were.
        order: One half, which has taken them all.
        time: The other.
    """

    def __init__(self, past: Past, order: OrderPast, time: TimePast) -> None:
        super().__init__(past.workers, past.limit, past.weights)
        for mine, other in zip(order.partitions, time.partitions, strict=True):
            for name in OF_TIME:
                setattr(mine, name, getattr(other, name))
            mine.in_service = other.working
        self._partitions = {each.index: each for each in order.partitions}
        self._arrived = sum(each.arrived for each in order.partitions)
        self._dispatches, self._contended = time.dispatches, time.contended
        self._rounds, self._turns = order.rounds, order.turns
        self._backlog.backlogged = order.backlogged
        self._backlog.peak_backlogged = time.peak_backlogged
        self._debt.rounds = order.fluid
        self._waits, self._shares, self._heat = order.waits, order.shares, order.heat
        self._conservation, self._worker_time = time.conservation, time.worker_time
        self._mechanism, self._jain, self._cost = time.mechanism, time.jain, time.cost
