"""A cancellation that nobody of us asked for is the queue's failure: no hang, no interrupt."""

import dataclasses
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from custom import cancelling
from custom.cancelling import Cancelling
from servers import ENGINES, on_one_engine, until

from queue_fairness.engine.session import Session
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.plan import Plan

pytestmark = on_one_engine

METHODS = ["open", "push", "pop", "complete", "close"]


def _plan(name: str, tasks: int = 8) -> Plan:
    strategy = f"custom.cancelling:{name}"
    return Plan(
        partitions=10, tasks_per_partition=tasks, workers=4, work_duration=0.005, strategy=strategy
    )


async def _cancelled(session: Session, method: str, how: Callable[..., None]) -> Snapshot:
    Cancelling.method, Cancelling.how = method, staticmethod(how)
    started = time.monotonic()
    run = await session.start(_plan("Cancelling"))
    await session.wait()
    assert time.monotonic() - started < 6, "a hang"
    return run.snapshot()


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    "how",
    [cancelling.at_once, cancelling.later, cancelling.insistently],
    ids=lambda how: how.__name__,
)
async def test_cancelled_call_fails_the_run_in_words(
    session: Session, method: str, how: Callable[..., None]
) -> None:
    final = await _cancelled(session, method, how)

    # What is cancelled after the last call of all has nobody left to disturb.
    if method == "close" and how is not cancelling.at_once:
        assert final.phase is Phase.DRAINED
        return
    assert final.phase is Phase.FAILED
    assert final.failure is not None
    # Which call has led to a later one cannot be known: the latest on that object is named.
    named = [method] if how is cancelling.at_once else METHODS
    beginnings = tuple(f"custom.cancelling:Cancelling: {each}()" for each in named)
    assert final.failure.startswith(beginnings)
    assert "cancelled by the queue's own code" in final.failure
    assert final.lost == 0
    assert final.enqueued == final.completed + (final.left or 0) + final.cut_short
    assert Cancelling.closed, "even so it is closed"


async def test_next_run_of_the_session_is_not_touched(session: Session) -> None:
    await _cancelled(session, "pop", cancelling.insistently)

    run = await session.start(_plan("InMemory"))
    await session.wait()

    assert run.snapshot().phase is Phase.DRAINED


async def test_all_calls_on_an_object_come_from_one_task(session: Session) -> None:
    run = await session.start(_plan("TiedToTask"))
    await session.wait()

    assert run.snapshot().phase is Phase.DRAINED, run.snapshot().failure


async def test_stop_of_ours_is_no_failure(session: Session) -> None:
    run = await session.start(_plan("TiedToTask", tasks=2000))
    await until(lambda: run.snapshot().completed > 10)

    await session.stop()

    assert run.snapshot().phase is Phase.STOPPED, run.snapshot().failure


async def test_task_that_cancels_its_worker_fails_the_run(session: Session) -> None:
    plan = dataclasses.replace(
        _plan("TiedToTask"), strategy="round-robin", task="custom.cancelling:cancel_own_task"
    )
    run = await session.start(plan)
    await session.wait()

    final = run.snapshot()
    assert final.phase is Phase.FAILED
    assert final.failure is not None
    assert "cancel_own_task() cancelled its own worker" in final.failure


@pytest.mark.parametrize("method", ["push", "pop"])
def test_status_is_that_of_a_failure_and_the_document_is_written(
    tmp_path: Path, method: str
) -> None:
    (tmp_path / "mine.py").write_text(
        "from custom.cancelling import Cancelling, at_once\n"
        f"class Mine(Cancelling):\n    method = {method!r}\n    how = staticmethod(at_once)\n"
    )
    path = tmp_path / "run.json"
    command = [sys.executable, "-m", "queue_fairness_tui", "--headless", "--json", str(path)]
    ended = subprocess.run(
        [*command, "--strategy", "mine:Mine", "--redis-server", ENGINES[0], "-P", "10"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ended.returncode == 1, ended.stderr
    assert f"mine:Mine: {method}() was cancelled by the queue's own code" in ended.stderr
    assert json.loads(path.read_text())["phase"] == "failed"
