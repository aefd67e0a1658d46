"""The near end of the pipe to one library's workers; the README of this room has the protocol.

```
Fleet ── open, partitions, push, start, done, stop, kill, close ──► adapter ──► library
      ◄── opened, pushed, started, got, closed, failed ────────────┘
```
"""

import asyncio
import contextlib
import json
import os
import re
import sys
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from queue_fairness.errors import QueueError
from queue_fairness.libraries.catalogue import Setup
from queue_fairness.libraries.environments import make
from queue_fairness.outside import from_outside
from queue_fairness.server.environment import without_secrets
from queue_fairness.server.launcher import socket_parents
from queue_fairness.server.url import keep_secrets_of

PROTOCOL = 1
ANSWER_S = 30.0
"""How long an adapter may take to answer anything but `start`."""
START_S = 120.0
"""How long a fleet may take to be ready: a process per worker on a busy machine."""
CLOSE_S = 8.0
"""How long the library's workers may take to end; then they are killed."""
KILL_S = 5.0
LOG_LINES = 60
"""Lines of what the library writes that are kept."""
LONGEST_LINE = 2**22
CLOCK_S = 60.0
"""A worker's clock that differs by more from ours is another clock."""

_ROOT = Path(__file__).parents[2]
_ADAPTERS = Path(__file__).parent / "adapters"
_WARDEN = (
    "import sys; sys.path.append(sys.argv.pop(1));"
    "from queue_fairness.libraries.child.warden import main; sys.exit(main(sys.argv[1:]))"
)

_ERROR = re.compile(r"[\w.]*(Error|Exception|Warning)\b")
"""Begins the line that says what broke, in Python and in Node."""

Heard = Callable[[str, str, float], None]


