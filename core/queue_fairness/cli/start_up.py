"""Signals while the program starts; imports nothing that takes time. Then `signals` takes over."""

import os
import signal

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)
"""Those that end the program."""


def leave_at_once() -> None:
    """Let each of them end the program without a word: nothing is open yet."""
    for number in heard():
        signal.signal(number, _leave)


def heard() -> list[signal.Signals]:
    """Those of them that were not ignored when the program was started, as `nohup` does."""
    return [number for number in SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]


def _leave(number: int, _frame: object) -> None:
    os._exit(128 + number)
