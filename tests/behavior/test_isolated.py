"""Runs in a process of their own: nobody who looks can tell, and nothing of them stays."""

import asyncio
import dataclasses
import os
import signal
from collections.abc import AsyncIterator

import pytest
from servers import until

from queue_fairness.engine.fault import Fault
from queue_fairness.engine.session import Session
from queue_fairness.engine.subprocess_run import SubprocessRun
from queue_fairness.metrics.snapshot import Phase
from queue_fairness.plan import Plan
from queue_fairness.report.results import render
from queue_fairness.report.run_json import document
from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.server import Server

PLAN = Plan(partitions=60, tasks_per_partition=10, work_duration=0.005, strategy="round-robin")


@pytest.fixture
async def session(server: Server) -> AsyncIterator[Session]:
    """A session on that server by its URL, as a user's own Redis; no key may stay there."""
    async with Session(ServerChoice(redis_url=server.endpoint.url), isolate=True) as opened:
        yield opened
    async with server.connect("test") as client:
        # After a kill the guard of the keys needs a second or two.
        for _ in range(200):
            if not await client.keys("*"):
                break
            await asyncio.sleep(0.05)
        assert await client.keys("*") == []


def _process(session: Session) -> int:
    run = session.run
    assert isinstance(run, SubprocessRun)
    assert run._process is not None
    return run._process.pid


@pytest.mark.sample(2)
@pytest.mark.parametrize("strategy", ["scan", "round-robin", "streams"])
async def test_isolated_run_is_reported_as_any_other(session: Session, strategy: str) -> None:
    run = await session.start(dataclasses.replace(PLAN, strategy=strategy))
    seen = set()
    while not run.snapshot().phase.is_final:
        seen.add(run.snapshot().phase)
        await asyncio.sleep(0.02)
    await session.wait()

    final = run.snapshot()
    assert final.phase is Phase.DRAINED, final.failure
    assert Phase.DRAINING in seen
    assert (final.completed, final.lost, final.duplicated, final.locks_left) == (600, 0, 0, 0)
    assert len(final.first_pickup_s) == 60
    assert final.assessment is not None
    assert "DRAINED  600 of 600 tasks" in render(final, "text")
    assert document(final)["phase"] == "drained"
    assert os.getpid() != _process(session)


async def test_isolated_pair_brings_its_ideal_along(session: Session) -> None:
    plan = dataclasses.replace(
        PLAN, load=0.5, duration=0.5, noisy=1, noisy_tasks=200, noisy_at=0.1, paired=True
    )
    run = await session.start(plan)
    await session.wait()

    final = run.snapshot()
    assert final.phase is Phase.ENDED, final.failure
    assert final.quiet_wait_baseline_p95_s is not None
    assert final.quiet_wait_ideal_p95_s is not None
    assert "with the noise, ideal" in render(final, "text")


async def test_isolated_run_can_be_stopped_and_disturbed(session: Session) -> None:
    run = await session.start(dataclasses.replace(PLAN, load=0.5, duration=60))
    await until(lambda: run.snapshot().phase is Phase.SERVING and run.snapshot().completed > 20)

    assert run.inject(Fault.ADD_WORKER) == Fault.ADD_WORKER.value
    await until(lambda: run.snapshot().workers_at_work == 9)
    await session.stop()

    final = run.snapshot()
    assert final.phase is Phase.STOPPED
    assert [mark.text for mark in final.timeline.marks] == ["worker w8 joined"]


async def test_isolated_run_whose_process_is_killed_has_failed(session: Session) -> None:
    run = await session.start(dataclasses.replace(PLAN, load=0.5, duration=60))
    await until(lambda: run.snapshot().completed > 20)

    os.kill(_process(session), signal.SIGKILL)
    await session.wait()

    final = run.snapshot()
    assert final.phase is Phase.FAILED
    assert "the process of --isolate died (status -9)" in (final.failure or "")
    assert final.completed > 20
