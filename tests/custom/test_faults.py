"""What goes wrong in a user's queue ends the run, says where, and loses nothing measured."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from custom.broken import Faulty, InMemory, Odd
from runs import engine_of
from servers import ENGINES, on_one_engine, until

from queue_fairness.engine.session import Session
from queue_fairness.errors import QueueError
from queue_fairness.fairness.word import Level
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.plan import Plan
from queue_fairness.report.results import render
from queue_fairness.report.run_json import document
from queue_fairness.server.choice import ServerChoice
from queue_fairness.strategies.custom import adapter
from queue_fairness.strategies.custom.calls import Calls

pytestmark = on_one_engine

METHODS = ["open", "push", "pop", "complete", "close"]


def _plan(name: str, **more: float) -> Plan:
    values = {"partitions": 10, "tasks_per_partition": 4, "workers": 6, "work_duration": 0.001}
    return Plan(**{**values, **more}, strategy=f"custom.broken:{name}")  # type: ignore[arg-type]


async def _drain(session: Session, name: str, **more: float) -> Snapshot:
    run = await session.start(_plan(name, **more))
    await session.wait()
    return run.snapshot()


async def _faulty(session: Session, method: str, fault: str) -> Snapshot:
    Faulty.method, Faulty.fault = method, fault
    return await _drain(session, "Faulty")


def _is_accounted_for(final: Snapshot) -> bool:
    if final.left is None or final.lost is None:
        return False
    return final.enqueued == final.completed + final.left + final.lost


def _costs(final: Snapshot) -> list[object]:
    total = document(final)["cost_total"]
    assert isinstance(total, dict)
    return list(total.values())


@pytest.mark.parametrize("method", METHODS)
async def test_raise_names_the_method_and_shows_the_traceback(
    session: Session, method: str
) -> None:
    final = await _faulty(session, method, "raise_error")

    assert final.phase is Phase.FAILED
    name = "custom.broken:Faulty"
    assert final.failure == f"{name}: {method}() raised ValueError: something is wrong"
    details = final.failure_details or ""
    assert 'raise ValueError("something\\nis wrong")' in details
    assert f", in {method}\n" in details
    assert "strategies/custom" not in details, "only the user's own frames"
    assert details.rstrip() in render(final, "text")
    assert document(final)["failure_details"] == details
    assert _is_accounted_for(final)
    assert final.completed == (40 if method == "close" else final.completed)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("fault", ["hang", "hang_for_good"])
async def test_hang_ends_the_run_in_time(session: Session, method: str, fault: str) -> None:
    started = time.monotonic()

    final = await _faulty(session, method, fault)

    assert time.monotonic() - started < 6
    assert final.phase is Phase.FAILED
    assert final.failure == f"custom.broken:Faulty: {method}() did not return within 0.3 s"
    details = final.failure_details or ""
    assert f"{method}() was waiting here" in details
    assert f", in {fault}\n" in details
    assert _is_accounted_for(final)


@pytest.mark.parametrize("method", METHODS)
async def test_method_that_blocks_the_program_is_interrupted(session: Session, method: str) -> None:
    started = time.monotonic()

    final = await _faulty(session, method, "block")

    assert time.monotonic() - started < 6
    assert final.phase is Phase.FAILED
    assert f"{method}() blocked the whole program for 0.3 s" in (final.failure or "")
    assert "time.sleep(30)" in (final.failure_details or "")


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("exit", "SystemExit: bye"),
        ("cancel", "CancelledError"),
        ("interrupt", "KeyboardInterrupt"),
    ],
)
@pytest.mark.parametrize("method", METHODS)
async def test_not_even_an_exit_ends_the_program(
    session: Session, method: str, fault: str, said: str
) -> None:
    final = await _faulty(session, method, fault)

    assert final.phase is Phase.FAILED
    assert final.failure == f"custom.broken:Faulty: {method}() raised {said}"


async def test_constructor_that_raises_ends_the_run(session: Session) -> None:
    final = await _drain(session, "UnableToBegin")

    assert final.phase is Phase.FAILED
    assert "__init__() raised KeyError: 'no settings'" in (final.failure or "")
    assert final.enqueued == 0


@pytest.mark.parametrize(
    ("lease", "complaint"),
    [
        (b"0:0", "returned bytes, and a lease is a tuple"),
        ((1,), "begins with int, and its first item must be the bytes of the task"),
        (("0:0",), "connect without decode_responses"),
        ((b"hello",), "returned b'hello', which was never pushed"),
        ((b"0:999",), "returned b'0:999', which was never pushed"),
        ((b"99:0",), "returned b'99:0', which was never pushed"),
    ],
)
async def test_lease_that_is_none_is_refused(
    session: Session, lease: object, complaint: str
) -> None:
    Odd.lease = lease

    final = await _drain(session, "Odd")

    assert final.phase is Phase.FAILED
    assert final.failure is not None
    assert final.failure.startswith("custom.broken:Odd: pop() ")
    assert complaint in final.failure


@pytest.mark.parametrize("name", ["Forgetful", "Patient"])
async def test_tasks_never_handed_out_end_the_run_as_lost(session: Session, name: str) -> None:
    final = await _drain(session, name)

    assert final.phase is Phase.DRAINED, final.failure
    assert (final.completed, final.lost, final.left) == (36, 4, 0)
    assert final.assessment is not None
    assert final.assessment.verdict.word is Level.BROKEN
    assert "pop() never handed out 4 of the tasks" in (final.warning or "")


async def test_queue_that_is_stuck_longer_fails_with_its_own_sentence(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapter, "LOST_AFTER_S", 3600)

    final = await _drain(session, "Forgetful")

    assert final.phase is Phase.FAILED
    assert "pop() gives nothing to any worker, and 4 tasks" in (final.failure or "")
    assert final.left == 4


async def test_task_handed_out_twice_is_counted(session: Session) -> None:
    final = await _drain(session, "Repeating")

    assert final.duplicated == 1


async def test_one_object_a_worker_and_one_that_pushes(session: Session) -> None:
    run = engine_of(await session.start(_plan("InMemory")))
    await session.wait()

    assert run.snapshot().phase is Phase.DRAINED
    assert InMemory.opened[run.parts.keys.prefix] == InMemory.closed[run.parts.keys.prefix] == 7
    assert run.snapshot().per_pop(run.snapshot().dequeue_cost.round_trips) is None
    assert set(_costs(run.snapshot())) == {None}
    assert run.snapshot().warning is None


async def test_stop_in_mid_run_keeps_the_result(session: Session) -> None:
    run = engine_of(
        await session.start(_plan("InMemory", tasks_per_partition=1000, work_duration=0.01))
    )
    await until(lambda: run.snapshot().completed > 10)

    await session.stop()

    final = run.snapshot()
    assert final.phase is Phase.STOPPED
    assert final.lost == 0
    assert _is_accounted_for(final)
    assert InMemory.closed[run.parts.keys.prefix] == 7


async def test_server_that_dies_is_not_the_queues_fault() -> None:
    async with Session(ServerChoice(redis_server=ENGINES[0])) as session:
        plan = Plan(strategy="custom.example_queue:NewestFirst", tasks_per_partition=50)
        run = await session.start(plan)
        await until(lambda: run.snapshot().completed > 10)
        assert session._server is not None

        async with session._server.connect("killer") as client:
            await client.shutdown(nosave=True)
        await session.wait()

        final = run.snapshot()
        assert final.phase is Phase.FAILED
        assert final.failure
        assert "pop()" not in final.failure
        assert "complete()" not in final.failure


async def test_password_is_kept_out_of_what_is_shown() -> None:
    url = "redis://me:s3cr%2Ft@host:6379/0"
    calls = Calls("a.b:C", url, 1.0)

    async def connect() -> None:
        raise ValueError(f"cannot use {url} with s3cr/t and s3cr%2Ft")

    with pytest.raises(QueueError) as raised:
        await calls.run("open", connect)

    for text in (str(raised.value), raised.value.details):
        assert "redis://me:***@host:6379/0" in text
        assert "s3cr" not in text


def test_json_on_stdout_leaves_the_traceback_on_stderr() -> None:
    command = [sys.executable, "-m", "queue_fairness_tui", "--headless", "--json", "-"]
    name = "custom.broken:UnableToBegin"
    done = subprocess.run(
        [*command, "--strategy", name, "--redis-server", ENGINES[0]],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)},
        timeout=60,
        check=False,
    )

    details = json.loads(done.stdout)["failure_details"]
    assert done.returncode == 1
    assert 'raise KeyError("no settings")' in details
    sentence = f"queue-fairness-tui: {name}: __init__() raised KeyError: 'no settings'\n"
    assert done.stderr.endswith(details + sentence)
