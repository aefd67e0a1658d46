"""Ctrl-C, SIGTERM and SIGHUP: the first stops the run in an orderly way, the second at once."""

import asyncio
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class SignalHandler:
    """Stops a run when the program gets a signal.

    Attributes:
        status: The exit status: 130 after Ctrl-C, 128 + n after signal n, None without a signal.
    """

    def __init__(self) -> None:
        self.status: int | None = None

    @contextmanager
    def installed(self, stop: Callable[[], None]) -> Iterator[None]:
        """Call `stop` on the first signal, and cancel the current task on the next one."""
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        assert task is not None

        def interrupt(number: int) -> None:
            if self.status is None:
                self.status = 128 + number
                stop()
            else:
                task.cancel()

        for number in SIGNALS:
            loop.add_signal_handler(number, interrupt, number)
        try:
            yield
        finally:
            for number in SIGNALS:
                loop.remove_signal_handler(number)
