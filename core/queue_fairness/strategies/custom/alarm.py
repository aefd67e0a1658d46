"""Interrupts user code that blocks the whole program.

A method that waits without `await` (a synchronous Redis client, `time.sleep`) stops the event
loop, and with it every timeout of asyncio. Only a signal gets through to it. The loop resets
the alarm while it runs; when the alarm rings, it raises inside the user's method.
"""

import asyncio
import signal
import threading
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
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or not hasattr(signal, "setitimer"):
        yield
        return
    previous = signal.signal(signal.SIGALRM, _ring)
    beating = asyncio.create_task(_put_off(seconds), name="alarm")
    try:
        yield
    finally:
        beating.cancel()
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous or signal.SIG_DFL)


async def _put_off(seconds: float) -> None:
    while True:
        signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN_S)
        await asyncio.sleep(min(seconds / 4, 1.0))


def _ring(_signal: int, frame: FrameType | None) -> None:
    # After a pause of the whole process (Ctrl-Z) it rings elsewhere, and must do no harm.
    while frame is not None:
        if frame.f_code in _watched:
            raise BlockedError
        frame = frame.f_back
