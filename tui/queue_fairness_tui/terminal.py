"""What Textual does not say about the terminal. The only file that reads its private parts."""

from typing import Any

from textual.app import App

BACKLOG = 4
"""Unwritten frames from which on the terminal counts as not reading."""


def is_behind(app: App[Any]) -> bool:
    """Whether the terminal has stopped reading (Ctrl-S, a hung ssh).

    Textual hands frames to a writer thread through a queue of 30 and blocks the event loop, and
    with it the workers, when that is full. Who draws only while this is false never fills it.
    """
    thread = getattr(app._driver, "_writer_thread", None)
    return thread is not None and thread._queue.qsize() > BACKLOG
