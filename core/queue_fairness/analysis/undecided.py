"""What a comparison says of those it cannot judge, and why it then recommends none."""

import re
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import TypeVar

from queue_fairness.analysis.columns import format_score
from queue_fairness.analysis.merits import differ_plainly, longest, quiet_wait, unheeded
from queue_fairness.analysis.scoreboard import Row, Scoreboard
from queue_fairness.fairness.verdict import Verdict
from queue_fairness.fairness.word import Level
from queue_fairness.formatting import numbers

REASONS_GIVEN = 3
"""Most reasons that a sentence gives for what is undecided."""

K = TypeVar("K", bound=Hashable)


def nothing(board: Scoreboard) -> str:
    """Why no strategy is recommended, and what to change."""
    if not any(row.begun for row in board.rows):
        return "No run was made: there is nothing to compare."
    undecided = [row for row in board.rows if row.is_undecided]
    if len(undecided) == len(board.rows) > 1:
        return " ".join([_without_verdicts(board, undecided), *remedies(board)])
    judged = list(_judged(board))
    if not judged and not undecided and not any(row.failed for row in board.rows):
        return "No run was served to the end: there is nothing to compare."
    said = "; ".join([*judged, *open_clauses(board)])
    return " ".join([f"None can be recommended: {said}.", *remedies(board)])


def open_clauses(board: Scoreboard) -> Iterator[str]:
    """Who may yet prove better, and why that is not known."""
    rows = [row for row in board.rows if row.is_open]
    yield from _undecided(board, [row for row in rows if row.is_undecided])
    for why, some in _grouped([row for row in rows if not row.is_undecided], _why_no_verdict):
        be = "" if some[0].failed else "was " if len(some) == 1 else "were "
        yield f"{_names(some)} {be}{why}"


def remedies(board: Scoreboard) -> list[str]:
    """What to change so that the undecided can be judged."""
    undecided = [row for row in board.rows if row.is_undecided]
    found = dict.fromkeys(
        remedy for row in undecided for verdict in _withheld(row) for remedy in verdict.next_step
    )
    return [" ".join(("Try:", *found))] if found else []


def _judged(board: Scoreboard) -> Iterator[str]:
    """The verdicts there are, with the longest wait of those that have one."""
    rows = [row for row in board.rows if row.is_trusted or not row.is_open]
    for (word, *options), some in _grouped(rows, lambda row: _judgement(board, row)):
        is_one = len(some) == 1
        said = f"{_names(some)} {'is' if is_one else 'are'} {word}"
        if options:
            said += f" but {'ignores' if is_one else 'ignore'} {numbers.listed(options)}"
        if some[0].is_trusted:
            said += f", with waits {_waited(board, some)}"
        yield said


def _judgement(board: Scoreboard, row: Row) -> tuple[str, ...]:
    assert row.word is not None
    return row.word.text, *unheeded(board, row)


def _undecided(board: Scoreboard, rows: Sequence[Row]) -> Iterator[str]:
    """How long they waited all the same, and why that is not called fair."""
    groups = list(_grouped(rows, lambda row: re.split("[:,]", _reason(row))[0]))
    for kind, some in groups[:REASONS_GIVEN]:
        reasons = {_reason(row) for row in some}
        why = reasons.pop() if len(reasons) == 1 else kind
        yield f"{_names(some)} waited {_waited(board, some)} but could not be judged: {why}"
    more = sum(len(some) for _, some in groups[REASONS_GIVEN:])
    if more:
        yield f"{more} more could not be judged"


def _without_verdicts(board: Scoreboard, rows: Sequence[Row]) -> str:
    """Of a load on which FAIR is withheld from all: their waits, where these differ."""
    by_wait = sorted(rows, key=lambda row: longest(board, row))
    least, most = by_wait[0], by_wait[-1]
    if not differ_plainly(board, least, most):
        return "This load cannot tell the strategies apart."
    waits = (f"{format_score(longest(board, row))} ({row.strategy})" for row in (least, most))
    return (
        f"Longest waits differ, from {' to '.join(waits)} rounds, but FAIR is withheld for lack "
        f"of evidence: {_reason(least)}."
    )


def _waited(board: Scoreboard, rows: Sequence[Row]) -> str:
    """The longest wait of some rows, and that of the quiet partitions beside noise."""
    said = f"up to {format_score(max(longest(board, row) for row in rows))} rounds"
    quiet = max((quiet_wait(row) or 0.0 for row in rows), default=0.0)
    return f"{said}, quiet partitions {numbers.seconds(quiet)} (p95)" if quiet else said


def _why_no_verdict(row: Row) -> str:
    if row.failed:
        return "FAILED"
    return "stopped early" if row.begun else "not run"


def _reason(row: Row) -> str:
    """Why a row is undecided: the first sentence of it, to be read on in another."""
    found = " ".join(next(_withheld(row)).why)
    first = re.split(r"\.(?=\s|$)", found, maxsplit=1)[0]
    is_word = first[1:2].islower()
    return first[:1].lower() + first[1:] if is_word else first


def _withheld(row: Row) -> Iterator[Verdict]:
    """The verdicts of its runs that leave it undecided."""
    for run in row.runs:
        if run.assessment is not None and run.assessment.verdict.word is Level.INCONCLUSIVE:
            yield run.assessment.verdict


def _names(rows: Sequence[Row]) -> str:
    return numbers.listed([row.strategy for row in rows])


def _grouped(rows: Sequence[Row], key: Callable[[Row], K]) -> Iterator[tuple[K, Sequence[Row]]]:
    groups: dict[K, list[Row]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    yield from groups.items()
