"""The answer of a comparison: which strategy to take for this load, and what it costs.

1. Only what was served to the end and can be judged: never BROKEN, FAILED or INCONCLUSIVE.
2. Of those the best verdict; a strategy that lets workers idle while tasks wait comes after
   its peers that do not.
3. Of those the fewest round trips per pop, within `SAME_TRIPS`; then the highest throughput,
   within `SAME_RATE` or overlapping repeats.
4. What is still equal is named, and the one with the fewest round trips as shown is taken, the
   first in the order of the comparison among those: picking one by a difference inside the
   noise would change the advice from run to run.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from queue_fairness_core import words
from queue_fairness_core.fairness.word import Word
from queue_fairness_core.scoreboard import Row, Scoreboard, few_digits, overlap

SAME_TRIPS = 0.1
"""Round trips per pop that differ by less are the same: polls of the nearly empty queue at the
end cost a short run that much."""
SAME_RATE = 0.05
"""Throughputs that differ by less than this share are the same: single runs of one strategy on a
busy machine differ by some 4 %."""
SAME_WAIT = 0.05
"""Longest waits that differ by less than this share are equally long."""
PEERS_NAMED = 3
"""Most strategies that a sentence lists by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation:
    """Which strategy to take."""

    strategy: str | None
    """None where none can be recommended."""
    word: Word | None
    """Its verdict."""
    as_good: tuple[str, ...] = ()
    """Strategies that this comparison cannot tell from it."""
    sentence: str
    """The advice in words, the reason included."""


def recommend(board: Scoreboard) -> Recommendation:
    """Choose by the rules above; pure."""
    trusted = [row for row in board.rows if row.is_trusted]
    if not trusted:
        return Recommendation(strategy=None, word=None, sentence=_nothing(board))
    peers = _peers(board, trusted)
    chosen = peers[0]
    return Recommendation(
        strategy=chosen.strategy,
        word=chosen.word,
        as_good=tuple(row.strategy for row in peers[1:]),
        sentence=_sentence(board, trusted, peers),
    )


def _peers(board: Scoreboard, trusted: Sequence[Row]) -> list[Row]:
    """The rows that no rule can tell from the best one, the one to take first."""
    best = max(map(_quality, trusted))
    fairest = [row for row in trusted if _quality(row) == best]
    least = min(fairest, key=lambda row: _trips(board, row))
    cheapest = [row for row in fairest if not _is_dearer(board, row, least)]
    fastest = max(cheapest, key=lambda row: _rate(board, row))
    peers = [row for row in cheapest if _is_as_fast(board, row, fastest)]
    return sorted(peers, key=lambda row: round(_trips(board, row), 1))


def _quality(row: Row) -> tuple[int, bool]:
    assert row.word is not None
    return list(Word).index(row.word), row.conserves_work


def _trips(board: Scoreboard, row: Row) -> float:
    trips = board.cell(row, "round_trips_per_pop").median
    return trips if trips is not None else float("inf")


def _is_dearer(board: Scoreboard, row: Row, other: Row) -> bool:
    mine, others = _trips(board, row), _trips(board, other)
    return mine != others and mine >= others + SAME_TRIPS  # two unknown prices are the same


def _rate(board: Scoreboard, row: Row) -> float:
    return board.cell(row, "throughput_per_s").median or 0.0


def _is_as_fast(board: Scoreboard, row: Row, other: Row) -> bool:
    if _rate(board, row) >= (1 - SAME_RATE) * _rate(board, other):
        return True
    cells = (board.cell(each, "throughput_per_s") for each in (row, other))
    return min(len(row.runs), len(other.runs)) > 1 and overlap(*cells)


def _sentence(board: Scoreboard, trusted: Sequence[Row], peers: Sequence[Row]) -> str:
    chosen = peers[0]
    assert chosen.word is not None
    claim = f"{chosen.strategy} is {chosen.word.text} at {_cost(board, chosen)}"
    if chosen.word is not Word.FAIR:
        claim = f"None is FAIR on this load; the best is {chosen.strategy}, {chosen.word.text} at "
        claim += _cost(board, chosen)
    if len(board.rows) == 1:
        return f"{claim}; there is nothing to compare it with."
    parts = [claim, *_as_good(peers), *_contrast(board, trusted, peers)]
    return "; ".join(parts) + "." + _slower(board, trusted, chosen)


