"""Finds out that a drain is over, or that its queue is stuck, where no worker can tell.

every worker is idle ──► the queue is empty, twice ─────────────────► over
                    └──► tasks wait, and none is taken for a while ─► stuck
"""

from collections.abc import Callable

from redis.asyncio import Redis

from queue_fairness.engine.worker_context import WorkerContext
from queue_fairness.errors import QueueError

LOOK_S = 0.02
"""How often it looks, at most, on behalf of workers that found nothing."""


class DrainDetector:
    """Looks at the queue of one drain.

    Args:
        context: What the workers share; told to stop when the drain is over.
        owes_task: Whether a worker has a failed task in hand that is not back in the queue.

    Attributes:
        has_crashed: Whether a worker has; then a queue that is stuck is no fault of its own.
    """

    def __init__(self, context: WorkerContext, owes_task: Callable[[], bool]) -> None:
        self.has_crashed = False
        self._context = context
        self._owes_task = owes_task
        self._is_looking = False
        self._look_again = 0.0
        self._stuck_since: float | None = None
        self._pickups_seen = 0
        self._empty_at: tuple[int, int] | None = None
        """Pickups and returns so far when the queue was last seen empty; None where it was not."""

    async def check(self, client: Redis) -> bool:
        """Every worker is idle: end a drain whose queue is empty, or can no longer be served.

        One of them looks at a time: at 100,000 partitions a look takes longer than `LOOK_S`.

        Args:
            client: A connection on which nothing is under way.

        Returns:
            Whether the one who asked has looked, and is to look again; the others need not.

        Raises:
            QueueError: The queue is stuck, and no crash explains it.
        """
        context = self._context
        is_drain = context.plan.is_drain and context.generator.is_exhausted
        if not is_drain or self._is_looking or context.clock() < self._look_again:
            return False
        if self._owes_task():
            return False
        self._is_looking = True
        try:
            await self._look(client)
        finally:
            self._is_looking = False
            self._look_again = context.clock() + LOOK_S
        return True

    async def _look(self, client: Redis) -> None:
        """Tasks that no worker holds may be back after a lease time; those are waited for."""
        context, strategy = self._context, self._context.strategy
        now = context.clock()
        ttl_s = strategy.lease_ttl_s
        # In this order: a task whose lease expires meanwhile is counted twice, and not overlooked.
        locks = await strategy.locks_left(client) if ttl_s else 0
        waiting = await strategy.waiting(client)
        if not waiting and not locks:
            # Twice, with neither a pickup nor a return in between: a task may have been on its way
            # to a worker, and would come back if it failed there.
            moved = context.pickups, context.returns
            if self._empty_at == moved:
                context.stop()
            self._empty_at = moved
            return
        self._empty_at = None
        if self._stuck_since is None or self._pickups_seen != context.pickups:
            self._stuck_since = now
            self._pickups_seen = context.pickups
        elif now - self._stuck_since > strategy.stuck_s + (ttl_s if locks else 0.0):
            if self.has_crashed:
                # Whose fault it is stands in the report already: who crashed, and what is left.
                context.stop()
                return
            raise _stuck(waiting, locks or await strategy.locks_left(client))


def _stuck(waiting: int, locks: int) -> QueueError:
    are = "partition is" if locks == 1 else "partitions are"
    return QueueError(
        f"{waiting:,} tasks wait, every worker is idle, and none can be taken: {locks:,} "
        f"{are} locked and no worker holds the lock (a connection broke while it was "
        f"taken, or someone else writes to this run's keys)"
    )
