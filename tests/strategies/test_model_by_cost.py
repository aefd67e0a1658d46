"""`virtual-time-by-cost` on a real server against a plain model of it: who is next, and what each
has paid, through random pushes, claims, costs, failures and crashes."""

from collections import deque
from dataclasses import dataclass, field

import pytest
from hypothesis import strategies as st
from redis.asyncio import Redis
from strategies.clocked import Clocked, clocked, set_clock
from strategies.hands import let_expire
from strategies.stories import Story, live_through

from queue_fairness.server.server import Server
from queue_fairness.strategies import Consumer, Lease, Task

pytestmark = pytest.mark.sample(2)

PARTITIONS = 4
WORKERS = 3
WEIGHTS = {1: 2.0, 3: 4.0}

workers = st.integers(0, WORKERS - 1)
costs = st.one_of(st.none(), st.sampled_from([0.0, 1.0, 40.0, 2500.0]))
acts = st.one_of(
    st.tuples(st.just("push"), st.lists(st.integers(0, PARTITIONS - 1), min_size=1, max_size=5)),
    *[st.tuples(st.just("next"), st.tuples(workers, costs))] * 5,
    st.tuples(st.just("complete"), st.tuples(workers, costs)),
    st.tuples(st.just("retry"), st.tuples(workers, st.booleans(), costs)),
    st.tuples(st.just("crash"), workers),
    st.tuples(st.just("expire"), st.just(0)),
    *[st.tuples(st.just("pass"), st.integers(1, 9000))] * 3,
)
stories = st.lists(acts, min_size=40, max_size=60)


@dataclass
class _Lane:
    weight: float
    waiting: deque[Task] = field(default_factory=deque)
    paid: float = 0.0
    in_service: int = 0
    mean: float | None = None


class _Model:
    """The same discipline as a list of partitions that is searched from end to end."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.lanes = [_Lane(WEIGHTS.get(each, 1.0)) for each in range(PARTITIONS)]
        self.time = 0
        """Virtual time."""
        self.places: dict[int, float] = {}
        """The start of the next turn of who may be served, and a fraction for its ticket."""
        self.tickets = 0
        self.mean: float | None = None
        self.reported, self.reported_us = 0.0, 0.0

    def push(self, tasks: list[Task]) -> None:
        """All of a partition's that follow each other at once, as the strategy does."""
        for task in tasks:
            lane = self.lanes[task.partition]
            lane.waiting.append(task)
            if len(lane.waiting) == 1 and (not self.limit or lane.in_service < self.limit):
                self._enlist(task.partition)

    def claim(self) -> Task | None:
        if not self.places:
            return None
        who = min(self.places, key=self.places.__getitem__)
        self.time = max(self.time, int(self.places.pop(who)))
        lane = self.lanes[who]
        task = lane.waiting.popleft()
        lane.in_service += 1
        if lane.waiting and (not self.limit or lane.in_service < self.limit):
            self._enlist(who)
        return task

    def end(self, who: int, took_us: int | None, cost: float | None) -> None:
        """A task is out of service; None for a time that nobody knows."""
        lane = self.lanes[who]
        charged = self._expected(lane)
        if took_us is not None:
            charged = float(max(took_us, 1))
            if cost is not None:
                self.reported += cost
                self.reported_us += charged
                charged = cost * (self.reported_us / self.reported) if cost else 0.0
            lane.mean = charged if lane.mean is None else lane.mean + (charged - lane.mean) / 4
            self.mean = charged if self.mean is None else self.mean + (charged - self.mean) / 16
        lane.paid += charged / lane.weight

    def leave(self, who: int, returned: Task | None = None) -> None:
        """Its place in service is free; a task that is given back goes to the head."""
        lane = self.lanes[who]
        lane.in_service -= 1
        if returned is not None:
            lane.waiting.appendleft(returned)
        if lane.waiting:
            self._enlist(who)

    def _expected(self, lane: _Lane) -> float:
        return lane.mean if lane.mean is not None else self.mean or 0.0

    def _enlist(self, who: int) -> None:
        lane = self.lanes[who]
        ahead = 0.0
        if self.limit != 1:
            ahead = lane.in_service * self._expected(lane) / lane.weight
        start = max(float(self.time), lane.paid + ahead)
        lane.paid = start - ahead
        self.tickets += 1
        self.places[who] = start + self.tickets / 2**20


