"""Says how far a run is without ever waiting for the terminal.

A terminal that stops reading (Ctrl-S, a hung ssh) blocks whoever writes to it. Here that is a
thread of its own; the workers' event loop only leaves the newest line for it.
"""

import os
import threading
from typing import TextIO

TERMINAL_PERIOD_S = 0.25
LOG_PERIOD_S = 5.0
FAREWELL_S = 0.2
"""How long the last line may take before a silent terminal is left alone."""


class Narrator:
    """`with Narrator(sys.stderr) as narrator:` then `narrator.say(line)`.

    On a terminal each line replaces the one before and the last is wiped; elsewhere (a log, CI)
    every line stands for itself.

    Attributes:
        period_s: How often to say something, in seconds.
    """

    def __init__(self, stream: TextIO) -> None:
        self._fd = stream.fileno()
        self._is_terminal = stream.isatty()
        self.period_s = TERMINAL_PERIOD_S if self._is_terminal else LOG_PERIOD_S
        self._line: str | None = None
        self._news = threading.Event()
        self._closing = False
        # Writes go to the descriptor itself: a thread stuck in a buffered write would hold a
        # lock that the interpreter needs to end.
        self._thread = threading.Thread(target=self._write, name="narrator", daemon=True)

    def __enter__(self) -> "Narrator":
        self._thread.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._closing = True
        self._news.set()
        self._thread.join(FAREWELL_S)

    def say(self, line: str) -> None:
        """Leave a line for the thread; a line it has not yet written is replaced."""
        self._line = line
        self._news.set()

    def _write(self) -> None:
        while not self._closing:
            self._news.wait()
            self._news.clear()
            line, self._line = self._line, None
            if line is not None:
                self._put(f"\r\x1b[K{self._cut(line)}" if self._is_terminal else f"{line}\n")
        if self._is_terminal:
            self._put("\r\x1b[K")

    def _cut(self, line: str) -> str:
        """The line, short enough to be written over by the next one."""
        try:
            return line[: os.get_terminal_size(self._fd).columns - 1]
        except OSError:
            return line

    def _put(self, text: str) -> None:
        try:
            os.write(self._fd, text.encode("utf-8", "replace"))
        except OSError:
            # Nobody reads the progress any more; the run and its result go on.
            self._closing = True
