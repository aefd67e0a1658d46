"""Interrupts user code that blocks the whole program.

A method that waits without `await` (a synchronous Redis client, `time.sleep`) stops the event
loop, and with it every timeout of asyncio. Only a signal gets through to it:

```
event loop ──beats──► watchdog, a thread ──no beat for too long──► signal to the main thread
                                                                   └► raises in the user's method
```

The process's one timer (`setitimer`) and SIGALRM stay with whoever hosts us.
"""

import asyncio
import signal
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from types import CodeType, FrameType

AGAIN_S = 1.0
"""How soon it rings again, should the user's code swallow what was raised."""

_watched: set[CodeType] = set()


class BlockedError(BaseException):
    """Raised inside the user's code. Not an Exception, so that `except Exception` lets it pass."""


def watch(code: CodeType) -> None:
    """Let the alarm interrupt what is called from this code, and nothing else of the program."""
    _watched.add(code)


@asynccontextmanager
async def alarm(seconds: float) -> AsyncIterator[None]:
    """Ring when the event loop has stood still for so long; nowhere but in the main thread."""
    number = _unused_signal()
    if threading.current_thread() is not threading.main_thread() or number is None:
        yield
        return
    previous = signal.signal(number, _ring)
    watchdog = _Watchdog(seconds, number)
    beating = asyncio.create_task(_beat(watchdog), name="alarm")
    watchdog.start()
    try:
        yield
    finally:
        beating.cancel()
        watchdog.end()
        signal.signal(number, previous)


class _Watchdog(threading.Thread):
    """Rings when nobody beats any more."""

    def __init__(self, seconds: float, number: int) -> None:
        super().__init__(name="qf-alarm", daemon=True)
        self.seconds = seconds
        self.beaten_at = time.monotonic()
        self._number = number
        self._main = threading.main_thread().ident
        self._ended = threading.Event()

    def run(self) -> None:
        rest_s = self.seconds
        while not self._ended.wait(rest_s):
            rest_s = self.seconds - (time.monotonic() - self.beaten_at)
            if rest_s <= 0 and self._main is not None:
                signal.pthread_kill(self._main, self._number)
                rest_s = AGAIN_S

    def end(self) -> None:
        self._ended.set()
        self.join()


async def _beat(watchdog: _Watchdog) -> None:
    while True:
        watchdog.beaten_at = time.monotonic()
        await asyncio.sleep(min(watchdog.seconds / 4, 1.0))


def _unused_signal() -> int | None:
    """A signal that the process has no handler for, and that does nothing by itself.

    Those for real-time use would end the process, but they come only while our handler is there.
    """
    numbers: list[int] = [signal.SIGURG]
    if hasattr(signal, "SIGRTMIN"):
        numbers += range(signal.SIGRTMAX, signal.SIGRTMIN, -1)
    unused = (each for each in numbers if signal.getsignal(each) is signal.SIG_DFL)
    return next(unused, None)


def _ring(_signal: int, frame: FrameType | None) -> None:
    # After a pause of the whole process (Ctrl-Z) it rings elsewhere, and must do no harm.
    while frame is not None:
        if frame.f_code in _watched:
            raise BlockedError
        frame = frame.f_back
