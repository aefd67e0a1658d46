"""Simulated work: the bodies of tasks that sleep or keep the processor busy."""

import asyncio
import time

from queue_fairness.load.task_body import Body

SPIN_S = 0.005
"""How long a busy task holds the event loop at a time."""


async def sleep(work_s: float, _partition: str, _number: int) -> None:
    """Wait for so many seconds."""
    await asyncio.sleep(work_s)


async def spin(work_s: float, _partition: str, _number: int) -> None:
    """Keep the processor busy for so many seconds, letting other workers in between."""
    end = time.monotonic() + work_s
    while (now := time.monotonic()) < end:
        pause = min(end, now + SPIN_S)
        while time.monotonic() < pause:
            pass
        await asyncio.sleep(0)


BODIES: dict[str, Body] = {"sleep": sleep, "cpu": spin}
"""By the name of a plan's `task`."""
