"""What a run says of its queue is the same in every mode, at every rate, and on a busy machine."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest
from servers import on_one_engine

from queue_fairness.engine.session import Session
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.plan import Plan
from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.server import Server

pytestmark = [on_one_engine, pytest.mark.sample(3)]

BUSY = "while True: pass"
PARTITIONS, TASKS = 120, 8


@contextlib.contextmanager
def _others_at_work() -> Iterator[None]:
    """A process for each core that wants all of it."""
    cores = os.cpu_count() or 1
    others = [subprocess.Popen([sys.executable, "-S", "-c", BUSY]) for _ in range(cores)]
    try:
        yield
        assert all(each.poll() is None for each in others), "they kept the cores busy to the end"
    finally:
        for each in others:
            each.kill()
            each.wait()


async def _run(server: Server, strategy: str, work_s: float, workers: int, mode: str) -> Snapshot:
    plan = Plan(
        partitions=PARTITIONS,
        tasks_per_partition=TASKS,
        workers=workers,
        work_duration=work_s,
        strategy=strategy,
    )
    choice = ServerChoice(redis_url=server.endpoint.url)
    async with Session(choice, isolate=mode == "isolated") as session:
        run = await session.start(plan)
        await session.wait()
    async with server.connect("test") as client:
        assert await client.keys("*") == [], "nothing of it stays"
    return run.snapshot()


@pytest.mark.parametrize("is_busy", [False, True], ids=["alone", "busy machine"])
@pytest.mark.parametrize("mode", ["beside the screen", "isolated"])
@pytest.mark.parametrize(("work_s", "workers"), [(0.0, 8), (0.0, 64), (0.004, 8)])
async def test_figures_are_the_same(
    server: Server, work_s: float, workers: int, mode: str, is_busy: bool
) -> None:
    with _others_at_work() if is_busy else contextlib.nullcontext():
        scan = await _run(server, "scan", work_s, workers, mode)
        turns = await _run(server, "round-robin", work_s, workers, mode)

    for final in (scan, turns):
        assert final.completed == PARTITIONS * TASKS, final.failure
        assert (final.left, final.lost, final.duplicated, final.locks_left) == (0, 0, 0, 0)
    assert scan.assessment is not None
    assert turns.assessment is not None
    # Strict turns: nobody is served twice while another waits, whatever the clock does.
    assert turns.assessment.measures.worst_wait_rounds.max <= 1 + 2 * workers / PARTITIONS
    assert turns.assessment.measures.debt_tasks_max <= 1 + 4 * workers / PARTITIONS
    if workers == 8:
        # One after another, eight at a time.
        assert scan.assessment.measures.worst_wait_rounds.max > TASKS / 2
        assert (scan.assessment.measures.round_jain or 0) < 0.5
