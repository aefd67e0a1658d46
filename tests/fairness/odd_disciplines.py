"""Disciplines with a known flaw, so that a verdict can be asked whether it sees it.

All but `LastIn` order tenants, not tasks. Parameters are bound with `functools.partial`.
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

    def arrive(self, tenant: int, place: int) -> None:
        self.front.arrive(tenant, place)

    def add(self, tenant: int, oldest: int) -> None:
        self.oldest[tenant] = oldest
        self.front.add(tenant, oldest)

    def take(self, worker: int) -> int | None:
        if self.at >= self.until_s:
            while (tenant := self.back.take(worker)) is not None:
                self.front.add(tenant, self.oldest[tenant])
        while (tenant := self.front.take(worker)) is not None:
            if tenant not in self.held or not self.from_s <= self.at < self.until_s:
                return tenant
            self.back.add(tenant, self.oldest[tenant])
        return None if self.never else self.back.take(worker)

    def has_work(self, worker: int) -> bool:
        return self.front.has_work(worker) or (not self.never and self.back.has_work(worker))


class InARow(Discipline):
    """Turns of `run` tasks: a tenant keeps its turn until it has had them or cannot go on."""

    name = "in a row"

    def __init__(
        self, random: Random, workers: int, weights: Sequence[float], *, run: int = 2
    ) -> None:
        super().__init__(random, workers, weights)
        self.run = run
        self.ring: deque[int] = deque()
        self.turn = -1
        self.left = 0

    def add(self, tenant: int, oldest: int) -> None:  # noqa: ARG002
        if tenant == self.turn and self.left:
            self.ring.appendleft(tenant)
        else:
            self.ring.append(tenant)

    def take(self, worker: int) -> int | None:  # noqa: ARG002
        if not self.ring:
            return None
        tenant = self.ring.popleft()
        if tenant != self.turn or not self.left:
            self.turn, self.left = tenant, self.run
        self.left -= 1
        return tenant

    def has_work(self, worker: int) -> bool:  # noqa: ARG002
        return bool(self.ring)


class Batches(Discipline):
    """Each worker takes `size` tasks of one tenant, as by prefetching, then the next in the ring.

    What a worker has begun it goes on with as long as the tenant can be served.
    """

    name = "batches"

    def __init__(
        self, random: Random, workers: int, weights: Sequence[float], *, size: int = 10
    ) -> None:
        super().__init__(random, workers, weights)
        self.size = size
        self.ring: dict[int, None] = {}
        self.own = [(-1, 0)] * workers

    def add(self, tenant: int, oldest: int) -> None:  # noqa: ARG002
        self.ring[tenant] = None

    def take(self, worker: int) -> int | None:
        if not self.ring:
            return None
        tenant, left = self.own[worker]
        if not left or tenant not in self.ring:
            tenant, left = next(iter(self.ring)), self.size
        del self.ring[tenant]
        self.own[worker] = (tenant, left - 1)
        return tenant

    def has_work(self, worker: int) -> bool:  # noqa: ARG002
        return bool(self.ring)


class PrivateRings(Discipline):
    """Each worker takes turns by itself over all tenants by name, as RQ and kombu workers do."""

    name = "private rings"

    def __init__(self, random: Random, workers: int, weights: Sequence[float]) -> None:
        super().__init__(random, workers, weights)
        self.sorted: list[int] = []
        self.next_of = [0] * workers

    def add(self, tenant: int, oldest: int) -> None:  # noqa: ARG002
        insort(self.sorted, tenant)

    def take(self, worker: int) -> int | None:
        if not self.sorted:
            return None
        place = bisect_left(self.sorted, self.next_of[worker]) % len(self.sorted)
        tenant = self.sorted.pop(place)
        self.next_of[worker] = tenant + 1
        return tenant

    def has_work(self, worker: int) -> bool:  # noqa: ARG002
        return bool(self.sorted)


class GroupTurns(Discipline):
    """Two groups take turns: each tenant of one is served `rounds` times, then those of the other.

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

    def add(self, tenant: int, oldest: int) -> None:  # noqa: ARG002
        self.rings[tenant % 2].append(tenant)

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
    """Each tenant belongs to one worker, by hash; a worker serves its own by turns."""

    name = "sharded turns"

    def add(self, tenant: int, oldest: int) -> None:  # noqa: ARG002
        super().add(tenant, next(self.ticket))


