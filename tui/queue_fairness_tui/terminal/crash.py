"""A fault of the screen itself, as a sentence."""

import os
import traceback
from pathlib import Path

PACKAGE = "queue_fairness_tui"
LONGEST = 160
"""Characters of the error's own words that are shown."""


def describe(error: BaseException) -> str:
    """What broke, and where: the last line of our own, or of whoever raised it."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [each for each in frames if PACKAGE in each.filename] or list(frames)
    where = f" ({Path(ours[-1].filename).name}:{ours[-1].lineno})" if ours else ""
    said = " ".join(str(error).split())[:LONGEST]
    set_by_user = sorted(name for name in os.environ if name.startswith("TEXTUAL"))
    advice = f"try without {', '.join(set_by_user)}, or " if set_by_user else ""
    return (
        f"the screen broke: {type(error).__name__}: {said}{where}; "
        f"{advice}use --headless, which needs no screen"
    )
