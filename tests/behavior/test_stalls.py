"""A run that stood still says so, and whose fault it was: the program's or the server's."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from servers import DEADLINE_S, on_one_engine

from queue_fairness.server.server import Server

pytestmark = on_one_engine

COMMAND = [sys.executable, "-m", "queue_fairness_tui", "--headless"]
LOAD = ["-P", "100", "-t", "10", "-w", "8", "--strategy", "round-robin"]
STOPPED_S = 1.5


@pytest.mark.parametrize("stopped", ["program", "server"])
async def test_run_that_was_stopped_says_so(
    own_server: Server, stopped: str, tmp_path: Path
) -> None:
    kept = tmp_path / "run.json"
    async with own_server.connect("watcher") as client:
        of_server = (await client.info("server"))["process_id"]
        with _started("--redis-url", own_server.endpoint.url, "--json", str(kept)) as process:
            await _until_at_work(client)

            _stop_for_a_while(process.pid if stopped == "program" else of_server)

            out, err = process.communicate(timeout=60)

    found: dict[str, Any] = json.loads(kept.read_text())
    assert found["phase"] == "drained", err
    assert found["stalled"] is True
    pauses, other = found["stalls"], "server" if stopped == "program" else "program"
    assert pauses[stopped]["longest_s"] > 0.8 * STOPPED_S
    assert 0 < pauses[stopped]["longest_at_s"] < found["totals"]["elapsed_s"]
    assert pauses[other]["total_s"] < 0.5 * pauses[stopped]["longest_s"]
    sentence = f"{stopped.capitalize()} stood still "
    assert out.split("\n")[3].startswith(sentence), out
    assert sentence in err
    if stopped == "server":
        assert found["pop_s"]["max"] > 0.8 * STOPPED_S
        assert found["pop_s"]["long_total"] > 4 * STOPPED_S, "eight workers waited"
    else:
        assert found["event_loop_lag_ms"]["p99"] > 0.8 * 1000 * STOPPED_S


@contextmanager
def _started(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [*COMMAND, *LOAD, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={name: value for name, value in os.environ.items() if name != "REDIS_URL"},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


async def _until_at_work(client: Redis) -> None:
    """Wait until a worker has taken tasks in the run's own time."""
    leases = 0
    deadline = time.monotonic() + DEADLINE_S
    while leases < 50:
        assert time.monotonic() < deadline, "no worker began"
        keys = await client.keys("qf:*:seq")
        leases = int(await client.get(keys[0]) or 0) if keys else 0


def _stop_for_a_while(pid: int) -> None:
    os.kill(pid, signal.SIGSTOP)
    time.sleep(STOPPED_S)
    os.kill(pid, signal.SIGCONT)
