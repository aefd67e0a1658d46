"""What the strategies of a comparison are chosen by, and when two are the same in it."""

from statistics import median

from queue_fairness.analysis.columns import overlap
from queue_fairness.analysis.scoreboard import Row, Scoreboard, rank
from queue_fairness.plan.ignored import SHARING, ignored

SAME_TRIPS = 0.1
"""Round trips per pop that differ by less are the same: polls of the nearly empty queue at the
end cost a short run that much."""
SAME_RATE = 0.05
"""Throughputs that differ by less than this share are the same: single runs of one strategy on a
busy machine differ by some 4 %."""
SAME_WAIT = 0.05
"""Longest waits that differ by less than this share are equally long."""
TURN = 1.0
"""Rounds that waits must differ by to differ plainly: under round robin no wait is longer."""
SAME_QUIET = 1.0
"""Waits of quiet partitions that differ by less than this share, or by less than a task's work,
are the same: single runs of one strategy on a busy machine differ by up to three quarters."""


def quality(row: Row) -> tuple[int, bool]:
    """What comes first: the verdict, then whether workers idle while tasks wait."""
    assert row.word is not None
    return rank(row.word), row.conserves_work


def unheeded(board: Scoreboard, row: Row) -> list[str]:
    """The options that say how partitions shall share and that it ignores: `--weights 3,1`."""
    found = ignored(board.comparison.plan, row.strategy)
    return [each.option for each in found if each.field in SHARING]


def trips(board: Scoreboard, row: Row) -> float:
    """Round trips per pop; infinite where they are not known."""
    found = board.cell(row, "round_trips_per_pop").median
    return found if found is not None else float("inf")


def is_dearer(board: Scoreboard, row: Row, other: Row) -> bool:
    """Whether a row's pops cost clearly more; two unknown prices are the same."""
    mine, others = trips(board, row), trips(board, other)
    return mine != others and mine >= others + SAME_TRIPS


def rate(board: Scoreboard, row: Row) -> float:
    """Tasks per second; 0 where they are not known."""
    return board.cell(row, "throughput_per_s").median or 0.0


def is_as_fast(board: Scoreboard, row: Row, other: Row) -> bool:
    """Whether a row is not clearly slower than another."""
    if rate(board, row) >= (1 - SAME_RATE) * rate(board, other):
        return True
    cells = (board.cell(each, "throughput_per_s") for each in (row, other))
    return min(len(row.runs), len(other.runs)) > 1 and overlap(*cells)


def longest(board: Scoreboard, row: Row) -> float:
    """The longest wait, rounds; 0 where it is not known."""
    return board.cell(row, "worst_wait_rounds_max").median or 0.0


def differ_plainly(board: Scoreboard, row: Row, other: Row) -> bool:
    """Whether the longest waits of two rows differ by more than a turn, and more than by chance."""
    one, two = sorted(longest(board, each) for each in (row, other))
    return two - one > TURN and one < (1 - SAME_WAIT) * two


def quiet_wait(row: Row) -> float | None:
    """95th percentile of the quiet partitions' waits, seconds; None where there was no noise."""
    known = [
        each.quiet_wait_p95_s
        for each in row.runs
        if each.plan.noisy and each.quiet_wait_p95_s is not None
    ]
    return median(known) if known else None


def slowdown(row: Row) -> float | None:
    """How many times as long as without the noise; None where that was not measured."""
    known = [each.quiet_slowdown for each in row.runs if each.quiet_slowdown is not None]
    return median(known) if known else None


def is_as_calm(board: Scoreboard, row: Row, calmest: Row) -> bool:
    """Whether noise hurts the quiet partitions no more than under another strategy."""
    mine, least = quiet_wait(row), quiet_wait(calmest)
    if mine is None or least is None:
        return True
    return mine <= max((1 + SAME_QUIET) * least, least + board.comparison.plan.mean_work_s)
