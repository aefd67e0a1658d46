"""The time x partition heat map: tasks served against turns owed.

            rounds ->            sequential       round robin      starved
    rank    first served         # . . . .        # # # # #        # # # # #
     |                             # . . .        # # # # #        # # # # #
     v      last served          . . . . #        # # # # #        . . . . .

Rows are groups of partitions in the order of their first pickup, columns are contended rounds (the
clock of `debt.py`). A cell holds the tasks *served* to its partitions and the turns they were
*owed*: one, times the weight, for each round in which the partition had tasks waiting, those before
its first pickup included. So served / owed is 1 throughout for round robin; 0 with something owed
is a starved cell, dots above; owed 0 is an empty one. Partitions never served have a row of their
own.

Memory is bounded: where 96 columns or 48 rows no longer do, neighbors merge two by two. Owed turns
are kept as a difference array (what begins in a column, what every later column adds), so that an
owed stretch costs O(1) however long it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import TypeVar

from queue_fairness.fairness.partition import Partition
from queue_fairness.fairness.steps import BEGUN, SERVED_LAST, Mark

COLUMNS = 96
ROWS = 48
_WIDTH = COLUMNS + 2
"""A stretch may end at the edge of the last column, and what it ends adds to the one behind."""
_EPSILON = 1e-9
"""Rounds. The clock is a sum of thousands of fractions and may stop short of a whole number."""

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class ServiceHeatMap:
    """The map as it stands; `served[row][column]` and `owed[row][column]` in tasks.

    The current round counts as owed in full, later ones of its column not at all. All are empty
    for a run without a pickup.
    """

    served: tuple[tuple[int, ...], ...]
    owed: tuple[tuple[float, ...], ...]
    unserved_owed: tuple[float, ...]
    """What the partitions never served so far are owed, column by column."""
    unserved: int
    """How many they are."""
    partitions_per_row: int
    rounds_per_column: int


class HeatFold:
    """Counts served and owed turns in cells, O(1) per event, O(1) memory."""

    __slots__ = ("_base", "_column_shift", "_last", "_partitions", "_row_shift", "_served", "_step")

    def __init__(self) -> None:
        self._column_shift = 0
        self._row_shift = 0
        self._partitions = 0
        self._last = 0
        """Round of the last pickup."""
        # Row ROWS of the difference array is that of the partitions never served.
        self._served = [[0] * _WIDTH for _ in range(ROWS)]
        self._base = [[0.0] * _WIDTH for _ in range(ROWS + 1)]
        self._step = [[0.0] * _WIDTH for _ in range(ROWS + 1)]

    def begin(self, partition: Partition, rounds: float) -> None:
        """The partition has tasks waiting: it is owed turns from this round on."""
        start = int(rounds + _EPSILON)
        partition.owed_from = start if start > partition.owed_until else partition.owed_until
        self._add(self._row(partition), partition.owed_from, partition.weight)

    def end(self, partition: Partition, rounds: float) -> None:
        """The partition has none waiting any more: this round was the last it was owed."""
        if partition.owed_from >= 0:
            partition.owed_until = max(partition.owed_from, int(rounds + _EPSILON) + 1)
            partition.owed_from = -1
            self._add(self._row(partition), partition.owed_until, -partition.weight)

    def pick_up(self, partition: Partition, rounds: float, first: bool) -> None:
        """Count a task served.

        Args:
            partition: The partition picked up, its rank known.
            rounds: Contended rounds before this dispatch.
            first: Whether it is the partition's first.
        """
        self._last = int(rounds + _EPSILON)
        while self._last >> self._column_shift >= COLUMNS:
            self._merge_columns()
        if first:
            while partition.rank >> self._row_shift >= ROWS:
                self._merge_rows()
            self._partitions += 1
            if partition.owed_from >= 0:
                self._add(ROWS, partition.owed_from, -partition.weight)
                self._add(partition.rank >> self._row_shift, partition.owed_from, partition.weight)
        self._served[partition.rank >> self._row_shift][self._last >> self._column_shift] += 1

    def take_all(self, marks: Sequence[Mark]) -> None:
        """Count what happened in a queue without a limit, and give each partition its rank."""
        for kind, partition, rounds, _ in marks:
            if kind == BEGUN:
                self.begin(partition, rounds)
                continue
            self._last = int(rounds + _EPSILON)
            column = self._last >> self._column_shift
            if partition.rank < 0 or column >= COLUMNS:
                is_first = partition.rank < 0
                if is_first:
                    partition.rank = self._partitions
                self.pick_up(partition, rounds, is_first)
            else:
                self._served[partition.rank >> self._row_shift][column] += 1
            if kind == SERVED_LAST:
                self.end(partition, rounds)

    def picture(self, unserved: int) -> ServiceHeatMap:
        """The map up to the last pickup.

        Args:
            unserved: How many of the known partitions have never been served.
        """
        columns = (self._last >> self._column_shift) + 1 if self._partitions else 0
        rows = ((self._partitions - 1) >> self._row_shift) + 1
        return ServiceHeatMap(
            served=tuple(tuple(self._served[row][:columns]) for row in range(rows)),
            owed=tuple(self._owed(row, columns) for row in range(rows)),
            unserved_owed=self._owed(ROWS, columns),
            unserved=unserved,
            partitions_per_row=1 << self._row_shift,
            rounds_per_column=1 << self._column_shift,
        )

    def _row(self, partition: Partition) -> int:
        return partition.rank >> self._row_shift if partition.rank >= 0 else ROWS

    def _add(self, row: int, start: int, weight: float) -> None:
        """Owe `weight` per round from round `start` on, for ever."""
        while start >> self._column_shift > COLUMNS:
            self._merge_columns()
        column = start >> self._column_shift
        self._base[row][column] += weight * (((column + 1) << self._column_shift) - start)
        self._step[row][column + 1] += weight

    def _owed(self, row: int, columns: int) -> tuple[float, ...]:
        width = 1 << self._column_shift
        each = list(accumulate(self._step[row][: columns + 1]))
        # No look-up by index: there are some thousand cells, and the workers wait meanwhile.
        owed = [base + more * width for base, more in zip(self._base[row], each[:-1], strict=False)]
        if owed:
            yet_to_come = (columns << self._column_shift) - self._last - 1
            owed[-1] -= each[-1] * yet_to_come
        return tuple([value if value > _EPSILON else 0.0 for value in owed])

    def _merge_columns(self) -> None:
        width = 1 << self._column_shift
        self._column_shift += 1
        for served in self._served:
            served[:] = [a + b for a, b in _pairs(served)] + [0] * (_WIDTH // 2)
        for base, step in zip(self._base, self._step, strict=True):
            # What begins at an odd column is owed once in it before it falls to the next pair.
            base[:] = [
                a + b + width * odd for (a, b), odd in zip(_pairs(base), step[1::2], strict=True)
            ] + [0.0] * (_WIDTH // 2)
            shifted = [*step[1:], 0.0]
            step[:] = [0.0, *(a + b for a, b in _pairs(shifted))] + [0.0] * (_WIDTH // 2 - 1)

    def _merge_rows(self) -> None:
        self._row_shift += 1
        self._served[:] = [
            [a + b for a, b in zip(*rows, strict=True)] for rows in _pairs(self._served)
        ] + [[0] * _WIDTH for _ in range(ROWS // 2)]
        for table in (self._base, self._step):
            table[:ROWS] = [
                [a + b for a, b in zip(*rows, strict=True)] for rows in _pairs(table[:ROWS])
            ] + [[0.0] * _WIDTH for _ in range(ROWS // 2)]


def _pairs(values: list[_T]) -> list[tuple[_T, _T]]:
    return list(zip(values[::2], values[1::2], strict=True))
