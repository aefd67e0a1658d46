"""The order in which the initial tasks of a drain enter the queue. Seeded; no Redis."""

import random
from collections.abc import Iterator, Sequence

ARRIVAL_ORDERS = ("block", "shuffled", "interleaved")


def in_order(counts: Sequence[int], order: str, seed: int) -> Iterator[int]:
    """The partition of each task, in the order of arrival.

    The partitions come in a random order fixed by the seed, because some servers scan a small
    keyspace in the order of its creation.

    - `block`: all tasks of a partition, then the next partition (as the original enqueues).
    - `interleaved`: one task of each partition, then the next one of each that has more.
    - `shuffled`: any task of any partition, every order equally likely.

    Args:
        counts: Tasks of each partition, by index.
        order: One of `ARRIVAL_ORDERS`.
        seed: Fixes what is random.
    """
    chance = random.Random(seed)
    partitions = list(range(len(counts)))
    chance.shuffle(partitions)
    if order == "block":
        return (each for each in partitions for _ in range(counts[each]))
    if order == "interleaved":
        return _interleaved(partitions, counts)
    shuffled = [each for each in partitions for _ in range(counts[each])]
    chance.shuffle(shuffled)
    return iter(shuffled)


def _interleaved(partitions: Sequence[int], counts: Sequence[int]) -> Iterator[int]:
    turn = 0
    while partitions:
        partitions = [each for each in partitions if counts[each] > turn]
        yield from partitions
        turn += 1
