"""The numbers of a comparison: a row per strategy, beside the row of the ideal.

Repeats are reduced to the median, with the smallest and the largest beside it. What is best in a
column is best *as shown*: a difference that no face shows is none. Where a row's repeats overlap
with the best row's, the two are the same; one run each shows no spread, so there nothing is.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import chain

from queue_fairness.analysis.columns import COLUMNS, TIMED, Cell, Column, Rank, cell_of, overlap
from queue_fairness.analysis.comparison import Comparison
from queue_fairness.analysis.series import is_whole
from queue_fairness.fairness.word import Level
from queue_fairness.metrics.snapshot import Phase, Snapshot

UNTRUSTED = (Level.BROKEN, Level.INCONCLUSIVE)
"""Verdicts whose row is best in nothing: its tasks were lost, or it may not be called fair."""
GOOD = (Level.FAIR, Level.FAIR_ON_AVERAGE_ONLY)
"""Verdicts to be content with."""
LABEL_WIDTH = 15
"""Columns of the longest short label."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Row:
    """One strategy."""

    strategy: str
    runs: tuple[Snapshot, ...]
    """The runs that count: those served to the end."""
    failed: bool
    """Whether one of its runs failed."""
    begun: bool
    """Whether it was run at all."""
    cells: tuple[Cell, ...]
    """By column."""

    @property
    def verdicts(self) -> Sequence[Level]:
        """The verdict of each run that counts."""
        return [each.assessment.verdict.word for each in self.runs if each.assessment is not None]

    @property
    def word(self) -> Level | None:
        """The worst verdict of its repeats; None if no run was served to the end."""
        return min(self.verdicts, key=rank, default=None)

    @property
    def is_undecided(self) -> bool:
        """Whether there was too little evidence to call it fair, and nothing speaks against it."""
        return not self.failed and self.word is Level.INCONCLUSIVE

    @property
    def is_open(self) -> bool:
        """Whether it may yet prove better than its row: undecided, failed, stopped or not run."""
        return self.failed or self.word is None or self.is_undecided

    @property
    def is_trusted(self) -> bool:
        """Whether it has a verdict that its numbers may be compared by."""
        return not self.failed and self.word is not None and self.word not in UNTRUSTED

    @property
    def is_good(self) -> bool:
        """Whether its verdict is one to be content with."""
        return not self.failed and self.word in GOOD

    @property
    def has_stalled(self) -> bool:
        """Whether a run stood still for so long that no rate and no time of it holds."""
        return any(each.stalled for each in self.runs)

    @property
    def conserves_work(self) -> bool:
        """Whether no repeat let workers idle while tasks waited."""
        assessments = (each.assessment for each in self.runs)
        return all(
            each is None or each.verdict.work_conserving is not False for each in assessments
        )

    @property
    def label(self) -> str:
        """The verdict as glyph and word, or why there is none."""
        if self.word is not None and not self.failed:
            return f"{self.word.glyph} {self.word.text}"
        return self.short_label

    @property
    def short_label(self) -> str:
        """The same in at most `LABEL_WIDTH` cells."""
        if self.failed:
            return "✗ FAILED"
        if self.word is not None:
            return short_label(self.word)
        return "– stopped early" if self.begun else "– not run"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scoreboard:
    """Every strategy of a comparison, in its order."""

    comparison: Comparison
    columns: tuple[Column, ...]
    ideal: tuple[float | None, ...]
    """The row of the ideal, by column."""
    rows: tuple[Row, ...]

    def cell(self, row: Row, name: str) -> Cell:
        """The cell of a row in the column of that name."""
        return row.cells[self._index(name)]

    def picture(self, row: Row) -> Snapshot | None:
        """The run that stands for a row where one has to: it failed, or has the row's verdict.

        A run that was stopped stands for a row without a whole one; None if none was begun.
        """
        begun = self.comparison.of(row.strategy)
        failed = (each for each in begun if each.phase is Phase.FAILED)
        judged = (run for run, word in zip(row.runs, row.verdicts, strict=True) if word is row.word)
        return next(chain(failed, judged, begun), None)

    def ideal_of(self, name: str) -> float | None:
        """What the ideal has in the column of that name."""
        return self.ideal[self._index(name)]

    def _index(self, name: str) -> int:
        return next(index for index, each in enumerate(self.columns) if each.name == name)


