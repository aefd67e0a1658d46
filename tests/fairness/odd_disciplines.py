"""Disciplines with a known flaw, so that a verdict can be asked whether it sees it.

All but `LastIn` order partitions, not tasks. Parameters are bound with `functools.partial`.
"""

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Container, Sequence
from heapq import heappop, heappush
from math import inf
from random import Random

from fairness.disciplines import Discipline, KeyShard, Maker, RoundRobin, VirtualTime


class HeldBack(Discipline):
    """Some are served only when nobody else waits, or, from a time on, not at all.

    Args:
        held: Those that are held back.
        front: How all others are served, and how the held ones are among themselves.
        never: Whether they are not served even when nobody else waits.
        from_s: When it begins; before, they are served like the others.
        until_s: When it ends; from then on they are served like the others again.
    """

    name = "held back"

    def __init__(
        self,
        random: Random,
        workers: int,
        weights: Sequence[float],
        *,
        held: Container[int],
        front: Maker = RoundRobin,
        never: bool = False,
        from_s: float = 0.0,
        until_s: float = inf,
    ) -> None:
        super().__init__(random, workers, weights)
        self.held = held
        self.front = front(random, workers, weights)
        self.back = front(random, workers, weights)
        self.never = never
        self.from_s = from_s
        self.until_s = until_s
        self.oldest: dict[int, int] = {}

    def arrive(self, partition: int, place: int) -> None:
        self.front.arrive(partition, place)

    def add(self, partition: int, oldest: int) -> None:
        self.oldest[partition] = oldest
        self.front.add(partition, oldest)

    def take(self, worker: int) -> int | None:
        if self.at >= self.until_s:
            while (partition := self.back.take(worker)) is not None:
                self.front.add(partition, self.oldest[partition])
        while (partition := self.front.take(worker)) is not None:
            if partition not in self.held or not self.from_s <= self.at < self.until_s:
                return partition
            self.back.add(partition, self.oldest[partition])
        return None if self.never else self.back.take(worker)

    def has_work(self, worker: int) -> bool:
        return self.front.has_work(worker) or (not self.never and self.back.has_work(worker))


class InARow(Discipline):
    """Turns of `run` tasks: a partition keeps its turn until it has had them or cannot go on."""

    name = "in a row"

    def __init__(
        self, random: Random, workers: int, weights: Sequence[float], *, run: int = 2
    ) -> None:
        super().__init__(random, workers, weights)
        self.run = run
        self.ring: deque[int] = deque()
        self.turn = -1
        self.left = 0

    def add(self, partition: int, oldest: int) -> None:  # noqa: ARG002
        if partition == self.turn and self.left:
            self.ring.appendleft(partition)
        else:
            self.ring.append(partition)

    def take(self, worker: int) -> int | None:  # noqa: ARG002
        if not self.ring:
            return None
        partition = self.ring.popleft()
        if partition != self.turn or not self.left:
            self.turn, self.left = partition, self.run
        self.left -= 1
        return partition

    def has_work(self, worker: int) -> bool:  # noqa: ARG002
        return bool(self.ring)


class Batches(Discipline):
    """Each worker takes `size` tasks of one partition (prefetching), then the next in the ring.

    What a worker has begun it goes on with as long as the partition can be served.
    """

    name = "batches"

    def __init__(
        self, random: Random, workers: int, weights: Sequence[float], *, size: int = 10
    ) -> None:
        super().__init__(random, workers, weights)
        self.size = size
        self.ring: dict[int, None] = {}
        self.own = [(-1, 0)] * workers

    def add(self, partition: int, oldest: int) -> None:  # noqa: ARG002
        self.ring[partition] = None

    def take(self, worker: int) -> int | None:
        if not self.ring:
            return None
        partition, left = self.own[worker]
        if not left or partition not in self.ring:
            partition, left = next(iter(self.ring)), self.size
        del self.ring[partition]
        self.own[worker] = (partition, left - 1)
        return partition

    def has_work(self, worker: int) -> bool:  # noqa: ARG002
        return bool(self.ring)


class PrivateRings(Discipline):
    """Each worker takes turns by itself over all partitions by name, as RQ and kombu workers do."""

    name = "private rings"

    def __init__(self, random: Random, workers: int, weights: Sequence[float]) -> None:
        super().__init__(random, workers, weights)
        self.sorted: list[int] = []
        self.next_of = [0] * workers

    def add(self, partition: int, oldest: int) -> None:  # noqa: ARG002
        insort(self.sorted, partition)

    def take(self, worker: int) -> int | None:
        if not self.sorted:
            return None
        place = bisect_left(self.sorted, self.next_of[worker]) % len(self.sorted)
        partition = self.sorted.pop(place)
        self.next_of[worker] = partition + 1
        return partition

    def has_work(self, worker: int) -> bool:  # noqa: ARG002
        return bool(self.sorted)


