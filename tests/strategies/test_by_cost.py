"""Who gets how much of the workers' time by `virtual-time-by-cost`, in exact time."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from heapq import heappop, heappush

import pytest
from redis.asyncio import Redis
from servers import on_one_engine
from strategies.clocked import clocked, set_clock
from strategies.hands import let_expire, tasks

from queue_fairness.strategies import Consumer, Lease, Task

# What is reckoned in a script is held against a plain model on each engine by `test_model_by_cost`.
pytestmark = [on_one_engine, pytest.mark.sample(3)]

MS = 1000
PARTITIONS = 40
WORKERS = 8
LIMITS = pytest.mark.parametrize("limit", [1, 2, 0], ids=["lock", "two", "no-limit"])

Work = Callable[[int], int]
"""How long a task of a partition takes, µs."""


def _four_times_for_half(partition: int) -> int:
    return 4 * MS if partition < PARTITIONS // 2 else MS


class _Shop:
    """Workers in simulated time over the real scripts; counts what each partition was given."""

    def __init__(
        self,
        client: Redis,
        work: Work,
        *,
        limit: int | None,
        weights: Mapping[int, float] | None = None,
        cost: Callable[[int], float] | None = None,
        fails: Callable[[Task], bool] = lambda _: False,
    ) -> None:
        self.client = client
        self.strategy = clocked(PARTITIONS, limit=limit, weights=weights)
        self.spent: Counter[int] = Counter()
        """Worker time of each partition, µs."""
        self.paid: Counter[int] = Counter()
        """What its tasks reported, as whole numbers."""
        self.served: list[int] = []
        self.now = 0
        self._work, self._cost, self._fails = work, cost, fails
        self._at_work: list[tuple[int, int, Lease]] = []
        self._consumers: list[Consumer] = []
        self._idle: set[int] = set(range(WORKERS))

    async def open(self, counts: Sequence[int]) -> None:
        await set_clock(self.client, 0)
        await self.strategy.push(self.client, tasks(counts))
        self._consumers = [self.strategy.consumer(self.client) for _ in range(WORKERS)]

    async def serve_until(self, time_us: int) -> None:
        """Let the workers work, to a time, or until nothing is left."""
        await self._seek(None)
        while self._at_work and self._at_work[0][0] <= time_us:
            self.now, worker, lease = heappop(self._at_work)
            await set_clock(self.client, self.now)
            await self._finish(worker, lease)
            await self._seek(worker)

    async def _finish(self, worker: int, lease: Lease) -> None:
        partition = lease.task.partition
        self.spent[partition] += self._work(partition)
        if self._fails(lease.task):
            await self._consumers[worker].retry(lease, at_head=True)
            self._idle.add(worker)
            return
        if self._cost is not None:
            lease = lease._replace(cost=self._cost(partition))
            self.paid[partition] += round(self._cost(partition))
        await self._claim(worker, lease)

    async def _seek(self, worker: int | None) -> None:
        """All idle ones look again: what was done may have made room."""
        for each in sorted(self._idle - {worker}) if worker is not None else sorted(self._idle):
            await self._claim(each, None)
        if worker in self._idle:
            await self._claim(worker, None)

    async def _claim(self, worker: int, done: Lease | None) -> None:
        lease = (await self._consumers[worker].next(done)).lease
        if lease is None:
            self._idle.add(worker)
            return
        self._idle.discard(worker)
        self.served.append(lease.task.partition)
        heappush(self._at_work, (self.now + self._work(lease.task.partition), worker, lease))


def _extremes(values: Counter[int], which: Sequence[int], due: float) -> tuple[float, float]:
    """The least and the most of what is due."""
    return min(values[each] for each in which) / due, max(values[each] for each in which) / due


@LIMITS
async def test_worker_time_is_equal_where_half_of_the_tasks_take_four_times_as_long(
    client: Redis, limit: int
) -> None:
    shop = _Shop(client, _four_times_for_half, limit=limit)
    await shop.open([250] * PARTITIONS)

    await shop.serve_until(1000 * MS)

    least, most = _extremes(shop.spent, range(PARTITIONS), 1000 * MS * WORKERS / PARTITIONS)
    assert least > 0.97
    assert most < 1.03


@LIMITS
async def test_one_of_forty_that_costs_fifty_times_gets_no_more_than_the_others(
    client: Redis, limit: int
) -> None:
    shop = _Shop(client, lambda partition: 50 * MS if not partition else MS, limit=limit)
    await shop.open([350] * PARTITIONS)

    await shop.serve_until(1500 * MS)

    due = 1500 * MS * WORKERS / PARTITIONS
    least, most = _extremes(shop.spent, range(1, PARTITIONS), due)
    assert least > 0.95
    assert most < 1.05
    assert abs(shop.spent[0] - due) <= 100 * MS, "two of its own tasks, at most"


async def test_unknown_expensive_one_is_found_out_by_its_first_task(client: Redis) -> None:
    shop = _Shop(client, lambda partition: 50 * MS if not partition else MS, limit=0)
    await shop.open([0, *[700] * (PARTITIONS - 1)])
    await shop.serve_until(100 * MS)
    await shop.strategy.push(client, [Task(0, 100_000 + number) for number in range(100)])

    begun = len(shop.served)
    await shop.serve_until(150 * MS)
    at_first = shop.served[begun:].count(0)
    begun = len(shop.served)
    await shop.serve_until(1000 * MS)

    # Until its first task ends it is served as any other: 10 of the 400 in these 50 ms.
    assert 5 <= at_first <= 11
    assert shop.served[begun:].count(0) == 0, "what it had then is three times its due till now"


@LIMITS
async def test_time_is_in_proportion_to_the_weights(client: Redis, limit: int) -> None:
    heavy = [each for each in range(PARTITIONS) if each % 2]
    light = [each for each in range(PARTITIONS) if not each % 2]
    weights = dict.fromkeys(heavy, 4.0)
    shop = _Shop(client, _four_times_for_half, limit=limit, weights=weights)
    await shop.open([600] * PARTITIONS)

    await shop.serve_until(1000 * MS)

    due = 1000 * MS * WORKERS / 100
    for which, weight in ((heavy, 4), (light, 1)):
        least, most = _extremes(shop.spent, which, weight * due)
        assert least > 0.94
        assert most < 1.06


@LIMITS
async def test_reported_cost_is_shared_out_and_not_the_time(client: Redis, limit: int) -> None:
    shop = _Shop(
        client, lambda _: MS, limit=limit, cost=lambda partition: 400.0 if partition % 2 else 100.0
    )
    await shop.open([600] * PARTITIONS)

    await shop.serve_until(1000 * MS)

    least, most = _extremes(shop.paid, range(PARTITIONS), sum(shop.paid.values()) / PARTITIONS)
    assert least > 0.97
    assert most < 1.03


async def test_costs_may_be_of_any_size_or_nothing(client: Redis) -> None:
    for cost in (1e-9, 1e15, 0.0):
        shop = _Shop(client, lambda _: MS, limit=1, cost=lambda _, cost=cost: cost)  # type: ignore[misc]
        await shop.open([20] * PARTITIONS)
        await shop.serve_until(60 * MS)

        assert len(shop.served) > 480
        turns = Counter(shop.served)
        assert max(turns.values()) - min(turns.values()) <= 1
        await client.flushall()


async def test_failed_attempts_are_paid_for_also_where_tasks_report_their_cost(
    client: Redis,
) -> None:
    failed: Counter[Task] = Counter()

    def fails(task: Task) -> bool:
        failed[task] += task.partition < PARTITIONS // 2
        return failed[task] in (1, 2, 3)

    shop = _Shop(client, lambda _: MS, limit=1, cost=lambda _: 70.0, fails=fails)
    await shop.open([250] * PARTITIONS)

    await shop.serve_until(1000 * MS)

    least, most = _extremes(shop.spent, range(PARTITIONS), 1000 * MS * WORKERS / PARTITIONS)
    assert least > 0.97
    assert most < 1.03


async def test_who_was_idle_has_saved_nothing_up(client: Redis) -> None:
    shop = _Shop(client, _four_times_for_half, limit=0)
    await shop.open([2, 2, *[250] * (PARTITIONS - 2)])
    await shop.serve_until(500 * MS)
    before = shop.spent.copy()
    late = [Task(partition, 100_000 + n) for partition in (0, 39) for n in range(400)]
    await shop.strategy.push(client, late)

    await shop.serve_until(800 * MS)

    due = 300 * MS * WORKERS / 39
    assert before[0] == 8 * MS
    assert shop.spent[0] - before[0] == pytest.approx(due, rel=0.1)


async def test_dead_workers_task_is_charged_as_a_usual_one_and_not_for_its_lease(
    client: Redis,
) -> None:
    strategy = clocked(2, limit=1)
    await set_clock(client, 0)
    await strategy.push(client, tasks([5, 5]))
    consumer = strategy.consumer(client)
    lost: Lease | None = None
    done: Lease | None = None
    for number in range(1, 4):
        lost = (await consumer.next(done)).lease
        await set_clock(client, 4 * MS * number)
        done = lost
    assert done is not None
    lost = (await consumer.next(done)).lease
    assert lost is not None
    before = await client.hgetall(f"{strategy.prefix}:tags")

    await set_clock(client, 10**9)
    await let_expire(strategy, client, [lost])
    assert list((await strategy.reap(client)).leases) == [lost]

    after = await client.hgetall(f"{strategy.prefix}:tags")
    lane = lost.partition_key
    assert float(after[lane]) - float(before[lane]) == 4 * MS
