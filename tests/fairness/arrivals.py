"""Who sends how many tasks when."""

from collections.abc import Iterable, Sequence
from random import Random

from queue_fairness.events import Arrived


def batch(partitions: int, tasks: int, order: str, seed: int = 0) -> list[Arrived]:
    """All tasks at time 0, in `block`, `shuffled` or `interleaved` order."""
    return backlog([tasks] * partitions, order, seed)


def backlog(sizes: Sequence[int], order: str = "block", seed: int = 0) -> list[Arrived]:
    """All tasks at time 0, so many per partition, in one of the same orders."""
    if order == "block":
        return [Arrived(0.0, p, tasks) for p, tasks in enumerate(sizes) if tasks]
    singles = [
        Arrived(0.0, p, 1) for k in range(max(sizes)) for p in range(len(sizes)) if k < sizes[p]
    ]
    if order == "shuffled":
        Random(seed).shuffle(singles)
    return singles


def poisson(rates: Sequence[float], until_s: float, seed: int) -> list[Arrived]:
    """Independent Poisson arrivals, one rate per partition, in tasks per second."""
    random = Random(seed)
    arrivals = []
    for partition, rate in enumerate(rates):
        at = random.expovariate(rate)
        while at < until_s:
            arrivals.append(Arrived(at, partition, 1))
            at += random.expovariate(rate)
    return sorted(arrivals)


def bursts(rates: Sequence[float], tasks: int, until_s: float, seed: int) -> list[Arrived]:
    """Poisson arrivals of bursts of so many tasks; the rates are in tasks per second."""
    single = poisson([rate / tasks for rate in rates], until_s, seed)
    return [Arrived(each.at, each.partition, tasks) for each in single]


def zipf(partitions: int, total: int, exponent: float = 1.0) -> list[int]:
    """Tasks per partition, in proportion to 1 / rank^exponent, at least 1 each."""
    shares = [1 / rank**exponent for rank in range(1, partitions + 1)]
    return [max(1, round(total * share / sum(shares))) for share in shares]


def piles(at: float, partitions: Iterable[int], tasks: int) -> list[Arrived]:
    """Each of these partitions brings a pile of tasks at one time."""
    return [Arrived(at, partition, tasks) for partition in partitions]


def joining(partitions: int, tasks: int, every_s: float) -> list[Arrived]:
    """One partition more every so many seconds, from time 0 on, each with its tasks at once."""
    return [Arrived(k * every_s, k, tasks) for k in range(partitions)]
