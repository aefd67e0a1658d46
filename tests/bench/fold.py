"""What folding an event costs, at 1,000 and 100,000 partitions: `python tests/bench/fold.py`."""

import gc
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parents[2] / "core"))

from queue_fairness.events import Arrived, DequeueCost, Event, Finished, PickedUp
from queue_fairness.fairness import FairnessFold

WORKERS = 8
FREE = DequeueCost()


def main() -> None:
    for name, limit in (("partition lock", 1), ("no limit", 0)):
        for partitions, tasks in ((1_000, 100), (100_000, 10)):
            for order in ("round robin", "sequential", "random"):
                report(f"{name}, {order}", partitions, tasks, limit, order)


def report(name: str, partitions: int, tasks: int, limit: int, order: str) -> None:
    events = run(partitions, tasks, order)
    fold = FairnessFold(WORKERS, limit)
    for partition in range(partitions):
        fold.apply(Arrived(0.0, partition, tasks))
    half = len(events) // 2
    gc.collect()
    started = perf_counter()
    for event in events[:half]:
        fold.apply(event)
    spent = perf_counter() - started
    live_ms = seconds(fold.measures) * 1e3
    step_ms = longest_step(fold) * 1e3
    started = perf_counter()
    for event in events[half:]:
        fold.apply(event)
    spent += perf_counter() - started
    end_ms = seconds(fold.measures) * 1e3
    map_ms = seconds(fold.heat_map) * 1e3
    print(
        f"{name:30} {partitions:7,} partitions  {spent / len(events) * 1e6:5.2f} us per event  "
        f"measures {live_ms:6.2f} ms half way, {end_ms:6.2f} at the end  "
        f"longest part {step_ms:5.2f} ms  map {map_ms:5.2f} ms"
    )


def seconds(call: Callable[[], object]) -> float:
    best = float("inf")
    for _ in range(5):
        started = perf_counter()
        call()
        best = min(best, perf_counter() - started)
    return best


def longest_step(fold: FairnessFold) -> float:
    """The longest time for which measuring in parts holds up everything else, seconds."""
    best = float("inf")
    for _ in range(5):
        started = perf_counter()
        survey = fold.survey(20)
        longest = perf_counter() - started
        while True:
            started = perf_counter()
            outcome = survey.step()
            longest = max(longest, perf_counter() - started)
            if outcome is not None:
                break
        best = min(best, longest)
    return best


def run(partitions: int, tasks: int, order: str) -> list[Event]:
    """Pickups in the order named, each finished `WORKERS` pickups later, the partitions mixed."""
    from random import Random

    random = Random(0)
    indices = list(range(partitions))
    random.shuffle(indices)
    if order == "round robin":
        sequence = indices * tasks
    elif order == "random":
        sequence = indices * tasks
        random.shuffle(sequence)
    else:
        groups = [indices[k : k + WORKERS] for k in range(0, partitions, WORKERS)]
        sequence = [index for group in groups for _ in range(tasks) for index in group]
    events: list[Event] = []
    for task, partition in enumerate(sequence):
        at = task * 0.001
        if task >= WORKERS:
            past = task - WORKERS
            events.append(Finished(at, past % WORKERS, sequence[past], past))
        events.append(PickedUp(at, task % WORKERS, partition, task, 0.0, FREE))
    return events


if __name__ == "__main__":
    main()
