"""The far end of the pipe: an adapter's main program.

stdin and stdout are the protocol's; whatever the library prints goes to stderr.
"""

import asyncio
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import time
import traceback
from abc import ABC, abstractmethod
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from queue_fairness.libraries.adapters.desk import PROCESS, SOCKET, WORKER
from queue_fairness.libraries.adapters.hub import Hub
from queue_fairness.server.child.supervisor import die_with_parent

PROTOCOL = 1
LISTEN_S = 110.0
"""How long a worker may take until it listens."""
LOOK_S = 0.2
"""How often it is looked whether all workers live."""
END_S = 6.0
"""How long workers may take to end in order."""


class Adapter(ABC):
    """Drives one library. Its methods are called in the main thread, one at a time.

    Attributes:
        url: The Redis under test.
        prefix: Begins every key that the library lets us name.
        variant: Which set-up: what comes after the colon of the strategy's name.
        workers: How many there will be.
        partitions: Their names.
        processes: The library's worker processes, by name.
    """

    package: str
    """As it is installed."""

    def __init__(self) -> None:
        self.url = self.prefix = self.variant = ""
        self.workers = 0
        self.partitions: list[str] = []
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        self.hub: Hub | None = None
        self._listening = threading.Semaphore(0)
        self._started = 0

    @property
    def run(self) -> str:
        """The run's id in a form that any name may hold: `qf-1a2b3c4d`."""
        return "".join(
            each for each in self.prefix.replace(":", "-") if each.isalnum() or each == "-"
        )

    def open(self) -> None:  # noqa: B027  # not all have something to connect
        """Connect."""

    @abstractmethod
    def push(self, partition: str, task: str) -> None:
        """Enqueue a task by the library's own client."""

    @abstractmethod
    def start(self, workers: int) -> None:
        """Start so many workers more, by `spawn`; they are waited for afterwards."""

    def close(self) -> None:  # noqa: B027  # nor to let go of
        """Let go of what `open` made; the workers have ended."""

    def note_listening(self) -> None:
        """A worker is about to take its first task."""
        self._listening.release()

    def spawn(
        self, module: str, *, listeners: int = 1, name: str | None = None, **told: object
    ) -> None:
        """Start one process of the library's workers.

        Args:
            module: Of this folder, `module:function`.
            listeners: How many say in it that they listen.
            name: What its one worker is called; None for one that has several, each a process.
            told: What `desk.told` gives it besides `url`, `prefix`, `variant` and `partitions`;
                through a pipe, since the URL may hold a password.
        """
        own = name or f"node {len(self.processes)}"
        process = subprocess.Popen(
            [sys.executable, "-I", *_launcher(), module],
            stdin=subprocess.PIPE,
            stdout=2,
            env={**os.environ, SOCKET: _socket_path(), WORKER: name or ""},
            preexec_fn=die_with_parent(os.getpid()),  # noqa: PLW1509 (it only sets a flag)
        )
        usual = {
            "url": self.url,
            "prefix": self.prefix,
            "variant": self.variant,
            "partitions": self.partitions,
        }
        assert process.stdin is not None
        process.stdin.write(json.dumps({**usual, **told}).encode() + b"\n")
        process.stdin.close()
        self.processes[own] = process
        self._started += listeners

    def next_name(self) -> str:
        """A name for one worker more: w0, then w1."""
        number = 0
        while f"w{number}" in self.processes:
            number += 1
        return f"w{number}"

    def wait_until_listening(self) -> None:
        """Wait until all workers that were started listen."""
        deadline = time.monotonic() + LISTEN_S
        while self._started:
            if self._listening.acquire(timeout=LOOK_S):
                self._started -= 1
            elif time.monotonic() > deadline:
                raise RuntimeError(f"{self._started} workers do not listen after {LISTEN_S:g} s")
            self.look_after_workers()

    def look_after_workers(self) -> None:
        """Complain of a worker that is gone though nobody asked it to."""
        for name, process in self.processes.items():
            if process.poll() is not None:
                raise RuntimeError(f"worker {name} ended by itself (status {process.returncode})")

    def stop_worker(self, name: str, *, kill: bool) -> None:
        """Let the process of one worker end; nothing to do where it has several."""
        if kill and name.startswith(PROCESS):
            os.kill(int(name.removeprefix(PROCESS)), signal.SIGKILL)
        process = self.processes.pop(name, None)
        if process is not None:
            (process.kill if kill else process.terminate)()

    def end_workers(self) -> None:
        """Let all worker processes end, and see to it that they do."""
        for process in self.processes.values():
            process.terminate()
        deadline = time.monotonic() + END_S
        for process in self.processes.values():
            try:
                process.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes.clear()