@dataclass
class _World:
    strategy: Clocked
    client: Redis
    consumers: list[Consumer]
    model: _Model
    now: int = 1_000_000
    pushed: int = 0
    held: dict[int, tuple[Lease, int]] = field(default_factory=dict)
    """By worker: the task in hand, and since when."""
    orphans: list[Lease] = field(default_factory=list)

    async def act(self, name: str, argument: object) -> None:
        await getattr(self, f"_{name}")(argument)

    async def _push(self, where: list[int]) -> None:
        tasks = [Task(partition, self.pushed + i) for i, partition in enumerate(where)]
        self.pushed += len(tasks)
        await self.strategy.push(self.client, tasks)
        self.model.push(tasks)

    async def _next(self, act: tuple[int, float | None]) -> None:
        worker, cost = act
        done = self._ended(worker, cost)
        lease = (await self.consumers[worker].next(done)).lease
        assert (lease.task if lease else None) == self.model.claim()
        if lease is not None:
            self.held[worker] = (lease, self.now)

    async def _complete(self, act: tuple[int, float | None]) -> None:
        done = self._ended(*act)
        if done is not None:
            await self.consumers[act[0]].complete(done)

    def _ended(self, worker: int, cost: float | None) -> Lease | None:
        if worker not in self.held:
            return None
        lease, since = self.held.pop(worker)
        self.model.end(lease.task.partition, self.now - since, cost)
        self.model.leave(lease.task.partition)
        return lease._replace(cost=cost)

    async def _retry(self, act: tuple[int, bool, float | None]) -> None:
        worker, at_head, cost = act
        if worker not in self.held:
            return
        lease, since = self.held.pop(worker)
        who = lease.task.partition
        assert await self.consumers[worker].retry(lease._replace(cost=cost), at_head=at_head)
        self.model.end(who, self.now - since, cost)
        self.model.leave(who, lease.task if at_head else None)
        if not at_head:
            self.model.push([lease.task])

    async def _crash(self, worker: int) -> None:
        if worker in self.held:
            self.orphans.append(self.held.pop(worker)[0])
            self.consumers[worker] = self.strategy.consumer(self.client)

    async def _expire(self, _: int) -> None:
        orphans, self.orphans = self.orphans, []
        await let_expire(self.strategy, self.client, orphans)
        assert list((await self.strategy.reap(self.client)).leases) == orphans
        for lease in reversed(orphans):
            self.model.end(lease.task.partition, None, None)
            self.model.leave(lease.task.partition, lease.task)

    async def _pass(self, time_us: int) -> None:
        self.now += time_us
        await set_clock(self.client, self.now)

    async def end(self) -> None:
        """Everything is served, and each has paid what the model says."""
        await self.act("expire", 0)
        while any(lane.waiting for lane in self.model.lanes) or self.held:
            for worker in range(WORKERS):
                await self.act("pass", 1000)
                await self.act("next", (worker, None))
        paid = await self.client.hgetall(f"{self.strategy.prefix}:tags")
        for partition, lane in enumerate(self.model.lanes):
            known = float(paid.get(self.strategy.lane(partition).encode(), 0))
            assert known == pytest.approx(lane.paid, rel=1e-9, abs=1e-6)


@pytest.mark.parametrize("limit", [1, 2, 0], ids=["lock", "two", "no-limit"])
def test_next_and_paid_are_those_of_the_plain_model(server: Server, limit: int) -> None:
    async def live(client: Redis, story: Story) -> None:
        strategy = clocked(PARTITIONS, limit=limit, weights=WEIGHTS)
        consumers = [strategy.consumer(client) for _ in range(WORKERS)]
        world = _World(strategy, client, consumers, _Model(limit))
        await world.act("pass", 1)
        await world.act("push", [0, 0, 1, 1, 2, 2, 3, 3, 0, 1, 2, 3])
        for act, argument in story:
            await world.act(act, argument)
        await world.end()

    live_through(stories, server, live, examples=30)