class GroupTurns(Discipline):
    """Two groups alternate: each partition of one is served `rounds` times, then of the other.

    Within its group's turn everyone is served by turns; the groups are the even and the odd names.
    """

    name = "groups in turn"

    def __init__(
        self, random: Random, workers: int, weights: Sequence[float], *, rounds: int = 4
    ) -> None:
        super().__init__(random, workers, weights)
        self.rings: tuple[deque[int], deque[int]] = (deque(), deque())
        self.length = rounds * len(weights) // 2
        self.turn = 0
        self.left = self.length

    def add(self, partition: int, oldest: int) -> None:  # noqa: ARG002
        self.rings[partition % 2].append(partition)

    def take(self, worker: int) -> int | None:  # noqa: ARG002
        if not self.left or not self.rings[self.turn]:
            self.turn, self.left = 1 - self.turn, self.length
        if not self.rings[self.turn]:
            self.turn = 1 - self.turn
        if not self.rings[self.turn]:
            return None
        self.left -= 1
        return self.rings[self.turn].popleft()

    def has_work(self, worker: int) -> bool:  # noqa: ARG002
        return any(self.rings)


class ShardedTurns(KeyShard):
    """Each partition belongs to one worker, by hash; a worker serves its own by turns."""

    name = "sharded turns"

    def add(self, partition: int, oldest: int) -> None:  # noqa: ARG002
        super().add(partition, next(self.ticket))


class LastIn(Discipline):
    """The newest task first, whosever it is."""

    name = "lifo"
    newest_first = True

    def __init__(self, random: Random, workers: int, weights: Sequence[float]) -> None:
        super().__init__(random, workers, weights)
        self.stacks: list[list[int]] = [[] for _ in weights]
        self.open: set[int] = set()
        self.heap: list[tuple[int, int]] = []

    def arrive(self, partition: int, place: int) -> None:
        insort(self.stacks[partition], place)
        if partition in self.open:
            heappush(self.heap, (-place, partition))

    def add(self, partition: int, oldest: int) -> None:  # noqa: ARG002
        self.open.add(partition)
        heappush(self.heap, (-self.stacks[partition][-1], partition))

    def take(self, worker: int) -> int | None:  # noqa: ARG002
        while self.heap:
            place, partition = heappop(self.heap)
            if partition in self.open and self.stacks[partition][-1] == -place:
                self.open.remove(partition)
                self.stacks[partition].pop()
                return partition
        return None

    def has_work(self, worker: int) -> bool:  # noqa: ARG002
        return bool(self.open)


class NewestReady(Discipline):
    """A stack of partitions: whoever could be served last is served first."""

    name = "newest ready"

    def key(self, partition: int, oldest: int) -> float:  # noqa: ARG002
        return -next(self.ticket)


class ByName(Discipline):
    """A static priority: the smallest name first."""

    name = "by name"

    def key(self, partition: int, oldest: int) -> float:  # noqa: ARG002
        return partition


class ByJoining(Discipline):
    """A static priority by when a partition first came: the newest first, or the oldest."""

    name = "by joining"

    def __init__(
        self, random: Random, workers: int, weights: Sequence[float], *, newest: bool
    ) -> None:
        super().__init__(random, workers, weights)
        self.sign = -1 if newest else 1
        self.rank: dict[int, int] = {}

    def key(self, partition: int, oldest: int) -> float:  # noqa: ARG002
        return self.sign * self.rank.setdefault(partition, len(self.rank))


class Lottery(Discipline):
    """At random, with a ticket per waiting task, or with tickets by the declared weights.

    Args:
        by_weight: Whether the declared weights are the tickets.
        favor: Tickets of each second partition, where the others have one, undeclared; 0 for none.
    """

    name = "lottery"

    def __init__(
        self,
        random: Random,
        workers: int,
        weights: Sequence[float],
        *,
        by_weight: bool = False,
        favor: float = 0.0,
    ) -> None:
        super().__init__(random, workers, weights)
        self.fixed = list(weights) if by_weight else []
        if favor:
            self.fixed = [1.0 if partition % 2 else favor for partition in range(len(weights))]
        self.waiting = [0] * len(weights)
        self.open: dict[int, None] = {}

    def arrive(self, partition: int, place: int) -> None:  # noqa: ARG002
        self.waiting[partition] += 1

    def add(self, partition: int, oldest: int) -> None:  # noqa: ARG002
        self.open[partition] = None

    def take(self, worker: int) -> int | None:  # noqa: ARG002
        if not self.open:
            return None
        names = list(self.open)
        tickets = self.fixed or self.waiting
        (partition,) = self.random.choices(names, [tickets[name] for name in names])
        del self.open[partition]
        self.waiting[partition] -= 1
        return partition

    def has_work(self, worker: int) -> bool:  # noqa: ARG002
        return bool(self.open)


class Tiers(VirtualTime):
    """Stride scheduling by weights of its own: the premium ones get `ratio` times the share.

    Args:
        ratio: Turns of a premium partition per turn of another.
        premium: Those that pay; each second one by default.
    """

    name = "tiers"

    def __init__(
        self,
        random: Random,
        workers: int,
        weights: Sequence[float],
        *,
        ratio: float,
        premium: Container[int] | None = None,
    ) -> None:
        pays = range(0, len(weights), 2) if premium is None else premium
        shares = [ratio if partition in pays else 1.0 for partition in range(len(weights))]
        super().__init__(random, workers, shares)
