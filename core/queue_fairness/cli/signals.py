"""Ctrl-C, SIGTERM, SIGHUP and SIGQUIT end the program in order, and in time, whatever hangs.

```
start-up          nothing is open yet: the end, at once
first signal      the run is asked to end; its result is printed, everything is put away
PATIENCE_S later  what still hangs is left to the processes that stand beside (supervisor, guard,
                  keeper); the result so far is printed
second Ctrl-C     the same at once
```

A thread waits for the signals, because the event loop may be what hangs. A signal that was ignored
when the program was started (`nohup`) stays ignored.
"""

import os
import select
import signal
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from types import FrameType
from typing import TYPE_CHECKING, TypeVar

from queue_fairness.cli.start_up import SIGNALS, heard

if TYPE_CHECKING:
    import asyncio

T = TypeVar("T")
PATIENCE_S = 2.0
"""How long the program may take to end in order after the first signal."""
LAST_WORDS_S = 0.7
"""How long it may then take to print the result: less than 3 s in all."""
LOOK_S = 0.2
"""How long the event loop may take to answer, before it counts as standing still."""
ONE_PRESS_S = 0.05
"""Two SIGINT within this time are one Ctrl-C, which a wrapper (`uv run`) has passed on as well."""


class SignalHandler:
    """Ends the program when it gets a signal: `signals.listen(...)`, then set `stop`.

    Attributes:
        status: The exit status: 130 after Ctrl-C, 128 + n after signal n, None without a signal.
        stop: Called in the event loop at the first signal; while it is None, the program's main
            task is cancelled instead.
        last_words: Called, maybe in a thread, before the program is ended without waiting: gives
            the terminal back, and prints the result so far. None: there is nothing to do.
    """

    def __init__(self) -> None:
        self.status: int | None = None
        self.stop: Callable[[], None] | None = None
        self.last_words: Callable[[], None] | None = None
        self._since = 0.0
        self._wake: int | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._telling = threading.Lock()

    def listen(self, loop: "asyncio.AbstractEventLoop", task: "asyncio.Task[int]") -> None:
        """Hear signals from now on, to the very end of the program; in the main thread only.

        Args:
            loop: Runs the program.
            task: Its main task.
        """
        self._loop = loop
        read_end, self._wake = os.pipe()
        os.set_blocking(self._wake, False)
        signal.set_wakeup_fd(self._wake, warn_on_full_buffer=False)
        for number in heard():
            signal.signal(number, _leave_it_to_the_thread)

        def begin_to_leave() -> None:
            if self.stop is not None:
                self.stop()
            else:
                task.cancel()

        def first() -> None:
            if not loop.is_closed():
                loop.call_soon_threadsafe(begin_to_leave)

        threading.Thread(
            target=self._wait, args=(read_end, first), name="signals", daemon=True
        ).start()

    def hear(self, number: int) -> None:
        """Take a key or the end of the terminal for a signal; in any thread."""
        assert self._wake is not None, "listening"
        os.write(self._wake, bytes([number]))

    def hang_up(self) -> None:
        """The terminal is gone: the same as SIGHUP, and ignored where that is; in any thread."""
        if signal.SIGHUP in heard():
            self.hear(signal.SIGHUP)

    def in_loop(self, look: Callable[[], T]) -> T:
        """What `look` sees in the event loop; here in the thread where the loop stands still."""
        seen: Future[T] = Future()
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(lambda: seen.set_result(look()))
            with suppress(TimeoutError):
                return seen.result(LOOK_S)
        return look()

    def begin_to_tell(self) -> None:
        """Call before the result is printed: it must not be printed twice.

        Does not return where the last words are being printed, after which the program ends.
        """
        if not self._telling.acquire(blocking=False):
            threading.Event().wait()

    def _wait(self, read_end: int, first: Callable[[], None]) -> None:
        """The thread: take signals as they come, and end the program when it takes too long."""
        while True:
            rest_s = None if self.status is None else self._since + PATIENCE_S - time.monotonic()
            if rest_s is not None and rest_s <= 0:
                self._end()
            readable, _, _ = select.select([read_end], [], [], rest_s)
            for number in os.read(read_end, 64) if readable else b"":
                if number not in SIGNALS:
                    continue  # one of those that others handle, such as SIGWINCH
                if self.status is None:
                    self.status, self._since = 128 + number, time.monotonic()
                    first()
                elif number == signal.SIGINT and time.monotonic() > self._since + ONE_PRESS_S:
                    self._end()

    def _end(self) -> None:
        assert self.status is not None
        if self.last_words is not None:
            telling = threading.Thread(target=self.last_words, name="last words", daemon=True)
            telling.start()
            telling.join(LAST_WORDS_S)
        os._exit(self.status)


def _leave_it_to_the_thread(_number: int, _frame: FrameType | None) -> None:
    """The interpreter has written the number to the pipe already."""
