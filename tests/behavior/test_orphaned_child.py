"""The process of --isolate: what a user's code prints is no message, and its parent may die."""

import asyncio
import json
import os
import signal
import subprocess
import sys
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
    parent = await asyncio.create_subprocess_exec(
        *(*PROGRAM, "-P", "100", "-t", "50", "--redis-url", server.endpoint.url),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=os.open(log, os.O_WRONLY | os.O_CREAT),
    )
    folder = Path("queue_fairness.engine.subprocess_main")
    await until(lambda: processes_of(folder) != [])
    await asyncio.sleep(moment_s)
    parent.kill()
    await parent.wait()
    await until(lambda: processes_of(folder) == [])

    said = log.read_text()
    assert "Error" not in said
    assert "Traceback" not in said
    async with server.connect("test") as client:
        for _ in range(100):
            if not await client.keys("qf*"):
                return
            await asyncio.sleep(0.1)
    raise AssertionError("keys were left behind")


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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
async def test_child_that_is_killed_is_one_sentence_and_its_counts_add_up(
    number: int, tmp_path: Path
) -> None:
    result = tmp_path / "result.json"
    options = ("-P", "20", "-w", "4", "--strategy", "scan", "--json", str(result))
    parent = await asyncio.create_subprocess_exec(
        *(*PROGRAM, *options, "-t", "200"),
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children")

    def isolated() -> list[int]:
        lines = {pid: Path(f"/proc/{pid}/cmdline") for pid in children.read_text().split()}
        return [int(pid) for pid, line in lines.items() if b"subprocess_main" in line.read_bytes()]

    await until(lambda: isolated() != [])
    await asyncio.sleep(1)
    (child,) = isolated()
    os.kill(child, number)
    _, said = await parent.communicate()

    assert parent.returncode == 1
    assert f"the process of --isolate died (status {-number})" in said.decode()
    assert "Traceback" not in said.decode()
    totals = json.loads(result.read_text())["totals"]
    assert totals["completed"] < totals["enqueued"]
    assert (totals["left"], totals["lost"]) == (None, None), "nobody could count them"
