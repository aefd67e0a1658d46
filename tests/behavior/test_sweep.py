"""`sweep` on real servers: a run per point, to its end or an orderly stop, nothing left behind."""

import json
import logging
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from script import snapshot
from servers import ENGINES, on_one_engine

from queue_fairness.analysis.curves import RATE, TRIPS, curves
from queue_fairness.analysis.sweep import Sweep
from queue_fairness.engine.series import SeriesRunner, SeriesStep
from queue_fairness.engine.session import Session
from queue_fairness.metrics.snapshot import Phase
from queue_fairness.plan import Plan
from queue_fairness.report.run_json import document
from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.server import Server

LOG = logging.getLogger(__name__)

pytestmark = on_one_engine

COMMAND = [sys.executable, "-m", "queue_fairness_tui", "sweep", "--headless"]
SMALL = ["--partitions", "60,50", "-t", "5", "-w", "4"]
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if name != "REDIS_URL"},
    "PYTHONPATH": str(Path(__file__).parent.parent),  # where the user's own queues are
}


def _sweep(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        timeout=120,
        check=False,
    )


async def _keys(server: Server) -> list[bytes]:
    async with server.connect("watcher") as client:
        return [bytes(key) for key in await client.keys("*")]  # type: ignore[arg-type]  # undecoded


async def test_run_per_point_and_strategy_with_repeats_by_turns(server: Server) -> None:
    sweep = Sweep(
        plan=Plan(partitions=50, tasks_per_partition=4, work_duration=0),
        name="workers",
        values=(2, 5),
        strategies=("scan", "round-robin"),
        repeats=2,
    )
    laps: list[SeriesStep] = []

    async with Session(ServerChoice(redis_url=server.endpoint.url)) as session:
        made = await SeriesRunner(session, sweep).execute(laps.append)

    assert made.is_complete
    assert [run.plan for run in made.runs] == list(sweep.plans)
    assert [step.name for step in laps[:3]] == [
        "scan · workers 2",
        "round-robin · workers 2",
        "scan · workers 5",
    ]
    assert {(step.of, run.completed) for step, run in zip(laps, made.runs, strict=True)} == {
        (8, 200)
    }
    for curve in curves(made):
        for point in curve.points:
            assert len(point.row.runs) == 2
            assert (point.cell(RATE).median or 0) > 0
            assert (point.cell(TRIPS).median or 0) >= 1
    assert await _keys(server) == []


async def test_stop_keeps_what_was_measured_and_begins_no_other(server: Server) -> None:
    sweep = Sweep(
        plan=Plan(partitions=50, tasks_per_partition=4, work_duration=0),
        name="partitions",
        values=(50, 60),
        strategies=("round-robin",),
    )
    async with Session(ServerChoice(redis_url=server.endpoint.url)) as session:
        course = SeriesRunner(session, sweep)
        made = await course.execute(lambda step: course.stop() if step.number == 2 else None)

    assert [run.phase for run in made.runs] == [Phase.DRAINED, Phase.STOPPED]
    assert not made.is_complete
    assert await _keys(server) == []


@pytest.mark.parametrize("engine", ENGINES)
def test_sentence_and_tables_go_to_stdout_and_progress_to_stderr(engine: str) -> None:
    done = _sweep(*SMALL, "--redis-server", engine)

    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.splitlines()[:2])
    assert re.match(r"scan( and round-robin)?: rate ", said), said
    assert "from 50 to 60 partitions" in said
    for head in ("Throughput, tasks/s", "Round trips per pop", "Worst wait max, rounds"):
        assert head in done.stdout
    left = r"( all done in ~.+ ·)?"
    assert re.search(rf"^run 1 of 4 ·{left} scan · partitions 50 · ", done.stderr, re.M)
    assert re.search(rf"^run 4 of 4 ·{left} round-robin · partitions 60 · ", done.stderr, re.M)
    assert "\x1b" not in done.stdout + done.stderr


def test_json_is_all_of_stdout_and_its_runs_are_single_runs_documents() -> None:
    done = _sweep("--work-duration", "0,0.001", "-P", "50", "-t", "4", "--json", "-")

    found = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert (found["schema"], found["field"], found["values"]) == (2, "work_duration", [0, 0.001])
    assert found["plan"]["partitions"] == 50
    assert found["complete"]
    single = document(snapshot(Plan()))
    assert len(found["points"]) == 4
    for point in found["points"]:
        (run,) = point["runs"]
        assert set(run) == set(single)
        assert run["plan"]["work_duration"] == point["value"]
        assert run["totals"]["completed"] == 200
        assert run["totals"]["throughput_per_s"] == point["measures"][RATE]["median"]