def rank(word: Level) -> int:
    """The place of a verdict from the worst, 0, to the best.

    That FAIR is withheld for lack of evidence is better than what is known to be unfair.
    """
    order = list(Level)
    order.remove(Level.INCONCLUSIVE)
    order.insert(order.index(Level.FAIR_ON_AVERAGE_ONLY), Level.INCONCLUSIVE)
    return order.index(word)


def short_label(word: Level) -> str:
    """A verdict as glyph and word where there is little room: `~ ON AVERAGE`."""
    text = "ON AVERAGE" if word is Level.FAIR_ON_AVERAGE_ONLY else word.text
    return f"{word.glyph} {text}"


def scoreboard(comparison: Comparison) -> Scoreboard:
    """Work out the table. O(runs); what a run's picture holds is not walked again."""
    rows = [row_of(each, comparison.of(each), COLUMNS) for each in comparison.strategies]
    marks = [_marks(column, index, rows) for index, column in enumerate(COLUMNS)]
    return Scoreboard(
        comparison=comparison,
        columns=COLUMNS,
        ideal=tuple(column.ideal(comparison.plan) for column in COLUMNS),
        rows=tuple(
            replace(
                row,
                cells=tuple(
                    replace(cell, mark=marks[index][number]) for index, cell in enumerate(row.cells)
                ),
            )
            for number, row in enumerate(rows)
        ),
    )


def row_of(strategy: str, begun: Sequence[Snapshot], columns: Sequence[Column]) -> Row:
    """A strategy's runs under one load as a row, its cells in the order of the columns.

    Without a whole run the cells hold what one that was stopped has measured; no verdict stands
    beside them, and they are compared with nothing.
    """
    counted = tuple(each for each in begun if is_whole(each))
    halves = [each for each in begun if each.phase is Phase.STOPPED and each.assessment is not None]
    return Row(
        strategy=strategy,
        runs=counted,
        failed=any(each.phase is Phase.FAILED for each in begun),
        begun=bool(begun),
        cells=tuple(
            cell_of([column.value(each) for each in counted or halves]) for column in columns
        ),
    )


def _marks(column: Column, index: int, rows: Sequence[Row]) -> list[Rank]:
    """The marks of one column, by row.

    There are none where all show the same, or where a row that cannot be judged shows a better
    number: then the best of the others is not the best of the table.
    """
    cells = [row.cells[index] for row in rows]
    trusted = {
        number: cell
        for number, (row, cell) in enumerate(zip(rows, cells, strict=True))
        if row.is_trusted
        and cell.median is not None
        # What is counted in turns holds whether or not the run stood still.
        and not (column in TIMED and row.has_stalled)
    }
    shown = {number: column.show(cell.median) for number, cell in trusted.items()}
    if len(set(shown.values())) < 2:
        return [Rank.NONE] * len(rows)
    choose = max if column.higher_is_better else min
    best = choose(trusted, key=lambda number: trusted[number].median or 0.0)
    known = [
        cell.median
        for row, cell in zip(rows, cells, strict=True)
        if cell.median is not None and (row.is_trusted or row.is_undecided)
    ]
    if column.show(choose(known)) != shown[best]:
        return [Rank.NONE] * len(rows)

    def mark(number: int) -> Rank:
        if number not in trusted:
            return Rank.NONE
        if shown[number] == shown[best]:
            return Rank.BEST
        repeated = len(rows[number].runs) > 1 and len(rows[best].runs) > 1
        return Rank.SAME if repeated and overlap(trusted[number], trusted[best]) else Rank.NONE

    return [mark(number) for number in range(len(rows))]