class LastIn(Discipline):
    """The newest task first, whosever it is."""

    name = "lifo"
    newest_first = True

    def __init__(self, random: Random, workers: int, weights: Sequence[float]) -> None:
        super().__init__(random, workers, weights)
        self.stacks: list[list[int]] = [[] for _ in weights]
        self.open: set[int] = set()
        self.heap: list[tuple[int, int]] = []

    def arrive(self, tenant: int, place: int) -> None:
        insort(self.stacks[tenant], place)
        if tenant in self.open:
            heappush(self.heap, (-place, tenant))

    def add(self, tenant: int, oldest: int) -> None:  # noqa: ARG002
        self.open.add(tenant)
        heappush(self.heap, (-self.stacks[tenant][-1], tenant))

    def take(self, worker: int) -> int | None:  # noqa: ARG002
        while self.heap:
            place, tenant = heappop(self.heap)
            if tenant in self.open and self.stacks[tenant][-1] == -place:
                self.open.remove(tenant)
                self.stacks[tenant].pop()
                return tenant
        return None

    def has_work(self, worker: int) -> bool:  # noqa: ARG002
        return bool(self.open)


class NewestReady(Discipline):
    """A stack of tenants: whoever could be served last is served first."""

    name = "newest ready"

    def key(self, tenant: int, oldest: int) -> float:  # noqa: ARG002
        return -next(self.ticket)


class ByName(Discipline):
    """A static priority: the smallest name first."""

    name = "by name"

    def key(self, tenant: int, oldest: int) -> float:  # noqa: ARG002
        return tenant


class ByJoining(Discipline):
    """A static priority by when a tenant first came: the newest first, or the oldest."""

    name = "by joining"

    def __init__(
        self, random: Random, workers: int, weights: Sequence[float], *, newest: bool
    ) -> None:
        super().__init__(random, workers, weights)
        self.sign = -1 if newest else 1
        self.rank: dict[int, int] = {}

    def key(self, tenant: int, oldest: int) -> float:  # noqa: ARG002
        return self.sign * self.rank.setdefault(tenant, len(self.rank))


class Lottery(Discipline):
    """At random, with a ticket per waiting task, or with tickets by the declared weights.

    Args:
        by_weight: Whether the declared weights are the tickets.
        favour: Tickets of each second tenant, where the others have one, undeclared; 0 for none.
    """

    name = "lottery"

    def __init__(
        self,
        random: Random,
        workers: int,
        weights: Sequence[float],
        *,
        by_weight: bool = False,
        favour: float = 0.0,
    ) -> None:
        super().__init__(random, workers, weights)
        self.fixed = list(weights) if by_weight else []
        if favour:
            self.fixed = [1.0 if tenant % 2 else favour for tenant in range(len(weights))]
        self.waiting = [0] * len(weights)
        self.open: dict[int, None] = {}

    def arrive(self, tenant: int, place: int) -> None:  # noqa: ARG002
        self.waiting[tenant] += 1

    def add(self, tenant: int, oldest: int) -> None:  # noqa: ARG002
        self.open[tenant] = None

    def take(self, worker: int) -> int | None:  # noqa: ARG002
        if not self.open:
            return None
        names = list(self.open)
        tickets = self.fixed or self.waiting
        (tenant,) = self.random.choices(names, [tickets[name] for name in names])
        del self.open[tenant]
        self.waiting[tenant] -= 1
        return tenant

    def has_work(self, worker: int) -> bool:  # noqa: ARG002
        return bool(self.open)


class Tiers(VirtualTime):
    """Stride scheduling by weights of its own: the premium ones get `ratio` times the share.

    Args:
        ratio: Turns of a premium tenant per turn of another.
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
        shares = [ratio if tenant in pays else 1.0 for tenant in range(len(weights))]
        super().__init__(random, workers, shares)
