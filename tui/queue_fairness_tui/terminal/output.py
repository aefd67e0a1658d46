"""What is written to the terminal: in its encoding, and to nobody once it is gone."""

import os
import select
import unicodedata
from typing import TextIO

from queue_fairness.formatting.numbers import ASCII

ONE_CELL = {code: text for code, text in ASCII.items() if len(text) == 1} | {
    ord("…"): ".",
    ord("≤"): "<",
    ord("≥"): ">",
}
LINES = {"HORIZONTAL": "-", "VERTICAL": "|"}
BLOCKS = {"LIGHT SHADE": ".", "MEDIUM SHADE": ":", "DARK SHADE": "%"}


class Output:
    """The file that Textual's writer thread writes to.

    Attributes:
        is_gone: Whether the terminal takes no more.
    """

    def __init__(self, stream: TextIO) -> None:
        self._fd = stream.fileno()
        self._encoding = stream.encoding
        self.is_gone = False

    def fileno(self) -> int:
        """The descriptor of the terminal."""
        return self._fd

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return os.isatty(self._fd)

    def write(self, text: str) -> None:
        """Write all of it, as far as there is still a terminal."""
        rest = encoded(text, self._encoding)
        while rest and not self.is_gone:
            try:
                rest = rest[os.write(self._fd, rest) :]
            except BlockingIOError:  # somebody else on this terminal has made it so
                select.select([], [self._fd], [])
            except OSError:
                self.is_gone = True

    def flush(self) -> None:
        """Nothing is held back."""


def encoded(text: str, encoding: str) -> bytes:
    """The bytes of a text, each character that the encoding lacks as ASCII of the same width."""
    try:
        return text.encode(encoding)
    except UnicodeEncodeError:
        return "".join(_drawable(each, encoding) for each in text).encode(encoding)


def _drawable(character: str, encoding: str) -> str:
    try:
        character.encode(encoding)
    except UnicodeEncodeError:
        return one_cell(character)
    return character


def one_cell(character: str) -> str:
    """ASCII that stands for one character, and takes as many cells."""
    if ord(character) in ONE_CELL:
        return ONE_CELL[ord(character)]
    if unicodedata.combining(character):
        return ""
    name = unicodedata.name(character, "")
    if name.startswith("BOX DRAWINGS"):
        drawn = {sign for word, sign in LINES.items() if word in name}
        return drawn.pop() if len(drawn) == 1 else "+"
    if name in BLOCKS:
        return BLOCKS[name]
    if name.endswith(("BLOCK", "EIGHTHS", "HALF")) or "BLOCK SEXTANT" in name:
        return "#"
    if name.startswith("BRAILLE PATTERN"):
        return " " if name.endswith("BLANK") else "*"
    return "??" if unicodedata.east_asian_width(character) in "WF" else "?"
