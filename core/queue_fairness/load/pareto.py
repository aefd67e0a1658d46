"""The bounded Pareto distribution: many short service times, and a few that make up the load.

P(X > x) falls as x^-alpha from `lower` to `upper`, where it ends. Unlike the unbounded one it has
all moments, so that mean and variability can be asked for.
"""

import math
from dataclasses import dataclass

ALPHA = 1.1
"""Tail index: 0.8 to 1.3 was measured for lifetimes of UNIX processes.

Source: Harchol-Balter and Downey, "Exploiting process lifetime distributions for dynamic load
balancing", ACM TOCS 15(3), 1997. Above 1 the mean does not hang on the upper bound alone; the
smaller the index, the shorter the longest time that a given variability needs.
"""

_WIDEST = 30.0
"""ln(upper / lower) beyond any need: a CV2 of 6e9."""


@dataclass(frozen=True, slots=True)
class BoundedPareto:
    """A bounded Pareto distribution of tail index `ALPHA`."""

    lower: float
    """The shortest time, s."""
    log_ratio: float
    """ln(upper / lower), > 0."""

    @property
    def upper(self) -> float:
        """The longest time, s."""
        return self.lower * math.exp(self.log_ratio)

    def moment(self, order: int) -> float:
        """E[X^order], s^order.

        Source: Harchol-Balter, Crovella and Murta, "On choosing a task assignment policy for a
        distributed server system" (1998), where the distribution is called B(k, p, alpha).
        """
        power = order - ALPHA
        grown = math.expm1(power * self.log_ratio) / power
        return self.lower**order * ALPHA * grown / -math.expm1(-ALPHA * self.log_ratio)

    @property
    def cv2(self) -> float:
        """Squared coefficient of variation: variance / mean^2."""
        return self.moment(2) / self.moment(1) ** 2 - 1

    def quantile(self, q: float) -> float:
        """The time, s, that a share q (0 to 1) of all stay below."""
        return self.lower * math.exp(-math.log1p(q * math.expm1(-ALPHA * self.log_ratio)) / ALPHA)


def bounded_pareto(mean: float, cv2: float) -> BoundedPareto:
    """The distribution with this mean (s) and squared coefficient of variation, both > 0.

    The CV2 depends on upper / lower only and grows with it, so bisection finds that ratio; the
    mean then gives `lower`. At the CV2 of 50 that Harchol-Balter calls typical, the longest time
    is 582 times the mean, and the longest 1 % of the tasks are 39 % of the work.
    """
    low, high = 0.0, _WIDEST
    for _ in range(100):
        middle = (low + high) / 2
        if BoundedPareto(1.0, middle).cv2 < cv2:
            low = middle
        else:
            high = middle
    return BoundedPareto(mean / BoundedPareto(1.0, high).moment(1), high)
