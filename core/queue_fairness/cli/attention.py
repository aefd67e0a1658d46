"""Calls the user back to the terminal at the end of long work: a bell, a notification, a title.

OSC 9 is a notification in iTerm2, Windows Terminal, WezTerm, Ghostty, kitty and others, and nothing
elsewhere; OSC 2 is the title, kept and given back by CSI 22 t and 23 t (xterm, "Control
Sequences").
"""

from queue_fairness.analysis.comparison import Comparison
from queue_fairness.analysis.sweep import Sweep
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.outside import harmless

KEEP_TITLE, GIVE_TITLE_BACK = "\x1b[22;2t", "\x1b[23;2t"
"""What the terminal keeps its title by, and takes it back by."""
BELL = "\a"


def call(text: str) -> str:
    """The sequences of a notification with that text, and of the bell."""
    return f"\x1b]9;{harmless(text)}{BELL}{BELL}"


def title(text: str) -> str:
    """The sequence that makes a text the title of the terminal."""
    return f"\x1b]2;{harmless(text)}{BELL}"


def ending(result: Snapshot | Comparison | Sweep) -> str:
    """How it ended, in a few words: `scan: ✗ UNFAIR`, `comparison done: round-robin`."""
    if isinstance(result, Snapshot):
        return f"{result.plan.strategy}: {_word(result)}"
    if isinstance(result, Sweep):
        return f"sweep {_state(result)}: {len(result.runs)} of {result.planned} runs"
    # Not before: the first frame imports this file, and needs neither.
    from queue_fairness.analysis.recommendation import recommend
    from queue_fairness.analysis.scoreboard import scoreboard

    advised = recommend(scoreboard(result)).strategy
    return f"comparison {_state(result)}: {advised or 'no strategy can be recommended'}"


def _state(result: Comparison | Sweep) -> str:
    return "done" if result.is_complete else "stopped early"


def _word(run: Snapshot) -> str:
    if run.failure is not None or run.assessment is None:
        return "✗ FAILED" if run.failure is not None else "nothing was judged"
    word = run.assessment.verdict.word
    return f"{word.glyph} {word.text}"
