"""What to take of a comparison, in words: why, at what price, and what comes of another."""

from collections.abc import Sequence

from queue_fairness.analysis.columns import format_score
from queue_fairness.analysis.merits import (
    SAME_WAIT,
    is_as_calm,
    is_as_fast,
    is_dearer,
    longest,
    quality,
    quiet_wait,
    rate,
    slowdown,
    trips,
    unheeded,
)
from queue_fairness.analysis.scoreboard import Row, Scoreboard
from queue_fairness.analysis.undecided import open_clauses, remedies
from queue_fairness.fairness.word import Level
from queue_fairness.formatting import numbers


def sentence(board: Scoreboard, peers: Sequence[Row]) -> str:
    """What to take, what does as well, what comes of taking another, and who is undecided.

    Args:
        board: The table.
        peers: The rows that are as good as each other, the one to take first.
    """
    chosen = peers[0]
    if len(board.rows) == 1:
        return f"{_claim(board, chosen)}; there is nothing to compare it with."
    trusted = [row for row in board.rows if row.is_trusted]
    parts = [
        _claim(board, chosen),
        *_as_good(peers),
        *_quiet(board, chosen),
        *_contrast(board, trusted, peers),
        *_deaf(board, chosen),
    ]
    said = "; ".join(parts) + "." + _slower(board, trusted, chosen)
    return " ".join([said, *(f"{each}." for each in open_clauses(board)), *remedies(board)])


def _claim(board: Scoreboard, chosen: Row) -> str:
    assert chosen.word is not None
    claim = f"{chosen.strategy} is {chosen.word.text} at {_cost(board, chosen)}"
    if not any(row.word is Level.FAIR or row.is_open for row in board.rows):
        claim = f"None is FAIR on this load; the best is {chosen.strategy}, {chosen.word.text} at "
        claim += _cost(board, chosen)
    options = unheeded(board, chosen)
    return f"{claim}, but ignores {numbers.listed(options)}" if options else claim


def _cost(board: Scoreboard, row: Row) -> str:
    shown = _shown_trips(board, row)
    if shown == numbers.UNKNOWN:
        return "an unknown price"
    return f"{shown} round {'trip' if shown == '1' else 'trips'} a pop"


def _shown_trips(board: Scoreboard, row: Row) -> str:
    found = board.cell(row, "round_trips_per_pop").median
    return f"{found:,.1f}" if found is not None else numbers.UNKNOWN


def _as_good(peers: Sequence[Row]) -> list[str]:
    names = [row.strategy for row in peers[1:]]
    if not names:
        return []
    return [f"{numbers.listed(names)} {'does' if len(names) == 1 else 'do'} as well"]


def _quiet(board: Scoreboard, chosen: Row) -> list[str]:
    """What noise does to the quiet partitions, and under whom it does most."""
    wait = quiet_wait(chosen)
    if wait is None:
        return []
    said = f"quiet partitions wait {numbers.seconds(wait)} (p95) beside the noise"
    times = slowdown(chosen)
    if times is not None:
        said += f", {numbers.digits(times, 2)} times as long as without"
    measured = [row for row in board.rows if row.is_trusted or row.is_undecided]
    worst = max(measured, key=lambda row: quiet_wait(row) or 0.0)
    if is_as_calm(board, worst, chosen):
        return [said]
    return [f"{said} ({numbers.seconds(quiet_wait(worst))} by {worst.strategy})"]


def _deaf(board: Scoreboard, chosen: Row) -> list[str]:
    """Who ignores what was declared, where the chosen one does not."""
    if unheeded(board, chosen):
        return []
    names: dict[str, list[str]] = {}
    for row in board.rows:
        for option in unheeded(board, row):
            names.setdefault(option, []).append(row.strategy)
    return [
        f"{numbers.listed(some)} {'ignores' if len(some) == 1 else 'ignore'} {option}"
        for option, some in names.items()
    ]


def _contrast(board: Scoreboard, trusted: Sequence[Row], peers: Sequence[Row]) -> list[str]:
    """What comes of taking another: the one with the longest wait, else the dearest."""
    chosen = peers[0]
    others = [row for row in trusted if row not in peers]
    worse = [row for row in others if quality(row) < quality(chosen)]
    if worse:
        most = max(longest(board, row) for row in worse)
        last = [row for row in worse if longest(board, row) >= (1 - SAME_WAIT) * most]
        worst = max(last, key=lambda row: trips(board, row))
        if longest(board, worst) > longest(board, chosen):
            return [_waits(board, worst, chosen)]
        return [f"{worst.strategy} is {worst.label.split(' ', 1)[1]}{_idles(worst)}"]
    equals = [
        row
        for row in others
        if is_as_calm(board, row, chosen) and (unheeded(board, chosen) or not unheeded(board, row))
    ]
    if not equals:
        return []
    dearest = max(equals, key=lambda row: trips(board, row))
    if _shown_trips(board, dearest) == numbers.UNKNOWN:
        return [f"{dearest.strategy} is as fair, at {_cost(board, dearest)}"]
    if is_dearer(board, dearest, chosen):
        return [f"{dearest.strategy} is as fair but needs {_shown_trips(board, dearest)}"]
    tasks = board.cell(dearest, "throughput_per_s").median
    return [f"{dearest.strategy} is as fair but slower, {numbers.rate(tasks)}"]


def _waits(board: Scoreboard, worst: Row, chosen: Row) -> str:
    wait = f"makes the last partition wait {format_score(longest(board, worst))}"
    if _shown_trips(board, worst) == numbers.UNKNOWN:
        return f"{worst.strategy} {wait} rounds"
    if is_dearer(board, worst, chosen):
        return f"{worst.strategy} needs {_shown_trips(board, worst)} and {wait} rounds"
    return f"{worst.strategy} {wait} rounds at {_shown_trips(board, worst)}"


def _idles(row: Row) -> str:
    return "" if row.conserves_work else " but lets workers idle while tasks wait"


def _slower(board: Scoreboard, trusted: Sequence[Row], chosen: Row) -> str:
    """What its fairness costs in tasks per second, if anything."""
    fastest = max(trusted, key=lambda row: rate(board, row))
    if is_as_fast(board, chosen, fastest):
        return ""
    share = 1 - rate(board, chosen) / rate(board, fastest)
    return (
        f" It does {numbers.percent(share)} fewer tasks a second than {fastest.strategy}, "
        f"which is {fastest.word.text if fastest.word else ''}."
    )