def test_markdown_goes_to_stdout_and_json_to_its_file(tmp_path: Path) -> None:
    path = tmp_path / "all.json"
    done = _sweep("-P", "50,60", "--total-tasks", "240", "--markdown", "--json", str(path))

    assert done.returncode == 0, done.stderr
    assert re.match(r"\*\*scan( and round-robin)?: rate ", done.stdout), done.stdout
    assert "| Throughput, tasks/s | `scan` | `round-robin` |" in done.stdout
    found = json.loads(path.read_text())
    assert found["total_tasks"] == 240
    assert "tasks_per_partition" not in found["plan"]
    tasks = [point["runs"][0]["plan"]["tasks_per_partition"] for point in found["points"]]
    assert tasks == [4, 4, 4, 4]


@pytest.mark.sample(2)
@pytest.mark.parametrize(
    ("option", "limit", "status", "said"),
    [
        pytest.param(
            "--fail-if",
            "worst_wait_rounds.p99 > 3",
            3,
            "run 1 · scan · partitions 50: ✗",
            id="broken",
        ),
        pytest.param(
            "--fail-if", "totals.lost > 0", 0, "run 4 · round-robin · partitions 60: ✓", id="kept"
        ),
        pytest.param(
            "--require",
            "FAIR",
            3,
            "run 1 · scan · partitions 50: ✗ fail if verdict < FAIR   measured: UNFAIR",
            id="required",
        ),
    ],
)
def test_limits_hold_for_every_run(option: str, limit: str, status: int, said: str) -> None:
    # Where the loop is late once, a run this short may be without a verdict.
    done = _sweep(*SMALL, option, limit, "--allow-inconclusive")
    for _ in range(2):
        if said in done.stdout or "INCONCLUSIVE" not in done.stdout:
            break
        LOG.info("once more, as a run was too disturbed to be judged:\n%s", done.stdout)
        done = _sweep(*SMALL, option, limit, "--allow-inconclusive")

    assert done.returncode == status, done.stdout + done.stderr
    assert said in done.stdout


def test_strategy_that_fails_is_not_run_again_and_the_others_go_on() -> None:
    broken = "custom.broken:UnableToBegin"
    done = _sweep(*SMALL, "--strategies", f"{broken},round-robin", "--concurrency-limit", "2")

    said = " ".join(done.stdout.split())
    assert done.returncode == 1
    assert f"{broken}: rate not known; round-robin: rate " in said
    assert "3 of 4 runs: 1 failed, and a strategy that failed is not run again" in said
    assert said.count("__init__() raised KeyError: 'no settings'") == 1, "once, with its reason"
    assert f"{broken}: __init__()" not in said, "the name is there already"
    assert f"{broken} ignores --concurrency-limit 2: there is no limit" in said
    assert f"limit 2 (not {broken})" in said


def test_unreachable_redis_is_one_clear_line_and_status_1() -> None:
    done = _sweep(*SMALL, "--redis-url", "redis://:hunter2@127.0.0.1:1/0")

    assert done.returncode == 1
    assert done.stdout.startswith("No run was served to the end")
    assert "1 of 4 runs: ended by a failure" in done.stdout
    assert done.stderr.splitlines()[-1].startswith("queue-fairness-tui: redis://")
    assert "hunter2" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


async def test_interruption_prints_what_was_measured_and_leaves_no_key(server: Server) -> None:
    # The second point takes minutes: it is the one that is interrupted.
    long = ["--work-duration", "0,0.5", "-P", "50", "-t", "20", "--strategies", "round-robin"]
    with _started(*long, "--redis-url", server.endpoint.url) as process:
        assert process.stderr is not None
        deadline = time.monotonic() + 60
        while "run 2 of 2" not in process.stderr.readline():
            assert time.monotonic() < deadline, "the second run did not begin"
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)

    assert process.returncode == 130
    assert out.startswith("round-robin: rate known at one point only."), out + err
    assert "2 of 2 runs: stopped early" in out
    assert "Traceback" not in err
    assert await _keys(server) == []


@contextmanager
def _started(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [*COMMAND, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=ENVIRONMENT,
    )
    with process:
        try:
            yield process
        finally:
            process.kill()
