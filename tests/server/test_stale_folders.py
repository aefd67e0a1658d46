"""Folders of servers whose every process was killed: found and removed, and only those."""

import asyncio
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from servers import ENGINES, processes_of, until

from queue_fairness.server.child.supervisor import LOCK, hold
from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.launcher import socket_parents
from queue_fairness.server.server import open_server
from queue_fairness.server.stale_folders import NEW_S, remove_stale_folders, stale_folders

PROGRAM = """
import asyncio, sys
from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.server import open_server

async def main():
    async with open_server(ServerChoice(redis_server=sys.argv[1])) as server:
        print(server._local.supervisor_pid, flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.fixture(autouse=True)
def parent(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A TMPDIR of the test's own: pytest's path is too long for a socket."""
    folder = Path("/tmp", f"t-{os.urandom(4).hex()}")
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    yield folder
    shutil.rmtree(folder)


async def _crash(engine: str) -> None:
    """A program and its supervisor, killed together."""
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PROGRAM, engine), stdout=asyncio.subprocess.PIPE
    )
    assert program.stdout is not None
    supervisor = int(await program.stdout.readline())
    # Else it would see the end of the program before its own.
    os.kill(supervisor, signal.SIGSTOP)
    program.kill()
    os.kill(supervisor, signal.SIGKILL)
    await program.communicate()
    await until(lambda: not _is_there(supervisor))


def _is_there(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _in(folder: Path) -> list[Path]:
    return sorted(folder.iterdir())


@pytest.mark.parametrize("engine", ENGINES)
async def test_the_next_start_removes_what_a_crash_of_everything_left(
    parent: Path, engine: str
) -> None:
    await _crash(engine)
    [left] = _in(parent)
    assert {each.name for each in left.iterdir()} >= {"s", "log", LOCK}

    async with open_server(ServerChoice(redis_server=engine)) as opened:
        assert not left.exists()
        async with opened.connect("test") as client:
            assert await client.ping()
        assert len(_in(parent)) == 1
        assert list(stale_folders(socket_parents()[:1])) == [], "it lives"

    assert _in(parent) == []
    assert processes_of(parent) == []


async def test_clean_removes_them_too(parent: Path) -> None:
    await _crash(ENGINES[0])
    [left] = _in(parent)

    for arguments, said in ((["--dry-run"], "would be removed"), ([], "removed")):
        program = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "queue_fairness_tui", "clean", *arguments),
            stdout=asyncio.subprocess.PIPE,
            env={name: value for name, value in os.environ.items() if name != "REDIS_URL"},
        )
        out, _ = await program.communicate()
        assert program.returncode == 0
        assert f"{left}  its owner is gone: {said}\n" in out.decode()
        assert left.exists() == bool(arguments)


def _folder(parent: Path, name: str = "qf-0123456789") -> Path:
    folder = parent / name
    folder.mkdir()
    return folder


async def test_a_folder_that_is_held_stays(parent: Path) -> None:
    held, free = _folder(parent), _folder(parent, "qf-9876543210")
    lock = hold(held)
    os.close(hold(free))

    assert await remove_stale_folders([str(parent)]) == [free]
    os.close(lock)
    assert await remove_stale_folders([str(parent)]) == [held]


@pytest.mark.parametrize("name", ["qf-012345678", "qf-0123456789a", "qf-ABCDEF0123", "xqf-012345"])
async def test_other_names_are_not_ours(parent: Path, name: str) -> None:
    os.close(hold(_folder(parent, name)))

    assert await remove_stale_folders([str(parent)]) == []


async def test_a_link_is_not_followed(parent: Path) -> None:
    theirs = _folder(parent, "theirs")
    os.close(hold(theirs))
    (parent / "qf-0123456789").symlink_to(theirs)

    assert await remove_stale_folders([str(parent)]) == []
    assert theirs.exists()


async def test_a_folder_without_a_lock_goes_when_it_is_old_and_deserted(parent: Path) -> None:
    empty, full = _folder(parent), _folder(parent, "qf-9876543210")
    (full / "data").write_text("of somebody")
    assert await remove_stale_folders([str(parent)]) == [], "they may be just about to be locked"
    for each in (empty, full):
        os.utime(each, (0, time.time() - NEW_S - 1))

    assert await remove_stale_folders([str(parent)]) == [empty]
    assert full.exists()


async def test_a_place_that_is_missing_has_none(parent: Path) -> None:
    assert await remove_stale_folders([str(parent / "none"), "/proc/1/none"]) == []
