"""The verdict across the whole width of the screen, in its color."""

from queue_fairness.fairness.assessment import FairnessAssessment
from queue_fairness.fairness.word import Level
from queue_fairness_tui.widgets.panel import Line, Panel, first_that_fits

GOOD = (Level.FAIR, Level.FAIR_ON_AVERAGE_ONLY)

CLASSES = ("-good", "-bad", "-open")

BAND_CSS = """
    color: $foreground;
    &.-good { background: $band-good; color: $band-good-text; }
    &.-bad { background: $band-bad; color: $band-bad-text; }
    &.-open { background: $band-open; color: $band-open-text; }
"""
"""The looks of a band, for every widget that is one."""


def class_of(word: Level | None) -> str:
    """The class of a verdict; None is one that is still open."""
    if word is None or word is Level.INCONCLUSIVE:
        return "-open"
    return "-good" if word in GOOD else "-bad"


def sentences(assessment: FairnessAssessment) -> tuple[str, str]:
    """The verdict as a glyph with its word, and what happened in a sentence."""
    verdict = assessment.verdict
    return f"{verdict.word.glyph} {verdict.title}", verdict.headline


class VerdictBand(Panel):
    """A line across the screen: a glyph, the word, and what happened, as much as fits."""

    DEFAULT_CSS = f"""
    VerdictBand {{
        height: 1;
        {BAND_CSS}
        & > .panel--strong {{ text-style: bold; }}
    }}
    """

    def show_as(self, kind: str) -> None:
        """Take the looks of one of `CLASSES`; none for a text that is no verdict."""
        for each in CLASSES:
            if (each == kind) != self.has_class(each):
                self.set_class(each == kind, each)

    @staticmethod
    def fitted(width: int, word: str, *details: str) -> Line:
        """The word, and the first of the details that fits behind it; none may."""
        room = width - len(word) - 5
        detail = next((each for each in details if len(each) <= room), "")
        return [
            (f" {first_that_fits(max(1, width - 2), word)}", "strong"),
            (f"   {detail}" if detail else "", "text"),
        ]
