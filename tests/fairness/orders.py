"""Runs made by hand: a backlog, an order of pickups, one after another, one second each."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from queue_fairness.events import Arrived, DequeueCost, Event, Finished, PickedUp
from queue_fairness.fairness import FairnessFold, FairnessMeasures

FREE = DequeueCost()


def events(order: Sequence[int], workers: int = 1) -> Iterator[Event]:
    """All of the order's tasks at time 0, then its pickups, in lockstep of `workers`."""
    for partition, tasks in sorted(Counter(order).items()):
        yield Arrived(0.0, partition, tasks)
    yield from service(order, workers)


def service(order: Sequence[int], workers: int = 1, start: float = 0.0) -> Iterator[Event]:
    for first in range(0, len(order), workers):
        group = list(enumerate(order[first : first + workers]))
        at = start + first // workers
        for worker, partition in group:
            yield PickedUp(at, worker, partition, first + worker, 0.0, FREE)
        for worker, partition in group:
            yield Finished(at + 1, worker, partition, first + worker)


def fold(
    order: Sequence[int],
    workers: int = 1,
    limit: int = 1,
    weights: Mapping[int, float] | None = None,
) -> FairnessFold:
    made = FairnessFold(workers, limit, weights)
    for event in events(order, workers):
        made.apply(event)
    return made


def measure(
    order: Sequence[int],
    workers: int = 1,
    limit: int = 1,
    weights: Mapping[int, float] | None = None,
) -> FairnessMeasures:
    return fold(order, workers, limit, weights).measures()


def round_robin(partitions: int, tasks: int) -> list[int]:
    return list(range(partitions)) * tasks


def sequential(partitions: int, tasks: int) -> list[int]:
    return [partition for partition in range(partitions) for _ in range(tasks)]
