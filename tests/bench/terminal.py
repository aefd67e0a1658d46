"""A terminal that only notes when what reached it: the program under it is slowed by nothing.

Where the picture itself matters, `tmux` is the terminal; see screen.py.
"""

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

PROGRAM = (sys.executable, "-m", "queue_fairness_tui")
DEADLINE_S = 300.0

_ASKS_FOR_SYNC = b"\x1b[?2026$p"
_HAS_SYNC = b"\x1b[?2026;2$y"
_FRAME = b"\x1b[?2026h"
"""Begins each frame of a program that was told that the terminal shows frames as a whole."""
_CODES = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]")


class Terminal:
    """A command under a pseudo terminal; `with Terminal(command, (120, 40)) as terminal:`.

    Attributes:
        started: When the command was started, on the monotonic clock.
        frames: When each frame began to arrive, on the same clock.
        peak_kb: The most memory that the command's process has had, KiB; only known on Linux.
    """

    def __init__(
        self, command: Sequence[str], size: tuple[int, int], environment: dict[str, str]
    ) -> None:
        self.frames: list[float] = []
        self.peak_kb = 0
        self._seen = bytearray()
        self._waiting_for: bytes | None = None
        self._came = threading.Event()
        self._came_at = 0.0
        self._main, below = pty.openpty()
        width, height = size
        fcntl.ioctl(below, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        hidden = ("REDIS_URL", "NO_COLOR")
        inherited = {name: value for name, value in os.environ.items() if name not in hidden}
        self.started = time.monotonic()
        self._process = subprocess.Popen(
            command,
            stdin=below,
            stdout=below,
            stderr=below,
            start_new_session=True,
            env={**inherited, "TERM": "xterm-256color", "COLORTERM": "truecolor", **environment},
        )
        os.close(below)
        self._reader = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> "Terminal":
        self._reader.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        if kind is not None and self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
        self._process.wait(DEADLINE_S)
        self._reader.join(DEADLINE_S)
        os.close(self._main)

    @property
    def pid(self) -> int:
        """Process id of the command."""
        return self._process.pid

    def wait_for(self, text: str, deadline_s: float = DEADLINE_S) -> float:
        """Wait until a text was painted after the last one waited for; returns when that was."""
        self._came.clear()
        self._waiting_for = text.encode()
        self._look(time.monotonic())
        if not self._came.wait(deadline_s):
            self._process.kill()
            shown = bytes(self._seen[-2000:]).decode(errors="replace")
            raise AssertionError(f"{text!r} did not come within {deadline_s:g} s; last: {shown}")
        return self._came_at

    def press(self, keys: str) -> None:
        """Send keys."""
        os.write(self._main, keys.encode())

    def _read(self) -> None:
        status = Path(f"/proc/{self._process.pid}/status")
        while True:
            try:
                chunk = os.read(self._main, 65536)
            except OSError:  # how Linux says that nobody has the other side open any more
                return
            if not chunk:
                return
            at = time.monotonic()
            self.frames += [at] * chunk.count(_FRAME)
            if _ASKS_FOR_SYNC in chunk:
                os.write(self._main, _HAS_SYNC)
            self._seen += _CODES.sub(b"", chunk)
            self._look(at)
            self.peak_kb = max(self.peak_kb, peak_kb(status))

    def _look(self, at: float) -> None:
        wanted = self._waiting_for
        if wanted is not None and wanted in self._seen:
            self._seen.clear()
            self._waiting_for = None
            self._came_at = at
            self._came.set()


def peak_kb(status: Path) -> int:
    """The most memory a process has had so far, KiB; 0 where that is not known."""
    try:
        lines = status.read_text().splitlines()
    except OSError:  # no Linux, or the process has ended
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)


def wait_until(condition: Callable[[], bool], pause_s: float = 0.001) -> None:
    """Look for a condition that nothing announces, at intervals of `pause_s`."""
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("the condition did not come true")
        time.sleep(pause_s)
