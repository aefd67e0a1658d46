"""What the tests of our own server share: how it is started, and what it may leave."""

import contextlib
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.server import Server, open_server

ON_PATH = shutil.which("redis-server")


def processes(parent: Path) -> list[str]:
    """The supervisors and servers that work in the folder."""
    return [line for line in command_lines() if str(parent) in line]


def command_lines() -> list[str]:
    if not Path("/proc/self/cmdline").exists():
        command = ["/bin/ps", "-axww", "-o", "args="]
        return subprocess.check_output(command, text=True).splitlines()
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            found.append(process.read_text(errors="replace").replace("\0", " "))
    return found


def is_clean(parent: Path) -> bool:
    return not any(parent.iterdir()) and not processes(parent)


@asynccontextmanager
async def opened(engine: str) -> AsyncIterator[Server]:
    async with open_server(ServerChoice(redis_server=engine)) as server:
        yield server
