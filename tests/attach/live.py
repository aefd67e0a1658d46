"""A real server with a real library's queues and a real worker on it, to be looked at."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis
from attach.environments import node_modules, python_of
from servers import ENGINES

from queue_fairness.server.programs import bundled_program

WORKERS = Path(__file__).parent / "workers"
DEADLINE_S = 120.0
FOREVER_S = 600.0
TENANTS = {"acme": 5, "bolt": 3, "corto": 2}
"""As in workers/common.py: what is filled, before one of acme's is taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """How one library is run, and what its layout tells."""

    name: str
    """As `--library` has it."""
    program: str
    environment: str
    variables: Mapping[str, str] = field(default_factory=dict)
    queue: str = "{}"
    """What the queue of a tenant is called."""
    by: str = "kwargs.customer"
    """Where its tasks have the tenant."""
    ahead: int = 0
    """Tasks that a worker fetches besides the one that it does."""
    tells_service: bool = True
    tells_worker: bool = True
    tells_death_s: float | None = None
    """How long after a SIGKILL it can be told that the worker is gone; None for never."""
    has_truth: bool = True
    """Whether its own API tells what waits."""

    @property
    def title(self) -> str:
        """Its name, with what makes it differ from others of that name."""
        return "-".join((self.name, *self.variables.values()))


LIBRARIES = [
    Library(name="agentexec", program="agentexec_.py", environment="agentexec",
            tells_worker=True, tells_death_s=8, has_truth=False),
    Library(name="rq", program="rq_.py", environment="rq", by="args.0"),
    Library(name="bullmq", program="bull_.cjs", environment="node",
            by="data.customerId", tells_death_s=4),
    Library(name="bull", program="bull_.cjs", environment="node", variables={"LIB": "bull"},
            by="data.customerId", tells_worker=False, tells_death_s=4),
    Library(name="celery", program="celery_.py", environment="celery",
            by="args.0", tells_worker=False),
    Library(name="taskiq", program="taskiq_.py", environment="taskiq", queue="jobs:{}",
            by="args.0", ahead=1, tells_service=False, has_truth=False),
    Library(name="taskiq", program="taskiq_.py", environment="taskiq", queue="jobs:{}",
            variables={"KIND": "stream"}, by="args.0", ahead=1, has_truth=False),
    Library(name="streaq", program="streaq_.py", environment="streaq", by="args.0", ahead=1,
            has_truth=False),
    Library(name="streams", program="streams_.py", environment="streams", queue="jobs:{}"),
    Library(name="saq", program="saq_.py", environment="saq"),
    Library(name="arq", program="arq_.py", environment="arq", queue="arq:queue:{}",
            tells_worker=False),
    Library(name="dramatiq", program="dramatiq_.py", environment="dramatiq"),
    Library(name="huey", program="huey_.py", environment="huey",
            by="args.0", tells_service=False),
]  # fmt: skip


@contextmanager
def server() -> Iterator[str]:
    """A server on a port of this machine, which every library can reach; its URL."""
    program = shutil.which(ENGINES[-1]) or str(bundled_program())
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="qfa-", dir="/tmp") as folder:
        command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
        command += ["--dir", folder, "--enable-debug-command", "yes"]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            url = f"redis://127.0.0.1:{port}/0"
            with redis.Redis.from_url(url) as client:
                wait_for(lambda: _answers(client))
            yield url
        finally:
            process.kill()
            process.wait()


def _answers(client: redis.Redis) -> bool:
    with contextlib.suppress(redis.ConnectionError):
        return bool(client.ping())
    return False


def wait_for(condition: Any, within_s: float = DEADLINE_S) -> None:
    """Wait until a condition is true."""
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true"
        time.sleep(0.02)


class Live:
    """A library on a server: filled at once, then worked at, and its worker stopped or killed."""

    def __init__(self, library: Library, url: str, folder: Path, service_s: float) -> None:
        self.library, self.url = library, url
        self.tenant = ""
        """Whose task is being done."""
        self._held = folder / "held"
        self._worker: subprocess.Popen[bytes] | None = None
        self._environment = {
            **os.environ,
            **library.variables,
            "HELD": str(self._held),
            "SERVICE_S": str(service_s),
            "PYTHONPATH": str(WORKERS),
        }
        if library.environment == "node":
            self._environment["NODE_PATH"] = str(node_modules())
            self._command = ["node", str(WORKERS / library.program)]
        else:
            self._command = [str(python_of(library.environment)), str(WORKERS / library.program)]

    def run(self, action: str) -> str:
        """Fill, or tell the truth."""
        done = subprocess.run(
            [*self._command, action, self.url],
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
            check=False,
            cwd=self._held.parent,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    def truth(self) -> dict[str, Any]:
        """What waits and since when, by the library's own API."""
        told: dict[str, Any] = json.loads(self.run("truth").splitlines()[-1])
        return told

    def work(self) -> None:
        """Start its worker, and wait until it does a task: acme's, if it does not choose."""
        log = self._held.with_name("log")
        with log.open("wb") as out:
            self._worker = subprocess.Popen(
                [*self._command, "work", self.url],
                env=self._environment,
                stdout=out,
                stderr=out,
                start_new_session=True,
                cwd=self._held.parent,
            )
        wait_for(lambda: self._held.exists() or self._worker_ended(log))
        self.tenant = self._held.read_text()

    def _worker_ended(self, log: Path) -> bool:
        assert self._worker is not None
        assert self._worker.poll() is None, log.read_text(errors="replace")[-2000:]
        return False

    def signal(self, number: int) -> None:
        """Send a signal to the worker and all its processes."""
        if self._worker is not None and self._worker.poll() is None:
            os.killpg(self._worker.pid, number)
        if number == signal.SIGKILL and self._worker is not None:
            self._worker.wait()


@contextmanager
def live(library: Library, url: str, folder: Path, service_s: float = FOREVER_S) -> Iterator[Live]:
    """A library whose queues are filled; no worker is left."""
    running = Live(library, url, folder, service_s)
    running.run("fill")
    try:
        yield running
    finally:
        running.signal(signal.SIGKILL)
