"""A real terminal for one program: a pseudo terminal that is its controlling terminal.

It notes what the program does to it, and answers nothing; `tmux` is the terminal where the
picture matters.
"""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Sequence
from typing import Any

COMMAND = (sys.executable, "-m", "queue_fairness_tui")
DEADLINE_S = 40.0
_MODE = re.compile(rb"\x1b\[\?([\d;]+)([hl])")
_CODES = re.compile(rb"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[=>]")
CHANGED = {"1049", "1000", "1003", "1006", "1015", "1004", "2004"}
"""What a full-screen program switches on, and must switch off."""
CURSOR = "25"


class Tty:
    """`with Tty(["-P", "20"]) as tty:`; on a terminal of 100 x 30, if nothing else is asked for."""

    def __init__(
        self,
        arguments: Sequence[str],
        *,
        command: Sequence[str] = COMMAND,
        size: tuple[int, int] = (100, 30),
        environment: dict[str, str] | None = None,
        **streams: Any,
    ) -> None:
        self._main, below = pty.openpty()
        width, height = size
        fcntl.ioctl(below, termios.TIOCSWINSZ, struct.pack("HHHH", height, width, 0, 0))
        self.before = termios.tcgetattr(below)
        self._below = below
        hidden = ("REDIS_URL", "NO_COLOR", "COLUMNS", "LINES")
        kept = {name: value for name, value in os.environ.items() if name not in hidden}
        self.process = subprocess.Popen(
            [*command, *arguments],
            env={**kept, "TERM": "xterm-256color", **(environment or {})},
            start_new_session=True,
            preexec_fn=lambda: _take(below),  # noqa: PLW1509 (no threads that matter)
            **{"stdin": below, "stdout": below, "stderr": below, **streams},
        )
        self._seen = bytearray()
        self._is_read = threading.Event()
        self._is_read.set()
        self._reader = threading.Thread(target=self._read, daemon=True)

    def __enter__(self) -> "Tty":
        self._reader.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.hang_up()
        if self._below >= 0:
            os.close(self._below)

    @property
    def text(self) -> str:
        """All that was written so far, without escape codes."""
        return _CODES.sub(b"", bytes(self._seen)).decode(errors="replace")

    @property
    def raw(self) -> bytes:
        """All that was written so far."""
        return bytes(self._seen)

    @property
    def scrollback(self) -> str:
        """What was written after the screen was left."""
        return _CODES.sub(b"", bytes(self._seen).rpartition(b"\x1b[?1049l")[2]).decode(
            errors="replace"
        )

    @property
    def is_restored(self) -> bool:
        """Whether it is as it was: no screen, a cursor, no mouse, its attributes."""
        state: dict[str, bool] = {}
        for names, sign in _MODE.findall(bytes(self._seen)):
            for name in names.decode().split(";"):
                state[name] = sign == b"h"
        is_off = not any(state.get(name, False) for name in CHANGED)
        return is_off and state.get(CURSOR, True) and self.attributes == self.before

    @property
    def attributes(self) -> list[Any]:
        """As `stty` shows them."""
        return termios.tcgetattr(self._below)

    def sees(self, text: str) -> None:
        """Wait until a text has been written."""
        deadline = time.monotonic() + DEADLINE_S
        while text not in self.text:
            if time.monotonic() > deadline or (
                self.process.poll() is not None and text not in self._settled()
            ):
                raise AssertionError(f"{text!r} did not come: {self.text[-3000:]}")
            time.sleep(0.01)

    def press(self, keys: bytes) -> None:
        """Send bytes."""
        os.write(self._main, keys)

    def signal(self, number: int) -> None:
        """Send a signal to the program."""
        self.process.send_signal(number)

    def ends(self, within_s: float = DEADLINE_S) -> int:
        """Wait for its end; returns the exit status, that of a signal as shells count it."""
        status = self.process.wait(within_s)
        self._settled()
        return status if status >= 0 else 128 - status

    def hang_up(self) -> None:
        """Take the terminal away."""
        if self._main >= 0:
            main, self._main = self._main, -1
            # A read under way would keep it open.
            self._reader.join()
            os.close(main)

    def pause(self) -> None:
        """Read no more of what it writes, as a terminal after Ctrl-S."""
        self._is_read.clear()

    def read_on(self) -> None:
        """Read again."""
        self._is_read.set()

    def becomes_restored(self) -> bool:
        """Whether it is restored, now or within some time."""
        deadline = time.monotonic() + 5
        while not self.is_restored and time.monotonic() < deadline:
            time.sleep(0.01)
        return self.is_restored

    def _settled(self) -> str:
        """Everything that has been written, once nothing more comes."""
        size = -1
        while size != len(self._seen):
            size = len(self._seen)
            time.sleep(0.1)
        return self.text

    def _read(self) -> None:
        while (main := self._main) >= 0:
            if not (self._is_read.wait(0.05) and select.select([main], [], [], 0.05)[0]):
                continue
            try:
                chunk = os.read(main, 65536)
            except OSError:
                return
            if not chunk:
                return
            self._seen += chunk


def _take(terminal: int) -> None:
    for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    fcntl.ioctl(terminal, termios.TIOCSCTTY, 0)
