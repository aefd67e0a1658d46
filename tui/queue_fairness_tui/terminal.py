"""What Textual does not say about the terminal. The only file that touches its private parts."""

import signal
from typing import Any

from textual.app import App
from textual.drivers._writer_thread import WriterThread

BACKLOG = 4
"""Unwritten frames from which on the terminal counts as not reading."""


def is_behind(app: App[Any]) -> bool:
    """Whether the terminal has stopped reading (Ctrl-S, a hung ssh).

    Textual hands frames to a writer thread through a queue of 30 and blocks the event loop, and
    with it the workers, when that is full. Who draws only while this is false never fills it.
    """
    thread = getattr(app._driver, "_writer_thread", None)
    return isinstance(thread, WriterThread) and thread._queue.qsize() > BACKLOG


def abandon(app: App[Any]) -> None:
    """The terminal is gone (SIGHUP): let whatever is still written to it vanish.

    Textual's writer thread dies of the first write to it, after which the 31st write of the
    shutdown would wait for ever. A hangup comes with a SIGCONT, at which Textual would start over
    with a new thread.
    """
    signal.signal(signal.SIGCONT, signal.SIG_IGN)
    if app._driver is not None and hasattr(app._driver, "_writer_thread"):
        app._driver._writer_thread = _Void()


class _Void:
    """Takes the place of the writer thread of a terminal that is gone."""

    def write(self, text: str) -> None:
        """Forget it."""

    def flush(self) -> None:
        """Nothing to do."""

    def stop(self) -> None:
        """Nothing to do."""
