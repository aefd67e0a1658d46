"""Whether all partitions of one declared weight together get less than their due.

If turns are drawn anew each round, the most that a partition is ever owed has the mean 0.8 s and
the standard deviation 0.6 s, s being that of its debt (the maximum of a random walk is distributed
as its absolute value). Over all partitions of a weight the mean is known so well that a shortfall
shows long before any of them alone is beyond chance. It asks for weights: undeclared classes are
found by the debts of all together (imbalance.py).
"""

from dataclasses import dataclass, field
from math import sqrt

MEAN, DEVIATION = 0.8, 0.6
SIGMAS = 4.5
FEWEST = 5
"""Fewest partitions of one weight whose mean is judged."""
ONE_TASK = 1.0
"""Tasks that round robin owes a partition just before its turn."""
WHOLE_TASKS = 2.0
"""Tasks that a fair order may owe the partitions of a weight on average: it serves whole ones."""


@dataclass(slots=True)
class _Sums:
    partitions: int = 0
    owed: float = 0.0
    by_chance: float = 0.0
    variance: float = 0.0
    due: float = 0.0


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Neglected:
    """The weight whose partitions got the least of their due, by more than chance."""

    weight: float
    partitions: int
    share: float
    """Part of their due that they had received when they were owed the most, in [0, 1]."""


@dataclass(slots=True)
class ClassSurvey:
    """Gathers the largest debts of partitions by weight, one by one."""

    sums: dict[float, _Sums] = field(default_factory=dict)

    def visit(self, weight: float, owed: float, due: float, sigma: float) -> None:
        """Add a partition.

        Args:
            weight: Its own.
            owed: The most it was ever owed, in tasks.
            due: Tasks that were due to it by then.
            sigma: Standard deviation of its debt by chance, in tasks.
        """
        sums = self.sums.setdefault(weight, _Sums())
        sums.partitions += 1
        sums.owed += owed
        sums.by_chance += ONE_TASK + MEAN * sigma
        sums.variance += (DEVIATION * sigma) ** 2
        sums.due += due

    def neglected(self) -> Neglected | None:
        """The weight that fared worst; None without several weights, or where it is by chance."""
        if len(self.sums) < 2:
            return None
        found = [
            Neglected(
                weight=weight, partitions=each.partitions, share=max(0.0, 1 - each.owed / each.due)
            )
            for weight, each in self.sums.items()
            if each.partitions >= FEWEST
            and each.due > 0
            and each.owed > WHOLE_TASKS * each.partitions
            and each.owed - each.by_chance > SIGMAS * sqrt(each.variance)
        ]
        return min(found, key=lambda each: each.share, default=None)
