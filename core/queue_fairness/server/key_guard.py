"""Not one key of ours stays on the user's own server, even if the program is killed.

```
main program ──pipe: URL, prefixes "clean" ──► cleaner.py (a session of its own)
                      │                          └─ killed alone: another one takes its place
                      └─ closes without "clean": remove them all, and once more a second later
```

The secret URL travels through the pipe alone, never by arguments or environment.
"""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from queue_fairness.errors import ServerError
from queue_fairness.server.connection import Endpoint

END_GRACE_S = 5.0
"""How long a guard's last cleanup may keep us waiting; it goes on without us after that."""
SILENT_GRACE_S = 1.0
"""The same where the server is silent, and nothing is to be expected."""
PATIENCE_S = 120.0
"""How long a guard tries a server that cannot be reached; its keys are out of reach after that."""
MOST_RESTARTS = 10
"""So often a guard that was killed is replaced in one run: whoever kills that many means it."""
RESTART_S = 0.2

_CLEANER = Path(__file__).parent / "child" / "cleaner.py"
CLEAN = "queue-fairness-tui clean"


class KeyGuard:
    """The far end of the pipe to the process that guards one run's keys.

    Attributes:
        grace_s: How long to wait for its last cleanup, in seconds.
        remark: What the user has to know about keys that may be left; None for nothing.
    """

    def __init__(self, process: asyncio.subprocess.Process, task: bytes) -> None:
        self.grace_s = END_GRACE_S
        self.remark: str | None = None
        self._process = process
        self._task = task
        self._is_clean = False
        self._say(task)

    @property
    def pid(self) -> int:
        """Process id of the guard."""
        return self._process.pid

    def say_clean(self) -> None:
        """The run's keys are gone: there is nothing left to guard."""
        self._say(b"clean\n")
        self._is_clean = True

    async def keep_alive(self) -> None:
        """Put another guard into the place of one that was killed, until cancelled."""
        for _ in range(MOST_RESTARTS):
            await self._process.wait()
            await asyncio.sleep(RESTART_S)
            try:
                # Whole, or not at all: a guard that was begun has to be told what to do.
                self._process = await asyncio.shield(_start())
            except ServerError:
                break
            self._say(self._task)
        self.remark = (
            "the process that removes this run's keys if this program is killed was killed itself,"
            f" time and again; if this program is killed too, remove them with {CLEAN}"
        )

    async def leave(self, *, is_clean: bool) -> None:
        """Let the guard do what is left, see it end, and note what came of it in `remark`."""
        if not self._is_clean:
            self._say(b"clean\n" if is_clean else b"clean up\n")
        assert self._process.stdin is not None
        self._process.stdin.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self.grace_s):
                await self._process.wait()
        status = self._process.returncode
        if is_clean or self._is_clean or status == 0:
            self.remark = None
        elif status is None:
            self.remark = (
                "this run's keys may still be in Redis: a process of ours tries to remove them for"
                f" {PATIENCE_S / 60:.0f} minutes more; after that: {CLEAN}"
            )
        else:
            self.remark = (
                f"this run's keys may still be in Redis: remove them with {CLEAN} once it answers"
                " and lets you"
            )

    def _say(self, words: bytes) -> None:
        assert self._process.stdin is not None
        if not self._process.stdin.is_closing():
            self._process.stdin.write(words)


@asynccontextmanager
async def guard_keys(endpoint: Endpoint, prefixes: Sequence[str]) -> AsyncIterator[KeyGuard]:
    """See to it that no key `{prefix}:…`, of any prefix, survives the block or the program.

    Leave the block by its normal end when the keys are removed. If it is left by an exception
    without `say_clean`, the guard cleans up, and is waited for. If the program dies, the guard
    cleans up on its own. The guard is started without waiting for it.

    Raises:
        ServerError: If the guard cannot be started.
    """
    task = {
        "url": endpoint.url,
        "prefixes": list(prefixes),
        "path": sys.path,
        "patience_s": PATIENCE_S,
    }
    guard = KeyGuard(await _start(), json.dumps(task).encode() + b"\n")
    keeping = asyncio.create_task(guard.keep_alive(), name="guard of the guard")
    is_clean = False
    try:
        yield guard
        is_clean = True
    finally:
        keeping.cancel()
        await asyncio.wait([keeping])
        await guard.leave(is_clean=is_clean)


async def _start() -> asyncio.subprocess.Process:
    try:
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-I", "-S", _CLEANER),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
        )
    except OSError as error:
        raise ServerError(
            f"the guard of the run's keys cannot be started with {sys.executable or 'no Python'}"
            f" ({error.strerror}); use the bundled server instead of --redis-url"
        ) from error
