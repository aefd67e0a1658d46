"""Sentences as lines: wrapped to a width, hanging below a label, or broken between facts only."""

import textwrap
from collections.abc import Iterable

WIDTH = 80
"""Columns within which every report stays."""
NAME_WIDTH = 24
"""Widest name of a strategy in a table."""
BETWEEN = " · "
"""What stands between two facts of a line."""
NO_BREAK = "\u00a0"
"""Keeps two words of a sentence on one line; becomes a space once lines are made."""


def wrapped(text: str, width: int = WIDTH, head: str = "", rest: str | None = None) -> list[str]:
    """A sentence in lines; none of an empty one.

    Args:
        text: The sentence.
        width: Columns of a line.
        head: What the first line begins with.
        rest: What the others begin with; None to let them hang below the head.
    """
    return textwrap.wrap(
        text,
        width,
        initial_indent=head,
        subsequent_indent=" " * len(head) if rest is None else rest,
        break_on_hyphens=False,
    )


def facts(text: str, width: int = WIDTH) -> list[str]:
    """Facts joined by ` · ` in lines, broken between two of them.

    A fact that is longer than a line is broken at its spaces.
    """
    lines: list[str] = []
    for number, fact in enumerate(text.split(BETWEEN)):
        piece = fact if number == 0 else f"{BETWEEN[1:]}{fact}"
        if lines and len(lines[-1]) + 1 + len(piece) <= width:
            lines[-1] += f" {piece}"
        else:
            lines += wrapped(piece, width)
    return lines


def short_name(name: str, width: int = NAME_WIDTH) -> str:
    """A name that fits a table: one too long, of a user's own class, loses its head."""
    return name if len(name) <= width else f"…{name[1 - width :]}"


def paragraphs(parts: Iterable[list[str]]) -> list[str]:
    """Groups of lines with an empty line between each two; empty groups leave none."""
    lines: list[str] = []
    for part in parts:
        if part:
            lines += ("", *part) if lines else part
    return lines
