"""The six words of a verdict."""

from enum import Enum


class Level(Enum):
    """The verdicts, worst first, each with its glyph and the glyph's ASCII stand-in."""

    BROKEN = ("BROKEN", "✗", "x")
    INCONCLUSIVE = ("INCONCLUSIVE", "?", "?")
    STARVING = ("STARVING", "✗", "x")
    UNFAIR = ("UNFAIR", "✗", "x")
    FAIR_ON_AVERAGE_ONLY = ("FAIR ON AVERAGE ONLY", "~", "~")
    FAIR = ("FAIR", "✓", "+")

    def __init__(self, text: str, glyph: str, ascii_glyph: str) -> None:
        self.text = text
        self.glyph = glyph
        self.ascii_glyph = ascii_glyph
