"""A discrete-event queue: tenants, workers, a discipline, and the events a real run would emit.

    arrivals ──► Discipline.push            (when a tenant gets its first waiting task: ready)
    free worker ──► Discipline.pop ──► PickedUp ──► service time ──► Finished ──► ready again

Time stands still while a worker asks, unless `overhead_s` says what asking costs. A worker that
finds nothing sleeps until something changes for it, having emitted `Polled`. All randomness comes
from one seeded generator, so a seed is a run.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from random import Random
from zlib import crc32

from queue_fairness_core.events import Arrived, Event, Finished, PickedUp, Polled, Price

FREE = Price()


class Discipline:
    """Which ready tenant is served next: the one with the smallest key.

    A tenant is ready while it has waiting tasks and, under the partition lock, no task in service.
    """

    name = "abstract"

    def __init__(self, random: Random, workers: int, weights: Sequence[float]) -> None:
        self.random = random
        self.workers = workers
        self.weights = weights
        self.ticket = count()
        self.ready: list[tuple[float, int, int]] = []

    def key(self, tenant: int, oldest: int) -> float:
        """The tenant's place in the order, when it becomes ready; `oldest` is its oldest task."""
        raise NotImplementedError

    def add(self, tenant: int, oldest: int) -> None:
        heappush(self.ready, (self.key(tenant, oldest), next(self.ticket), tenant))

    def take(self, worker: int) -> int | None:  # noqa: ARG002
        return heappop(self.ready)[2] if self.ready else None


class Scan(Discipline):
    """SCAN from cursor 0: a static priority, in hash order, drawn once."""

    name = "scan"

    def __init__(self, random: Random, workers: int, weights: Sequence[float]) -> None:
        super().__init__(random, workers, weights)
        self.order = list(range(len(weights)))
        random.shuffle(self.order)

    def key(self, tenant: int, oldest: int) -> float:  # noqa: ARG002
        return self.order[tenant]


class Fifo(Discipline):
    """The oldest task first, whosever it is."""

    name = "fifo"

    def key(self, tenant: int, oldest: int) -> float:  # noqa: ARG002
        return oldest


class RoundRobin(Discipline):
    """The tenant that has been ready for longest."""

    name = "round-robin"

    def key(self, tenant: int, oldest: int) -> float:  # noqa: ARG002
        return 0.0


class VirtualTime(Discipline):
    """The smallest start tag, max(V, F), where F grows by 1 / weight per task; ties by ticket."""

    name = "virtual-time"

    def __init__(self, random: Random, workers: int, weights: Sequence[float]) -> None:
        super().__init__(random, workers, weights)
        self.now = 0.0
        self.finish = [0.0] * len(weights)

    def key(self, tenant: int, oldest: int) -> float:  # noqa: ARG002
        return max(self.now, self.finish[tenant])

    def take(self, worker: int) -> int | None:  # noqa: ARG002
        if not self.ready:
            return None
        start, _, tenant = heappop(self.ready)
        self.now = max(self.now, start)
        self.finish[tenant] = start + 1 / self.weights[tenant]
        return tenant


class UniformlyRandom(Discipline):
    """Any ready tenant, each as likely as the other."""

    name = "random"

    def __init__(self, random: Random, workers: int, weights: Sequence[float]) -> None:
        super().__init__(random, workers, weights)
        self.bag: list[int] = []

    def add(self, tenant: int, oldest: int) -> None:  # noqa: ARG002
        self.bag.append(tenant)

    def take(self, worker: int) -> int | None:  # noqa: ARG002
        if not self.bag:
            return None
        k = self.random.randrange(len(self.bag))
        self.bag[k], self.bag[-1] = self.bag[-1], self.bag[k]
        return self.bag.pop()


class KeyShard(Discipline):
    """Each tenant belongs to one worker, by hash; a worker serves its own in order of arrival."""

    name = "key-shard"

    def __init__(self, random: Random, workers: int, weights: Sequence[float]) -> None:
        super().__init__(random, workers, weights)
        self.shards: list[list[tuple[int, int]]] = [[] for _ in range(workers)]
        self.salt = random.random()

    def add(self, tenant: int, oldest: int) -> None:
        shard = crc32(f"{self.salt}:{tenant}".encode()) % self.workers
        heappush(self.shards[shard], (oldest, tenant))

    def take(self, worker: int) -> int | None:
        return heappop(self.shards[worker])[1] if self.shards[worker] else None


