"""The order in which the strategies of a comparison are shown: the best first."""

from collections.abc import Sequence

from queue_fairness.analysis.merits import quality, quiet_wait, trips
from queue_fairness.analysis.scoreboard import Row, Scoreboard


def ranked(board: Scoreboard, advised: str | None = None) -> Sequence[Row]:
    """The rows by verdict, then by what noise does to the quiet, then by round trips per pop.

    Args:
        board: The table.
        advised: The strategy that is recommended, which stands first; None for none.
    """

    def key(row: Row) -> tuple[bool, bool, int, bool, float, float]:
        if row.word is None or row.failed:
            return row.strategy != advised, True, 0, False, 0.0, 0.0
        verdict, conserves = quality(row)
        waits = quiet_wait(row) or 0.0
        cost = round(trips(board, row), 1)
        return row.strategy != advised, False, -verdict, not conserves, waits, cost

    return sorted(board.rows, key=key)
