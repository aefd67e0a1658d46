"""Server programs that are not what they seem: nothing of them stays, and each has its sentence."""

import asyncio
import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from faces import assert_harmless
from servers import processes_of

from queue_fairness.errors import ServerError
from queue_fairness.server.child.supervisor import last_line
from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.programs import bundled_program
from queue_fairness.server.server import open_server

MARK = "of-a-test"
FORKS_FOR_ITS_VERSION = """#!/bin/sh
if [ "$1" = --version ]; then
    sleep 98.{id} &
    setsid sleep 98.{id} &
    echo "Redis server v=7.0.0"; exit 0
fi
exec {real} "$@"
"""
LEAVES_ITS_GROUP = """#!/bin/sh
[ "$1" = --version ] && exec {real} --version
setsid {real} "$@" &
setsid sh -c 'sleep 98.{id} & sleep 98.{id}' &
sleep 98.{id}
"""
DAEMONIZES = """#!/bin/sh
[ "$1" = --version ] && exec {real} --version
setsid {real} "$@" --proc-title-template {MARK}={id} &
exit 0
"""


@pytest.mark.parametrize("script", [FORKS_FOR_ITS_VERSION, LEAVES_ITS_GROUP])
async def test_nothing_a_program_starts_stays(tmp_path: Path, script: str) -> None:
    program, number = _script(tmp_path, script)

    async with open_server(ServerChoice(redis_server=str(program))) as server:
        folder = Path(unquote(urlsplit(server.endpoint.url).path)).parent
        async with server.connect("test") as client:
            assert await client.ping()

    assert not folder.exists()
    assert _running(f"98.{number}") == []
    assert processes_of(folder) == []


async def test_a_program_that_becomes_a_daemon_is_refused_and_ended(tmp_path: Path) -> None:
    program, number = _script(tmp_path, DAEMONIZES)

    with pytest.raises(ServerError, match="ended at once"):
        async with open_server(ServerChoice(redis_server=str(program))):
            raise AssertionError("it must not be used")

    assert _running(f"{MARK}={number}") == []


@pytest.mark.parametrize(
    "answer",
    [
        r"printf '\033[31m\033]0;PWNED\007'",
        "head -c 100000000 /dev/zero",
        "yes",
        r"printf 'v=%06000d.0' 7",
        r"printf '\377\376'",
        "kill -9 $$",
        "printf 'Redis server v=0.0.0'",
    ],
)
async def test_nonsense_in_place_of_a_version_is_refused(tmp_path: Path, answer: str) -> None:
    program, _ = _script(tmp_path, f"#!/bin/sh\n{answer.replace('{', '{{').replace('}', '}}')}\n")

    async with asyncio.timeout(20):
        with pytest.raises(ServerError) as refused:
            await open_server(ServerChoice(redis_server=str(program))).__aenter__()

    assert_harmless(str(refused.value))
    assert len(str(refused.value)) < 500


@pytest.mark.parametrize(
    ("log", "told"),
    [
        (["1:M 25 Nov 2026 10:00:00.000 * Ready to accept connections"], ""),
        (["1:M 25 Nov 2026 10:00:00.000 # WARNING overcommit_memory is set to 0!"], ""),
        (
            [
                "1:M 25 Nov 2026 10:00:00.000 # Failed opening Unix socket: bind: in use",
                "1:M 25 Nov 2026 10:00:00.001 * bye",
            ],
            "Failed opening Unix socket: bind: in use",
        ),
        (
            [
                "1:M 25 Nov 2026 10:00:00.000 # Redis 7.0.15 crashed by signal: 11",
                "------ STACK TRACE ------",
            ],
            "Redis 7.0.15 crashed by signal: 11",
        ),
        (["cannot open shared object file"], "cannot open shared object file"),
    ],
)
def test_log_says_why_a_server_died_or_nothing(tmp_path: Path, log: list[str], told: str) -> None:
    (tmp_path / "log").write_text("\n".join([*log, ""]))

    assert last_line(tmp_path) == (f"; its log says: {told}" if told else "")


def _script(folder: Path, text: str) -> tuple[Path, int]:
    """A program, and a number that only its processes bear."""
    number = time.time_ns() % 10**9
    program = folder / "program"
    program.write_text(text.format(real=bundled_program(), id=number, MARK=MARK))
    program.chmod(0o700)
    return program, number


def _running(part: str) -> list[str]:
    return processes_of(Path(part))
