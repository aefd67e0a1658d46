r"""Whether the terminal's background is light: asked of it before the screen takes it.

```
we       ESC ] 11 ; ? ESC \     which background?     (xterm, "Operating System Commands")
         ESC [ c                what are you?         (answered by nearly all, so it ends the wait)
it       ESC ] 11 ; rgb:ffff/ffff/ffff ESC \  ESC [ ? 6 c
```

What is typed meanwhile is kept for the screen (`take_typed`), and an answer that comes too late is
taken out of what the screen reads (`LateAnswers`). Imports nothing slow: it runs while the screen
is being imported.
"""

import contextlib
import math
import os
import re
import select
import sys
import termios
import time
from collections.abc import Mapping

PATIENCE_S = 0.25
"""How long a terminal may take to answer; the screen takes longer to import."""
QUESTION = b"\x1b]11;?\x1b\\\x1b[c"
LIGHT = 0.5
"""Relative luminance from which a background is light."""
SILENT = ("dumb", "linux", "")
"""Terminals that answer nothing, by TERM."""
LIGHT_NUMBERS = ("7", "15")
"""Colors of COLORFGBG that are light: white and bright white."""

_COLOR = re.compile(rb"\x1b\]11;rgba?:([0-9a-fA-F/]+)(?:\x07|\x1b\\)")
_ANSWER = re.compile(rb"\x1b\]11;[^\x07\x1b]*(?:\x07|\x1b\\)|\x1b\[\?[0-9;]*c")
_BEGUN = re.compile(r"\x1b(?:\](?:1(?:1(?:;[^\x07\x1b]*\x1b?)?)?)?|\[(?:\?[0-9;]*)?)?$")


class _Asked:
    """What became of the question, for the screen that comes after it."""

    typed = b""
    is_unanswered = False


_asked = _Asked()


def is_light(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether it is; False where nobody says."""
    named = environment.get("COLORFGBG", "").rpartition(";")[2]
    if named.isdecimal():
        return named in LIGHT_NUMBERS
    if environment.get("TERM", "") in SILENT:
        return False
    try:
        return _is_light(ask(sys.stdin.fileno(), sys.stdout.fileno()))
    except (OSError, ValueError, termios.error):
        return False  # no terminal, or it has gone: others will say so


def ask(keyboard: int, screen: int, patience_s: float = PATIENCE_S) -> bytes:
    """What the terminal answers to the question; empty if it says nothing in time.

    Args:
        keyboard: Descriptor that its answers, and keys, come from.
        screen: Descriptor that it is written to.
        patience_s: How long to wait at most, in seconds.

    Raises:
        OSError: It is gone.
        termios.error: It is no terminal.
    """
    before = termios.tcgetattr(keyboard)
    raw = termios.tcgetattr(keyboard)
    # Ctrl-C stays a signal.
    raw[3] &= ~(termios.ICANON | termios.ECHO)
    termios.tcsetattr(keyboard, termios.TCSANOW, raw)
    seen, deadline = b"", time.monotonic() + patience_s
    try:
        os.write(screen, QUESTION)
        while not re.search(rb"\x1b\[\?[0-9;]*c", seen):
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([keyboard], [], [], left)[0]:
                _asked.is_unanswered = True
                break
            more = os.read(keyboard, 1024)
            if not more:
                break
            seen += more
    finally:
        with contextlib.suppress(termios.error):
            termios.tcsetattr(keyboard, termios.TCSANOW, before)
    _asked.typed += _ANSWER.sub(b"", seen)
    return seen


def take_typed() -> bytes:
    """What was typed while the terminal was asked, once."""
    typed, _asked.typed = _asked.typed, b""
    return typed


def _is_light(answer: bytes) -> bool:
    """Whether the color in an answer is light; False without one."""
    found = _COLOR.search(answer)
    parts = found[1].decode().split("/")[:3] if found is not None else []
    if len(parts) < 3 or not all(parts):
        return False
    shares = [int(each, 16) / (16 ** len(each) - 1) for each in parts]
    red, green, blue = (
        each / 12.92 if each <= 0.04045 else math.pow((each + 0.055) / 1.055, 2.4)
        for each in shares
    )
    # Relative luminance of sRGB (WCAG 2.2).
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue > LIGHT


class LateAnswers:
    """Takes answers that come after their time out of what is read."""

    def __init__(self) -> None:
        self._is_expecting = _asked.is_unanswered
        self._held = ""

    def without(self, text: str) -> str:
        """The text but for answers; what may be the beginning of one is held back."""
        if not self._is_expecting:
            return text
        text, self._held = self._held + text, ""
        plain = _ANSWER.sub(b"", text.encode("utf-8", "surrogatepass"))
        left = plain.decode("utf-8", "surrogatepass")
        if re.search(r"\x1b\[\?[0-9;]*c", text):
            self._is_expecting = False
            return left
        begun = _BEGUN.search(left)
        if begun is not None:
            left, self._held = left[: begun.start()], begun[0]
        return left

    def rest(self) -> str:
        """What was held back and has not gone on: keys, such as a lone escape."""
        held, self._held = self._held, ""
        return held
