"""Puts the tasks of dead workers back into the queue when their leases have expired."""

import asyncio
from collections.abc import Sequence

from redis.asyncio import Redis
from redis.exceptions import RedisError

from queue_fairness.engine.run_parts import RunParts
from queue_fairness.events import REAPER, LeaseExpired, Settled
from queue_fairness.server.outage import may_pass
from queue_fairness.strategies import Lease

REAPS_PER_TTL = 10
"""Expired leases are looked for this often in a lease time, but at least every `REAP_S`."""
REAP_S = 1.0


async def reap(parts: RunParts, client: Redis) -> None:
    """Look for expired leases now and then, until cancelled.

    Raises:
        RedisError, OSError, QueueError: The queue broke.
    """
    period_s = min(REAP_S, parts.strategy.lease_ttl_s / REAPS_PER_TTL)
    emit, clock = parts.emit, parts.clock.now
    while True:
        await asyncio.sleep(period_s)
        expired: Sequence[Lease] = ()
        step = 0
        # Whether Redis is gone for good is for the workers to say.
        try:
            expired, step = await parts.strategy.reap(client)
        except RedisError as error:
            if not may_pass(error):
                raise
        for lease in expired:
            was_finished = parts.in_flight.expire_lease(lease)
            emit(LeaseExpired(clock(), *lease.task, was_finished, step))
        emit(Settled(clock(), REAPER, step))
