"""The verdict: one word, why, what it is not, what to try.

    BROKEN                tasks lost or done twice, locks left behind
    STARVING              under sustained load a partition waits over 20 rounds
    UNFAIR                partitions emptied one after another, some short of their due time and
                          again, more left behind at a time, or longer, than chance would
    FAIR ON AVERAGE ONLY  everyone is served in the long run, in uneven turns
    FAIR                  no partition waits much more than a turn, or is owed more than a few tasks
    INCONCLUSIVE          nothing unfair was seen, but there is too little to call it fair

Checked in this order: flaws that were seen (findings.py), then evidence that is missing
(evidence.py). Missing evidence withholds FAIR and FAIR ON AVERAGE ONLY, and nothing else. In a
drain every task is served in the end, so the gravest verdict on one is UNFAIR. Task counts per
worker play no part. Worker time, and any other cost of tasks, has a verdict of its own
(aspects.py); which of them was promised is for the user to say. The thresholds stand in
thresholds.py, the margins that they leave in README.md beside this file.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from queue_fairness.fairness import aspects, explain
from queue_fairness.fairness.aspects import Aspect
from queue_fairness.fairness.context import Conditions, Integrity
from queue_fairness.fairness.evidence import (
    Evidence,
    collecting,
    gather,
    has_rounds,
    integrity_violations,
    is_work_conserving,
    weaknesses,
)
from queue_fairness.fairness.findings import Finding, Flaw, findings, lags_behind
from queue_fairness.fairness.measures import FairnessMeasures
from queue_fairness.fairness.thresholds import (
    FAIR_DEBT,
    FAIR_JAIN,
    FAIR_JAIN_SMALL_DEBT,
    FAIR_LEFT_OUT,
    FAIR_LONGEST,
    FAIR_SHORT,
    FAIR_SMALL_DEBT,
    FAIR_WAIT,
    MIN_LOAD,
    NEARLY_ITS_DUE,
    OUTLIER,
    STEADY_JAIN,
    STEADY_WAIT,
)
from queue_fairness.fairness.word import Level


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Verdict:
    """A verdict in words; every text a short sentence or part of one, for 80 columns."""

    word: Level
    headline: str
    """The numbers behind the word, one line."""
    why: tuple[str, ...]
    """The mechanism: lines that read on as sentences."""
    not_because: tuple[str, ...]
    """What it is not: what must not be blamed or concluded."""
    next_step: tuple[str, ...]
    """What to try next."""
    try_strategy: str | None
    """The strategy that `next_step` names; None where it names none."""
    evidence: tuple[Evidence, ...]
    aspects: tuple[Aspect, ...]
    """What partitions share besides what the word is on: worker time, tokens, or turns."""
    fair_by: str
    """What the word is on: `turns`, `time` or `tokens`."""
    flaws: tuple[str, ...]
    """Names of what was found wrong with the turns, the gravest first (findings.py)."""
    work_conserving: bool | None
    """None where it is not applicable."""
    quiet_slowdown: float | None
    """How many times as long quiet partitions wait because of the noise; None if unknown."""
    collecting: str | None
    """"collecting: 0.4 of 3 rounds" in mid-run, while it is too early for a verdict."""

    @property
    def title(self) -> str:
        """The word, with what else is wrong behind it."""
        parts = [self.word.text]
        if self.word in (
            Level.FAIR,
            Level.FAIR_ON_AVERAGE_ONLY,
            Level.INCONCLUSIVE,
        ):
            parts += (f"UNFAIR IN {each.name.upper()}" for each in self.aspects if each.is_unfair)
        if self.work_conserving is False:
            parts.append("not work-conserving")
        return ", ".join(parts)


def judge(measures: FairnessMeasures, integrity: Integrity, run: Conditions) -> Verdict:
    """The verdict on a run, or on a run so far; pure.

    Args:
        measures: What the folds say.
        integrity: Where the tasks are.
        run: How the run was made.
    """
    says_nothing = run.server_fault is not None or run.unreadable
    found = () if says_nothing else tuple(findings(measures, run))
    if not run.ended and not has_rounds(measures):
        found = tuple(each for each in found if each.flaw is Flaw.STARVING)
    word = _word(measures, integrity, run, found)
    too_early = word is Level.INCONCLUSIVE and not run.ended and not has_rounds(measures)
    turns = Aspect(
        name="turns",
        word=word,
        headline=explain.headline(word, measures, run, found),
        why=explain.why(word, measures, integrity, run, found),
    )
    promised, others = _promised(turns, measures, run)
    return Verdict(
        word=promised.word,
        headline=promised.headline,
        why=promised.why,
        not_because=explain.what_it_is_not(promised.word, measures, run),
        next_step=_what_to_try(promised, measures, integrity, run),
        try_strategy=_strategy_to_try(promised, measures, run),
        evidence=gather(measures, integrity, run),
        aspects=others,
        fair_by=run.fair_by,
        flaws=tuple(each.flaw.name.lower() for each in found),
        work_conserving=is_work_conserving(measures) if run.is_ours else None,
        quiet_slowdown=run.quiet_slowdown,
        collecting=collecting(measures) if too_early else None,
    )


def _promised(
    turns: Aspect, measures: FairnessMeasures, run: Conditions
) -> tuple[Aspect, tuple[Aspect, ...]]:
    """What the word is on, and what else there is to say."""
    time = aspects.worker_time(measures, run, turns.word)
    tokens = aspects.tokens(measures, run, turns.word)
    all_of_them = {"turns": turns, "time": time, "tokens": tokens}
    promised = all_of_them[run.fair_by]
    others = tuple(
        each for name, each in all_of_them.items() if each is not None and name != run.fair_by
    )
    if promised is None:
        promised = Aspect(
            name="tokens",
            word=Level.INCONCLUSIVE,
            headline="no task told a cost: tokens cannot be judged",
            why=("No task told what it cost.",),
        )
    if promised is turns or turns.word in (Level.BROKEN, Level.STARVING):
        return (turns, tuple(each for each in (time, tokens) if each is not None))
    # A run that says too little about turns says too little about anything.
    if turns.word is Level.INCONCLUSIVE and promised.word is Level.FAIR:
        promised = replace(promised, word=Level.INCONCLUSIVE, why=(*promised.why, *turns.why))
    return promised, others


def _what_to_try(
    promised: Aspect, measures: FairnessMeasures, integrity: Integrity, run: Conditions
) -> tuple[str, ...]:
    if promised.name != "turns" and promised.word is Level.UNFAIR:
        other = run.time_alternative
        if not run.is_ours:
            return ("Turns by cost: who has used less goes first.",)
        return (f"{other} on the same load and seed.",) if other is not None else ()
    if promised.name != "turns" and promised.word is Level.INCONCLUSIVE:
        return (*explain.what_to_try(promised.word, measures, integrity, run), "A longer run.")
    return explain.what_to_try(promised.word, measures, integrity, run)


def _strategy_to_try(promised: Aspect, measures: FairnessMeasures, run: Conditions) -> str | None:
    """The one that `_what_to_try` names."""
    match promised.word:
        case Level.INCONCLUSIVE:
            return None
        case Level.FAIR:
            is_short = promised.name == "turns" and lags_behind(measures.worker_time)
            return run.time_alternative if is_short else None
        case Level.UNFAIR if promised.name != "turns":
            return run.time_alternative
        case _:
            return run.alternative


def _word(
    measures: FairnessMeasures, integrity: Integrity, run: Conditions, found: Sequence[Finding]
) -> Level:
    if run.server_fault is None and any(integrity_violations(integrity, run.ended)):
        return Level.BROKEN
    if found:
        return min((each.word for each in found), key=list(Level).index)
    missing = list(weaknesses(measures, integrity, run))
    if any(each.withholds_all for each in missing):
        return Level.INCONCLUSIVE
    if not is_fair(measures):
        return Level.FAIR_ON_AVERAGE_ONLY
    return Level.INCONCLUSIVE if missing else Level.FAIR


def is_fair(measures: FairnessMeasures) -> bool:
    """Whether everyone gets its turns, by the measures alone."""
    waits, debt, imbalance = measures.worst_wait_rounds, measures.debt_tasks_max, measures.imbalance
    shares, jain = measures.shares, measures.round_jain or 0.0
    if (shares.left_out or 0.0) > FAIR_LEFT_OUT or (shares.short or 0.0) > FAIR_SHORT:
        return False
    if imbalance.worst is not None and imbalance.worst.share < NEARLY_ITS_DUE:
        return False
    if imbalance.is_systematic and imbalance.behind_share < NEARLY_ITS_DUE:
        return False
    if imbalance.neglected is not None and imbalance.neglected.share < NEARLY_ITS_DUE:
        return False
    if waits.p99 <= FAIR_WAIT and waits.max <= FAIR_LONGEST:
        return True
    if waits.max > OUTLIER * waits.p99 + 1 or debt > FAIR_DEBT:
        return False
    if shares.observed >= measures.partitions and waits.p99 <= STEADY_WAIT and jain >= STEADY_JAIN:
        return True
    if measures.conservation.load < MIN_LOAD:
        return False
    return jain >= FAIR_JAIN or (debt <= FAIR_SMALL_DEBT and jain >= FAIR_JAIN_SMALL_DEBT)
