"""Random pushes, claims, completions, failures, crashes and expiries, against a plain model."""

from collections import Counter
from dataclasses import dataclass, field

import pytest
from hypothesis import strategies as st
from redis.asyncio import Redis
from strategies.hands import LIMITED, assert_nothing_left, let_expire, queue
from strategies.stories import Story, live_through

from queue_fairness.server.server import Server
from queue_fairness.strategies import STRATEGIES, Consumer, Lease, Strategy, Task
from queue_fairness.strategies.key_shard import KeyShard
from queue_fairness.strategies.leased import Leased
from queue_fairness.strategies.streams import Streams
from queue_fairness.strategies.stride_tag import StrideTag

pytestmark = pytest.mark.sample(2)

PARTITIONS = 4
WORKERS = 3
LONG_S = 3600.0
"""A lease time in which no lease expires by itself."""

partitions = st.integers(0, PARTITIONS - 1)
workers = st.integers(0, WORKERS - 1)
acts = st.one_of(
    st.tuples(st.just("push"), st.lists(partitions, min_size=1, max_size=6)),
    *[st.tuples(st.just("next"), workers)] * 4,
    st.tuples(st.just("complete"), workers),
    *[st.tuples(st.just("retry"), st.tuples(workers, st.booleans()))] * 2,
    *[st.tuples(st.just("crash"), workers)] * 2,
    st.tuples(st.just("expire"), st.just(0)),
    st.tuples(st.just("renew"), workers),
    st.tuples(st.just("late"), st.integers(0, 99)),
)
# Long from the start: left to itself, hypothesis begins with stories in which nothing happens.
stories = st.lists(acts, min_size=40, max_size=60)