def _cost(board: Scoreboard, row: Row) -> str:
    trips = _shown_trips(board, row)
    if trips == words.UNKNOWN:
        return "an unknown price"
    return f"{trips} round {'trip' if trips == '1' else 'trips'} a pop"


def _shown_trips(board: Scoreboard, row: Row) -> str:
    trips = board.cell(row, "round_trips_per_pop").median
    return f"{trips:,.1f}" if trips is not None else words.UNKNOWN


def _as_good(peers: Sequence[Row]) -> list[str]:
    names = [row.strategy for row in peers[1:]]
    if not names:
        return []
    return [f"{_listed(names)} {'does' if len(names) == 1 else 'do'} as well"]


def _contrast(board: Scoreboard, trusted: Sequence[Row], peers: Sequence[Row]) -> list[str]:
    """What comes of taking another: the one with the longest wait, else the dearest."""
    chosen = peers[0]
    others = [row for row in trusted if row not in peers]
    worse = [row for row in others if _quality(row) < _quality(chosen)]
    if worse:
        longest = max(_longest(board, row) for row in worse)
        last = [row for row in worse if _longest(board, row) >= (1 - SAME_WAIT) * longest]
        worst = max(last, key=lambda row: _trips(board, row))
        longest = _longest(board, worst)
        if longest > _longest(board, chosen):
            return [_waits(board, worst, chosen, longest)]
        return [f"{worst.strategy} is {worst.label.split(' ', 1)[1]}{_idles(worst)}"]
    if not others:
        return []
    dearest = max(others, key=lambda row: _trips(board, row))
    if _shown_trips(board, dearest) == words.UNKNOWN:
        return [f"{dearest.strategy} is as fair, at {_cost(board, dearest)}"]
    if _is_dearer(board, dearest, chosen):
        return [f"{dearest.strategy} is as fair but needs {_shown_trips(board, dearest)}"]
    rate = board.cell(dearest, "throughput_per_s").median
    return [f"{dearest.strategy} is as fair but slower, {words.rate(rate)}"]


def _waits(board: Scoreboard, worst: Row, chosen: Row, longest: float) -> str:
    wait = f"makes the last partition wait {few_digits(longest)}"
    if _shown_trips(board, worst) == words.UNKNOWN:
        return f"{worst.strategy} {wait} rounds"
    if _is_dearer(board, worst, chosen):
        return f"{worst.strategy} needs {_shown_trips(board, worst)} and {wait} rounds"
    return f"{worst.strategy} {wait} rounds at {_shown_trips(board, worst)}"


def _longest(board: Scoreboard, row: Row) -> float:
    return board.cell(row, "worst_wait_rounds_max").median or 0.0


def _idles(row: Row) -> str:
    return "" if row.conserves_work else " but lets workers idle while tasks wait"


def _slower(board: Scoreboard, trusted: Sequence[Row], chosen: Row) -> str:
    """What its fairness costs in tasks per second, if anything."""
    fastest = max(trusted, key=lambda row: _rate(board, row))
    if _is_as_fast(board, chosen, fastest):
        return ""
    share = 1 - _rate(board, chosen) / _rate(board, fastest)
    return (
        f" It does {words.percent(share)} fewer tasks a second than {fastest.strategy}, "
        f"which is {fastest.word.text if fastest.word else ''}."
    )


def _nothing(board: Scoreboard) -> str:
    """Why no strategy is recommended, and what to change."""
    if not any(row.begun for row in board.rows):
        return "No run was made: there is nothing to compare."
    undecided = [row for row in board.rows if row.word is Word.INCONCLUSIVE and not row.failed]
    if undecided:
        remedies = dict.fromkeys(
            remedy
            for row in undecided
            for run in row.runs
            if run.standing is not None
            for remedy in run.standing.verdict.try_
        )
        return " ".join(("This load cannot tell the strategies apart. Try:", *remedies))
    ended = [row for row in board.rows if row.failed or row.word is Word.BROKEN]
    if not ended:
        return "No run was served to the end: there is nothing to compare."
    named = _listed([f"{row.strategy} {row.label.split(' ', 1)[1]}" for row in ended])
    return f"None can be recommended: {named}."


def _listed(names: Sequence[str]) -> str:
    """Names in words: `a`, `a and b`, `a, b, c and 4 more`."""
    shown = list(names[:PEERS_NAMED])
    if len(names) > PEERS_NAMED:
        shown.append(f"{len(names) - PEERS_NAMED} more")
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"
