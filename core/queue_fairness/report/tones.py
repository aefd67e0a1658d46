"""What a verdict means to the reader, as a tone."""

from queue_fairness.analysis.scoreboard import GOOD
from queue_fairness.fairness.word import Level
from queue_fairness.report.pictures import Tone

DOUBTFUL = (None, Level.INCONCLUSIVE, Level.FAIR_ON_AVERAGE_ONLY)


def tone_of(word: Level | None, *, failed: bool = False) -> Tone:
    """Good, bad, or a doubt where there is no verdict or half of one.

    Args:
        word: The verdict; None if there is none.
        failed: Whether the run failed, which no verdict outweighs.
    """
    if failed:
        return "bad"
    if word in DOUBTFUL:
        return "doubt"
    return "good" if word in GOOD else "bad"
