"""`compare` on real servers: by turns, to its end or an orderly stop, and nothing left behind."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from script import snapshot
from servers import ENGINES, on_one_engine, until

from queue_fairness.analysis.comparison import Comparison
from queue_fairness.engine.series import SeriesRunner, SeriesStep
from queue_fairness.engine.session import Session
from queue_fairness.metrics.snapshot import Phase
from queue_fairness.plan import Plan
from queue_fairness.report.run_json import document
from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.server import Server

pytestmark = on_one_engine

COMMAND = [sys.executable, "-m", "queue_fairness_tui", "compare", "--strategies"]
BOTH = "scan,round-robin"
SMALL = ["-P", "60", "-t", "5", "-w", "6", "--work-duration", "0.002", "--headless"]
LONG = ["-P", "100", "-t", "20", "-w", "8", "--work-duration", "0.005", "--repeat", "2"]
TESTS = str(Path(__file__).parent.parent)
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if name != "REDIS_URL"},
    "PYTHONPATH": TESTS,  # where the user's own queues are
}

PLAN = Plan(partitions=60, tasks_per_partition=5, workers=6, work_duration=0.002)
STRATEGIES = ("scan", "round-robin")


def _compare(*arguments: str, names: str = BOTH) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, names, *SMALL, *arguments],
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        timeout=120,
        check=False,
    )


async def _keys(server: Server) -> list[bytes]:
    async with server.connect("watcher") as client:
        return [bytes(key) for key in await client.keys("*")]  # type: ignore[arg-type]  # undecoded


def _series(session: Session, plan: Plan, repeats: int = 2) -> SeriesRunner[Comparison]:
    asked = Comparison(plan=plan, strategies=STRATEGIES, repeats=repeats)
    return SeriesRunner(session, asked)


def _order(comparison: Comparison) -> list[str]:
    return [run.plan.strategy for run in comparison.runs]


async def test_repeats_are_interleaved_on_one_load(session: Session, server: Server) -> None:
    laps: list[SeriesStep] = []

    comparison = await _series(session, PLAN).execute(laps.append)

    assert _order(comparison) == ["scan", "round-robin"] * 2
    assert [(step.number, step.of) for step in laps] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert comparison.is_complete
    assert len({run.run_id for run in comparison.runs}) == 4
    assert {(run.plan.seed, run.plan.partitions, run.completed) for run in comparison.runs} == {
        (PLAN.seed, 60, 300)
    }
    assert all(run.pops.p50 and run.pops.p99 for run in comparison.runs)
    assert await _keys(server) == []


async def test_stop_ends_the_run_that_goes_on_and_begins_no_other(
    session: Session, server: Server
) -> None:
    plan = Plan(partitions=100, tasks_per_partition=100, work_duration=0.005)
    series = _series(session, plan)
    ending = asyncio.create_task(series.execute())
    await until(lambda: _is_busy(series.step, 1))

    series.stop()
    comparison = await ending

    assert _order(comparison) == ["scan"]
    assert comparison.runs[0].phase is Phase.STOPPED
    assert comparison.runs[0].completed > 10
    assert await _keys(server) == []


async def test_stop_before_the_first_run_makes_none(session: Session) -> None:
    series = _series(session, PLAN, repeats=1)
    series.stop()

    assert not (await series.execute()).runs


async def test_run_that_somebody_else_begins_is_left_alone(session: Session) -> None:
    series = _series(session, PLAN)
    ending = asyncio.create_task(series.execute())
    await until(lambda: series.step is not None)

    other = await session.start(PLAN)
    comparison = await ending
    await session.wait()

    assert len(comparison.runs) == 1
    assert other.snapshot().phase is Phase.DRAINED


async def test_failed_run_ends_it_with_what_was_measured() -> None:
    plan = Plan(partitions=60, tasks_per_partition=10, work_duration=0.005)
    async with Session(ServerChoice(redis_server=ENGINES[0])) as session:
        series = _series(session, plan)
        ending = asyncio.create_task(series.execute())
        await until(lambda: _is_busy(series.step, 2))
        assert session._server is not None

        async with session._server.connect("killer") as client:
            await client.shutdown(nosave=True)
        comparison = await ending

    assert [run.phase for run in comparison.runs] == [Phase.DRAINED, Phase.FAILED]
    assert comparison.left_out == 0, "it ended there"


def _is_busy(step: SeriesStep | None, number: int) -> bool:
    return step is not None and step.number == number and step.run.snapshot().completed > 10


@pytest.mark.parametrize("engine", ENGINES)
def test_sentence_and_table_go_to_stdout_and_progress_to_stderr(engine: str) -> None:
    done = _compare("--repeat", "2", "--redis-server", engine)

    assert done.returncode == 0, done.stderr
    said = " ".join(done.stdout.splitlines()[:2])
    assert re.match(r"round-robin is FAIR at [01]\.\d", said), said
    assert "scan needs " in said
    assert "scan         ✗ UNFAIR" in done.stdout
    assert "of 2 repeats" in done.stdout
    assert re.search(r"^run 1 of 4 ·( all done in ~.+ ·)? scan · ", done.stderr, re.MULTILINE)
    assert re.search(r"^run 4 of 4 ·( all done in ~.+ ·)? round-robin · ", done.stderr, re.M)
    ended = [line for line in done.stderr.splitlines() if line[1:].startswith(" of 4  ")]
    assert [line.split()[:4] for line in ended] == [
        [str(number), "of", "4", name] for number, name in enumerate(BOTH.split(",") * 2, 1)
    ]
    assert [line.split()[5] for line in ended] == ["UNFAIR", "FAIR"] * 2
    assert all(re.search(r" worst +[\d.]+ rounds +[\d.,]+ tasks/s$", line) for line in ended)
    assert "\x1b" not in done.stdout + done.stderr


def test_json_is_all_of_stdout_and_its_runs_are_single_runs_documents() -> None:
    done = _compare("--repeat", "2", "--json", "-")

    found = json.loads(done.stdout)
    assert done.returncode == 0, done.stderr
    assert (found["schema"], found["kind"]) == (2, "comparison")
    assert (found["repeats"], found["strategies"]) == (2, BOTH.split(","))
    assert found["recommendation"]["strategy"] == "round-robin"
    assert [run["plan"]["strategy"] for run in found["runs"]] == BOTH.split(",") * 2
    single = document(snapshot(PLAN))
    for run in found["runs"]:
        assert set(run) == set(single)
        assert run["totals"]["completed"] == 300
        assert run["pop_s"]["p50"] > 0


def test_markdown_goes_to_stdout_and_json_to_its_file(tmp_path: Path) -> None:
    done = _compare("--markdown", "--json", str(tmp_path / "all.json"))

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("**round-robin is FAIR")
    assert "| `scan` | ✗ UNFAIR |" in done.stdout
    assert len(json.loads((tmp_path / "all.json").read_text())["runs"]) == 2


@pytest.mark.sample(3)
@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        pytest.param(
            ["--fail-if", "worst_wait_rounds.p99 > 3"],
            3,
            "run 1 · scan: ✗ fail if worst_wait_rounds.p99 > 3",
            id="one-run-breaks-it",
        ),
        pytest.param(["--fail-if", "totals.lost > 0"], 0, "run 2 · round-robin: ✓", id="kept"),
        pytest.param(["-t", "1", "--fail-if", "totals.lost > 0"], 4, "cannot tell", id="unknown"),
        pytest.param(["-t", "1"], 0, "cannot tell", id="no-gate"),
        pytest.param(
            ["--require", "FAIR"],
            3,
            "run 1 · scan: ✗ fail if verdict < FAIR   measured: UNFAIR\n"
            "    run 2 · round-robin: ✓ fail if verdict < FAIR   measured: FAIR\n",
            id="required-of-each",
        ),
        pytest.param(
            ["-t", "1", "--require", "FAIR"],
            4,
            "run 2 · round-robin: – fail if verdict < FAIR   measured: INCONCLUSIVE",
            id="required-and-unknown",
        ),
    ],
)
def test_limits_hold_for_every_run(arguments: list[str], status: int, said: str) -> None:
    done = _compare(*arguments)

    assert done.returncode == status, done.stdout + done.stderr
    assert said in done.stdout


@pytest.mark.parametrize("arguments", [[], ["--json", "-"]], ids=["text", "json"])
def test_queue_of_ones_own_that_raises_is_explained_on_stderr(arguments: list[str]) -> None:
    done = _compare(*arguments, names="scan,custom.broken:UnableToBegin")

    assert done.returncode == 1
    assert "raise KeyError(\"no settings\")\nKeyError: 'no settings'\n" in done.stderr
    last = done.stderr.splitlines()[-1]
    assert last.endswith("UnableToBegin: __init__() raised KeyError: 'no settings'")
    assert re.search(r"2 of 2  custom.broken:UnableToBegin  ✗ FAILED +0 of 300 tasks", done.stderr)
    if arguments:
        failed = json.loads(done.stdout)["runs"][1]
        assert failed["cost_total"]["round_trips"] is None
        assert failed["failure_details"] in done.stderr
    else:
        assert "__init__() raised KeyError" in " ".join(done.stdout.split())


def test_strategy_that_fails_is_a_row_and_the_others_go_on() -> None:
    names = "scan,custom.broken:UnableToBegin,round-robin"
    done = _compare("--repeat", "2", "--json", "-", names=names)

    found = json.loads(done.stdout)
    assert done.returncode == 1
    ran = [run["plan"]["strategy"] for run in found["runs"]]
    assert ran == [*names.split(","), "scan", "round-robin"], "what failed is not run again"
    assert [row["failed"] for row in found["scoreboard"]] == [False, True, False]
    advice = found["recommendation"]
    assert advice["strategy"] == "round-robin"
    assert names.split(",")[1] in advice["undecided"]
    assert "custom.broken:UnableToBegin FAILED." in advice["sentence"]
    assert not found["complete"]


def test_what_a_strategy_ignores_is_said_and_counts_in_the_advice() -> None:
    done = _compare("--weights", "4*30,1", "-t", "15", names="scan,round-robin,virtual-time")

    said = " ".join(done.stdout.split())
    assert done.returncode == 0, done.stderr
    assert "scan and round-robin ignore --weights 4*30,1: all partitions count the same" in said
    assert "weights 4*30,1 (not scan and round-robin)" in said
    assert not said.startswith(("scan", "round-robin"))


def test_few_partitions_withhold_fair_and_hide_no_wait() -> None:
    done = _compare("-P", "3", "-t", "50", "-w", "8", names="fifo,round-robin")

    said = " ".join(done.stdout.split())
    assert done.returncode == 0, done.stderr
    assert "cannot tell" not in said
    assert not said.startswith("fifo")
    assert "(fifo) rounds, but FAIR is withheld" in said or "fifo is " in said


def test_sustained_runs_that_ended_as_planned_are_not_called_stopped() -> None:
    done = _compare("--load", "1.1", "--duration", "1s", names="fifo,round-robin")

    ended = [line for line in done.stderr.splitlines() if line[1:].startswith(" of 2  ")]
    assert done.returncode == 0, done.stderr
    assert len(ended) == 2
    assert all(re.search(r" worst +[\d.]+ rounds +[\d.,]+ tasks/s$", line) for line in ended)
    assert "stopped early" not in done.stdout + done.stderr


def test_unreachable_redis_is_one_clear_line_and_status_1() -> None:
    done = _compare("--redis-url", "redis://:hunter2@127.0.0.1:1/0")

    assert done.returncode == 1
    assert done.stdout.startswith("None can be recommended: scan FAILED; round-robin was not run.")
    assert "1 of 2 runs: ended by a failure" in done.stdout
    first_task_traceback = done.stderr.splitlines()[-1]
    assert first_task_traceback.startswith("queue-fairness-tui: redis://")
    assert "hunter2" not in done.stdout + done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_interruption_mid_way_prints_the_partial_table_and_leaves_no_key(
    server: Server, number: signal.Signals
) -> None:
    async with server.connect("owner") as owner:
        await owner.set("qf:foreign", "1")
        with _started("--redis-url", server.endpoint.url) as process:
            await _until(lambda keys: any(key.endswith(b":ready") for key in keys), server)
            process.send_signal(number)
            out, err = process.communicate(timeout=30)

    assert process.returncode == 128 + number
    assert out.startswith("None can be recommended: scan is UNFAIR, with waits up to"), out + err
    assert "round-robin was stopped early." in " ".join(out.split())
    assert "round-robin  – stopped early" in out
    assert "2 of 4 runs: stopped early" in out
    assert "Traceback" not in err
    assert await _keys(server) == [b"qf:foreign"]


@contextmanager
def _started(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [*COMMAND, BOTH, *LONG, *arguments],
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


async def _until(condition: Callable[[list[bytes]], bool], server: Server) -> None:
    deadline = time.monotonic() + 60
    while not condition(await _keys(server)):
        assert time.monotonic() < deadline, "the condition did not come true"
        await asyncio.sleep(0.02)
