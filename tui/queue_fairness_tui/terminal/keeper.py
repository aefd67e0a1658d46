"""A process that stands beside the program, and gives the terminal back if it is killed.

```
program ──pipe: "up" (the screen is shown), "down"──► keeper_child.py, on the same terminal
              └─ closes while it is up: the program was killed
```
"""

import contextlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

RESTORE = (
    "\x1b[?2026l"  # the end of a frame
    "\x1b[?2004l\x1b[?2048l\x1b[?1004l"  # no reports of pastes, sizes, focus
    "\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l"  # no mouse
    "\x1b[<u"  # keys as usual; belongs to the screen that is left
    "\x1b[?1049l"  # the screen that was there before
    "\x1b[?7h\x1b[?25h\x1b[0m"  # long lines wrap, cursor shown, no colors
)
"""Undoes all that Textual's driver does to a terminal."""

END_S = 1.0
"""How long it may take to end; it does so on its own."""
_CHILD = Path(__file__).parent / "keeper_child.py"


class Keeper:
    """The near end of the pipe."""

    def __init__(self, terminal: int) -> None:
        """Start the process; without one the program does its work as well.

        Args:
            terminal: Descriptor of the terminal.
        """
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-I", "-S", str(_CHILD)],
                stdin=subprocess.PIPE,
                stdout=terminal,
                stderr=subprocess.DEVNULL,
                # Of the terminal's session, so that it may write; but out of the way of Ctrl-C.
                process_group=0,
                cwd="/",
            )
        except OSError:
            return
        self._say({"restore": RESTORE})

    def up(self, before: list[Any] | None, during: list[Any] | None) -> None:
        """The screen is shown.

        Args:
            before: The terminal's attributes before that (`termios.tcgetattr`).
            during: Those since then. The others are only put back while these are there.
        """
        self._say({"up": True, "before": _plain(before), "during": _plain(during)})

    def down(self) -> None:
        """The terminal is given back."""
        self._say({"up": False})

    def leave(self) -> None:
        """Let it end."""
        self.down()
        # Another thread may have something to say to it meanwhile.
        process, self._process = self._process, None
        if process is not None:
            assert process.stdin is not None
            process.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(END_S)

    def _say(self, message: dict[str, Any]) -> None:
        process = self._process
        if process is None:
            return
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps(message).encode() + b"\n")
            process.stdin.flush()
        except (OSError, ValueError):  # somebody has killed it, or it was left in this moment
            self._process = None


def _plain(attributes: list[Any] | None) -> list[Any] | None:
    """The same without bytes, which JSON lacks."""
    if attributes is None:
        return None
    controls = [list(each) if isinstance(each, bytes) else each for each in attributes[6]]
    return [*attributes[:6], controls]
