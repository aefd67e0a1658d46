"""What tests need to know about the servers of this machine."""

import asyncio
import shutil
import time
from collections.abc import Callable

ENGINES = ["bundled", *(name for name in ("redis-server",) if shutil.which(name))]
"""Servers to test on: the bundled one, and the one on PATH where there is one."""

DEADLINE_S = 30.0


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition; fail if it does not come true in time."""
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("the condition did not come true")
        await asyncio.sleep(0.005)
