"""The queue disciplines the product ships, and their kin: who is served next?

    task arrives ──► arrive ──► add        it can be served now: has work, is below its limit
    worker asks  ──► take ──► charge       one of those that can be served, and what its task costs
    task ends    ──► ended [──► add]

`odd_disciplines.py` holds those that nobody would ship on purpose.
"""

from collections.abc import Callable, Sequence
from functools import partial
from heapq import heappop, heappush
from itertools import count
from random import Random
from zlib import crc32


class Discipline:
    """Which ready partition is served next: the one with the smallest key.

    A partition is ready while it has waiting tasks and fewer in service than its limit.
    """

    name = "abstract"
    newest_first = False
    """Whether a partition's newest task is served before its older ones."""

    def __init__(self, random: Random, workers: int, weights: Sequence[float]) -> None:
        self.random = random
        self.workers = workers
        self.weights = weights
        self.at = 0.0
        """The time, set before each `take`."""
        self.in_service: Sequence[int] = ()
        """Tasks in service per partition, kept by the queue."""
        self.ticket = count()
        self.ready: list[tuple[float, int, int]] = []

    def key(self, partition: int, oldest: int) -> float:
        """The partition's place in the order when it becomes ready; `oldest`: its oldest task."""
        raise NotImplementedError

    def arrive(self, partition: int, place: int) -> None:
        """A task has come; `place` is its place among all tasks, smallest at the head."""

    def add(self, partition: int, oldest: int) -> None:
        heappush(self.ready, (self.key(partition, oldest), next(self.ticket), partition))

    def take(self, worker: int) -> int | None:  # noqa: ARG002
        return heappop(self.ready)[2] if self.ready else None

    def charge(self, partition: int, cost: float) -> None:
        """The task just taken will take `cost` times the mean work of a task."""

    def ended(self, partition: int) -> None:
        """A task of the partition is in nobody's hands any more."""

    def has_work(self, worker: int) -> bool:  # noqa: ARG002
        return bool(self.ready)


Maker = Callable[[Random, int, Sequence[float]], Discipline]
"""A discipline's class, or one with its parameters bound by `functools.partial`."""


def name_of(discipline: Maker) -> str:
    """What a discipline is called."""
    kind = discipline.func if isinstance(discipline, partial) else discipline
    return str(getattr(kind, "name"))  # noqa: B009


class Scan(Discipline):
    """SCAN from cursor 0: a static priority, in hash order, drawn once."""

    name = "scan"

    def __init__(self, random: Random, workers: int, weights: Sequence[float]) -> None:
        super().__init__(random, workers, weights)
        self.order = list(range(len(weights)))
        random.shuffle(self.order)

    def key(self, partition: int, oldest: int) -> float:  # noqa: ARG002
        return self.order[partition]

    def move_to_front(self, first: Sequence[int]) -> None:
        for place, partition in enumerate(first):
            self.order[partition] = place - len(first)


class Fifo(Discipline):
    """The oldest task first, whosever it is."""

    name = "fifo"

    def key(self, partition: int, oldest: int) -> float:  # noqa: ARG002
        return oldest


class RoundRobin(Discipline):
    """The partition that has been ready for longest."""

    name = "round-robin"

    def key(self, partition: int, oldest: int) -> float:  # noqa: ARG002
        return 0.0


class VirtualTime(Discipline):
    """The smallest start tag, max(V, F), where F grows by 1 / weight per task; ties by ticket."""

    name = "virtual-time"

    def __init__(self, random: Random, workers: int, weights: Sequence[float]) -> None:
        super().__init__(random, workers, weights)
        self.now = 0.0
        self.finish = [0.0] * len(weights)

    def key(self, partition: int, oldest: int) -> float:  # noqa: ARG002
        return max(self.now, self.finish[partition])

    def take(self, worker: int) -> int | None:  # noqa: ARG002
        if not self.ready:
            return None
        start, _, partition = heappop(self.ready)
        self.now = max(self.now, start)
        self.finish[partition] = start + 1 / self.weights[partition]
        return partition


class VirtualTimeByCost(VirtualTime):
    """The same, where F grows by what the task costs."""

    name = "virtual-time by cost"

    def charge(self, partition: int, cost: float) -> None:
        self.finish[partition] += (cost - 1) / self.weights[partition]


class UniformlyRandom(Discipline):
    """Any ready partition, each as likely as the other."""

    name = "random"

    def __init__(self, random: Random, workers: int, weights: Sequence[float]) -> None:
        super().__init__(random, workers, weights)
        self.bag: list[int] = []

    def add(self, partition: int, oldest: int) -> None:  # noqa: ARG002
        self.bag.append(partition)

    def take(self, worker: int) -> int | None:  # noqa: ARG002
        if not self.bag:
            return None
        k = self.random.randrange(len(self.bag))
        self.bag[k], self.bag[-1] = self.bag[-1], self.bag[k]
        return self.bag.pop()

    def has_work(self, worker: int) -> bool:  # noqa: ARG002
        return bool(self.bag)


class KeyShard(Discipline):
    """Each partition belongs to one worker, by hash, which serves its own in order of arrival."""

    name = "key-shard"

    def __init__(self, random: Random, workers: int, weights: Sequence[float]) -> None:
        super().__init__(random, workers, weights)
        self.shards: list[list[tuple[int, int]]] = [[] for _ in range(workers)]
        self.salt = random.random()

    def add(self, partition: int, oldest: int) -> None:
        shard = crc32(f"{self.salt}:{partition}".encode()) % self.workers
        heappush(self.shards[shard], (oldest, partition))

    def take(self, worker: int) -> int | None:
        return heappop(self.shards[worker])[1] if self.shards[worker] else None

    def has_work(self, worker: int) -> bool:
        return bool(self.shards[worker])


class LeastInFlight(Discipline):
    """The partition with the fewest tasks in service; among those, the one ready for longest."""

    name = "least-in-flight"

    def __init__(self, random: Random, workers: int, weights: Sequence[float]) -> None:
        super().__init__(random, workers, weights)
        self.levels: list[dict[int, None]] = [{} for _ in range(workers + 1)]
        self.level_of: dict[int, int] = {}

    def add(self, partition: int, oldest: int) -> None:  # noqa: ARG002
        level = self.in_service[partition]
        self.levels[level][partition] = None
        self.level_of[partition] = level

    def take(self, worker: int) -> int | None:  # noqa: ARG002
        for level in self.levels:
            if level:
                partition = next(iter(level))
                del level[partition], self.level_of[partition]
                return partition
        return None

    def ended(self, partition: int) -> None:
        level = self.level_of.get(partition)
        if level is not None:
            del self.levels[level][partition]
            self.add(partition, 0)

    def has_work(self, worker: int) -> bool:  # noqa: ARG002
        return bool(self.level_of)


DISCIPLINES: tuple[type[Discipline], ...] = (
    Scan,
    Fifo,
    UniformlyRandom,
    KeyShard,
    RoundRobin,
    VirtualTime,
)
