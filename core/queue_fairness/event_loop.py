"""An event loop whose timers are exact: work of 25 ms takes 25.1 ms and not 26.

On Linux asyncio waits by `epoll_wait`, which counts in whole milliseconds, rounded up. So every
sleep is late by half a millisecond on average, and by one at most, and so is the probe that
measures the lag. `select`, asked about the epoll itself, waits for microseconds.
"""

import asyncio
import select
import selectors
import sys
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


def run(work: Coroutine[Any, Any, T]) -> T:
    """`asyncio.run` on such a loop."""
    with asyncio.Runner(loop_factory=exact_loop) as runner:
        return runner.run(work)


if sys.platform == "linux":

    class _ExactSelector(selectors.EpollSelector):
        """Waits for time by `select`, and for files by epoll."""

        def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
            """Wait for one of the files, or so many seconds."""
            if timeout is not None and timeout > 0:
                select.select([self], [], [], timeout)
                timeout = 0
            return super().select(timeout)


def exact_loop() -> asyncio.AbstractEventLoop:
    """A new event loop whose timers are exact."""
    selector: selectors.BaseSelector = selectors.DefaultSelector()
    if sys.platform == "linux":
        selector = _ExactSelector()
    return asyncio.SelectorEventLoop(selector)
