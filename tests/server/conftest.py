"""Servers and folders of their own, for tests of this folder."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from server.own_servers import processes
from server.refusals import Start, accepts
from servers import PROGRAMS


@pytest.fixture(params=PROGRAMS)
def start(request: pytest.FixtureRequest) -> Iterator[Start]:
    """Starts a server of the user's own with the given options; gives its URL (a socket)."""
    folder = Path("/tmp", f"t-{os.urandom(4).hex()}")
    folder.mkdir()
    running: list[subprocess.Popen[bytes]] = []

    def start_server(*options: str, tcp_port: int = 0, settings: Sequence[str] = ()) -> str:
        path = folder / str(len(running))
        command = [str(request.param), *settings, "--unixsocket", str(path), "--dir", str(folder)]
        command += ["--save", "", "--port", str(tcp_port), *options]
        running.append(subprocess.Popen(command, stdout=subprocess.DEVNULL))
        deadline = time.monotonic() + 5
        while not accepts(path):
            assert running[-1].poll() is None, f"no server with {options}"
            assert time.monotonic() < deadline
            time.sleep(0.005)
        return f"unix://{path}"

    yield start_server
    for server in running:
        server.kill()
        server.wait()
    shutil.rmtree(folder)


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A TMPDIR of the test's own, in which nothing must be left, nor any process that names it."""
    # pytest's own path is too long for a socket.
    parent = Path("/tmp", f"t-{os.urandom(4).hex()}")
    parent.mkdir()
    monkeypatch.setenv("TMPDIR", str(parent))
    yield parent
    shutil.rmtree(parent)
    assert processes(parent) == []
