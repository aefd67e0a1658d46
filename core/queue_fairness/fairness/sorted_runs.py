"""Order statistics of values that come in sorted chunks, which are never merged."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class RoundsSummary:
    """Rounds across partitions; all 0 when there are none."""

    mean: float
    p50: float
    p99: float
    max: float


class SortedChunks:
    """Values in ascending runs; their percentiles are those of all the values together."""

    __slots__ = ("_runs", "_total")

    def __init__(self) -> None:
        self._runs: list[Sequence[float]] = []
        self._total = 0.0

    def __len__(self) -> int:
        """How many values there are."""
        return sum(map(len, self._runs))

    def add(self, ascending: Sequence[float]) -> None:
        """Add values in ascending order, which must not change afterwards."""
        if ascending:
            self._runs.append(ascending)
            self._total += sum(ascending)

    def above(self, limit: float) -> int:
        """How many values are greater than the limit; O(runs x log n)."""
        return sum(len(run) - bisect_right(run, limit) for run in self._runs)

    def at_least(self, limit: float) -> int:
        """How many values are not less than the limit; O(runs x log n)."""
        return sum(len(run) - bisect_left(run, limit) for run in self._runs)

    def percentile(self, share: float) -> float:
        """The nearest-rank percentile: a value that is there; 0 if there is none.

        Args:
            share: In (0, 1].
        """
        return self._ranked(ceil(share * len(self)) - 1) if self._runs else 0.0

    def spread(self) -> RoundsSummary:
        """Mean and percentiles; all 0 without values."""
        size = len(self)
        return RoundsSummary(
            mean=self._total / size if size else 0.0,
            p50=self.percentile(0.5),
            p99=self.percentile(0.99),
            max=max((run[-1] for run in self._runs), default=0.0),
        )

    def _ranked(self, rank: int) -> float:
        """The value of a rank, 0 for the smallest; O(runs x log² n).

        What is left of the runs is narrowed around a pivot, the weighted median of their middles,
        so that a quarter of the values goes each time.
        """
        left = [(run, 0, len(run)) for run in self._runs]
        while True:
            pivot = _median_of_middles(left)
            cuts = [
                (bisect_left(run, pivot, low, high), bisect_right(run, pivot, low, high))
                for run, low, high in left
            ]
            less = sum(cut[0] - low for cut, (_, low, _) in zip(cuts, left, strict=True))
            equal = sum(cut[1] - cut[0] for cut in cuts)
            if less <= rank < less + equal:
                return pivot
            if rank < less:
                left = [(run, low, cut[0]) for cut, (run, low, _) in zip(cuts, left, strict=True)]
            else:
                rank -= less + equal
                left = [(run, cut[1], high) for cut, (run, _, high) in zip(cuts, left, strict=True)]
            left = [each for each in left if each[1] < each[2]]


def _median_of_middles(parts: Sequence[tuple[Sequence[float], int, int]]) -> float:
    """The middle value of the parts' own middle values, each counted as often as it has values."""
    middles = sorted((run[(low + high) // 2], high - low) for run, low, high in parts)
    half = sum(size for _, size in middles) / 2
    for middle, size in middles:
        half -= size
        if half <= 0:
            return middle
    raise AssertionError("a part without values")
