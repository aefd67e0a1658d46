"""Start a server of our own through a supervisor, and know when it dies.

`launch` is the only door. The server listens on a Unix socket in a private folder; when the block
ends, for whatever reason and even by SIGKILL, `supervisor.py` removes both.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from queue_fairness.errors import ServerError
from queue_fairness.outside import from_outside
from queue_fairness.server.environment import without_secrets
from queue_fairness.server.stale_folders import clear_folder

START_TIMEOUT_S = 10.0
STOP_GRACE_S = 5.0
LONGEST_REASON = 400
"""Most characters of why there is no server, which ends with a line of its log."""

_SUPERVISOR = Path(__file__).parent / "child" / "supervisor.py"


class LocalServer:
    """A server that we started.

    Attributes:
        socket_path: Where it listens.
        supervisor_pid: Process id of the program that owns it.
        death: Resolves, with the reason, when the server is gone before it was told to stop.
    """

    def __init__(self, socket_path: Path, supervisor_pid: int) -> None:
        self.socket_path = socket_path
        self.supervisor_pid = supervisor_pid
        self.death: asyncio.Future[ServerError] = asyncio.get_running_loop().create_future()


@asynccontextmanager
async def launch(
    program: Path,
    *,
    start_timeout_s: float = START_TIMEOUT_S,
    parents: Sequence[str] | None = None,
) -> AsyncIterator[LocalServer]:
    """A running server while the block lasts.

    Args:
        program: Absolute path of a Redis or Valkey server program.
        start_timeout_s: Seconds the server may take to answer its first PING.
        parents: Folders in which the server's own folder may be made, best first; by default
            TMPDIR, /tmp, /var/tmp.

    Raises:
        ServerError: If the server cannot be started.
    """
    process = await _start_supervisor(program, start_timeout_s, parents or socket_parents())
    folder: Path | None = None
    watch: asyncio.Task[None] | None = None
    try:
        # The supervisor's own time is on top: Python's start on a busy machine.
        async with asyncio.timeout(start_timeout_s + START_TIMEOUT_S):
            message = await _hear(process)
            if "folder" in message:
                folder = Path(message["folder"])
                message = await _hear(process)
        if "ready" not in message:
            problem = message.get("failed", "cannot be started: its supervisor was killed")
            problem = from_outside(problem, LONGEST_REASON)
            raise ServerError(f"{program} {problem}")
        server = LocalServer(Path(message["ready"]), process.pid)
        watch = asyncio.create_task(_watch(process, program, server), name="server-watch")
        yield server
    except TimeoutError as error:
        if watch is not None:
            raise
        raise ServerError(f"{program} cannot be started: its supervisor hangs") from error
    finally:
        await _stop(process, watch, folder)


def socket_parents() -> tuple[str, ...]:
    """Folders in which a folder for a socket may be made, best first."""
    named = os.environ.get("TMPDIR", "")
    return (*((str(Path(named).absolute()),) if named else ()), "/tmp", "/var/tmp")


async def _start_supervisor(
    program: Path, start_timeout_s: float, parents: Sequence[str]
) -> asyncio.subprocess.Process:
    # -I and -S: nobody's PYTHONPATH, current folder or site-packages take part.
    command = [sys.executable, "-I", "-S", str(_SUPERVISOR), str(program), str(start_timeout_s)]
    starting = asyncio.create_task(
        asyncio.create_subprocess_exec(
            *command,
            *parents,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
            env=without_secrets(),
        ),
        name="supervisor-start",
    )
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        # Unshielded, asyncio would kill the supervisor, which may have made its folder already.
        await asyncio.wait([starting])
        if not starting.cancelled() and starting.exception() is None:
            await _stop(starting.result(), None, None)
        raise
    except OSError as error:
        raise ServerError(
            f"the server's supervisor cannot be started with {sys.executable or 'no Python'}"
            f" ({error.strerror}); pass --redis-url to use a running server"
        ) from error


async def _hear(process: asyncio.subprocess.Process) -> dict[str, str]:
    """The supervisor's next message; empty when it is gone."""
    assert process.stdout is not None
    line = await process.stdout.readline()
    return dict(json.loads(line)) if line.endswith(b"\n") else {}


async def _watch(process: asyncio.subprocess.Process, program: Path, server: LocalServer) -> None:
    """Read the supervisor's pipe to its end, which in the block means that the server is gone."""
    message = await _hear(process)
    reason = message.get("died", "was lost (its supervisor was killed)")
    reason = from_outside(reason, LONGEST_REASON)
    server.death.set_result(ServerError(f"{program} {reason}; start the program again"))


async def _stop(
    process: asyncio.subprocess.Process, watch: asyncio.Task[None] | None, folder: Path | None
) -> None:
    # First what needs no waiting: from here on the supervisor cleans up even if we are cancelled.
    assert process.stdin is not None
    process.stdin.close()
    if watch is not None:
        watch.cancel()
        await asyncio.wait([watch])
    try:
        async with asyncio.timeout(STOP_GRACE_S):
            # To its end, not only to the exit status: else the pipe's transport stays open.
            await process.communicate()
    except TimeoutError:
        process.kill()
        await process.communicate()
    if folder is not None:
        # Nothing is left to clear unless the supervisor was killed; then its server may live.
        await clear_folder(folder)
