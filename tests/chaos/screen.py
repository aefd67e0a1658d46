"""What a terminal would look like after a stream of bytes, as far as leaving it is concerned."""

import re
from dataclasses import dataclass

_MODE = re.compile(rb"\x1b\[\?([\d;]+)([hl])")
_KEYBOARD = re.compile(rb"\x1b\[(>|<)\d*u")
_CODES = re.compile(rb"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[()][0-9A-B]|[=>78M])")

ALTERNATE = 1049
CURSOR = 25
PASTE = 2004
MOUSE = {1000, 1002, 1003, 1005, 1006, 1015, 1016}


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """A terminal at the end of a stream.

    Attributes:
        wrong: What is not as at the start, in words.
        text: All that was ever painted, without codes.
        scrollback: What was written after the alternate screen was left for the last time; all if
            it was never entered.
    """

    wrong: tuple[str, ...]
    text: str
    scrollback: str


def read_screen(stream: bytes) -> Screen:
    """Follow the modes of a terminal through a stream, from a new terminal on."""
    on: dict[int, bool] = {}
    left_at = 0
    for found in _MODE.finditer(stream):
        for mode in map(int, filter(None, found[1].split(b";"))):
            on[mode] = found[2] == b"h"
            if mode == ALTERNATE:
                left_at = found.end()
    keyboard = sum(1 if found[1] == b">" else -1 for found in _KEYBOARD.finditer(stream))
    wrong = [
        *(["alternate screen"] if on.get(ALTERNATE) else []),
        *(["cursor hidden"] if not on.get(CURSOR, True) else []),
        *(["mouse reports"] if any(on.get(mode) for mode in MOUSE) else []),
        *(["bracketed paste"] if on.get(PASTE) else []),
        *(["keyboard protocol"] if keyboard > 0 else []),
    ]
    return Screen(
        wrong=tuple(wrong),
        text=plain(stream),
        scrollback="" if on.get(ALTERNATE) else plain(stream[left_at:]),
    )


def plain(stream: bytes) -> str:
    """A stream's text without the codes that steer a terminal."""
    return _CODES.sub(b"", stream).decode(errors="replace")
