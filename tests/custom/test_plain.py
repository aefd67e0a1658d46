"""Methods that are no coroutines run in a thread of their object, and hold up nobody."""

import threading
import time

import pytest
from custom.plain_queue import Plain
from servers import on_one_engine

from queue_fairness.engine.session import Session
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.plan import Plan

pytestmark = on_one_engine


async def _drain(session: Session, name: str) -> Snapshot:
    plan = Plan(
        strategy=f"custom.plain_queue:{name}",
        partitions=6,
        tasks_per_partition=3,
        workers=4,
        work_duration=0.001,
    )
    run = await session.start(plan)
    await session.wait()
    return run.snapshot()


async def test_each_object_has_one_thread_and_no_other_shares_it(session: Session) -> None:
    Plain.threads.clear()
    Plain.told.clear()

    final = await _drain(session, "Plain")

    assert (final.phase, final.completed, final.lost) == (Phase.DRAINED, 18, 0)
    assert Plain.told == [4] * 5, "start(workers) of four workers and of the one that pushes"
    assert all(len(each) == 1 for each in Plain.threads.values())
    used = set.union(*Plain.threads.values())
    assert len(used) == 5
    assert threading.main_thread().ident not in used


async def test_one_that_hangs_ends_the_run_and_says_where(session: Session) -> None:
    began = time.monotonic()

    final = await _drain(session, "Hangs")

    assert final.phase is Phase.FAILED
    assert "pop() did not return within 0.5 s" in (final.failure or "")
    assert "time.sleep(3)" in (final.failure_details or "")
    assert time.monotonic() - began < 3, "nobody waits for its thread"


async def test_one_that_exits_ends_the_run_and_not_the_program(session: Session) -> None:
    final = await _drain(session, "Exits")

    assert final.phase is Phase.FAILED
    assert "pop() raised SystemExit: 7" in (final.failure or "")


@pytest.mark.parametrize("name", ["Hangs", "Exits"])
async def test_no_thread_is_waited_for(session: Session, name: str) -> None:
    await _drain(session, name)

    assert all(each.daemon for each in threading.enumerate() if each.name == "user's queue")
