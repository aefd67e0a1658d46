"""An event loop in a thread of its own, for callers that have none or are in one already.

```
caller's thread                     loop's thread (daemon)
run(work) ── threadsafe ──────────► work, on exact timers
waits; looks at the beat each 0.5 s ◄── beats 4 times a second
```

Nothing of the host's is touched: no signal, no timer, no event loop of the caller's. What the host
raises in the waiting thread (Ctrl-C, a timeout of its test runner) ends the wait, and the work with
it.
"""

import asyncio
import sys
import threading
import time
import traceback
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, TypeVar

from queue_fairness.event_loop import run as run_loop
from queue_fairness.strategies.custom.protocol import TIMEOUT_S

T = TypeVar("T")

BEAT_S = 0.25
LOOK_S = 0.5
STUCK_S = 3 * TIMEOUT_S
"""How long the loop may stand still before it is given up: a queue's method that blocks it for less
is merely slow, and the run says so."""
GRACE_S = 5.0
"""How long work that is given up may take to leave nothing behind."""


class StuckError(Exception):
    """The loop stands still: something in it waits without `await`; its text is where."""


class LoopThread:
    """`LoopThread()`, then `run(work)` as often as liked, then `close()`.

    Attributes:
        is_stuck: Whether it stands still for good; it can only be left behind.
    """

    def __init__(self) -> None:
        self.is_stuck = False
        self._beaten_at = time.monotonic()
        self._ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ending: asyncio.Event | None = None
        self._thread = threading.Thread(target=self._serve, name="queue-fairness", daemon=True)
        self._thread.start()
        self._ready.wait()

    def run(self, make: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Do the work in the loop, and wait for it.

        Args:
            make: Makes the coroutine.

        Raises:
            StuckError: The loop stands still.
        """
        __tracebackhide__ = True
        assert self._loop is not None
        over = threading.Event()

        async def work() -> T:
            __tracebackhide__ = True
            try:
                return await make()
            finally:
                over.set()

        future = asyncio.run_coroutine_threadsafe(work(), self._loop)
        try:
            return self._await(future)
        except BaseException:
            if not future.done() and not self.is_stuck:
                future.cancel()
                over.wait(GRACE_S)
            raise

    def close(self) -> None:
        """End the loop and its thread; one that is stuck is left behind."""
        if self.is_stuck or self._loop is None or self._ending is None:
            return
        self._loop.call_soon_threadsafe(self._ending.set)
        self._thread.join(GRACE_S)

    def _await(self, future: "Future[T]") -> T:
        __tracebackhide__ = True
        while True:
            try:
                return future.result(LOOK_S)
            except TimeoutError:
                if future.done():
                    return future.result()
            if time.monotonic() - self._beaten_at > STUCK_S:
                self.is_stuck = True
                frame = sys._current_frames().get(self._thread.ident or 0)
                raise StuckError("".join(traceback.format_stack(frame)))

    def _serve(self) -> None:
        run_loop(self._beat())

    async def _beat(self) -> None:
        self._loop, self._ending = asyncio.get_running_loop(), asyncio.Event()
        self._ready.set()
        while not self._ending.is_set():
            self._beaten_at = time.monotonic()
            with suppress(TimeoutError):
                async with asyncio.timeout(BEAT_S):
                    await self._ending.wait()
