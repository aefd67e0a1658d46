"""The numbers of a sweep: for each strategy a curve of rate, round trips and worst wait.

Repeats are reduced to the median, with the smallest and the largest beside it. A run that failed
or was stopped counts in no point.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from queue_fairness.analysis.columns import COLUMNS, Cell, Column
from queue_fairness.analysis.scoreboard import Row, row_of
from queue_fairness.analysis.summary import WORK_BOUND
from queue_fairness.analysis.sweep import Number, Sweep
from queue_fairness.fairness.word import Level

RATE, TRIPS, WAIT = "throughput_per_s", "round_trips_per_pop", "worst_wait_rounds_max"

QUANTITIES: tuple[Column, ...] = tuple(
    column for name in (RATE, TRIPS, WAIT) for column in COLUMNS if column.name == name
)
"""What may grow, in the order in which it is shown."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Point:
    """One strategy at one value."""

    value: Number
    row: Row
    """Its runs, verdicts and cells, the cells in the order of `QUANTITIES`."""

    def cell(self, name: str) -> Cell:
        """One quantity over the repeats."""
        return next(
            cell
            for column, cell in zip(QUANTITIES, self.row.cells, strict=True)
            if column.name == name
        )

    @property
    def counts(self) -> bool:
        """Whether its numbers say something: not where tasks were lost or a run failed."""
        return bool(self.row.runs) and not self.row.failed and self.row.word is not Level.BROKEN

    def is_told(self, name: str) -> bool:
        """Whether one of its quantities tells something: a wait only where it could be judged.

        With one task per partition, say, every order waits one round, by construction.
        """
        return self.counts and (name != WAIT or self.row.word is not Level.INCONCLUSIVE)

    @property
    def is_work_bound(self) -> bool:
        """Whether the work alone limits its rate, so that the rate says nothing of the queue."""
        rate = self.cell(RATE).median
        return rate is not None and rate > WORK_BOUND * self.row.runs[0].plan.bound_per_s


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curve:
    """One strategy over all values, in ascending order."""

    strategy: str
    points: tuple[Point, ...]

    def counted(self, name: str) -> Sequence[Point]:
        """The points at which a quantity is known and says something."""
        return [each for each in self.points if each.counts and each.cell(name).median is not None]


def curves(sweep: Sweep) -> tuple[Curve, ...]:
    """Work out every curve, in the order of the strategies."""
    return tuple(
        Curve(
            strategy=strategy,
            points=tuple(
                Point(value=value, row=row_of(strategy, sweep.of(value, strategy), QUANTITIES))
                for value in sweep.values
            ),
        )
        for strategy in sweep.strategies
    )
