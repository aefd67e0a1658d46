"""Steps of a queue, many at a time, as columns; and what is handed on of them between folds."""

from typing import NamedTuple

from queue_fairness.fairness.partition import Partition

ARRIVED, ENDED, TAKEN = 0, 1, 2
"""Kinds of steps."""


class Steps(NamedTuple):
    """Some steps, in the order in which they take effect."""

    kinds: list[int]
    tasks: list[int]
    at: list[float]
    """Seconds; an end may be told after a start that was later."""


BEGUN, SERVED, SERVED_LAST = 0, 1, 2
"""A partition has tasks waiting from now on; is served; is served and has none any more."""
Mark = tuple[int, Partition, float, float]
"""Which of these, whose, rounds before it, seconds."""

EMPTIED = -1
"""In place of a worker: the partition has nothing waiting and nothing in service."""
Service = tuple[Partition, int, int, bool, int, int]
"""A dispatch: whose; by which worker; partitions that had tasks waiting; whether it was contended;
when the partition's stretch began, in dispatches; and how many begun ones were eligible."""
