"""The life of our own server: it starts, works, dies, and leaves nothing."""

import asyncio
import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from redis.exceptions import RedisError
from server.own_servers import ON_PATH, is_clean, opened, processes

from queue_fairness.errors import ServerError
from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.launcher import launch
from queue_fairness.server.programs import find_program, read_version
from queue_fairness.server.server import Server, open_server

pytestmark = pytest.mark.usefixtures("folder")

ENGINES = [
    pytest.param("bundled", id="bundled"),
    pytest.param(
        ON_PATH or "",
        id="on-path",
        marks=pytest.mark.skipif(ON_PATH is None, reason="no redis-server on PATH"),
    ),
]


PROGRAM = """
import asyncio, json, sys
from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.server import open_server

async def main():
    async with open_server(ServerChoice(redis_server=sys.argv[1])) as server:
        async with server.connect("test") as client:
            await client.set("key", "value")
            print(json.dumps(server.endpoint.url), flush=True)
            await asyncio.sleep(60)

asyncio.run(main())
"""


def modes_inside(parent: Path) -> list[int]:
    return [stat.S_IMODE(inside.stat().st_mode) for inside in parent.iterdir()]


def eventually(condition: Callable[[], bool], within_s: float = 3.0) -> bool:
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


def local_pid(server: Server) -> int:
    assert server._local is not None
    return server._local.supervisor_pid


async def server_pid(server: Server) -> int:
    async with server.connect("test") as client:
        return int((await client.info("server"))["process_id"])


@pytest.mark.parametrize("engine", ENGINES)
async def test_it_starts_works_and_leaves_nothing(engine: str, folder: Path) -> None:
    async with opened(engine) as server, server.connect("test") as client:
        assert await client.ping()
        assert await client.eval("return redis.call('INCR', KEYS[1])", 1, "count") == 1
        assert await client.client_getname() == "test"
        assert await client.config_get("save") == {"save": ""}
        assert server.is_ours
        assert server.death is None
        assert modes_inside(folder) == [0o700]

    assert is_clean(folder)


@pytest.mark.parametrize("engine", ENGINES)
async def test_it_says_which_engine_it_is(engine: str) -> None:
    async with opened(engine) as server:
        program = await find_program(ServerChoice(redis_server=engine))
        version = ".".join(str(part) for part in await read_version(program.path))
        assert server.info.engine in {"Redis", "Valkey"}
        assert (server.info.version, server.info.origin) == (version, program.origin)


async def test_the_bundled_server_says_its_own_name_and_version() -> None:
    async with opened("bundled") as server:
        assert str(server.info).startswith("Valkey 9.")
        assert str(server.info).endswith(" (bundled)")


@pytest.mark.parametrize("engine", ENGINES)
async def test_an_exception_in_the_body_comes_through_and_leaves_nothing(
    engine: str, folder: Path
) -> None:
    with pytest.raises(TimeoutError, match=r"^mine$"):
        async with opened(engine):
            raise TimeoutError("mine")

    assert is_clean(folder)


async def test_a_cancelled_block_leaves_nothing(folder: Path) -> None:
    is_open = asyncio.Event()

    async def hold() -> None:
        async with opened("bundled"):
            is_open.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(hold())
    await is_open.wait()
    task.cancel()
    await asyncio.wait([task])

    assert task.cancelled()
    assert is_clean(folder)


@pytest.mark.parametrize("moment_s", [0.0, 0.005, 0.02, 0.05])
async def test_a_start_cancelled_midway_leaves_nothing(moment_s: float, folder: Path) -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(moment_s), opened("bundled"):
            await asyncio.Event().wait()

    assert await asyncio.to_thread(eventually, lambda: is_clean(folder))


@pytest.mark.sample(2)
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    "number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT]
)
def test_a_killed_program_leaves_nothing(engine: str, number: signal.Signals, folder: Path) -> None:
    with start_program(engine) as program:
        assert len(list(folder.iterdir())) == 1
        assert len(processes(folder)) == 2

        program.send_signal(number)
        program.wait()

        assert eventually(lambda: is_clean(folder))


def test_eight_programs_killed_at_once_leave_nothing(folder: Path) -> None:
    programs = [start_program("bundled", wait=False) for _ in range(8)]
    for program in programs:
        assert program.stdout is not None
        program.stdout.readline()
    assert len(list(folder.iterdir())) == 8

    for program in programs:
        program.kill()
    for program in programs:
        with program:
            program.wait()

    assert eventually(lambda: is_clean(folder))


def start_program(engine: str, *, wait: bool = True) -> "subprocess.Popen[bytes]":
    """A program that has a server open, and waits."""
    command = [sys.executable, "-c", PROGRAM, engine]
    program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    if wait:
        assert program.stdout is not None
        assert json.loads(program.stdout.readline()).startswith("unix://")
    return program


@pytest.mark.parametrize(
    "number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT]
)
async def test_a_killed_supervisor_is_noticed_and_leaves_nothing(
    number: signal.Signals, folder: Path
) -> None:
    async with opened("bundled") as server:
        os.kill(local_pid(server), number)

        async with asyncio.timeout(3):
            death = await server.wait_for_death()

        assert "its supervisor was killed" in str(death)

    assert is_clean(folder)


@pytest.mark.parametrize("engine", ENGINES)
async def test_a_killed_server_is_noticed_and_leaves_nothing(engine: str, folder: Path) -> None:
    async with opened(engine) as server:
        os.kill(await server_pid(server), signal.SIGKILL)

        async with asyncio.timeout(3):
            death = await server.wait_for_death()

        assert "died (killed by SIGKILL)" in str(death)
        assert server.death is death
        assert await asyncio.to_thread(eventually, lambda: is_clean(folder))


async def test_a_command_on_a_dead_server_says_why_it_died() -> None:
    async with opened("bundled") as server, server.connect("test") as client:
        await client.ping()
        os.kill(await server_pid(server), signal.SIGKILL)

        with pytest.raises(RedisError) as caught:  # noqa: PT012 (the death may come a little late)
            while await client.ping():
                pass

        assert "died (killed by SIGKILL)" in str(await server.explain(caught.value))


async def test_a_long_tmpdir_falls_back_to_a_short_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("long" * 25)
    long.mkdir()
    monkeypatch.setenv("TMPDIR", str(long))

    async with opened("bundled") as server:
        assert server.endpoint.url.startswith("unix:///tmp/qf-")
        assert list(long.iterdir()) == []


async def test_an_unusable_temporary_folder_is_explained() -> None:
    program = await find_program(ServerChoice(redis_server="bundled"))

    with pytest.raises(ServerError, match=r"can be made in /proc.*point TMPDIR to a folder"):
        async with launch(program.path, parents=["/proc"]):
            raise AssertionError("it must not start")


async def test_a_locale_that_is_not_installed_does_not_matter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LC_ALL", "xx_YY.UTF-8")

    async with open_server(ServerChoice()) as server:
        assert server.death is None
