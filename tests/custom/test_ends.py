"""The books of a run with a user's queue: what was under way at its end, and what never came."""

import asyncio
import dataclasses

import pytest
from custom.slow import Informed
from redis.asyncio import Redis
from servers import on_one_engine, until

from queue_fairness.engine.session import Session
from queue_fairness.fairness.word import Level
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.plan import Plan
from queue_fairness.report.results import render
from queue_fairness.report.run_json import document

pytestmark = on_one_engine

SUSTAINED = Plan(partitions=50, workers=4, work_duration=0.05, load=0.8, duration=0.6)
DRAIN = Plan(partitions=10, tasks_per_partition=4, workers=4, work_duration=0.001)


async def _measure(session: Session, plan: Plan, name: str) -> Snapshot:
    strategy = name if ":" in name else f"custom.slow:{name}"
    run = await session.start(dataclasses.replace(plan, strategy=strategy))
    await session.wait()
    return run.snapshot()


@pytest.mark.parametrize("load", [0.8, 1.2])
@pytest.mark.parametrize("name", ["SlowPush", "ThreadedPush", "ShieldedPush"])
async def test_push_under_way_at_the_end_is_no_lost_task(
    session: Session, name: str, load: float
) -> None:
    for seed in range(1, 4):
        plan = dataclasses.replace(SUSTAINED, load=load, seed=seed)

        final = await _measure(session, plan, name)

        assert final.phase is Phase.ENDED, final.failure
        assert (final.lost, final.duplicated) == (final.cut_short, 0)
        assert final.assessment is not None
        assert final.assessment.verdict.word is not Level.BROKEN
        assert final.picked_up > 10


@pytest.mark.parametrize("name", ["SlowPush", "ThreadedPush"])
async def test_pile_that_was_not_pushed_in_time_was_not_enqueued(
    session: Session, name: str
) -> None:
    plan = dataclasses.replace(SUSTAINED, noisy=1, noisy_tasks=1000, noisy_at=0.1)

    final = await _measure(session, plan, name)

    assert final.phase is Phase.ENDED, final.failure
    assert final.enqueued < 100, "most of the pile never got there"
    assert final.lost == final.cut_short


async def test_push_that_takes_longer_than_the_end_waits_is_not_enqueued(session: Session) -> None:
    final = await _measure(session, SUSTAINED, "EndlessPush")

    assert final.phase is Phase.ENDED, final.failure
    assert final.enqueued == 20
    assert final.lost == final.cut_short


async def test_pop_may_wait(session: Session) -> None:
    final = await _measure(session, DRAIN, "WaitingPop")

    assert (final.phase, final.completed, final.lost) == (Phase.DRAINED, 40, 0)


async def test_drain_of_which_nothing_was_handed_out_is_broken(session: Session) -> None:
    final = await _measure(session, DRAIN, "Never")

    assert (final.phase, final.lost) == (Phase.DRAINED, 40)
    assert final.assessment is not None
    assert final.assessment.verdict.word is Level.BROKEN
    text = " ".join(render(final, "text").split())
    assert "40 tasks lost: put into the queue and never handed out." in text
    assert "and never a task while 40 tasks waited: did it learn of the partitions?" in text


async def test_sustained_run_of_which_nothing_was_handed_out_is_inconclusive(
    session: Session,
) -> None:
    final = await _measure(session, SUSTAINED, "Never")

    assert (final.phase, final.completed, final.lost) == (Phase.ENDED, 0, 0)
    assert final.assessment is not None
    verdict = final.assessment.verdict
    assert verdict.word is Level.INCONCLUSIVE
    assert verdict.headline == f"Nothing was done: of {final.enqueued} tasks none was handed out"
    assert "pop() returned None" in (final.warning or "")
    assert document(final)["fairness"] is None, "what was not measured is no zero"


async def test_open_may_be_told_the_partitions_and_start_comes_before_the_clock(
    session: Session,
) -> None:
    Informed.known.clear()
    Informed.tasks_at_start.clear()

    final = await _measure(session, DRAIN, "Informed")

    assert final.phase is Phase.DRAINED, final.failure
    assert len(Informed.known) == 5, "each worker's object, and the one that pushes"
    assert {len(each) for each in Informed.known} == {10}
    assert Informed.tasks_at_start == [40] * 5


async def test_start_that_fails_is_the_queues_failure(session: Session) -> None:
    final = await _measure(session, DRAIN, "UnableToStart")

    assert final.phase is Phase.FAILED
    assert final.failure == "custom.slow:UnableToStart: start() raised OSError: no such program"
    assert (final.enqueued, final.left, final.lost) == (40, 40, 0)


@pytest.mark.parametrize("plan", [SUSTAINED, DRAIN], ids=["sustained", "drain"])
async def test_tasks_that_somebody_removes_hold_up_no_end(
    session: Session, client: Redis, plan: Plan
) -> None:
    plan = dataclasses.replace(
        plan, strategy="custom.example_queue:NewestFirst", tasks_per_partition=40
    )
    run = await session.start(plan)
    await until(lambda: run.snapshot().completed > 20)
    removed = [key async for key in client.scan_iter(match="*:waiting")]
    assert await client.delete(*removed)
    async with asyncio.timeout(20):
        await session.wait()
    final = run.snapshot()

    assert final.phase.is_complete, final.failure
    assert final.enqueued == final.completed + (final.left or 0) + (final.lost or 0)
    if plan.is_drain:
        assert final.lost
        assert "1 x DEL, UNLINK or the like meanwhile: unless that was" in (final.warning or "")
