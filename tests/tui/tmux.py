"""A terminal whose picture matters: a tmux of its own."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

COMMAND = f"{sys.executable} -m queue_fairness_tui"
DEADLINE_S = 30.0


class Terminal:
    """A tmux of its own with one window."""

    def __init__(self, socket: Path) -> None:
        self._socket = socket

    def do(self, *arguments: str) -> str:
        """Give tmux a command; returns what it prints."""
        done = subprocess.run(
            ["tmux", "-S", str(self._socket), "-f", os.devnull, *arguments],
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def open(self, width: int, height: int) -> None:
        """Start a plain shell in a window of that size."""
        shell = "env -u REDIS_URL -u NO_COLOR PS1='$ ' COLORTERM=truecolor sh"
        self.do("new-session", "-d", "-x", str(width), "-y", str(height), shell)

    def type(self, line: str) -> None:
        """Type a line and press enter."""
        self.do("send-keys", "-l", line)
        self.do("send-keys", "Enter")

    def press(self, *keys: str) -> None:
        """Press keys by their tmux names."""
        self.do("send-keys", *keys)

    def screen(self, *, back: int = 0) -> str:
        """What stands on the screen, and so many lines of scrollback above it."""
        return self.do("capture-pane", "-p", "-S", str(-back))

    def until(self, is_there: Callable[[str], bool], what: str) -> str:
        """Wait until the screen fulfills a condition; returns it."""
        deadline = time.monotonic() + DEADLINE_S
        while time.monotonic() < deadline:
            screen = self.screen()
            if is_there(screen):
                return screen
            time.sleep(0.05)
        raise AssertionError(f"{what} did not come; the screen shows:\n{self.screen()}")

    def hang_up(self) -> None:
        """Close the terminal under whatever runs in it."""
        subprocess.run(["tmux", "-S", str(self._socket), "kill-server"], check=False)

    def sees(self, text: str) -> str:
        """Wait until a text stands on the screen."""
        return self.until(lambda screen: text in screen, repr(text))
