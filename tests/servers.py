"""What tests need to know about the servers of this machine."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis

from queue_fairness.server.connection import Endpoint
from queue_fairness.server.programs import bundled_program

ENGINES = ["bundled", *(name for name in ("redis-server",) if shutil.which(name))]
"""Servers to test on: the bundled one, and the one on PATH where there is one."""

on_one_engine = pytest.mark.engines(ENGINES[-1])
"""For tests of what no engine does otherwise: a Redis, where there is one."""
on_each_engine = pytest.mark.engines(*ENGINES)

DEADLINE_S = 30.0

PROGRAMS = [
    pytest.param(str(bundled_program() or ""), id="bundled"),
    pytest.param(
        shutil.which("redis-server") or "",
        id="on-path",
        marks=pytest.mark.skipif(not shutil.which("redis-server"), reason="none on PATH"),
    ),
]
"""The same as programs, for tests that start them by themselves."""


class OwnServer:
    """One server of the user's own, which may be stopped and started again."""

    def __init__(self, program: str, folder: Path) -> None:
        self.program, self._folder = program, folder
        self.path = folder / "socket"
        self.query = ""
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.path}{self.query}"

    def start(self, *options: str) -> None:
        self.path.unlink(missing_ok=True)
        command = [self.program, "--unixsocket", str(self.path), "--dir", str(self._folder)]
        command += ["--save", "", "--port", "0", *options]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        while True:
            assert self._process.poll() is None, f"no server with {options}"
            with socket.socket(socket.AF_UNIX) as probe:
                if probe.connect_ex(str(self.path)) == 0:
                    return

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def client(self) -> Redis:
        return Endpoint(self.url).connect("test")


@contextmanager
def own_server(program: str) -> Iterator[OwnServer]:
    """A server that is not started yet, and is gone with its folder after the block."""
    folder = Path("/tmp", f"t-{os.urandom(4).hex()}")
    folder.mkdir()
    server = OwnServer(program, folder)
    try:
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


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
