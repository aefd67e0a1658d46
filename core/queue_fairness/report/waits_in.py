"""The unit in which a report tells waits. Known to the first frame, so it knows no report."""

from collections.abc import Callable
from dataclasses import dataclass

from queue_fairness.formatting import numbers


@dataclass(frozen=True, slots=True)
class WaitsIn:
    """A unit of waits, and how a number of rounds is shown in it."""

    unit: str
    show: Callable[[float | None], str]


def short_rounds(value: float | None) -> str:
    """Two digits below ten, else three."""
    return numbers.digits(value, 2 if (value or 0) < 10 else 3)


ROUNDS = WaitsIn("rounds", short_rounds)
