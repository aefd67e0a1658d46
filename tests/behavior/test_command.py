"""The command as a user starts it: output, exit status, interruption, and what stays behind."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from servers import ENGINES, on_one_engine, processes_of

from queue_fairness.server.server import Server

pytestmark = on_one_engine

COMMAND = [sys.executable, "-m", "queue_fairness_tui"]
SMALL = ["-P", "60", "-t", "5", "-w", "6", "--work-duration", "0.001", "--headless"]
LONG = ["-P", "200", "-t", "100", "--headless"]


def _environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
    return {**kept, **more}


def _run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        env=_environment(**environment),
        timeout=120,
        check=False,
    )


@pytest.fixture
def own_tmp() -> Iterator[Path]:
    """A temporary folder short enough for a socket path, in which leftovers would show."""
    with tempfile.TemporaryDirectory(prefix="qft-", dir="/tmp") as folder:
        yield Path(folder)


@pytest.mark.parametrize("engine", ENGINES)
def test_report_goes_to_stdout_and_progress_to_stderr(engine: str) -> None:
    done = _run(*SMALL, "--redis-server", engine)

    assert done.returncode == 0, done.stderr
    assert "DRAINED  300 of 300 tasks" in done.stdout
    assert "none left, none lost, none twice" in done.stdout
    assert "Fairness: waits in rounds" in done.stdout
    assert "\x1b" not in done.stdout + done.stderr
    assert "starting Redis" in done.stderr


@pytest.mark.sample(2)
@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("strategy", ["scan", "round-robin"])
def test_json_is_all_of_stdout(engine: str, strategy: str) -> None:
    done = _run(*SMALL, "--json", "-", "--redis-server", engine, "--strategy", strategy)

    found = json.loads(done.stdout)
    assert (found["schema"], found["kind"]) == (2, "run")
    assert found["phase"] == "drained"
    assert found["plan"]["strategy"] == strategy
    assert found["server"]["engine"] == ("Valkey" if engine == "bundled" else "Redis")
    assert found["totals"]["completed"] == found["totals"]["enqueued"] == 300
    assert (found["totals"]["lost"], found["totals"]["duplicated"]) == (0, 0)
    assert done.returncode == 0


def test_json_file_comes_beside_the_report(tmp_path: Path) -> None:
    done = _run(*SMALL, "--json", str(tmp_path / "result.json"))

    assert "DRAINED" in done.stdout
    assert json.loads((tmp_path / "result.json").read_text())["totals"]["completed"] == 300


def test_no_terminal_is_headless_by_itself() -> None:
    done = _run(*(each for each in SMALL if each != "--headless"))

    assert done.returncode == 0
    assert "DRAINED" in done.stdout


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
async def test_interrupted_run_reports_and_leaves_nothing(
    server: Server, number: signal.Signals, own_tmp: Path
) -> None:
    async with server.connect("owner") as owner:
        await owner.set("qf:foreign", "1")
        with _started(own_tmp, "--redis-url", server.endpoint.url) as process:
            await _until_draining(server)

            process.send_signal(number)
            out, err = process.communicate(timeout=30)

        assert process.returncode == 128 + number
        assert "STOPPED EARLY" in out, err
        assert "Traceback" not in err
        assert await owner.keys("*") == [b"qf:foreign"]


async def test_killed_program_leaves_no_key_on_a_users_redis(server: Server, own_tmp: Path) -> None:
    async with server.connect("owner") as owner:
        await owner.set("qf:foreign", "1")
        with _started(own_tmp, "--redis-url", server.endpoint.url) as process:
            await _until_draining(server)

            process.kill()
            process.communicate(timeout=30)

        await _until_true(lambda: _only(server, b"qf:foreign"))


@pytest.mark.parametrize("engine", ENGINES)
async def test_killed_program_leaves_no_server_and_no_folder(engine: str, own_tmp: Path) -> None:
    with _started(own_tmp, "--redis-server", engine) as process:
        await _until_true(
            lambda: asyncio.to_thread(lambda: any(each.is_socket() for each in own_tmp.rglob("*")))
        )
        assert processes_of(own_tmp)

        process.kill()
        process.communicate(timeout=30)

    await _until_true(lambda: asyncio.to_thread(lambda: not list(own_tmp.iterdir())))
    await _until_true(lambda: asyncio.to_thread(lambda: not processes_of(own_tmp)))


@pytest.mark.parametrize(
    ("failing", "status", "words"),
    [
        pytest.param(["--failure-rate", "1"], 1, "Nothing was done: 60 tasks failed", id="all"),
        pytest.param(
            ["--failure-rate", "0.8", "--max-attempts", "1"], 1, "Most tasks failed: ", id="most"
        ),
        pytest.param(["--failure-rate", "0.5"], 0, "DRAINED  ", id="few"),
        pytest.param(["--task", "user_tasks:raises"], 1, "Nothing was done", id="own-task"),
    ],
)
def test_a_run_that_did_hardly_anything_says_so_by_its_status(
    failing: list[str], status: int, words: str
) -> None:
    load = ["-P", "20", "-t", "3", "-w", "2", "--work-duration", "1ms", *failing]

    done = _run(*load, "--strategy", "round-robin", PYTHONPATH=str(Path(__file__).parent))

    assert done.returncode == status
    assert words in done.stdout
    if status:
        assert done.stdout.index(words) < done.stdout.index("evidence")
        assert words in done.stderr


def test_unreachable_redis_is_one_clear_line() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    done = _run(*SMALL, REDIS_URL=f"redis://:hunter2@127.0.0.1:{port}/0")

    assert done.returncode == 1
    first_task_traceback = done.stderr.splitlines()[-1]
    assert first_task_traceback.startswith("queue-fairness-tui: redis://")
    assert "nothing listens there" in first_task_traceback
    assert "FAILED" in done.stdout
    assert "hunter2" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


def test_bad_usage_is_status_2() -> None:
    done = _run("--workers", "0")

    assert done.returncode == 2
    assert done.stderr == (
        "queue-fairness-tui: --workers 0 is too small: allowed are 1 to 1,024 workers\n"
    )


def test_closed_stdout_is_no_traceback() -> None:
    process = subprocess.Popen(
        [*COMMAND, *SMALL], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=_environment()
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    with process.stderr:
        said = process.stderr.read()
    process.wait(timeout=60)

    assert b"Traceback" not in said
    assert b"Exception ignored" not in said


@contextmanager
def _started(tmp: Path, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [*COMMAND, *LONG, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=_environment(TMPDIR=str(tmp)),
    )
    with process:
        try:
            yield process
        finally:
            process.kill()


async def _until_draining(server: Server) -> None:
    async def some_lock() -> bool:
        async with server.connect("watcher") as client:
            return bool(await client.keys("*:lock"))

    await _until_true(some_lock)


async def _only(server: Server, key: bytes) -> bool:
    async with server.connect("watcher") as client:
        return await client.keys("*") == [key]


async def _until_true(condition: Callable[[], Awaitable[bool]]) -> None:
    deadline = time.monotonic() + 20
    while not await condition():
        assert time.monotonic() < deadline, "the condition did not come true"
        await asyncio.sleep(0.05)


def _has_socket(folder: Path) -> bool:
    return any(each.is_socket() for each in folder.rglob("*"))
