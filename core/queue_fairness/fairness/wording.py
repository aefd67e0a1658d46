"""Numbers and names in the sentences of a verdict: short ones, for 80 columns."""

from queue_fairness.formatting.numbers import brief_seconds as seconds
from queue_fairness.formatting.numbers import plural as count

__all__ = ["count", "percent", "rounds", "seconds", "tasks"]


def rounds(value: float) -> str:
    """`0.9`, `12.3`, `1,234`: without the unit."""
    return f"{value:,.0f}" if value >= 99.95 else f"{value:.1f}"


def tasks(value: float) -> str:
    """`1.0 tasks`."""
    return f"{rounds(value)} tasks"


def percent(share: float, places: int = 0) -> str:
    """`12 %`; never 100 or 0 where it is not quite."""
    if 0 < share < 0.5 * 10 ** (-2 - places):
        return f"under {10**-places:g} %"
    return f"{share * 100:,.{places}f} %"
