"""The numbers of a comparison: a row per strategy, beside the row that turns would have.

Repeats are reduced to the median, with the smallest and the largest beside it. What is best in a
column is best *as shown*: a difference that no face shows is none. Where a row's repeats overlap
with the best row's, the two are the same; one run each shows no spread, so there nothing is.
"""

import enum
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from statistics import median

from queue_fairness.analysis.comparison import Comparison
from queue_fairness.fairness.measures import FairnessMeasures
from queue_fairness.fairness.word import Level
from queue_fairness.formatting import numbers
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.plan import Plan

UNTRUSTED = (Level.BROKEN, Level.INCONCLUSIVE)
"""Verdicts whose row is best in nothing: its tasks were lost, or it may not be called fair."""
GOOD = (Level.FAIR, Level.FAIR_ON_AVERAGE_ONLY)
"""Verdicts to be content with."""
LABEL_WIDTH = 15
"""Columns of the longest short label."""


class Rank(enum.Enum):
    """How a cell stands to the best of its column."""

    NONE = ""
    BEST = "best"
    SAME = "same"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One quantity that strategies are compared by."""

    name: str
    """Its name in JSON, the unit included."""
    title: str
    """Its head where there is room."""
    head: str
    """Its head in a table, of two short lines."""
    higher_is_better: bool
    value: Callable[[Snapshot], float | None]
    ideal: Callable[[Plan], float | None]
    """What strict turns would have; None where that is no matter of turns."""
    show: Callable[[float | None], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One quantity of one strategy over its repeats; None throughout where it has none."""

    median: float | None = None
    minimum: float | None = None
    maximum: float | None = None
    mark: Rank = Rank.NONE


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
    """The row of strict turns, by column."""
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
        """What strict turns would have in the column of that name."""
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
    rows = [_row(comparison, strategy) for strategy in comparison.strategies]
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


def _row(comparison: Comparison, strategy: str) -> Row:
    begun, counted = comparison.of(strategy), comparison.measured(strategy)
    return Row(
        strategy=strategy,
        runs=tuple(counted),
        failed=any(each.phase is Phase.FAILED for each in begun),
        begun=bool(begun),
        cells=tuple(cell_of([column.value(each) for each in counted]) for column in COLUMNS),
    )


def cell_of(values: Sequence[float | None]) -> Cell:
    """The median, smallest and largest of what is known of some runs' values."""
    known = [each for each in values if each is not None]
    if not known:
        return Cell()
    return Cell(median=median(known), minimum=min(known), maximum=max(known))


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


def overlap(one: Cell, other: Cell) -> bool:
    """Whether the repeats of two strategies reach into each other's range."""
    ends = (one.minimum, one.maximum, other.minimum, other.maximum)
    if any(each is None for each in ends):
        return False
    low, high, other_low, other_high = (each or 0.0 for each in ends)
    return low <= other_high and other_low <= high


def _measured(
    value: Callable[[FairnessMeasures], float | None],
) -> Callable[[Snapshot], float | None]:
    def of(run: Snapshot) -> float | None:
        return None if run.assessment is None else value(run.assessment.measures)

    return of


def format_score(value: float | None) -> str:
    """A number as precise as it can be compared: `0.52`, `1.0`, `9.9`, `10.0`, `104`."""
    if value is None or abs(value) < 0.995:
        return numbers.digits(value, 2)
    return f"{value:,.1f}" if abs(value) < 99.95 else numbers.digits(value)


def _always(value: float | None) -> Callable[[Plan], float | None]:
    return lambda _plan: value


def _bound(plan: Plan) -> float | None:
    """What the workers could do, and not more than arrives."""
    is_steady = not (plan.is_drain or plan.noisy)
    bound = min(plan.bound_per_s, plan.arrival_rate) if is_steady else plan.bound_per_s
    return bound if math.isfinite(bound) else None


def _mean_wait(plan: Plan) -> float | None:
    """Of a drain of equal tasks by equal workers: it is the same for every order of service."""
    disturbances = (plan.slow_worker != 1, plan.crash_at, plan.failure_rate)
    if not plan.is_full_at_start or plan.work_scale != "equal" or any(disturbances):
        return None
    return (plan.total_tasks - 1) / 2 / plan.bound_per_s


def _of_equals(value: float) -> Callable[[Plan], float | None]:
    """What turns have where all partitions are due the same."""
    return lambda plan: value if plan.weights == "equal" else None


def _first_round(value: float) -> Callable[[Plan], float | None]:
    """What turns have where all partitions wait from the start, and are due the same."""
    return lambda plan: value if plan.is_full_at_start and plan.weights == "equal" else None


FAIRNESS = (
    Column(
        name="worst_wait_rounds_p99",
        title="worst wait p99, rounds",
        head="worst\np99",
        higher_is_better=False,
        value=_measured(lambda measures: measures.worst_wait_rounds.p99),
        ideal=_of_equals(1.0),
        show=format_score,
    ),
    Column(
        name="worst_wait_rounds_max",
        title="worst wait max, rounds",
        head="worst\nmax",
        higher_is_better=False,
        value=_measured(lambda measures: measures.worst_wait_rounds.max),
        ideal=_of_equals(1.0),
        show=format_score,
    ),
    Column(
        name="first_pickup_rounds_mean",
        title="first pickup mean, rounds",
        head="first\nmean",
        higher_is_better=False,
        value=_measured(lambda measures: measures.first_pickup_rounds.mean),
        ideal=_first_round(0.5),
        show=format_score,
    ),
    Column(
        name="debt_tasks_max",
        title="debt max, tasks",
        head="debt\nmax",
        higher_is_better=False,
        value=_measured(lambda measures: measures.debt_tasks_max),
        ideal=_always(1.0),
        show=format_score,
    ),
    Column(
        name="round_jain",
        title="round Jain",
        head="round\nJain",
        higher_is_better=True,
        value=_measured(lambda measures: measures.round_jain),
        ideal=_always(1.0),
        show=format_score,
    ),
)
"""Columns that a strategy's order of service decides."""


def _pop_column(name: str, value: Callable[[Snapshot], float | None]) -> Column:
    return Column(
        name=f"pop_s_{name}",
        title=f"pop {name}",
        head=f"pop\n{name}",
        higher_is_better=False,
        value=value,
        ideal=_always(None),
        show=numbers.seconds,
    )


COST = (
    Column(
        name="throughput_per_s",
        title="throughput, tasks/s",
        head="tasks\n/ s",
        higher_is_better=True,
        value=lambda run: run.throughput_per_s,
        ideal=_bound,
        show=numbers.digits,
    ),
    Column(
        name="round_trips_per_pop",
        title="round trips per pop",
        head="trips\n/ pop",
        higher_is_better=False,
        value=lambda run: run.per_pop(run.dequeue_cost.round_trips),
        ideal=_always(None),
        show=format_score,
    ),
    Column(
        name="wait_s_mean",
        title="mean wait of a task",
        head="mean\nwait",
        higher_is_better=False,
        value=lambda run: run.waits.mean,
        ideal=_mean_wait,
        show=numbers.seconds,
    ),
    _pop_column("p50", lambda run: run.pops.p50),
    _pop_column("p99", lambda run: run.pops.p99),
    _pop_column("max", lambda run: run.pops.maximum),
)
"""Columns of what it costs to be served in that order."""

COLUMNS = tuple(chain(FAIRNESS, COST))
TIMED = tuple(column for column in COST if column.name != "round_trips_per_pop")
"""Columns of rates and seconds."""
