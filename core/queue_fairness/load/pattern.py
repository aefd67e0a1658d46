"""One value per partition, written as text: sizes, weights, or a scale of service times.

equal        all the same
zipf         1/rank: the first partition is the largest
zipf:0.99    1/rank^0.99
5000,10      the first has 5000, all further ones 10: the last value is repeated
4*100,1      a hundred of 4, all further ones 1
"""

import math
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate

MAX_VALUE = 1e9
MAX_COUNT = 1_000_000
MAX_EXPONENT = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """A value for each of any number of partitions. `str` writes it so that it parses again."""

    exponent: float = 0.0
    """Of Zipf's law: partition number r, from 1, has 1/r^exponent; 0 makes all equal."""
    runs: tuple[tuple[float, int], ...] = ()
    """Explicit values instead, in partition order: each value, and how many in a row have it."""

    def values(self, partitions: int) -> Sequence[float]:
        """The values of the first `partitions` partitions, all > 0; further values go unused.

        Only their proportions matter where they are weights or chances of an arrival.
        """
        if not self.runs:
            return array("d", (rank**-self.exponent for rank in range(1, partitions + 1)))
        values = array("d")
        for value, count in self.runs:
            values.extend(array("d", (value,)) * min(count, partitions - len(values)))
        return values + array("d", (self.runs[-1][0],)) * (partitions - len(values))

    def __str__(self) -> str:
        if self.runs:
            return ",".join(
                _number(value) + (f"*{count}" if count > 1 else "") for value, count in self.runs
            )
        if self.exponent in (0.0, 1.0):
            return "zipf" if self.exponent else "equal"
        return f"zipf:{_number(self.exponent)}"


def parse_pattern(text: str) -> Pattern:
    """Read a pattern from its text, as the head of this module describes it.

    Raises:
        ValueError: It is no pattern; the message says how one is written.
    """
    try:
        return _parse(text.strip())
    except ValueError:
        shown = text if len(text) <= 40 else f"{text[:39]}…"
        raise ValueError(
            f"{shown!r} is not a pattern: write equal, zipf, zipf:0.99, or values such as 5000,10 "
            "or 4*100,1 (values finite, > 0, <= 1e9; counts 1..1e6; exponents > 0, <= 10)"
        ) from None


def counts(pattern: Pattern, partitions: int, tasks_per_partition: int) -> Sequence[int]:
    """How many tasks each partition has in a drain, at least 1 each.

    Explicit values are the numbers of tasks, rounded (halves up). Otherwise all
    `partitions * tasks_per_partition` tasks are shared in proportion to the values by largest
    remainder; who would get less than one task gets one, and the others share the rest.

    Args:
        pattern: The partitions' sizes.
        partitions: 1 or more.
        tasks_per_partition: On average, 1 or more; not used with explicit values.

    Source: Hamilton's method, as in Balinski and Young, "Fair Representation" (1982).
    """
    values = pattern.values(partitions)
    if pattern.runs:
        return array("q", (max(1, math.floor(value + 0.5)) for value in values))
    return _shared(values, partitions * tasks_per_partition)


def _shared(descending: Sequence[float], total: int) -> Sequence[int]:
    """Share a total, at least one for each, in proportion to values of which none increases."""
    sums = list(accumulate(descending))
    sharing = len(sums)
    # Who is given one takes it from the others, so the next may come below one as well.
    while descending[sharing - 1] * (total - (len(sums) - sharing)) < sums[sharing - 1]:
        sharing -= 1
    rest = total - (len(sums) - sharing)
    quotas = [value * rest / sums[sharing - 1] for value in descending[:sharing]]
    shares = array("q", map(math.floor, quotas))
    missing = rest - sum(shares)
    by_remainder = sorted(range(sharing), key=lambda each: shares[each] - quotas[each])
    for each in by_remainder[:missing]:
        shares[each] += 1
    return shares + array("q", (1,)) * (len(sums) - sharing)


def _parse(text: str) -> Pattern:
    if text == "equal":
        return Pattern()
    if text == "zipf":
        return Pattern(exponent=1.0)
    if text.startswith("zipf:"):
        return Pattern(exponent=_within(float(text.removeprefix("zipf:")), MAX_EXPONENT))
    return Pattern(runs=tuple(_parse_run(each) for each in text.split(",")))


def _parse_run(text: str) -> tuple[float, int]:
    value, star, count = text.partition("*")
    return (
        _within(float(value), MAX_VALUE),
        int(_within(int(count), MAX_COUNT)) if star else 1,
    )


def _within(number: float, most: float) -> float:
    if not 0 < number <= most:
        raise ValueError(number)
    return number


def _number(value: float) -> str:
    return repr(value).removesuffix(".0")