class AsyncAdapter(Adapter):
    """One whose library's client is async; its event loop runs while it is asked for something."""

    def __init__(self) -> None:
        super().__init__()
        self._loop = asyncio.Runner()

    def open(self) -> None:
        """Connect."""
        self._loop.run(self.connect())

    def push(self, partition: str, task: str) -> None:
        """Enqueue a task."""
        self._loop.run(self.enqueue(partition, task))

    def close(self) -> None:
        """Disconnect."""
        self._loop.run(self.disconnect())
        self._loop.close()

    async def connect(self) -> None:
        """Connect the client."""

    @abstractmethod
    async def enqueue(self, partition: str, task: str) -> None:
        """Enqueue a task by the library's own client."""

    async def disconnect(self) -> None:
        """Let go of the client."""


def serve(adapter: Adapter) -> None:
    """Speak the protocol until told to close."""
    messages = os.fdopen(os.dup(0), "rb")
    out = os.dup(1)
    os.dup2(2, 1)
    saying = threading.Lock()

    def say(**message: object) -> None:
        with saying:
            os.write(out, json.dumps(message).encode() + b"\n")

    def heard(message: dict[str, Any]) -> None:
        if message["say"] == "listening":
            adapter.note_listening()
        else:
            say(**message)

    adapter.hub = Hub(_socket_path(), heard)
    adapter.hub.start()
    asked: queue.Queue[dict[str, Any]] = queue.Queue()

    def listen() -> None:
        for line in messages:
            message = json.loads(line)
            if message["say"] == "done":
                assert adapter.hub is not None
                adapter.hub.go_on(message["worker"], message["task"])
            else:
                asked.put(message)
        asked.put({"say": "close"})

    threading.Thread(target=listen, name="pipe", daemon=True).start()
    try:
        while _obey(adapter, asked, say):
            pass
    except Exception as error:  # noqa: BLE001  # whatever it is, whoever measures has to know
        say(say="failed", why=f"{type(error).__name__}: {error}", details=traceback.format_exc())
        messages.close()


def _obey(adapter: Adapter, asked: "queue.Queue[dict[str, Any]]", say: Any) -> bool:  # noqa: ANN401
    """Do the next thing that was asked for; False when all is over."""
    try:
        message = asked.get(timeout=LOOK_S)
    except queue.Empty:
        adapter.look_after_workers()
        return True
    match message["say"]:
        case "open":
            adapter.url, adapter.prefix = message["url"], message["prefix"]
            adapter.variant, adapter.workers = message["variant"], message["workers"]
            adapter.open()
            say(say="opened", protocol=PROTOCOL, version=version(adapter.package))
        case "partitions":
            adapter.partitions = message["names"]
        case "push":
            adapter.push(message["partition"], message["task"])
            say(say="pushed", id=message["id"])
        case "start":
            adapter.start(message["workers"])
            adapter.wait_until_listening()
            say(say="started")
        case "stop" | "kill" as word:
            adapter.stop_worker(message["worker"], kill=word == "kill")
        case "close":
            adapter.end_workers()
            adapter.close()
            say(say="closed")
            return False
    return True


def _socket_path() -> str:
    return str(Path(os.environ["QF_FOLDER"], "s"))


def _launcher() -> Sequence[str]:
    here = Path(__file__).parent
    return str(here / "launch.py"), str(here.parents[2])
