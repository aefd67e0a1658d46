"""Whether debts exceed what chance explains: for single partitions and for all together."""

from math import sqrt

from queue_fairness.fairness.classes import ClassSurvey
from queue_fairness.fairness.measures import Imbalance, Indebted
from queue_fairness.fairness.partition import Partition

ONE_TASK = 1.0
"""What strict turns owe a partition just before its own, since they serve whole tasks."""
WHOLE_TASKS = 2.0
"""Tasks that a fair order may owe any one partition at any time."""
SETTLED = 0.5
"""Tasks owed, below which nothing is."""
GRAIN = 0.25
"""Variance of a debt, in tasks squared, that comes of serving whole tasks."""
_ROUNDING = 1e-6
"""Tasks. A survey in parts reckons debts in another way than one in one go, and must see the same:
where two are equal but for rounding it is the partition that became known first."""

_Owed = tuple[Partition, float, float]
"""A partition, the tasks owed to it, and after how many turns with tasks waiting."""

SIGMAS = 4.5
"""Of a normal variable; the largest of 100,000 such exceeds it three times in ten."""


class ImbalanceSurvey:
    """Gathers the largest debts of partitions, one by one.

    Args:
        dispersion: How uneven single rounds are (jain.py); None where no round has closed, which
            is taken for chance.
        is_weighted: Whether weights were declared.
    """

    __slots__ = (
        "_behind",
        "_behind_squares",
        "_beyond",
        "_beyond_worst",
        "_classes",
        "_dispersion",
        "_due",
        "_due_squares",
        "_owed_now",
        "_partitions",
        "_squares",
        "_worst",
        "most",
    )

    def __init__(self, dispersion: float | None, *, is_weighted: bool = False) -> None:
        self._dispersion = 1.0 if dispersion is None else dispersion
        self._classes = ClassSurvey() if is_weighted else None
        self._squares = 0.0
        self._owed_now = 0.0
        self._partitions = 0
        self._due = 0.0
        self._due_squares = 0.0
        self._behind = 0
        self._behind_squares = 0.0
        self._beyond = 0
        self._beyond_worst: _Owed | None = None
        self._worst: _Owed | None = None
        self.most = 0.0
        """The most that any partition was owed, in tasks."""

    def visit(self, partition: Partition, debt: float, backlogged: float) -> None:
        """Add a partition.

        Args:
            partition: The partition.
            debt: What it is owed now, in tasks.
            backlogged: Turns that were due to it while it had tasks waiting.
        """
        owed, after, weight = partition.most_owed, partition.indebted_after, partition.weight
        self._owed_now = max(self._owed_now, debt)
        if debt > owed + _ROUNDING:
            owed, after = debt, backlogged
        self._partitions += 1
        due = backlogged * weight
        self._due += due
        self._due_squares += due * due
        if owed > _ROUNDING and owed > self.most - _ROUNDING:
            self.most = max(self.most, owed)
            self._worst = _worse(self._worst, (partition, owed, after))
        if self._classes is not None:
            chance = sqrt(max(after, 1.0) * weight * self._dispersion)
            self._classes.visit(weight, owed, after * weight, chance)
        if owed <= ONE_TASK + _ROUNDING:
            return
        self._squares += (owed - ONE_TASK) ** 2
        beyond = owed - WHOLE_TASKS
        sigma = sqrt(max(after, 1.0) * weight * self._dispersion)
        if owed - ONE_TASK > sigma + _ROUNDING:
            self._behind += 1
            self._behind_squares += (after * weight) ** 2
        if beyond > SIGMAS * sigma + _ROUNDING:
            self._beyond += 1
            self._beyond_worst = _worse(self._beyond_worst, (partition, owed, after))

    def indebted(self) -> Indebted | None:
        """The partition that was owed the most; None where none was owed anything."""
        return _indebted(self._worst)

    def imbalance(self) -> Imbalance:
        """The result for all partitions added so far."""
        is_settled = self._owed_now < SETTLED - _ROUNDING
        expected = self._due * self._dispersion + GRAIN * self._partitions
        if is_settled:
            expected /= 2
        freedom = self._due * self._due / self._due_squares if self._due_squares else 1.0
        # What chance would owe is not what the order owes.
        more = max(0.0, self._squares - expected)
        return Imbalance(
            beyond_chance=self._beyond,
            worst=_indebted(self._beyond_worst),
            ratio=self._squares / expected if expected else 0.0,
            critical_ratio=_critical(freedom),
            behind=self._behind,
            behind_share=(
                max(0.0, 1 - sqrt(more / self._behind_squares)) if self._behind_squares else 1.0
            ),
            neglected=self._classes.neglected() if self._classes is not None else None,
        )


def _worse(kept: _Owed | None, found: _Owed) -> _Owed:
    """The partition that is owed more; of equals, the one known first."""
    if kept is None:
        return found
    more = found[1] - kept[1]
    if abs(more) <= _ROUNDING:
        return found if found[0].place < kept[0].place else kept
    return found if more > 0 else kept


def _indebted(found: _Owed | None) -> Indebted | None:
    if found is None:
        return None
    partition, owed, rounds = found
    return Indebted(
        partition=partition.index,
        owed=owed,
        rounds=rounds,
        share=_share(owed, rounds * partition.weight),
    )


def _share(owed: float, due: float) -> float:
    return min(1.0, max(0.0, 1 - owed / due)) if due > 0 else 1.0


def _critical(freedom: float) -> float:
    """Mean of `freedom` squared normal variables that chance exceeds once in 300,000 times.

    Source: Wilson and Hilferty, "The distribution of chi-square" (1931).
    """
    variance = 2 / (9 * max(1.0, freedom))
    return float((1 - variance + SIGMAS * sqrt(variance)) ** 3)
