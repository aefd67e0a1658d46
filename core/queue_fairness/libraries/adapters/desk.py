"""Where a library's task function reports: I have got this task; may I go on?

Called inside the library's own worker, in whichever process or thread that runs it.
"""

import asyncio
import json
import os
import socket
import sys
import threading
import time
from typing import Any

SOCKET, WORKER = "QF_SOCKET", "QF_WORKER"
"""Variables that tell a worker's process where the hub is, and what it is called."""

PROCESS = "process "
"""Begins the name of a worker that is known by its process id alone."""

_local = threading.local()
"""A connection per thread of a process: a fork has to make its own."""


def meet(task: str) -> None:
    """Say that this task has begun, and return when its work is over."""
    if getattr(_local, "owner", None) != os.getpid():
        _local.stream = _connect().makefile("rwb")
        _local.owner = os.getpid()
    stream = _local.stream
    stream.write(_line(say="got", worker=_name(), task=task, at=time.monotonic()))
    stream.flush()
    if not stream.readline():
        os._exit(1)  # nobody measures any more


async def meet_async(task: str) -> None:
    """The same, letting the event loop run meanwhile. A connection per task at a time."""
    pool = _streams.setdefault(asyncio.get_running_loop(), [])
    reader, writer = pool.pop() if pool else await asyncio.open_unix_connection(os.environ[SOCKET])
    writer.write(_line(say="got", worker=_name(), task=task, at=time.monotonic()))
    if not await reader.readline():
        os._exit(1)
    pool.append((reader, writer))


def told() -> dict[str, Any]:
    """What this worker's process has to know: `url`, `prefix`, `variant`, `partitions` and more."""
    return dict(json.loads(sys.stdin.buffer.readline()))


def listening() -> None:
    """Say that this worker is about to take its first task."""
    with _connect() as connection:
        connection.sendall(_line(say="listening", worker=_name()))


def _connect() -> socket.socket:
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(os.environ[SOCKET])
    return connection


def _name() -> str:
    return os.environ.get(WORKER) or f"{PROCESS}{os.getpid()}"


def _line(**message: object) -> bytes:
    return json.dumps(message).encode() + b"\n"


_streams: dict[
    asyncio.AbstractEventLoop, list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]
] = {}
