"""The terminal under the screen: what Textual does not tell of it, or does not survive.

Only this folder and the application know Textual's private parts.

driver   draws on stdout, reads any bytes, gives the terminal back
output   what is written to it, in its encoding; a terminal that is gone takes nothing more
keeper   a process that stands beside and gives the terminal back if this one is killed
crash    a fault of the screen itself, in words
served_driver   in place of the driver, where a browser shows the screen
"""

import contextlib
import sys
import termios
from importlib import import_module
from typing import Any, cast

from textual.app import App
from textual.driver import Driver
from textual.drivers._writer_thread import WriterThread

from queue_fairness_tui.served import is_served
from queue_fairness_tui.terminal.crash import describe
from queue_fairness_tui.terminal.driver import TerminalDriver

__all__ = [
    "TerminalDriver",
    "describe",
    "dismiss",
    "driver_class",
    "give_back",
    "is_behind",
    "say",
    "tell",
]

BACKLOG = 4
"""More unwritten frames than this mean that the terminal is not reading."""


def driver_class() -> type[Driver]:
    """What shows the application: a terminal, or the browser that it is served to."""
    if is_served():
        return cast(
            "type[Driver]", import_module("queue_fairness_tui.terminal.served_driver").ServedDriver
        )
    return TerminalDriver


def is_behind(app: App[Any]) -> bool:
    """Whether the terminal has stopped reading (Ctrl-S, a hung ssh).

    Textual passes frames to a writer thread through a queue of 30. When that is full, it blocks the
    event loop and with it the workers. A screen that draws only while this is false never fills
    the queue.
    """
    thread = getattr(app._driver, "_writer_thread", None)
    return isinstance(thread, WriterThread) and thread._queue.qsize() > BACKLOG


def tell(app: App[Any], sequences: str) -> None:
    """Send sequences that draw nothing, such as a bell, through the driver of a screen."""
    driver = app._driver
    if driver is not None and not app.is_headless:
        driver.write(sequences)


def say(sequences: str) -> None:
    """The same once the screen is gone; nothing where stdout is no terminal any more."""
    stream = sys.__stdout__
    if stream is not None and stream.isatty():
        with contextlib.suppress(OSError):  # the terminal is gone
            stream.write(sequences)
            stream.flush()


def give_back(app: App[Any]) -> None:
    """Give the terminal back at once, from any thread, to a program that ends without its loop."""
    driver = app._driver
    if isinstance(driver, TerminalDriver):
        with contextlib.suppress(OSError, termios.error):  # there is none any more
            driver.give_back()


def dismiss(app: App[Any]) -> None:
    """End what stood beside the screen; after the application has ended."""
    driver = app._driver
    if isinstance(driver, TerminalDriver):
        driver.dismiss()
