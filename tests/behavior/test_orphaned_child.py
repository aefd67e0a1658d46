"""The process of --isolate: what a user's code prints is no message, and its parent may die."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from servers import on_one_engine, processes_of, until

from queue_fairness.server.server import Server

pytestmark = on_one_engine

PROGRAM = [sys.executable, "-m", "queue_fairness_tui", "--headless", "--isolate"]


@pytest.mark.parametrize("moment_s", [0.0, 0.3, 1.0])
async def test_child_whose_parent_is_killed_ends_in_silence(
    server: Server, tmp_path: Path, moment_s: float
) -> None:
    log = tmp_path / "stderr"
    with log.open("wb") as stderr:
        parent = subprocess.Popen(
            [*PROGRAM, "-P", "100", "-t", "50", "--redis-url", server.endpoint.url],
            stdout=subprocess.DEVNULL,
            stderr=stderr,
        )
        folder = Path("queue_fairness.engine.subprocess_main")
        await until(lambda: processes_of(folder) != [])
        time.sleep(moment_s)
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    await until(lambda: processes_of(folder) == [])

    said = log.read_text()
    assert "Error" not in said
    assert "Traceback" not in said
    async with server.connect("test") as client:
        deadline = time.monotonic() + 10
        while await client.keys("qf*") and time.monotonic() < deadline:
            time.sleep(0.1)
        assert await client.keys("qf*") == []


def test_what_a_task_prints_and_reads_disturbs_no_message(tmp_path: Path) -> None:
    (tmp_path / "noisy_tasks.py").write_text(
        "import sys\n\n\nasync def says(partition, task):\n"
        "    print('x' * 5000, flush=True)\n    sys.stdin.read()\n"
    )

    done = subprocess.run(
        [*PROGRAM, "-P", "5", "-t", "2", "-w", "2", "--task", "noisy_tasks:says"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "DRAINED  10 of 10 tasks" in done.stdout
