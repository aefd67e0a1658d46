"""Instants as whole nanoseconds since 1970, from what a program has in memory."""

import math
from datetime import UTC, datetime, timedelta

from queue_fairness.errors import TableError

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
NAIVE_EPOCH = datetime(1970, 1, 1)  # for times without a zone
MICROSECOND = timedelta(microseconds=1)
LATEST = 2**62
"""In the year 2116: later ones are no times of jobs, but stand for "never"."""


def nanoseconds(value: float | datetime, where: str) -> int:
    """An instant in ns since 1970; a datetime without a zone counts as UTC.

    Args:
        value: Seconds since 1970, right to the microsecond, or a datetime.
        where: Begins the sentence of a refusal.

    Raises:
        TableError: It is no instant, or beyond 2116.
    """
    if isinstance(value, datetime):
        return since_1970(value)
    if not math.isfinite(value) or abs(value) * 1e9 > LATEST:
        raise TableError(f"{where}: {value} is no time in seconds since 1970")
    # More digits than that a number of seconds since 1970 does not have.
    return round(value * 1e6) * 1000


def since_1970(value: datetime) -> int:
    """A datetime in ns since 1970; one without a zone counts as UTC."""
    epoch = EPOCH if value.tzinfo is not None else NAIVE_EPOCH
    return (value - epoch) // MICROSECOND * 1000
