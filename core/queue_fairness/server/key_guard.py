"""Not one key of ours stays on the user's own server, even if the program is killed.

```
main program ──pipe: URL, prefixes "clean" ──► cleaner.py (a session of its own)
                      │
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
from queue_fairness.server.environment import without_secrets

END_GRACE_S = 2.0
"""How long a guard's last cleanup may keep us waiting; it goes on without us after that."""

PATIENCE_S = 10.0
"""How long a guard tries a server that cannot be reached; its keys are out of reach after that."""

NAMES = b"names "
"""What begins a line that tells the names of all keys."""

_CLEANER = Path(__file__).parent / "child" / "cleaner.py"


class KeyGuard:
    """The far end of the pipe to the process that guards one run's keys."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._is_clean = False

    @property
    def pid(self) -> int:
        """Process id of the guard."""
        return self._process.pid

    def tell_names(self, names: Sequence[str]) -> None:
        """Let it remove these keys, as nothing can be found by SCAN; before any is made."""
        self._say(NAMES + json.dumps(list(names)).encode() + b"\n")

    def say_clean(self) -> None:
        """The run's keys are gone: there is nothing left to guard."""
        self._say(b"clean\n")
        self._is_clean = True

    async def leave(self, *, is_clean: bool) -> None:
        """Let the guard do what is left, and see it end."""
        if not self._is_clean:
            self._say(b"clean\n" if is_clean else b"clean up\n")
        assert self._process.stdin is not None
        self._process.stdin.close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(END_GRACE_S):
                await self._process.wait()

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
    guard = KeyGuard(await _start())
    task = {
        "url": endpoint.url,
        "prefixes": list(prefixes),
        "path": sys.path,
        "patience_s": PATIENCE_S,
    }
    guard._say(json.dumps(task).encode() + b"\n")
    is_clean = False
    try:
        yield guard
        is_clean = True
    finally:
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
            env=without_secrets(),
        )
    except OSError as error:
        raise ServerError(
            f"the guard of the run's keys cannot be started with {sys.executable or 'no Python'}"
            f" ({error.strerror}); use the bundled server instead of --redis-url"
        ) from error
