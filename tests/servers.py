"""What tests need to know about the servers of this machine."""

import asyncio
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

ENGINES = ["bundled", *(name for name in ("redis-server",) if shutil.which(name))]
"""Servers to test on: the bundled one, and the one on PATH where there is one."""

on_one_engine = pytest.mark.engines(ENGINES[-1])
"""For tests of what no engine does otherwise: a Redis, where there is one."""
on_each_engine = pytest.mark.engines(*ENGINES)

DEADLINE_S = 30.0


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition; fail if it does not come true in time."""
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("the condition did not come true")
        await asyncio.sleep(0.005)


def processes_of(folder: Path) -> list[str]:
    """Command lines of the processes that name a folder: our server and its supervisor."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue  # it has ended meanwhile
        if str(folder) in line:
            found.append(line)
    return found
