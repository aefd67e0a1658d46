"""Says how far a run is without ever waiting for the terminal.

A terminal that stops reading (Ctrl-S, a hung ssh) blocks whoever writes to it. Here that is a
thread of its own; the workers' event loop only leaves the newest line for it, and those to keep.
"""

import os
import threading
from collections import deque
from typing import TextIO

from queue_fairness.formatting import numbers

TERMINAL_PERIOD_S = 0.25
LOG_PERIOD_S = 5.0
FAREWELL_S = 0.2
"""How long the last line may take before a silent terminal is left alone."""


class ProgressWriter:
    """`with ProgressWriter(sys.stderr) as progress:`, then `update(line)`, `println(line)`.

    On a terminal each line that is said replaces the one before and the last is wiped; elsewhere
    (a log, CI) every line stands for itself. A line to keep stays in either case.

    Attributes:
        period_s: How often to say something, in seconds.
    """

    def __init__(self, stream: TextIO) -> None:
        self._fd = stream.fileno()
        self._is_terminal = stream.isatty()
        self.period_s = TERMINAL_PERIOD_S if self._is_terminal else LOG_PERIOD_S
        self._encoding = stream.encoding
        self._line: str | None = None
        self._kept: deque[str] = deque()
        self._news = threading.Event()
        self._closing = False
        # Writes go to the descriptor itself: a thread stuck in a buffered write would hold a
        # lock that the interpreter needs to end.
        self._thread = threading.Thread(target=self._write, name="progress", daemon=True)

    def __enter__(self) -> "ProgressWriter":
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._closing = True
        self._news.set()
        self._thread.join(FAREWELL_S)

    def update(self, line: str) -> None:
        """Leave a line for the thread; a line it has not yet written is replaced."""
        self._line = line
        self._news.set()

    def println(self, line: str) -> None:
        """Leave a line that is to stay, above those that are said later."""
        self._line = None
        self._kept.append(line)
        self._news.set()

    def _write(self) -> None:
        wipe = "\r\x1b[K" if self._is_terminal else ""
        while not self._closing:
            self._news.wait()
            self._news.clear()
            line, self._line = self._line, None
            self._write_kept(wipe)
            if line is not None:
                self._put(f"{wipe}{self._cut(line)}" if wipe else f"{line}\n")
        self._write_kept(wipe)
        if wipe:
            self._put(wipe)

    def _write_kept(self, wipe: str) -> None:
        while self._kept:
            self._put(f"{wipe}{self._kept.popleft()}\n")

    def _cut(self, line: str) -> str:
        """The line, short enough to be written over by the next one."""
        try:
            return line[: os.get_terminal_size(self._fd).columns - 1]
        except OSError:
            return line

    def _put(self, text: str) -> None:
        try:
            os.write(self._fd, numbers.in_encoding(text, self._encoding).encode(self._encoding))
        except OSError:
            # Nobody reads the progress any more; the run and its result go on.
            self._closing = True
