"""The answer of a comparison: which strategy to take for this load, and what it costs.

1. Only what was served to the end and has a verdict: never BROKEN, FAILED or INCONCLUSIVE. Where
   any keeps to the declared weights and the limit, only those that do.
2. Nothing where all of these are UNFAIR or worse while another may yet prove better: one that is
   undecided, failed, was stopped or not run, or is fair and ignores what was declared.
3. Of those the best verdict; a strategy that lets workers idle while tasks wait comes after
   its peers that do not.
4. Of those the shortest waits of quiet partitions beside noise, within `SAME_QUIET`; then the
   fewest round trips per pop, within `SAME_TRIPS`; then the highest throughput, within
   `SAME_RATE` or overlapping repeats.
5. What is still equal is named, and the one with the fewest round trips as shown is taken, the
   first in the order of the comparison among those: picking one by a difference inside the
   noise would change the advice from run to run.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from queue_fairness.analysis import advice
from queue_fairness.analysis.merits import (
    is_as_calm,
    is_as_fast,
    is_dearer,
    quality,
    quiet_wait,
    rate,
    trips,
    unheeded,
)
from queue_fairness.analysis.scoreboard import Row, Scoreboard
from queue_fairness.analysis.undecided import nothing
from queue_fairness.fairness.word import Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """Which strategy to take."""

    strategy: str | None
    """None where none can be recommended."""
    word: Level | None
    """Its verdict."""
    as_good: tuple[str, ...] = ()
    """Strategies that this comparison cannot tell from it."""
    undecided: tuple[str, ...] = ()
    """Strategies that may yet prove better: undecided, failed, stopped or not run."""
    sentence: str
    """The advice in words, the reason included."""


def recommend(board: Scoreboard) -> Recommendation:
    """Choose by the rules above; pure."""
    undecided = tuple(row.strategy for row in board.rows if row.is_open)
    candidates = _candidates(board)
    if not candidates:
        return Recommendation(
            strategy=None, word=None, undecided=undecided, sentence=nothing(board)
        )
    peers = _peers(board, candidates)
    return Recommendation(
        strategy=peers[0].strategy,
        word=peers[0].word,
        as_good=tuple(row.strategy for row in peers[1:]),
        undecided=undecided,
        sentence=advice.sentence(board, peers),
    )


def _candidates(board: Scoreboard) -> Sequence[Row]:
    """The rows of which one may be taken; none where none should be."""
    heeding = [row for row in board.rows if not unheeded(board, row)]
    trusted = [row for row in heeding or board.rows if row.is_trusted]
    good = [row for row in trusted if row.is_good]
    others = [row for row in board.rows if row.is_open or row.is_good]
    return good or ([] if others else trusted)


def _peers(board: Scoreboard, candidates: Sequence[Row]) -> list[Row]:
    """The rows that no rule can tell from the best one, the one to take first."""
    best = max(map(quality, candidates))
    fairest = [row for row in candidates if quality(row) == best]
    calmest = min(fairest, key=lambda row: quiet_wait(row) or 0.0)
    calm = [row for row in fairest if is_as_calm(board, row, calmest)]
    least = min(calm, key=lambda row: trips(board, row))
    cheapest = [row for row in calm if not is_dearer(board, row, least)]
    fastest = max(cheapest, key=lambda row: rate(board, row))
    peers = [row for row in cheapest if is_as_fast(board, row, fastest)]
    return sorted(peers, key=lambda row: round(trips(board, row), 1))
