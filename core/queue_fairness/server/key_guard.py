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
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from queue_fairness.errors import ServerError
from queue_fairness.server.connection import Endpoint
from queue_fairness.server.environment import without_secrets

END_GRACE_S = 5.0
"""How long a guard's last cleanup may keep us waiting; it goes on without us after that."""
SILENT_GRACE_S = 1.0
"""The same where nothing is to be expected of it: it has nothing to do, or nobody answers it."""
PATIENCE_S = 120.0
"""How long a guard tries a server that cannot be reached; its keys are out of reach after that."""
MOST_RESTARTS = 10
"""So often a guard that was killed is replaced in one run: whoever kills that many means it."""
LOOK_S = 0.25
"""How often it is looked whether the guard lives."""
END_LOOK_S = 0.01
"""The same when it is about to end."""

NAMES = b"names "
"""What begins a line that tells the names of all keys."""

_CLEAN_UP = b"clean up\n"
_CLEANER = Path(__file__).parent / "child" / "cleaner.py"
CLEAN = "queue-fairness-tui clean"
_LEFT_BEHIND: "list[subprocess.Popen[bytes]]" = []
"""Guards that were still at work when they were last looked at. Python warns of forgotten ones."""


class KeyGuard:
    """The far end of the pipe to the process that guards one run's keys.

    Attributes:
        grace_s: How long to wait for its last cleanup, in seconds.
        remark: What the user has to know about keys that may be left; None for nothing.
    """

    def __init__(self, task: bytes, key_prefix: str = "") -> None:
        self.grace_s = END_GRACE_S
        self.remark: str | None = None
        self._task = task
        self._command = f"{CLEAN} --key-prefix {key_prefix}" if key_prefix else CLEAN
        self._is_clean = False
        self._process = _start()
        self._say(task)

    @property
    def pid(self) -> int:
        """Process id of the guard."""
        return self._process.pid

    def tell_names(self, names: Sequence[str]) -> None:
        """Let it remove these keys, as nothing can be found by SCAN; before any is made."""
        words = NAMES + json.dumps(list(names)).encode() + b"\n"
        # One that takes the place of this has to be told as well.
        self._task += words
        self._say(words)

    def say_clean(self) -> None:
        """The run's keys are gone: there is nothing left to guard."""
        self._say(b"clean\n")
        self._is_clean = True

    async def keep_alive(self) -> None:
        """Put another guard into the place of one that was killed, until cancelled."""
        for _ in range(MOST_RESTARTS):
            await _end_of(self._process, LOOK_S)
            assert self._process.stdin is not None
            self._process.stdin.close()
            try:
                self._process = _start()
            except ServerError:
                break
            self._say(self._task)
        self.remark = (
            "the process that removes this run's keys if this program is killed was killed itself,"
            f" time and again; if this program is killed too, remove them with {self._command}"
        )

    async def leave(self, *, is_clean: bool) -> None:
        """Let the guard do what is left, see it end, and note what came of it in `remark`."""
        if not self._is_clean:
            self._say(b"clean\n" if is_clean else _CLEAN_UP)
        is_clean = is_clean or self._is_clean
        status = None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SILENT_GRACE_S if is_clean else self.grace_s):
                status = await self._see_end(is_clean=is_clean)
        if is_clean or status == 0:
            self.remark = None
        elif status is None:
            self.remark = (
                "this run's keys may still be in Redis: a process of ours tries to remove them for"
                f" {PATIENCE_S / 60:.0f} minutes more; after that: {self._command}"
            )
        else:
            self.remark = (
                f"this run's keys may still be in Redis: remove them with {self._command} once it"
                " answers and lets you"
            )

    async def _see_end(self, *, is_clean: bool) -> int:
        """Wait for the guard's end, and let another one do what a killed one has not done."""
        for _ in range(MOST_RESTARTS):
            process = self._process
            assert process.stdin is not None
            process.stdin.close()
            _LEFT_BEHIND.append(process)
            status = await _end_of(process, END_LOOK_S)
            _LEFT_BEHIND.remove(process)
            if status >= 0 or is_clean:
                break
            try:
                self._process = _start()
            except ServerError:
                break
            self._say(self._task + _CLEAN_UP)
        return status

    def _say(self, words: bytes) -> None:
        assert self._process.stdin is not None
        # A guard that was killed hears nothing; another one is told all of it.
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(words)


@asynccontextmanager
async def guard_keys(
    endpoint: Endpoint,
    prefixes: Sequence[str],
    key_prefix: str = "",
    mark: str = "",
    indexes: Sequence[str] = (),
) -> AsyncIterator[KeyGuard]:
    """See to it that no key `{prefix}:…`, of any prefix, survives the block or the program.

    Leave the block by its normal end when the keys are removed. If it is left by an exception
    without `say_clean`, the guard cleans up, and is waited for. If the program dies, the guard
    cleans up on its own. The guard is started without waiting for it.

    Args:
        endpoint: Where the keys are.
        prefixes: Their beginnings.
        key_prefix: What the user wants before the names of all keys, for the command that cleans.
        mark: What other keys of the run hold; empty if there are none. See `remove_marked`.
        indexes: As there.

    Raises:
        ServerError: If the guard cannot be started.
    """
    task = {
        "url": endpoint.url,
        "prefixes": list(prefixes),
        "mark": mark,
        "indexes": list(indexes),
        "path": sys.path,
        "patience_s": PATIENCE_S,
    }
    guard = KeyGuard(json.dumps(task).encode() + b"\n", key_prefix)
    keeping = asyncio.create_task(guard.keep_alive(), name="guard of the guard")
    is_clean = False
    try:
        yield guard
        is_clean = True
    finally:
        keeping.cancel()
        await asyncio.wait([keeping])
        await guard.leave(is_clean=is_clean)


def _start() -> "subprocess.Popen[bytes]":
    # Not asyncio's, which kill a process that is forgotten: this one may go on when we have ended.
    try:
        return subprocess.Popen(
            [sys.executable, "-I", "-S", _CLEANER],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            cwd="/",
            env=without_secrets(),
        )
    except OSError as error:
        raise ServerError(
            f"the guard of the run's keys cannot be started with {sys.executable or 'no Python'}"
            f" ({error.strerror}); use the bundled server instead of --redis-url"
        ) from error


async def _end_of(process: "subprocess.Popen[bytes]", look_s: float) -> int:
    while (status := process.poll()) is None:  # noqa: ASYNC110 (only a thread could wait for it)
        await asyncio.sleep(look_s)
    return status
