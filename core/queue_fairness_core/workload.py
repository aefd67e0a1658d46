"""In which order a plan's tasks enter the queue. Seeded; knows no Redis."""

import random
from collections.abc import Iterator

from queue_fairness_core.plan import Plan
from queue_fairness_core.strategies import Task


def arrivals(plan: Plan) -> Iterator[Task]:
    """All tasks of a plan in their order of arrival, numbered by it from 0.

    The partitions come in a random order fixed by the seed, because some servers scan a small
    keyspace in the order of its creation.

    - `block`: all tasks of a partition, then the next partition (as the original enqueues).
    - `interleaved`: one task of each partition, then the next one of each.
    - `shuffled`: any task of any partition, every order equally likely.
    """
    chance = random.Random(plan.seed)
    partitions = list(range(plan.partitions))
    chance.shuffle(partitions)
    turns = range(plan.tasks_per_partition)
    if plan.arrival_order == "block":
        order: Iterator[int] = (each for each in partitions for _ in turns)
    elif plan.arrival_order == "interleaved":
        order = (each for _ in turns for each in partitions)
    else:
        shuffled = [each for each in partitions for _ in turns]
        chance.shuffle(shuffled)
        order = iter(shuffled)
    return (Task(partition, number) for number, partition in enumerate(order))
