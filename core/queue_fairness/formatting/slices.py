"""A sequence in slices of one length."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")


def batched(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Slices of so many values, the last one shorter; none of an empty sequence.

    Python 3.12 has this as `itertools.batched`.
    """
    for start in range(0, len(values), size):
        yield values[start : start + size]
