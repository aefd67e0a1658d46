"""The verdict: one word, why, what it is not, what to try.

    BROKEN                tasks lost or done twice, locks left behind
    INCONCLUSIVE          too little contention, too few rounds, or a lagging event loop
    STARVING              somebody waits more than 20 rounds
    UNFAIR                partitions emptied one after another, rounds shared by few,
                          1 % wait more than 12 rounds, or steady turns in the wrong proportion
    FAIR ON AVERAGE ONLY  everyone is served in the long run, with long waits by chance
    FAIR                  nobody sits out more than about a turn, or is owed more than a few tasks

The first that applies wins: the worst gate, never an average. Worker counts do not enter. The
lines are drawn in thresholds.py, the margins they leave are in calibration.py, the rules come
from fairness.md 2.1.
"""

from dataclasses import dataclass

from queue_fairness_core.fairness import explain
from queue_fairness_core.fairness.evidence import (
    Evidence,
    collecting,
    conserves,
    gather,
    has_rounds,
    in_turn,
    integrity_faults,
    weaknesses,
)
from queue_fairness_core.fairness.measures import FairnessMeasures
from queue_fairness_core.fairness.situation import Conditions, Integrity
from queue_fairness_core.fairness.thresholds import (
    FAIR_DEBT,
    FAIR_JAIN,
    FAIR_JAIN_SMALL_DEBT,
    FAIR_SMALL_DEBT,
    FAIR_WAIT,
    STEADY_DEBT_PER_ROUND,
    STEADY_WAIT,
    STRICT_DEBT,
    UNFAIR_DEBT,
    UNFAIR_DEBT_PER_ROUND,
    UNFAIR_JAIN,
    UNFAIR_SLOWDOWN,
    UNFAIR_WAIT,
)
from queue_fairness_core.fairness.word import Word


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Verdict:
    """A verdict in words; every text a short sentence or part of one, for 80 columns."""

    word: Word
    headline: str
    """The numbers behind the word, one line."""
    why: tuple[str, ...]
    """The mechanism: lines that read on as sentences."""
    not_: tuple[str, ...]
    """What it is not: what must not be blamed or concluded."""
    try_: tuple[str, ...]
    """What to try next."""
    evidence: tuple[Evidence, ...]
    work_conserving: bool | None
    """None where it is not applicable."""
    quiet_slowdown: float | None
    """How many times as long quiet partitions wait because of the noise; None if unknown."""
    collecting: str | None
    """"collecting: 0.4 of 3 rounds" in mid-run, while it is too early for a verdict."""

    @property
    def title(self) -> str:
        """The word, with "not work-conserving" appended where that gate fails."""
        unkept = self.work_conserving is False and self.word is not Word.INCONCLUSIVE
        return f"{self.word.text}, not work-conserving" if unkept else self.word.text


def judge(measures: FairnessMeasures, integrity: Integrity, run: Conditions) -> Verdict:
    """The verdict on a run, or on a run so far; pure.

    Args:
        measures: What the folds say.
        integrity: Where the tasks are.
        run: How the run was made.
    """
    word = _word(measures, integrity, run)
    too_early = word is Word.INCONCLUSIVE and not run.ended and not has_rounds(measures)
    return Verdict(
        word=word,
        headline=explain.headline(word, measures),
        why=explain.why(word, measures, integrity, run),
        not_=explain.what_it_is_not(word, run),
        try_=explain.what_to_try(word, measures, integrity, run),
        evidence=gather(measures, integrity, run),
        work_conserving=conserves(measures),
        quiet_slowdown=run.quiet_slowdown,
        collecting=collecting(measures) if too_early else None,
    )


def _word(measures: FairnessMeasures, integrity: Integrity, run: Conditions) -> Word:
    if any(integrity_faults(integrity, run.ended)):
        return Word.BROKEN
    if (run.quiet_slowdown or 0.0) > UNFAIR_SLOWDOWN:
        return Word.STARVING if measures.starving else Word.UNFAIR
    if any(weaknesses(measures, integrity, run)):
        return Word.INCONCLUSIVE
    if measures.starving:
        return Word.STARVING
    if _is_unfair(measures):
        return Word.UNFAIR
    return Word.FAIR if _is_fair(measures) else Word.FAIR_ON_AVERAGE_ONLY


def _is_unfair(measures: FairnessMeasures) -> bool:
    jain, waits = measures.round_jain, measures.worst_wait_rounds
    short_changed = max(UNFAIR_DEBT, UNFAIR_DEBT_PER_ROUND * measures.rounds)
    return (
        waits.p99 > UNFAIR_WAIT
        or in_turn(measures)
        or (jain is not None and jain < UNFAIR_JAIN)
        or (waits.p99 <= STEADY_WAIT and measures.debt_tasks_max > short_changed)
    )


def _is_fair(measures: FairnessMeasures) -> bool:
    jain, debt = measures.round_jain, measures.debt_tasks_max
    wait = measures.worst_wait_rounds.p99
    if wait <= FAIR_WAIT and debt <= STRICT_DEBT:
        return True
    if wait <= STEADY_WAIT and debt <= STEADY_DEBT_PER_ROUND * measures.rounds:
        return True
    if jain is None:
        return False
    return (debt <= FAIR_DEBT and jain >= FAIR_JAIN) or (
        debt <= FAIR_SMALL_DEBT and jain >= FAIR_JAIN_SMALL_DEBT
    )
