"""Round Jain: how evenly one fair round is shared, averaged over the rounds of a run.

On the totals of a finished drain Jain's index is 1 whatever the order was. So it is taken over
windows of one fair round: as many dispatches as the partitions backlogged at its start have weight,
on those partitions only.

Unit: none. Range: [1/n, 1]. Ideal: 1, reached by round robin; uniformly random choice scores
n / (2n - 1), about 0.5; a drain of m tasks per partition one partition after another 1/m.
"""

from collections.abc import Iterable

from queue_fairness.fairness.partition import Partition
from queue_fairness.fairness.steps import Service


def jain_index(shares: Iterable[float]) -> float:
    """Jain's fairness index of the shares: (sum x)^2 / (n * sum x^2).

    1 when all are equal, 1/n when one has everything; 1 for an empty or all-zero input.
    Source: Jain, Chiu, Hawe, DEC-TR-301 (1984), eq. 1.
    """
    count, total, squares = 0, 0.0, 0.0
    for share in shares:
        count += 1
        total += share
        squares += share * share
    return total * total / (count * squares) if squares else 1.0


class RoundJainFold:
    """Jain's index window by window, O(1) per dispatch.

    The mean weighs each window by its contended dispatches, so that the shrinking windows at the
    end of a drain, where there is no choice any more, do not outvote the run. The window still
    open counts for nothing, live or at the end: half a round of strict round robin has served half
    of the partitions and would look like 0.5. So does a window in which only newcomers were served.
    """

    __slots__ = (
        "_contended",
        "_counted",
        "_dispersion",
        "_left",
        "_member_weight",
        "_members",
        "_more_squares",
        "_more_sum",
        "_scatter",
        "_start",
        "_weight",
        "_weighted",
        "_window",
    )

    def __init__(self) -> None:
        self._window = 0
        self._start = 0
        self._left = 0
        self._members = 0
        self._contended = 0
        self._member_weight = 0.0
        self._counted = 0
        self._scatter = 0.0
        self._more_sum = 0.0
        self._more_squares = 0.0
        self._weighted = 0.0
        self._weight = 0
        self._dispersion = 0.0

    def dispatch(
        self,
        partition: Partition,
        dispatches: int,
        backlogged: int,
        backlogged_weight: float,
        contended: bool,
    ) -> None:
        """Count a pickup.

        Args:
            partition: The partition picked up.
            dispatches: Dispatches before this one.
            backlogged: Partitions with waiting tasks before this one, at least 1.
            backlogged_weight: The sum of their weights.
            contended: Whether another partition could have been picked instead.
        """
        if self._left == 0:
            self._window += 1
            self._start = dispatches
            self._left = max(1, round(backlogged_weight))
            self._members = backlogged
            self._member_weight = backlogged_weight
        if partition.member_of != self._window:
            partition.member_of = self._window
            partition.window_served = 0 if partition.backlogged_at <= self._start else -1
        served = partition.window_served
        if served >= 0:
            partition.window_served = served + 1
            self._counted += 1
            weight = partition.weight
            if weight == 1:
                self._scatter += 2 * served + 1
            else:
                # What differs from a partition of weight 1, so that those cost nothing more.
                scatter = (2 * served + 1) / weight
                self._scatter += scatter
                self._more_sum += 1 / weight - 1
                self._more_squares += scatter / weight - scatter
        if contended:
            self._contended += 1
        self._left -= 1
        if self._left == 0:
            self._close()

    def take_all(self, services: Iterable[Service], dispatches: int) -> None:
        """Count pickups of partitions of weight 1.

        Args:
            services: The pickups.
            dispatches: Dispatches before the first.
        """
        window, left, start = self._window, self._left, self._start
        counted, scatter, contended_ones = self._counted, self._scatter, self._contended
        for partition, worker, backlogged, contended, backlogged_at, _ in services:
            if worker < 0:
                continue
            if left == 0:
                window += 1
                start = dispatches
                left = self._members = backlogged
                self._member_weight = float(backlogged)
            if partition.member_of != window:
                partition.member_of = window
                partition.window_served = 0 if backlogged_at <= start else -1
            served = partition.window_served
            if served >= 0:
                partition.window_served = served + 1
                counted += 1
                scatter += 2 * served + 1
            contended_ones += contended
            dispatches += 1
            left -= 1
            if left == 0:
                self._counted, self._scatter, self._contended = counted, scatter, contended_ones
                self._close()
                counted = contended_ones = 0
                scatter = 0.0
        self._window, self._left, self._start = window, left, start
        self._counted, self._scatter, self._contended = counted, scatter, contended_ones

    def mean(self) -> float | None:
        """The mean over the closed windows; None before the first contended one has closed."""
        return self._weighted / self._weight if self._weight else None

    def dispersion(self) -> float | None:
        """Variance of the tasks a partition gets in a round, over what chance would make it.

        Unit: none. 0 for round robin; 1 for random choice, where the tasks of a partition of weight
        w are nearly Poisson of mean w; more where turns come in bursts. None before the first
        contended round has closed.
        """
        return self._dispersion / self._weight if self._weight else None

    def _close(self) -> None:
        if self._counted:
            total = self._counted + self._more_sum
            squares = self._scatter + self._more_squares
            self._weighted += total * total / (self._members * squares) * self._contended
            self._weight += self._contended
            # The mean over the members of (n - w)^2 / w.
            spread = self._scatter - 2 * self._counted + self._member_weight
            self._dispersion += max(0.0, spread) / self._members * self._contended
        self._contended = self._counted = 0
        self._scatter = self._more_sum = self._more_squares = 0.0