@dataclass
class _World:
    """A queue on a real server, and what must be true of it."""

    strategy: Strategy
    client: Redis
    consumers: list[Consumer]
    pushed: int = 0
    waiting: dict[int, Task] = field(default_factory=dict)
    held: dict[int, Lease] = field(default_factory=dict)
    """By worker."""
    orphans: list[Lease] = field(default_factory=list)
    """Leases of dead workers."""
    expired: dict[int, Lease] = field(default_factory=dict)
    """Orphans of a stream whose time is over: they may be claimed as they are."""
    ended: list[Lease] = field(default_factory=list)
    """Leases that were completed or taken away, which nobody may use again."""
    done: Counter[int] = field(default_factory=Counter)
    places: dict[int, int] = field(default_factory=dict)
    """By task: the lower, the earlier in its partition."""

    async def act(self, name: str, argument: object) -> None:
        await getattr(self, f"_{name}")(argument)
        assert await self.strategy.waiting(self.client) == len(self.waiting)
        out = [*self.held.values(), *self.orphans, *self.expired.values()]
        assert await self.strategy.locks_left(self.client) == len(out)
        if self.strategy.limit:
            in_service = Counter(lease.task.partition for lease in out)
            assert max(in_service.values(), default=0) <= self.strategy.limit

    async def _push(self, where: list[int]) -> None:
        tasks = [Task(partition, self.pushed + i) for i, partition in enumerate(where)]
        await self.strategy.push(self.client, tasks)
        self.pushed += len(tasks)
        for task in tasks:
            self._wait_last(task)

    async def _next(self, worker: int) -> None:
        before = self.held.pop(worker, None)
        lease = (await self.consumers[worker].next(before)).lease
        if before is not None:
            self._end(before)
        if lease is None:
            assert not self._could_claim(worker)
            return
        self.held[worker] = lease
        if lease.redelivered:
            self.ended.append(self.expired.pop(lease.task.number))
            return
        assert self.waiting.pop(lease.task.number) == lease.task
        same = [each.number for each in self.waiting.values() if each[0] == lease.task.partition]
        place = self.places[lease.task.number]
        assert all(place < self.places[number] for number in same)

    async def _complete(self, worker: int) -> None:
        lease = self.held.pop(worker, None)
        if lease is not None:
            await self.consumers[worker].complete(lease)
            self._end(lease)

    async def _retry(self, act: tuple[int, bool]) -> None:
        worker, at_head = act
        lease = self.held.pop(worker, None)
        if lease is None:
            return
        assert await self.consumers[worker].retry(lease, at_head=at_head)
        self.ended.append(lease)
        if at_head and not isinstance(self.strategy, Streams):
            self._wait_first(lease.task)
        else:
            self._wait_last(lease.task)

    async def _crash(self, worker: int) -> None:
        lease = self.held.pop(worker, None)
        if lease is not None and self.strategy.lease_ttl_s:
            self.orphans.append(lease)
            await self._replace(worker)
        elif lease is not None:
            # Without leases, a task in a dead worker's hands is gone: not a story to go on with.
            self.held[worker] = lease

    async def _replace(self, worker: int) -> None:
        if isinstance(self.strategy, KeyShard):
            return  # whoever takes its place has the same list, and so the same hands
        self.consumers[worker] = self.strategy.consumer(self.client)

    async def _expire(self, _: int) -> None:
        orphans, self.orphans = self.orphans, []
        await let_expire(self.strategy, self.client, orphans)
        returned, _ = await self.strategy.reap(self.client)
        if isinstance(self.strategy, Leased):
            assert list(returned) == orphans
            for lease in reversed(orphans):
                self._wait_first(lease.task)
            self.ended += orphans
        else:
            self.expired.update((lease.task.number, lease) for lease in orphans)

    async def _renew(self, worker: int) -> None:
        if worker in self.held:
            assert await self.strategy.renew(self.client, self.held[worker])

    async def _late(self, which: int) -> None:
        if self.ended and self.strategy.lease_ttl_s:
            lease = self.ended[which % len(self.ended)]
            await self.consumers[0].complete(lease)
            assert not await self.consumers[0].retry(lease, at_head=which % 2 == 0)
            assert not await self.strategy.renew(self.client, lease)

    def _wait_last(self, task: Task) -> None:
        self.waiting[task.number] = task
        self.places[task.number] = max(self.places.values(), default=0) + 1

    def _wait_first(self, task: Task) -> None:
        self.waiting[task.number] = task
        if not isinstance(self.strategy, StrideTag):  # there it gets its old place
            self.places[task.number] = min(self.places.values()) - 1

    def _end(self, lease: Lease) -> None:
        self.done[lease.task.number] += 1
        self.ended.append(lease)

    def _could_claim(self, worker: int) -> bool:
        """Whether there was a task that this worker was allowed to take."""
        strategy = self.strategy
        limit = strategy.limit or self.pushed + 1
        out = [lease.task for lease in (*self.held.values(), *self.orphans)]
        if isinstance(strategy, KeyShard):
            mine = f"shard{worker}"
            return not any(strategy.lane(task.partition) == mine for task in out) and any(
                strategy.lane(task.partition) == mine for task in self.waiting.values()
            )
        in_service = Counter(task.partition for task in out)
        return bool(self.expired) or any(
            in_service[task.partition] < limit for task in self.waiting.values()
        )

    async def end(self) -> None:
        """All workers leave; new ones serve what is left."""
        for worker in range(WORKERS):
            await self.act("complete", worker)
        await self.act("expire", 0)
        while self.waiting or self.expired:
            before = sum(self.done.values())
            for worker in range(WORKERS):
                await self.act("next", worker)
                await self.act("complete", worker)
            assert sum(self.done.values()) > before, "nobody can take what is left"
        assert self.done == Counter(range(self.pushed)), "each task is done, and done once"
        await assert_nothing_left(self.strategy, self.client)


CASES = [(name, None) for name in STRATEGIES] + [
    (name, each) for name in LIMITED for each in (0, 2)
]


@pytest.mark.parametrize(("name", "limit"), CASES)
def test_nothing_is_lost_or_done_twice_whatever_happens(
    server: Server, name: str, limit: int | None
) -> None:
    async def live(client: Redis, story: Story) -> None:
        strategy = queue(name, PARTITIONS, workers=WORKERS, limit=limit, ttl_s=LONG_S)
        consumers = [strategy.consumer(client) for _ in range(WORKERS)]
        world = _World(strategy, client, consumers)
        await world.act("push", [*range(PARTITIONS), 0, 0, 1])
        for act, argument in story:
            await world.act(act, argument)
        await world.end()

    live_through(stories, server, live, examples=5)
