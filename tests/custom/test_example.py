"""The queue that README shows, by the real command on a real server."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from servers import until

from queue_fairness.engine.fault import Fault
from queue_fairness.engine.session import Session
from queue_fairness.metrics.snapshot import Phase
from queue_fairness.plan import Plan
from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.server import Server

HERE = Path(__file__).parent


def _run(strategy: str, server: Server, *more: str) -> subprocess.CompletedProcess[str]:
    load = ["-P", "60", "-t", "10", "-w", "8", "--work-duration", "0.002"]
    url = ["--redis-url", server.endpoint.url]
    return subprocess.run(
        [sys.executable, "-m", "queue_fairness_tui", *load, *url, "--strategy", strategy, *more],
        cwd=HERE,
        env={name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


async def _keys(server: Server) -> int:
    async with server.connect("test") as client:
        return int(await client.dbsize())


def test_example_is_short() -> None:
    assert len((HERE / "example_queue.py").read_text(encoding="utf-8").splitlines()) < 40


async def test_example_runs_by_the_command_and_leaves_no_key(server: Server) -> None:
    ended = _run("example_queue:NewestFirst", server, "--json", "-")

    assert ended.returncode == 0, ended.stderr
    result = json.loads(ended.stdout)
    assert result["plan"]["strategy"] == "example_queue:NewestFirst"
    assert (result["phase"], result["totals"]["completed"]) == ("drained", 600)
    assert (result["totals"]["lost"], result["totals"]["duplicated"]) == (0, 0)
    assert result["verdict"]["word"] == "UNFAIR", "newest first serves block after block"
    assert result["cost_per_pop"]["round_trips"] is None, "what it sends is not seen"
    assert "--strategy example_queue:NewestFirst" in result["command"]
    assert await _keys(server) == 0


async def test_failure_is_said_on_stderr_and_its_traceback_in_the_report(server: Server) -> None:
    ended = _run("broken:UnableToBegin", server)

    assert ended.returncode == 1
    assert "broken:UnableToBegin: __init__() raised KeyError: 'no settings'\n" in ended.stderr
    assert 'raise KeyError("no settings")' in ended.stdout
    assert await _keys(server) == 0


async def test_class_that_is_not_there_is_refused_with_status_2(server: Server) -> None:
    ended = _run("example_queue:Newest", server)

    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert "has no Newest" in ended.stderr


async def test_worker_that_joins_gets_an_object_of_its_own(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(HERE)
    plan = Plan(partitions=50, workers=2, strategy="example_queue:NewestFirst")
    async with Session(ServerChoice(redis_url=server.endpoint.url)) as session:
        run = await session.start(plan)
        await until(lambda: run.snapshot().completed > 20)

        assert run.inject(Fault.ADD_WORKER) == "worker w2 joins"
        await session.wait()

    final = run.snapshot()
    assert final.phase is Phase.DRAINED, final.failure
    assert (final.completed, final.lost, final.duplicated) == (500, 0, 0)
    assert final.workers[2] > 0
