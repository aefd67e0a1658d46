"""Writes progress from a thread, so that a terminal that does not read never blocks a run.

A terminal that stops reading (Ctrl-S, a hung ssh) blocks its writer. The workers' event loop
therefore only stores lines; the thread writes them.
"""

import errno
import os
import threading
from collections import deque
from collections.abc import Callable
from typing import TextIO

from queue_fairness.formatting import numbers

TERMINAL_PERIOD_S = 0.25
LOG_PERIOD_S = 5.0
LAST_LINE_S = 0.2
"""How long to wait, at the end, for a terminal to take the last line."""


class ProgressWriter:
    """`with ProgressWriter(sys.stderr) as progress:`, then `update(line)`, `println(line)`.

    On a terminal each `update` replaces the line of the one before, and the last one is erased;
    elsewhere (a log, CI) each is a line of its own. Lines of `println` always stay.

    Attributes:
        period_s: How often to call `update`, in seconds.
    """

    def __init__(self, stream: TextIO, hung_up: Callable[[], None] | None = None) -> None:
        """Nothing is written yet.

        Args:
            stream: Where lines go.
            hung_up: Called, in the thread, when the terminal is gone: a shell does not tell its
                jobs in the background. None for nothing.
        """
        self._hung_up = hung_up
        self._fd = stream.fileno()
        self._is_terminal = stream.isatty()
        self.period_s = TERMINAL_PERIOD_S if self._is_terminal else LOG_PERIOD_S
        self._encoding = stream.encoding
        self._line: str | None = None
        self._permanent: deque[str] = deque()
        self._news = threading.Event()
        self._closing = False
        # Writes go to the descriptor itself: a thread stuck in a buffered write would hold a
        # lock that the interpreter needs to end.
        self._thread = threading.Thread(target=self._write, name="progress", daemon=True)

    def __enter__(self) -> "ProgressWriter":
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Erase the last line on a terminal; nothing is written any more. Twice is as once."""
        self._closing = True
        self._news.set()
        self._thread.join(LAST_LINE_S)

    def update(self, line: str) -> None:
        """Show this line; it replaces one that has not been written yet."""
        self._line = line
        self._news.set()

    def println(self, line: str) -> None:
        """Write this line, above all later ones; it stays."""
        self._line = None
        self._permanent.append(line)
        self._news.set()

    def _write(self) -> None:
        wipe = "\r\x1b[K" if self._is_terminal else ""
        while not self._closing:
            self._news.wait()
            self._news.clear()
            line, self._line = self._line, None
            self._write_permanent(wipe)
            if line is not None:
                self._put(f"{wipe}{self._cut(line)}" if wipe else f"{line}\n")
        self._write_permanent(wipe)
        if wipe:
            self._put(wipe)

    def _write_permanent(self, wipe: str) -> None:
        while self._permanent:
            self._put(f"{wipe}{self._permanent.popleft()}\n")

    def _cut(self, line: str) -> str:
        """The line, cut to the terminal's width, so that the next one replaces all of it."""
        try:
            return line[: os.get_terminal_size(self._fd).columns - 1]
        except OSError:
            return line

    def _put(self, text: str) -> None:
        try:
            os.write(self._fd, numbers.in_encoding(text, self._encoding).encode(self._encoding))
        except OSError as error:
            # The reader has gone; the run goes on without progress.
            self._closing = True
            if self._is_terminal and error.errno == errno.EIO and self._hung_up is not None:
                self._hung_up()
