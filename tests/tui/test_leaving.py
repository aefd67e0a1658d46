"""Leaving in order, at every moment, by every key and signal that can end a program."""

import signal
import time

import pytest
from tty_program import Tty

RUN = ("-P", "60", "-t", "60", "-w", "4", "--redis-server", "bundled")
COMPARE = ("compare", "--strategies", "scan,round-robin", "-P", "40", "-t", "10")
SWEEP = ("sweep", "--partitions", "40,80", "--total-tasks", "2000")
WORDS = {"run": RUN, "compare": COMPARE, "sweep": SWEEP}
REPORT = {"run": "STOPPED EARLY", "compare": "stopped", "sweep": "stopped"}
WAYS: dict[str, tuple[bytes | int, int]] = {
    "q": (b"q", 0),
    "ctrl-c": (b"\x03", 130),
    "INT": (signal.SIGINT, 130),
    "TERM": (signal.SIGTERM, 143),
    "HUP": (signal.SIGHUP, 129),
    "QUIT": (signal.SIGQUIT, 131),
    "ctrl-backslash": (b"\x1c", 131),
}


def leave(tty: Tty, way: str) -> int:
    what, _status = WAYS[way]
    if isinstance(what, bytes):
        tty.press(what)
    else:
        tty.signal(what)
    return tty.ends()


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("word", WORDS)
def test_in_mid_run_the_result_so_far_is_printed(word: str, way: str) -> None:
    with Tty(WORDS[word]) as tty:
        tty.sees("tasks/s")

        assert leave(tty, way) == WAYS[way][1], tty.text[-3000:]

        assert REPORT[word] in tty.scrollback
        assert "Traceback" not in tty.text
        assert tty.is_restored
