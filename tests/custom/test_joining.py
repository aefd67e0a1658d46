"""A worker that joins or comes back gets an object of its own, as the first ones have."""

import dataclasses
from pathlib import Path

import pytest
from custom.broken import InMemory
from custom.slow import LateToOpen
from redis.asyncio import Redis
from runs import engine_of
from servers import on_each_engine, on_one_engine, until

from queue_fairness.engine.fault import Fault
from queue_fairness.engine.run import Run
from queue_fairness.engine.session import Session
from queue_fairness.metrics.snapshot import Phase
from queue_fairness.plan import Plan

PLAN = Plan(partitions=10, tasks_per_partition=40, workers=2, work_duration=0.01)


async def _begin(session: Session, name: str, **more: float) -> Run:
    plan = dataclasses.replace(PLAN, strategy=name, **more)  # type: ignore[arg-type]
    run = engine_of(await session.start(plan))
    await until(lambda: run.snapshot().completed > 4 or run.snapshot().phase.is_final)
    return run


@on_each_engine
@pytest.mark.parametrize("isolated", [False, True], ids=["here", "isolated"])
async def test_worker_that_joins_serves_the_example(
    session: Session, client: Redis, isolated: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.isolate = isolated
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parent.parent))
    plan = dataclasses.replace(PLAN, strategy="custom.example_queue:NewestFirst")
    run = await session.start(plan)
    await until(lambda: run.snapshot().completed > 4)

    run.inject(Fault.ADD_WORKER)
    run.inject(Fault.ADD_WORKER)
    await session.wait()

    final = run.snapshot()
    assert final.phase is Phase.DRAINED, final.failure
    assert (final.completed, final.lost) == (400, 0)
    assert len(final.workers) == 4
    assert all(final.workers)
    assert await client.dbsize() == 0


@on_one_engine
@pytest.mark.parametrize("by_hand", [True, False], ids=["by hand", "as planned"])
async def test_worker_that_is_back_has_another_object(session: Session, by_hand: bool) -> None:
    more = {"crash_return": 0.05} if by_hand else {"crash_at": 0.1, "crash_return": 0.05}
    run = await _begin(session, "custom.broken:InMemory", **more)
    if by_hand:
        run.inject(Fault.CRASH_WORKER)
    await session.wait()

    final = run.snapshot()
    assert final.phase is Phase.DRAINED, final.failure
    prefix = run.parts.keys.prefix
    assert InMemory.opened[prefix] == InMemory.closed[prefix] == 4
    assert final.completed == 399, "the task in the crashed worker's hands is gone"


@on_one_engine
async def test_worker_that_joins_and_leaves_and_joins(session: Session) -> None:
    run = await _begin(session, "custom.broken:InMemory")
    prefix = run.parts.keys.prefix

    run.inject(Fault.ADD_WORKER)
    await until(lambda: run.snapshot().workers_at_work == 3)
    run.inject(Fault.REMOVE_WORKER)
    await until(lambda: run.snapshot().workers_at_work == 2)
    run.inject(Fault.ADD_WORKER)
    await session.wait()

    assert run.snapshot().phase is Phase.DRAINED, run.snapshot().failure
    assert InMemory.opened[prefix] == InMemory.closed[prefix] == 5


@on_one_engine
@pytest.mark.parametrize(
    ("how", "said"),
    [
        ("raise_error", "open() raised ConnectionError: no more clients"),
        ("hang", "open() did not return within 0.3 s"),
    ],
)
async def test_late_open_that_fails_is_the_queues_failure(
    session: Session, how: str, said: str
) -> None:
    LateToOpen.first, LateToOpen.how = 3, how
    run = await _begin(session, "custom.slow:LateToOpen")

    run.inject(Fault.ADD_WORKER)
    await session.wait()

    final = run.snapshot()
    assert final.phase is Phase.FAILED
    assert final.failure == f"custom.slow:LateToOpen: {said}"
    prefix = run.parts.keys.prefix
    assert InMemory.opened[prefix] == InMemory.closed[prefix] == 4


@on_one_engine
async def test_end_in_the_middle_of_a_late_open_is_in_order(session: Session) -> None:
    LateToOpen.first, LateToOpen.how = 3, "hang"
    run = await _begin(session, "custom.slow:LateToOpen")

    run.inject(Fault.ADD_WORKER)
    await session.stop()

    assert run.snapshot().phase is Phase.STOPPED, run.snapshot().failure
    prefix = run.parts.keys.prefix
    assert InMemory.opened[prefix] == InMemory.closed[prefix]
