"""Signals while the program starts, and when all is done; `signals` has what is in between.

Imports nothing that takes time.
"""

import atexit
import os
import signal

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
"""Those that end the program."""


def leave_at_once() -> None:
    """Let each of them end the program without a word: nothing is open yet."""
    for number in heard():
        signal.signal(number, _leave)
    # Registered first, so called last.
    atexit.register(_end_in_peace)


def heard() -> list[signal.Signals]:
    """Those of them that were not ignored when the program was started, as `nohup` does."""
    return [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]


def _leave(number: int, _frame: object) -> None:
    os._exit(128 + number)


def _end_in_peace() -> None:
    """The result is told and the status is settled: Python's last tidying takes a moment."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)
