"""When a drain counts as over, or as stuck, where every worker is idle; on a real queue."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from redis.asyncio import Redis

from queue_fairness.engine import drain_detector
from queue_fairness.engine.drain_detector import DrainDetector
from queue_fairness.engine.load_generator import Generator
from queue_fairness.engine.run_parts import RunParts
from queue_fairness.engine.schedule import Arrival, initial_tasks
from queue_fairness.engine.worker_context import WorkerContext
from queue_fairness.errors import QueueError
from queue_fairness.plan import Plan
from queue_fairness.strategies import Strategy

# No leases: what a worker of `scan` has locked stays locked.
PLAN = Plan(partitions=2, tasks_per_partition=1, workers=2, strategy="scan")


@pytest_asyncio.fixture(autouse=True)
async def _impatient(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    """No time is to pass between two looks."""
    monkeypatch.setattr(drain_detector, "LOOK_S", 0.0)
    monkeypatch.setattr(Strategy, "stuck_s", -1.0)
    yield


def _context(plan: Plan = PLAN, *arrivals: Arrival) -> tuple[RunParts, WorkerContext]:
    parts = RunParts.of(plan)
    parts.clock.start()
    return parts, WorkerContext(parts, Generator(parts, iter(arrivals)))


async def _fill(parts: RunParts, client: Redis) -> None:
    await parts.strategy.prepare(client)
    await parts.strategy.push(client, list(initial_tasks(parts.plan, parts.task_log)))


def _nothing_owed() -> bool:
    return False


async def test_empty_queue_is_over_at_the_second_look(client: Redis) -> None:
    _, context = _context()
    detector = DrainDetector(context, _nothing_owed)

    assert await detector.check(client)
    assert not context.stopping.is_set()
    assert await detector.check(client)
    assert context.stopping.is_set()


async def test_pickup_between_two_looks_makes_a_third_one_needed(client: Redis) -> None:
    _, context = _context()
    detector = DrainDetector(context, _nothing_owed)

    await detector.check(client)
    context.pickups += 1
    await detector.check(client)
    assert not context.stopping.is_set()

    await detector.check(client)
    assert context.stopping.is_set()


@pytest.mark.parametrize("why", ["owed", "to come", "sustained"])
async def test_nobody_looks_while_there_may_be_more(client: Redis, why: str) -> None:
    arrivals = [Arrival(60.0, 0, 1)] if why == "to come" else []
    plan = Plan(partitions=2, rate=1, duration=9) if why == "sustained" else PLAN
    _, context = _context(plan, *arrivals)
    detector = DrainDetector(context, lambda: why == "owed")

    assert not await detector.check(client)
    assert not await detector.check(client)
    assert not context.stopping.is_set()


async def test_tasks_that_nobody_takes_are_the_queues_fault(client: Redis) -> None:
    parts, context = _context()
    await _fill(parts, client)
    detector = DrainDetector(context, _nothing_owed)
    await detector.check(client)

    with pytest.raises(QueueError, match="2 tasks wait, every worker is idle"):
        await detector.check(client)


async def test_crash_explains_why_nobody_takes_them(client: Redis) -> None:
    parts, context = _context()
    await _fill(parts, client)
    detector = DrainDetector(context, _nothing_owed)
    detector.has_crashed = True
    await detector.check(client)

    await detector.check(client)

    assert context.stopping.is_set()
