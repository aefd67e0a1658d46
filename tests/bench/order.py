"""What the order of dispatches costs beside the folding: `python tests/bench/order.py`.

Events as a run emits them, in batches of 128: workers hear of their tasks in the order of the
numbers, or in any order among those that are under way.
"""

import gc
import sys
from pathlib import Path
from random import Random
from statistics import median
from time import thread_time

sys.path.insert(0, str(Path(__file__).parents[2] / "core"))

from queue_fairness.dispatch_order import NumberOrder
from queue_fairness.events import Arrived, DequeueCost, Event, Finished, PickedUp
from queue_fairness.fairness import FairnessFold
from queue_fairness.metrics.recorder import FOLD_AT

WORKERS, PARTITIONS, TASKS, TURNS = 16, 1000, 50, 5
FREE = DequeueCost()


def main() -> None:
    for name, mixed in (("in order", False), ("mixed", True)):
        turns = [costs(mixed, turn) for turn in range(TURNS)]
        order_us, fold_us = (median(each) * 1e6 for each in zip(*turns, strict=True))
        print(
            f"{name:9} {order_us:5.3f} us per event for the order, {fold_us:5.3f} for the fold, "
            f"{order_us / fold_us:4.0%}"
        )


def costs(mixed: bool, seed: int) -> tuple[float, float]:
    """Seconds per event that the order takes, and that the fold takes."""
    order, fold = NumberOrder(WORKERS), FairnessFold(WORKERS)
    for partition in range(PARTITIONS):
        fold.apply(Arrived(0.0, partition, TASKS))
    events = emitted(mixed, Random(seed))
    gc.collect()
    gc.disable()
    ordering = folding = 0.0
    for at in range(0, len(events), FOLD_AT):
        # New ones, as in a run: those of the list are out of the processor's cache.
        batch = [each._replace(at=each.at) for each in events[at : at + FOLD_AT]]
        started = thread_time()
        given = order.take(batch)
        taken = thread_time()
        for event in given:
            fold.apply(event)
        folding += thread_time() - taken
        ordering += taken - started
    gc.enable()
    return ordering / len(events), folding / len(events)


def emitted(mixed: bool, random: Random) -> list[Event]:
    """Tasks by turns; each worker tells the end of one, then the pickup of the next."""
    partitions = random.sample(range(PARTITIONS), PARTITIONS) * TASKS
    told: list[list[Event]] = []
    for task, partition in enumerate(partitions):
        at, worker, past = task * 0.001, task % WORKERS, task - WORKERS
        ended = [Finished(at, worker, partitions[past], past)] if past >= 0 else []
        told.append([*ended, PickedUp(at, worker, partition, task, 0.0, FREE, task + 1)])
    if mixed:
        for first in range(0, len(told), WORKERS):
            under_way = told[first : first + WORKERS]
            random.shuffle(under_way)
            told[first : first + WORKERS] = under_way
    return [event for events in told for event in events]


if __name__ == "__main__":
    main()