DISCIPLINES: tuple[type[Discipline], ...] = (
    Scan,
    Fifo,
    UniformlyRandom,
    KeyShard,
    RoundRobin,
    VirtualTime,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What happens to the queue: who sends how many tasks when, and what a task costs."""

    partitions: int
    arrivals: Sequence[Arrived]
    workers: int = 8
    lock: bool = True
    work_s: float = 0.025
    jitter: float = 0.0
    """Coefficient of variation of the service time, which is then gamma distributed."""
    overhead_s: float = 0.0
    until_s: float = float("inf")
    """When the workers stop; tasks in service then are finished."""
    weights: Sequence[float] = ()
    scanned_first: Sequence[int] = ()
    """Partitions that hashing happens to place in front of all others."""


@dataclass(slots=True)
class _Queue:
    """The tasks waiting per tenant, and which tenants the discipline may know of."""

    discipline: Discipline
    lock: bool
    tasks: list[deque[tuple[int, float]]]
    busy: set[int] = field(default_factory=set)

    def push(self, tenant: int, task: int, at: float) -> None:
        waiting = self.tasks[tenant]
        waiting.append((task, at))
        if len(waiting) == 1 and tenant not in self.busy:
            self.discipline.add(tenant, task)

    def pop(self, worker: int) -> tuple[int, int, float] | None:
        tenant = self.discipline.take(worker)
        if tenant is None:
            return None
        task, arrived_at = self.tasks[tenant].popleft()
        if self.lock:
            self.busy.add(tenant)
        elif self.tasks[tenant]:
            self.discipline.add(tenant, self.tasks[tenant][0][0])
        return tenant, task, arrived_at

    def release(self, tenant: int) -> None:
        if self.lock:
            self.busy.remove(tenant)
            if self.tasks[tenant]:
                self.discipline.add(tenant, self.tasks[tenant][0][0])


def simulate(load: Load, discipline: type[Discipline], seed: int) -> Iterator[Event]:
    """The events of one run, in order of time."""
    random = Random(seed)
    weights = load.weights or [1.0] * load.partitions
    chooser = discipline(random, load.workers, weights)
    if isinstance(chooser, Scan):
        _move_to_front(chooser, load.scanned_first)
    queue = _Queue(
        chooser,
        load.lock,
        [deque() for _ in range(load.partitions)],
    )
    service = _service_times(load, random)
    tasks = count()
    agenda: list[tuple[float, int, int, int]] = []  # when, worker, partition, task
    arrivals = deque(load.arrivals)
    asking: deque[tuple[float, int]] = deque((load.overhead_s, w) for w in range(load.workers))
    sleeping: list[int] = []

    while arrivals or agenda or asking:
        times = [
            arrivals[0].at if arrivals else float("inf"),
            agenda[0][0] if agenda else float("inf"),
            asking[0][0] if asking else float("inf"),
        ]
        at = min(times)
        if at == times[0]:
            arrived = arrivals.popleft()
            if at < load.until_s:
                yield arrived
                for _ in range(arrived.tasks):
                    queue.push(arrived.partition, next(tasks), at)
        elif at == times[1]:
            _, worker, tenant, task = heappop(agenda)
            queue.release(tenant)
            yield Finished(at, worker, tenant, task)
            asking.append((at + load.overhead_s, worker))
        else:
            _, worker = asking.popleft()
            if at >= load.until_s:
                continue
            popped = queue.pop(worker)
            if popped is None:
                yield Polled(at, worker, FREE)
                sleeping.append(worker)
                continue
            tenant, task, arrived_at = popped
            yield PickedUp(at, worker, tenant, task, arrived_at, FREE)
            heappush(agenda, (at + service(), worker, tenant, task))
            continue
        # Something was added: whoever sleeps may look again.
        if sleeping and at < load.until_s:
            woken = [w for w in sleeping if _has_work(queue.discipline, w)]
            sleeping = [w for w in sleeping if w not in woken]
            asking.extend((at + load.overhead_s, w) for w in woken)


def _move_to_front(scan: Scan, first: Sequence[int]) -> None:
    for place, partition in enumerate(first):
        scan.order[partition] = place - len(first)


def _has_work(discipline: Discipline, worker: int) -> bool:
    if isinstance(discipline, KeyShard):
        return bool(discipline.shards[worker])
    if isinstance(discipline, UniformlyRandom):
        return bool(discipline.bag)
    return bool(discipline.ready)


def _service_times(load: Load, random: Random) -> Callable[[], float]:
    if not load.jitter:
        return lambda: load.work_s
    shape = 1 / load.jitter**2
    return lambda: random.gammavariate(shape, load.work_s / shape)


def batch(partitions: int, tasks: int, order: str, seed: int = 0) -> list[Arrived]:
    """All tasks at time 0, in `block`, `shuffled` or `interleaved` order."""
    if order == "block":
        return [Arrived(0.0, p, tasks) for p in range(partitions)]
    singles = [Arrived(0.0, p, 1) for _ in range(tasks) for p in range(partitions)]
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


def zipf(partitions: int, total: int, exponent: float = 1.0) -> list[int]:
    """Tasks per partition, in proportion to 1 / rank^exponent, at least 1 each."""
    shares = [1 / rank**exponent for rank in range(1, partitions + 1)]
    return [max(1, round(total * share / sum(shares))) for share in shares]