class Fleet:
    """One library's workers, from `open` to `close`.

    Args:
        setup: Which library, and how.
        heard: Called for each task that a worker has begun: the worker's name, the task as it was
            pushed, and when it began (`time.monotonic`).
        broke: Called once, when it can serve no more.

    Attributes:
        version: The library's; empty before `open`.
        failure: Why it can serve no more; None while it can.
    """

    def __init__(self, setup: Setup, heard: Heard, broke: Callable[[QueueError], None]) -> None:
        self.version = ""
        self.failure: QueueError | None = None
        self._setup = setup
        self._heard = heard
        self._broke = broke
        self._answers: dict[str, asyncio.Future[dict[str, Any]]] = {}
        self._numbers = 0
        self._log: deque[str] = deque(maxlen=LOG_LINES)
        self._process: asyncio.subprocess.Process | None = None
        self._lifeline: int | None = None
        self._reading: list[asyncio.Task[None]] = []
        self._is_closing = False

    async def open(self, url: str, prefix: str, partitions: Sequence[str], workers: int) -> None:
        """Get the library, start its adapter, and let it connect.

        Raises:
            QueueError: Something is missing, or the library cannot.
        """
        keep_secrets_of(url)
        if self._setup.library is not None:
            await make(self._setup.library.environment)
        await self._launch()
        opened = await self._ask(
            "opened",
            ANSWER_S,
            say="open",
            protocol=PROTOCOL,
            url=url,
            prefix=prefix,
            variant=self._setup.variant,
            workers=workers,
        )
        if opened.get("protocol") != PROTOCOL:
            raise self._error(f"speaks protocol {opened.get('protocol')}, and {PROTOCOL} is needed")
        self.version = from_outside(str(opened.get("version", "")), 24)
        self._say(say="partitions", names=list(partitions))

    async def push(self, partition: str, task: str) -> None:
        """Enqueue a task; returns when the library has it.

        Raises:
            QueueError: It has failed.
        """
        self._numbers += 1
        await self._ask(
            f"pushed {self._numbers}",
            ANSWER_S,
            say="push",
            id=self._numbers,
            partition=partition,
            task=task,
        )

    async def start(self, workers: int) -> None:
        """Start so many workers more; returns when all of them listen.

        Raises:
            QueueError: They cannot be started.
        """
        await self._ask("started", START_S, say="start", workers=workers)

    def done(self, worker: str, task: str) -> None:
        """The work on a task is over: its worker may go on."""
        self._say(say="done", worker=worker, task=task)

    def stop(self, worker: str) -> None:
        """Let a worker leave in order."""
        self._say(say="stop", worker=worker)

    def kill(self, worker: str) -> None:
        """Let a worker be gone as it stands."""
        self._say(say="kill", worker=worker)

    async def close(self) -> None:
        """End all of it; nothing of it runs any more when this returns."""
        self._is_closing = True
        process = self._process
        try:
            if process is not None and self.failure is None and process.returncode is None:
                with contextlib.suppress(QueueError):
                    await self._ask("closed", CLOSE_S, say="close")
        finally:
            self._process = None
            lifeline, self._lifeline = self._lifeline, None
            if lifeline is not None:
                os.close(lifeline)
            if process is not None:
                assert process.stdin is not None
                process.stdin.close()
                await self._see_end(process)

    async def _see_end(self, process: asyncio.subprocess.Process) -> None:
        try:
            async with asyncio.timeout(KILL_S):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
        for each in self._reading:
            each.cancel()
        await asyncio.gather(*self._reading, return_exceptions=True)

    async def _launch(self) -> None:
        command, variables, folder = _command(self._setup)
        far, self._lifeline = os.pipe()
        try:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", "-c", _WARDEN, _ROOT),
                *(str(far), os.pathsep.join(socket_parents()), *map(str, command)),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                limit=LONGEST_LINE,
                pass_fds=(far,),
                start_new_session=True,
                cwd=folder,
                env=variables,
            )
        finally:
            os.close(far)
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._reading = [
            asyncio.create_task(self._listen(self._process.stdout), name="library"),
            asyncio.create_task(self._keep_log(self._process.stderr), name="library's log"),
        ]

    async def _listen(self, stream: asyncio.StreamReader) -> None:
        """Hear the adapter to its end."""
        while line := await stream.readline():
            try:
                message = json.loads(line)
                self._hear(message["say"], message)
            except (ValueError, KeyError, TypeError):
                said = line.decode(errors="replace").strip()
                self.fail(self._error(f"wrote {said[:80]!r}, which is no message"))
        if not self._is_closing:
            await asyncio.sleep(0.05)  # what it wrote last, which says why
            self.fail(self._error(f"ended{self._last_words()}"))

    def _hear(self, word: str, message: dict[str, Any]) -> None:
        if word == "got":
            now = time.monotonic()
            at = float(message.get("at", now))
            is_ours = abs(at - now) < CLOCK_S
            self._heard(
                str(message["worker"]), str(message["task"]), min(at, now) if is_ours else now
            )
        elif word == "failed":
            why = from_outside(str(message["why"]))
            self.fail(self._error(f"says: {why}", str(message.get("details", ""))))
        else:
            key = f"{word} {message['id']}" if "id" in message else word
            waiting = self._answers.pop(key, None)
            if waiting is not None and not waiting.done():
                waiting.set_result(message)

    async def _keep_log(self, stream: asyncio.StreamReader) -> None:
        while line := await stream.readline():
            self._log.append(line.decode(errors="replace").rstrip())

    async def _ask(self, answer: str, within_s: float, **message: object) -> dict[str, Any]:
        """Say something and wait for what answers it."""
        if self.failure is not None:
            raise self.failure
        waiting = asyncio.get_running_loop().create_future()
        self._answers[answer] = waiting
        self._say(**message)
        try:
            async with asyncio.timeout(within_s):
                assert self._process is not None
                assert self._process.stdin is not None
                with contextlib.suppress(ConnectionError):  # then its end is told
                    await self._process.stdin.drain()
                return dict(await waiting)
        except TimeoutError as error:
            problem = f"did not answer {message['say']} within {within_s:g} s{self._last_words()}"
            raise self._error(problem) from error
        finally:
            self._answers.pop(answer, None)

    def _say(self, **message: object) -> None:
        if self._process is not None and self._process.stdin is not None:
            self._process.stdin.write(json.dumps(message).encode() + b"\n")

    def fail(self, error: QueueError) -> None:
        """Serve no more: whoever waits for an answer is told why."""
        if self.failure is not None:
            return
        self.failure = error
        for waiting in self._answers.values():
            if not waiting.done():
                waiting.set_exception(error)
        self._broke(error)

    def _error(self, problem: str, details: str = "") -> QueueError:
        sentence = f"{self._setup.name}: the library's adapter {problem}"
        return QueueError(sentence, details or "\n".join(self._log))

    def _last_words(self) -> str:
        told = [each.strip() for each in self._log if each.strip()]
        telling = [each for each in told if _ERROR.match(each)]
        last = next(reversed(telling or told), "")
        return f"; it wrote: {from_outside(last)}" if last else ""


def _command(setup: Setup) -> tuple[list[str], dict[str, str], str]:
    """What runs an adapter, its environment variables, and the folder where it runs."""
    library = setup.library
    if library is None:
        return list(setup.command), without_secrets(), str(Path.cwd())
    environment, adapter = library.environment, _ADAPTERS / library.adapter
    command = (
        [environment.program, "-I", _ADAPTERS / "launch.py", _ROOT, adapter.name]
        if environment.tool == "uv"
        else [environment.program, adapter.with_suffix(".cjs")]
    )
    return list(map(str, command)), environment.variables(), "/"
