"""Lets a long run forget its oldest tasks, so that its memory does not grow with their number."""

import asyncio

from queue_fairness.engine.run_parts import RunParts

FORGET_S = 60.0
"""How long a task is remembered after it was finished, at least."""
FORGET_TTLS = 2.0
"""The same in lease times: within one, a task that is finished may be handed out once more."""


async def forget_finished_tasks(parts: RunParts) -> None:
    """Forget now and then what was finished at the last look already, until cancelled."""
    period_s = max(FORGET_S, FORGET_TTLS * parts.strategy.lease_ttl_s)
    finished_before = 0
    while True:
        await asyncio.sleep(period_s)
        parts.task_log.forget(finished_before)
        parts.in_flight.forget(finished_before)
        parts.recorder.counters.forget(finished_before)
        finished_before = parts.in_flight.oldest_unfinished()
