"""When tasks arrive in an open loop, and whose they are."""

import math
import random
from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, count, takewhile

ARRIVAL_PROCESSES = ("poisson", "bursts", "constant")
BURST_CVS = (0.1, 10.0)
"""Least and greatest coefficient of variation of the gaps of `bursts`."""


def arrival_times(
    process: str,
    rate_per_s: float,
    duration_s: float,
    chance: random.Random,
    burst_cv: float = 3.0,
) -> Iterator[float]:
    """Times of arrival in seconds, made when they are asked for, ascending, in [0, duration).

    A longer duration begins with the same times.

    - `poisson`: independent of each other, with exponential gaps.
    - `bursts`: Gamma gaps; BurstGPT (arXiv 2401.17644) found coefficients of variation of 2 to 4.
    - `constant`: one every 1/rate, the first at 0.

    Args:
        process: One of `ARRIVAL_PROCESSES`.
        rate_per_s: Arrivals per second on average, from the first moment on; > 0.
        duration_s: 0 or more; inf for arrivals without an end.
        chance: A stream that nothing else draws from.
        burst_cv: Standard deviation over mean of the gaps of `bursts`, within `BURST_CVS`.

    Raises:
        ValueError: The process is not known, or a number is out of bounds.
    """
    if process not in ARRIVAL_PROCESSES:
        known = ", ".join(ARRIVAL_PROCESSES)
        raise ValueError(f"arrivals {process!r} are not known: choose one of {known}")
    if not 0 < rate_per_s < math.inf:
        raise ValueError(f"a rate of {rate_per_s:g}/s makes no arrivals: it must be > 0 and finite")
    if not duration_s >= 0:
        raise ValueError(f"a duration of {duration_s:g} s is no duration: it must be >= 0")
    if not BURST_CVS[0] <= burst_cv <= BURST_CVS[1]:
        least, most = BURST_CVS
        raise ValueError(
            f"bursts of CV {burst_cv:g} cannot be made: allowed are {least:g}..{most:g}"
        )
    return takewhile(lambda at: at < duration_s, _times(process, rate_per_s, chance, burst_cv))


def partition_chooser(values: Sequence[float], chance: random.Random) -> Callable[[], int]:
    """A function that draws a partition, from 0, in proportion to its value, in O(log partitions).

    Args:
        values: One per partition, at least one, all > 0.
        chance: A stream that nothing else draws from; each partition costs it one number.
    """
    bounds = array("d", accumulate(values))
    total, last = bounds[-1], len(bounds) - 1
    # Without `last`, a product that is rounded up to the total would choose a partition too many.
    return lambda: bisect_right(bounds, chance.random() * total, 0, last)


def _times(process: str, rate: float, chance: random.Random, cv: float) -> Iterator[float]:
    if process == "constant":
        # Divided, not added up: a sum of rounded gaps drifts.
        return (number / rate for number in count())
    return accumulate(
        _exponential_gaps(1 / rate, chance)
        if process == "poisson"
        else _gamma_gaps(1 / rate, cv, chance)
    )


def _exponential_gaps(mean: float, chance: random.Random) -> Iterator[float]:
    while True:
        yield -mean * math.log1p(-chance.random())


def _gamma_gaps(mean: float, cv: float, chance: random.Random) -> Iterator[float]:
    """Gamma gaps as seen by an observer who arrives at a random time.

    So the first is what is left of a gap met in proportion to its length, which is again Gamma,
    with a shape greater by 1. Had it begun with a whole gap, the run would have (cv^2 - 1) / 2
    arrivals too many. Source: Cox, "Renewal Theory" (1962), chapters 4 and 5.
    """
    shape = cv**-2
    scale = mean / shape
    yield chance.random() * chance.gammavariate(shape + 1, scale)
    while True:
        yield chance.gammavariate(shape, scale)
