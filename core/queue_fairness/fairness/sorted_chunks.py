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
    """Values in ascending chunks; their percentiles are those of all the values together."""

    __slots__ = ("_chunks", "_total")

    def __init__(self) -> None:
        self._chunks: list[Sequence[float]] = []
        self._total = 0.0

    def __len__(self) -> int:
        """How many values there are."""
        return sum(map(len, self._chunks))

    def add(self, ascending: Sequence[float]) -> None:
        """Add values in ascending order, which must not change afterwards."""
        if ascending:
            self._chunks.append(ascending)
            self._total += sum(ascending)

    def above(self, limit: float) -> int:
        """How many values are greater than the limit; O(chunks x log n)."""
        return sum(len(chunk) - bisect_right(chunk, limit) for chunk in self._chunks)

    def at_least(self, limit: float) -> int:
        """How many values are not less than the limit; O(chunks x log n)."""
        return sum(len(chunk) - bisect_left(chunk, limit) for chunk in self._chunks)

    def percentile(self, share: float) -> float:
        """The nearest-rank percentile: a value that is there; 0 if there is none.

        Args:
            share: In (0, 1].
        """
        return self._ranked(ceil(share * len(self)) - 1) if self._chunks else 0.0

    def spread(self) -> RoundsSummary:
        """Mean and percentiles; all 0 without values."""
        size = len(self)
        return RoundsSummary(
            mean=self._total / size if size else 0.0,
            p50=self.percentile(0.5),
            p99=self.percentile(0.99),
            max=max((chunk[-1] for chunk in self._chunks), default=0.0),
        )

    def _ranked(self, rank: int) -> float:
        """The value of a rank, 0 for the smallest; O(chunks x log² n).

        What is left of the chunks is narrowed around a pivot, the weighted median of their middles,
        so that a quarter of the values goes each time.
        """
        left = [(chunk, 0, len(chunk)) for chunk in self._chunks]
        while True:
            pivot = _median_of_middles(left)
            cuts = [
                (bisect_left(chunk, pivot, low, high), bisect_right(chunk, pivot, low, high))
                for chunk, low, high in left
            ]
            less = sum(cut[0] - low for cut, (_, low, _) in zip(cuts, left, strict=True))
            equal = sum(cut[1] - cut[0] for cut in cuts)
            if less <= rank < less + equal:
                return pivot
            if rank < less:
                left = [
                    (chunk, low, cut[0]) for cut, (chunk, low, _) in zip(cuts, left, strict=True)
                ]
            else:
                rank -= less + equal
                left = [
                    (chunk, cut[1], high) for cut, (chunk, _, high) in zip(cuts, left, strict=True)
                ]
            left = [each for each in left if each[1] < each[2]]


def _median_of_middles(parts: Sequence[tuple[Sequence[float], int, int]]) -> float:
    """The middle value of the parts' own middle values, each counted as often as it has values."""
    middles = sorted((chunk[(low + high) // 2], high - low) for chunk, low, high in parts)
    half = sum(size for _, size in middles) / 2
    for middle, size in middles:
        half -= size
        if half <= 0:
            return middle
    raise AssertionError("a part without values")
