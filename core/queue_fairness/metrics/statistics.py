"""Pure arithmetic: moments of values as they come, quantiles, a histogram of constant memory."""

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate


def quantile(ordered: Sequence[float], q: float) -> float | None:
    """The q-quantile of values in ascending order, interpolated linearly; None if there is none.

    Args:
        ordered: The values, smallest first.
        q: From 0 (the smallest) to 1 (the largest); 0.5 is the median.

    Source: Hyndman and Fan, "Sample Quantiles in Statistical Packages" (1996), type 7.
    """
    if not ordered:
        return None
    position = q * (len(ordered) - 1)
    below = math.floor(position)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (position - below) * (ordered[above] - ordered[below])


@dataclass(slots=True)
class Moments:
    """Count, mean, sample standard deviation and extremes of values as they come.

    Source: Chan, Golub, LeVeque, "Updating formulae and a pairwise algorithm for computing sample
    variances" (1979), eq. 2.1.
    """

    count: int = 0
    minimum: float | None = None
    maximum: float | None = None
    _mean: float = 0.0
    _squares: float = 0.0

    def add(self, *values: float) -> None:
        """Count more values."""
        more = len(values)
        if not more:
            return
        mean = sum(values) / more
        step = mean - self._mean
        count = self.count + more
        self._squares += step * step * self.count * more / count
        if more > 1:
            self._squares += sum([(each - mean) ** 2 for each in values])
        self._mean += step * more / count
        self.count = count
        self.minimum = min(values if self.minimum is None else (self.minimum, *values))
        self.maximum = max(values if self.maximum is None else (self.maximum, *values))

    @property
    def mean(self) -> float | None:
        """The arithmetic mean; None without values."""
        return self._mean if self.count else None

    @property
    def stdev(self) -> float | None:
        """The sample standard deviation (n - 1); None with fewer than two values."""
        return math.sqrt(self._squares / (self.count - 1)) if self.count > 1 else None

    @property
    def spread(self) -> float | None:
        """Largest minus smallest; None without values."""
        if self.maximum is None or self.minimum is None:
            return None
        return self.maximum - self.minimum


def moments(values: Sequence[float]) -> Moments:
    """The moments of values that are all at hand."""
    seen = Moments()
    seen.add(*values)
    return seen


class LogHistogram:
    """Counts of positive values in bins of constant relative width: quantiles within 0.5 %.

    Source: the logarithmic bins of DDSketch (Masson, Rim, Lee, "DDSketch: a fast and
    fully-mergeable quantile sketch with relative-error guarantees", VLDB 2019).

    Bins begin at `smallest`; lesser values, zero included, share the first bin and are reported
    as its lower edge. Memory grows with the logarithm of the largest value: some 2,500 bins from
    a microsecond to a day.
    """

    RATIO = 1.01

    def __init__(self, smallest: float = 1e-6) -> None:
        self._smallest = smallest
        self._per_log = 1 / math.log(self.RATIO)
        self._counts: list[int] = []
        self._total = 0

    def __len__(self) -> int:
        """How many values were counted."""
        return self._total

    def add(self, *values: float) -> None:
        """Count more values."""
        smallest, per_log, counts, log = self._smallest, self._per_log, self._counts, math.log
        for value in values:
            index = int(log(value / smallest) * per_log) + 1 if value > smallest else 0
            if index >= len(counts):
                counts.extend([0] * (index + 1 - len(counts)))
            counts[index] += 1
        self._total += len(values)

    def add_ramp(self, highest: float, step: float) -> None:
        """Count `highest`, `highest - step`, `highest - 2 step` and so on, none of them negative.

        Takes as long as there are bins, however many values that are.

        Args:
            highest: >= 0; counts in any case.
            step: > 0.
        """
        if highest < step:
            self.add(highest)
            return
        added = 0
        top = int(math.log(highest / self._smallest) * self._per_log) + 1
        self._counts.extend([0] * (top + 1 - len(self._counts)))
        whole = int(highest / step) + 1
        for index in range(top, 0, -1):
            edge = self._smallest * self.RATIO ** (index - 1)
            above = min(whole, int((highest - edge) / step) + 1) if edge <= highest else 0
            self._counts[index] += above - added
            added = above
        self._counts[0] += whole - added
        self._total += whole

    def copy(self) -> "LogHistogram":
        """Another one with the same counts."""
        other = LogHistogram(self._smallest)
        other._counts = list(self._counts)
        other._total = self._total
        return other

    def quantile(self, q: float) -> float | None:
        """The q-quantile (0 to 1) by nearest rank, at its bin's geometric middle; None if empty.

        The result is within half a bin's width, 0.5 %, of the exact value.
        """
        return self.quantiles(q)[0]

    def quantiles(self, *qs: float) -> list[float | None]:
        """Several quantiles at once, for little more than the price of one."""
        if not self._total:
            return [None] * len(qs)
        below = list(accumulate(self._counts))
        ranks = (max(1, math.ceil(q * self._total)) for q in qs)
        return [self._middle(bisect_left(below, rank)) for rank in ranks]

    def _middle(self, index: int) -> float:
        return self._smallest * self.RATIO ** (index - 0.5) if index else 0.0
