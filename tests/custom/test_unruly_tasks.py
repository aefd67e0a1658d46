"""No task of the user's own ends or holds up the program: the run ends, and says why."""

import asyncio
import time

import pytest
from faces import assert_all_harmless
from servers import on_one_engine

from queue_fairness.engine.session import Session
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.plan import Plan
from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.server import Server

pytestmark = on_one_engine

ENDINGS = {
    "block": "blocked the whole program for 0.3 s",
    "swallow": "did not return within 0.3 s",
    "wait_for_ever": "did not return within 0.3 s",
    "exit_now": "raised SystemExit: 7",
    "interrupt": "raised KeyboardInterrupt",
    "raise_odd": r"raised OddError: \x1b[31modd",
    "raise_group": "raised BaseExceptionGroup: two",
    "raise_generator_exit": "raised RuntimeError: GeneratorExit",
    "raise_cancelled": "raised CancelledError",
    "cancel_itself": "cancelled its own worker",
    "cancel_itself_and_return": "cancelled its own worker",
}


async def _run(server: Server, task: str, *, isolate: bool = False) -> Snapshot:
    plan = Plan(
        partitions=6,
        tasks_per_partition=4,
        workers=3,
        strategy="round-robin",
        task=f"custom.unruly_tasks:{task}",
    )
    choice = ServerChoice(redis_url=server.endpoint.url)
    async with asyncio.timeout(30), Session(choice, isolate=isolate) as session:
        run = await session.start(plan)
        await session.wait()
        return run.snapshot()


@pytest.mark.parametrize("task", ENDINGS)
async def test_unruly_task_ends_the_run_by_name(server: Server, task: str) -> None:
    began = time.monotonic()

    final = await _run(server, task)

    assert time.monotonic() - began < 10
    assert final.phase is Phase.FAILED
    said = f"--task custom.unruly_tasks:{task}: {task}() {ENDINGS[task]}"
    assert (final.failure or "").startswith(said)
    assert final.completed == 0
    assert_all_harmless(final)
    async with server.connect("test") as client:
        assert await client.keys("qf*") == []


async def test_traceback_has_the_users_own_frames_alone(server: Server) -> None:
    final = await _run(server, "exit_now")

    details = final.failure_details or ""
    assert ", in exit_now\n" in details
    assert "strategies/custom" not in details


async def test_what_a_task_says_is_harmless(server: Server) -> None:
    final = await _run(server, "raise_hostile")

    details = final.failure_details or ""
    assert r"\x1b]0;PWNED\x07" in details
    assert "hidden" not in details.replace('me:hidden@host/")', "")
    assert_all_harmless(final)


async def test_a_task_may_not_stop_a_run_from_being_stopped(server: Server) -> None:
    plan = Plan(partitions=6, tasks_per_partition=4, workers=3, task="custom.unruly_tasks:swallow")
    async with asyncio.timeout(30), Session(ServerChoice(redis_url=server.endpoint.url)) as session:
        run = await session.start(plan)
        await asyncio.sleep(0.1)
        await session.stop()

    assert run.snapshot().phase.is_final
