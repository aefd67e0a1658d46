"""What Textual does not tell about the terminal. The only file that uses its private parts."""

import signal
from typing import Any

from textual.app import App
from textual.drivers._writer_thread import WriterThread

BACKLOG = 4
"""More unwritten frames than this mean that the terminal is not reading."""


def is_behind(app: App[Any]) -> bool:
    """Whether the terminal has stopped reading (Ctrl-S, a hung ssh).

    Textual passes frames to a writer thread through a queue of 30. When that is full, it blocks the
    event loop and with it the workers. A screen that draws only while this is false never fills
    the queue.
    """
    thread = getattr(app._driver, "_writer_thread", None)
    return isinstance(thread, WriterThread) and thread._queue.qsize() > BACKLOG


def abandon(app: App[Any]) -> None:
    """Discard all further output, because the terminal is gone (SIGHUP).

    Textual's writer thread dies at its first write to a lost terminal, after which the 31st write
    of the shutdown would block forever. A hangup comes with a SIGCONT, at which Textual would
    start a new thread.
    """
    signal.signal(signal.SIGCONT, signal.SIG_IGN)
    if app._driver is not None and hasattr(app._driver, "_writer_thread"):
        app._driver._writer_thread = _Void()


class _Void:
    """Replaces the writer thread of a terminal that is gone."""

    def write(self, text: str) -> None:
        """Discard the text."""

    def flush(self) -> None:
        """Nothing to do."""

    def stop(self) -> None:
        """Nothing to do."""
