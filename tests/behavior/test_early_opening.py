"""A server that is opened before the first run asks for it."""

import asyncio
from pathlib import Path

import pytest
from servers import processes_of, until

from queue_fairness.engine.session import Session
from queue_fairness.metrics.snapshot import Phase
from queue_fairness.plan import Plan
from queue_fairness.server.choice import ServerChoice

SMALL = Plan(partitions=10, tasks_per_partition=3, workers=2, work_duration=0)
BUNDLED = ServerChoice(redis_server="bundled")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where servers of ours put their folders."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


async def test_the_first_run_takes_over_the_server_that_was_opened_early(folder: Path) -> None:
    async with Session(BUNDLED) as session:
        session.open_early()
        await until(lambda: session._server is not None)
        opened = session._server

        run = await session.start(SMALL)
        await session.wait()

        assert run.snapshot().phase is Phase.DRAINED
        assert session._server is opened
        assert len(_inside(folder)) == 1
    assert _inside(folder) == []


async def test_what_went_wrong_is_said_by_the_first_run(tmp_path: Path) -> None:
    nobody = ServerChoice(redis_url=f"unix://{tmp_path}/nobody")
    async with Session(nobody) as session:
        session.open_early()

        for _ in range(2):
            run = await session.start(SMALL)
            await session.wait()

            assert run.snapshot().phase is Phase.FAILED
            assert "cannot be reached" in (run.snapshot().failure or "")


@pytest.mark.parametrize("is_open", [False, True], ids=["while-opening", "when-open"])
async def test_a_server_that_no_run_asked_for_is_stopped(folder: Path, is_open: bool) -> None:
    async with Session(BUNDLED) as session:
        session.open_early()
        if is_open:
            await until(lambda: session._server is not None)
        else:
            await until(lambda: bool(_inside(folder)))

    assert _inside(folder) == []
    assert processes_of(folder) == []


async def test_an_error_that_no_run_heard_of_is_not_left_behind(tmp_path: Path) -> None:
    errors: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: errors.append(context))
    nobody = ServerChoice(redis_url=f"unix://{tmp_path}/nobody")

    async with Session(nobody) as session:
        session.open_early()
        opening = session._opening
        assert opening is not None
        await until(opening.done)
    del opening
    session._opening = None

    assert errors == []


async def test_no_key_is_written_before_the_warm_up_is_over() -> None:
    async with Session(BUNDLED) as session:
        seen: list[tuple[Phase, int]] = []

        async def warm_up() -> None:
            await asyncio.sleep(0)
            assert session.run is not None
            snapshot = session.run.snapshot()
            seen.append((snapshot.phase, snapshot.enqueued))

        session.warm_up = warm_up
        run = await session.start(SMALL)
        await session.wait()

        assert seen == [(Phase.STARTING, 0)]
        assert run.snapshot().phase is Phase.DRAINED


def _inside(folder: Path) -> list[Path]:
    return list(folder.iterdir())
