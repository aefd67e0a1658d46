"""What each public library does with its tenants, by its own workers: the table of the README."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from libraries.installed import USUAL, need
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from queue_fairness.libraries.catalogue import SETUPS
from queue_fairness.server.programs import bundled_program

pytestmark = pytest.mark.libraries

IN_STEP = (3.0, 4.5)
"""Each worker takes turns by itself: as many rounds as workers."""
BY_TURNS = (0.9, 1.5)
FIRST_IN = (9.0, 10.0)
"""One partition after another, of ten tasks each."""

WORST_WAIT_P99 = {
    "rq": FIRST_IN,
    "rq:tenants": FIRST_IN,
    "rq:round_robin": IN_STEP,
    "rq:random": (2.5, 9.0),
    "rq:rotated": (1.0, 3.0),
    "celery": BY_TURNS,
    "celery:nodes": (2.0, 4.5),
    "celery:one_queue": FIRST_IN,
    "kombu": FIRST_IN,
    "kombu:round_robin": IN_STEP,
    "kombu:priority": FIRST_IN,
    "kombu:sorted": FIRST_IN,
    "kombu:rotated": (1.0, 3.0),
    "saq": FIRST_IN,
    "arq": (2.0, 5.0),
    "arq:fast": FIRST_IN,
    "taskiq": FIRST_IN,
    "taskiq:stream": FIRST_IN,
    "taskiq:tenants": IN_STEP,
    "dramatiq": FIRST_IN,
    "dramatiq:tenants": (4.0, 10.0),
    "huey": FIRST_IN,
    "streaq": FIRST_IN,
    "bullmq": FIRST_IN,
    "bullmq:priority": BY_TURNS,
    "groupmq": FIRST_IN,
    "agentexec": (7.0, 10.0),
}
"""Rounds, at 50 partitions of 10 tasks; no time is in them."""

FEWER = {"rq:round_robin": ("-P", "20", "-t", "4"), "arq": ("-P", "10", "-t", "5")}
"""Those that take long for a task are given fewer: 4 workers in step stay 4 rounds."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """All of them by `--thorough`, or if one is named; else one of Python and one of Node."""
    if "setup" in metafunc.fixturenames:
        config = metafunc.config
        is_all = config.option.thorough or any("::" in each for each in config.args)
        metafunc.parametrize("setup", SETUPS if is_all else USUAL, indirect=True)


@pytest.fixture
def setup(request: pytest.FixtureRequest) -> str:
    need(request.param)
    return str(request.param)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """A server of the user's, by a port: some libraries know no Unix sockets."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    program = str(shutil.which("redis-server") or bundled_program())
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    address = f"redis://127.0.0.1:{port}/0"
    with redis.Redis.from_url(address, retry=Retry(ConstantBackoff(0.05), 100)) as client:
        client.ping()
    yield address
    server.kill()
    server.wait()


def _command(name: str, url: str, *more: str) -> list[str]:
    command = [sys.executable, "-m", "queue_fairness_tui", "--headless", "--redis-url", url]
    command += ["--strategy", name, "-P", "50", "-t", "10", "-w", "4", *FEWER.get(name, ())]
    return [*command, "--work-duration", "0.005", *more]


def _lasting_keys(url: str) -> list[str]:
    """All but those that the server will remove by itself."""
    with redis.Redis.from_url(url) as client:
        return [str(each) for each in client.scan_iter() if client.ttl(each) == -1]


def _processes(mark: str) -> list[str]:
    """Command lines of the processes that have a word in their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue  # it has ended meanwhile, or is another user's
    return found


def test_every_setup_has_an_expectation() -> None:
    assert WORST_WAIT_P99.keys() == SETUPS.keys()


def test_worst_wait_is_what_the_table_says(setup: str, url: str, tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    command = _command(setup, url, "--json", str(path))

    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)

    assert path.exists(), done.stderr
    found = json.loads(path.read_text())
    assert found["phase"] == "drained", found["failure"]
    assert (found["totals"]["lost"], found["totals"]["duplicated"]) == (0, 0)
    least, most = WORST_WAIT_P99[setup]
    assert least <= found["fairness"]["worst_wait_rounds"]["p99"] <= most
    library = SETUPS[setup].library
    assert library is not None
    assert found["library"].split()[0] == library.package
    assert found["cost_per_pop"]["round_trips"] is None
    assert found["cost_per_pop"]["commands"] > 1
    assert _lasting_keys(url) == []


def test_nothing_is_left_after_a_kill(setup: str, url: str) -> None:
    mark = f"QF_TEST={os.urandom(8).hex()}"
    name, _, value = mark.partition("=")
    command = _command(setup, url, "-P", "20", "-t", "10", "--work-duration", "0.5")
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env={**os.environ, name: value}
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("draining"):
                break
        assert len(_processes(mark)) > 4, "the program, the warden, the adapter, the workers"
        process.send_signal(signal.SIGKILL)

    deadline = time.monotonic() + 20
    while (left := [*_processes(mark), *_lasting_keys(url)]) and time.monotonic() < deadline:
        time.sleep(0.1)

    assert left == []
