"""The six words of a verdict."""

from enum import Enum


class Level(Enum):
    """The verdicts, worst first, each with its text and glyph."""

    BROKEN = ("BROKEN", "✗")
    INCONCLUSIVE = ("INCONCLUSIVE", "?")
    STARVING = ("STARVING", "✗")
    UNFAIR = ("UNFAIR", "✗")
    FAIR_ON_AVERAGE_ONLY = ("FAIR ON AVERAGE ONLY", "~")
    FAIR = ("FAIR", "✓")

    def __init__(self, text: str, glyph: str) -> None:
        self.text = text
        self.glyph = glyph

    def __str__(self) -> str:
        """The word itself, as in a report."""
        return self.text
