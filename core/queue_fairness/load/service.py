"""How long the work of a task takes."""

import math
import random
from collections.abc import Callable
from statistics import NormalDist

from queue_fairness.load.pareto import bounded_pareto

SERVICE_DISTRIBUTIONS = ("constant", "exponential", "log-normal", "pareto")
MAX_CV2 = 1000.0


def service_sampler(
    distribution: str, mean_s: float, cv2: float, chance: random.Random
) -> Callable[[], float]:
    """A function that draws service times, s; each costs the stream one number at most.

    A mean of 0, or a CV2 of 0 where it counts, gives the mean always.

    Args:
        distribution: One of `SERVICE_DISTRIBUTIONS`; `pareto` is bounded, see `pareto.py`.
        mean_s: 0 or more, finite.
        cv2: Variance / mean^2, 0 to `MAX_CV2`. Not used by `constant`, where it is 0, and by
            `exponential`, where it is 1. Measured workloads have 10 to 50.
        chance: A stream that nothing else draws from.

    Raises:
        ValueError: The distribution is not known, or a number is out of bounds.
    """
    if distribution not in SERVICE_DISTRIBUTIONS:
        known = ", ".join(SERVICE_DISTRIBUTIONS)
        raise ValueError(f"service times {distribution!r} are not known: choose one of {known}")
    if not 0 <= mean_s < math.inf:
        raise ValueError(f"a mean of {mean_s:g} s is no duration: it must be >= 0 and finite")
    if distribution in ("constant", "exponential"):
        cv2 = float(distribution == "exponential")
    if not 0 <= cv2 <= MAX_CV2:
        raise ValueError(f"a CV2 of {cv2:g} cannot be made: allowed are 0..{MAX_CV2:g}")
    if mean_s == 0 or cv2 == 0:
        return lambda: mean_s
    if distribution == "exponential":
        return lambda: -mean_s * math.log1p(-chance.random())
    if distribution == "log-normal":
        return _log_normal(mean_s, cv2, chance)
    pareto = bounded_pareto(mean_s, cv2)
    return lambda: pareto.quantile(chance.random())


def _log_normal(mean: float, cv2: float, chance: random.Random) -> Callable[[], float]:
    variance = math.log1p(cv2)
    log_time = NormalDist(math.log(mean) - variance / 2, math.sqrt(variance))
    # By the inverse, unlike `lognormvariate`: one number of the stream for each time. The inverse
    # of 0 does not exist.
    return lambda: math.exp(log_time.inv_cdf(chance.random() or 2**-54))
