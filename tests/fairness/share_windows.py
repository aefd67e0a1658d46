"""Who received what in windows of a few fluid rounds: slowly, from the whole list of events.

The fluid hands out one task per dispatch, in proportion to the weights of those backlogged in it,
and its clock V counts rounds. Window k has the dispatches made while V was in [kL, (k+1)L). A
partition is measured in it if it had waiting tasks from before the window's first dispatch until
before its last; a task in service is not waiting.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor

from queue_fairness.events import Arrived, Event, LeaseExpired, PickedUp

ROUNDING = 1e-9
"""Rounds by which a sum of fractions may miss the end of a window."""


@dataclass(frozen=True, slots=True)
class Share:
    """What one partition received in one window."""

    window: int
    partition: int
    tasks: int
    received: float
    """Tasks per unit of weight: rounds."""
    due: float
    """Rounds the fluid went through in the window: its length, or less where the run ended."""
    due_of_dispatches: float
    """The same, where the window's real dispatches are shared out among all that were backlogged
    in the queue before each of them."""
    whole: bool
    """Whether the window was ended by the fluid, not by the end of the run."""


def shares_by_window(
    events: Sequence[Event], weights: Mapping[int, float], length: float = 5.0
) -> list[Share]:
    """The share of every partition in every window through which it was backlogged.

    Args:
        events: All of a run.
        weights: Fair share per partition; 1 for those not named.
        length: Of a window, in rounds.
    """
    dispatches, end = _dispatches(events, weights)
    found: list[Share] = []
    numbers = [floor(each.at / length + ROUNDING) for each in dispatches]
    for window in sorted(set(numbers)):
        inside = [
            each for each, number in zip(dispatches, numbers, strict=True) if number == window
        ]
        last = inside[-1].after
        through = frozenset.intersection(*(each.backlogged for each in inside))
        emptied = {each.partition for each in inside[:-1] if each.emptied}
        for partition in sorted(through - emptied):
            weight = weights.get(partition, 1.0)
            tasks = sum(each.partition == partition for each in inside)
            due = sum(1 / sum(weights.get(p, 1.0) for p in each.backlogged) for each in inside)
            whole = last / length + ROUNDING >= window + 1
            found.append(
                Share(
                    window,
                    partition,
                    tasks,
                    tasks / weight,
                    length if whole else end - window * length,
                    due,
                    whole,
                )
            )
    return found


@dataclass(frozen=True, slots=True)
class _Dispatch:
    partition: int
    at: float
    """V before it."""
    after: float
    backlogged: frozenset[int]
    """Before it."""
    emptied: bool
    """Whether it took the partition's last waiting task."""


def _dispatches(
    events: Sequence[Event], weights: Mapping[int, float]
) -> tuple[list[_Dispatch], float]:
    names = {e.partition for e in events if isinstance(e, Arrived | PickedUp)}
    weight = {p: weights.get(p, 1.0) for p in names}
    waiting = dict.fromkeys(names, 0)
    fluid = dict.fromkeys(names, 0.0)
    clock = 0.0
    found = []
    for event in events:
        if isinstance(event, Arrived | LeaseExpired):
            tasks = event.tasks if isinstance(event, Arrived) else 1
            waiting[event.partition] += tasks
            fluid[event.partition] += tasks
        elif isinstance(event, PickedUp):
            p = event.partition
            backlogged = frozenset(each for each in names if waiting[each] > 0)
            before = clock
            clock += pour(fluid, weight)
            waiting[p] -= 1
            found.append(_Dispatch(p, before, clock, backlogged, waiting[p] == 0))
    return found, clock


def pour(fluid: dict[int, float], weight: Mapping[int, float]) -> float:
    """Take one task out of the fluid, in proportion to the weights of those that have any.

    Returns the rounds this was worth: tasks per unit of weight.
    """
    left, rounds = 1.0, 0.0
    while left > 1e-12:
        full = [p for p, amount in fluid.items() if amount > 1e-9]
        if not full:
            break
        share = sum(weight[p] for p in full)
        step = min([left / share, *(fluid[p] / weight[p] for p in full)])
        rounds += step
        for p in full:
            fluid[p] -= step * weight[p]
        left -= step * share
    return rounds
