"""The gate for CI, and outputs that cannot be written, by the command itself."""

import json
import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-m", "queue_fairness_tui", "--headless", "--redis-server", "bundled"]
LOAD = ["-P", "60", "-t", "5", "-w", "4", "--work-duration", "0.002"]
GIVEN_UP = ["--strategy", "round-robin", "--failure-rate", "1", "--max-attempts", "3"]
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}


def _run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*COMMAND, *LOAD, *arguments],
        capture_output=True,
        text=True,
        env={**ENVIRONMENT, **environment},
        timeout=60,
        check=False,
    )


@pytest.mark.sample(3)
@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        pytest.param(
            ["--fail-if", "worst_wait_rounds.p99 > 3", "--fail-if", "totals.lost > 0"],
            3,
            ["✗ fail if worst_wait_rounds.p99 > 3", "✓ fail if totals.lost > 0   measured: 0"],
            id="scan-breaks-it",
        ),
        pytest.param(
            ["--strategy", "round-robin", "--fail-if", "worst_wait_rounds.p99 > 3"],
            0,
            ["✓ fail if worst_wait_rounds.p99 > 3"],
            id="turns-keep-it",
        ),
        pytest.param(
            ["-t", "1", "--fail-if", "totals.lost > 0"],
            4,
            ["? INCONCLUSIVE", "✓ fail if totals.lost > 0"],
            id="cannot-tell",
        ),
        pytest.param(
            ["-t", "1", "--fail-if", "totals.lost > 0", "--allow-inconclusive"],
            0,
            ["? INCONCLUSIVE"],
            id="cannot-tell-allowed",
        ),
        pytest.param(
            ["-t", "1", "--fail-if", "round_jain < 2"],
            3,
            ["✗ fail if round_jain < 2"],
            id="broken-comes-first",
        ),
        pytest.param(["-t", "1"], 0, ["? INCONCLUSIVE"], id="no-gate"),
        pytest.param(
            ["--fail-if", "verdict == UNFAIR", "--fail-if", "jain < 0.8"],
            3,
            ["✗ fail if verdict == UNFAIR   measured: UNFAIR", "✗ fail if jain < 0.8   measured"],
            id="verdict-and-short-name",
        ),
        pytest.param(
            ["--fail-if", "worst_wait_rounds > 3"],
            3,
            ["✗ fail if worst_wait_rounds > 3", "(worst_wait_rounds.max)"],
            id="group-is-its-largest",
        ),
        pytest.param(
            ["--require", "avg"],
            3,
            ["✗ fail if verdict < FAIR ON AVERAGE ONLY   measured: UNFAIR"],
            id="required-and-missed",
        ),
        pytest.param(
            ["--strategy", "round-robin", "--require", "FAIR", "--fail-if", "integrity == false"],
            0,
            ["✓ fail if verdict < FAIR   measured: FAIR", "false   measured: true"],
            id="required-and-reached",
        ),
        pytest.param(
            ["-t", "1", "--require", "fair"],
            4,
            ["– fail if verdict < FAIR   measured: INCONCLUSIVE"],
            id="required-and-unknown",
        ),
        pytest.param(
            ["-t", "1", "--require", "fair", "--allow-inconclusive"],
            0,
            ["– fail if verdict < FAIR   measured: INCONCLUSIVE"],
            id="required-and-unknown-allowed",
        ),
        pytest.param(
            ["--strategy", "round-robin", "--fail-if", "quiet_slowdown > 2"],
            4,
            ["– fail if quiet_slowdown > 2   not measured"],
            id="not-measured",
        ),
        pytest.param(
            [*GIVEN_UP, "--fail-if", "lost > 0", "--allow-inconclusive"],
            3,
            [
                "✓ fail if lost > 0   measured: 0",
                "✗ fail if hardly anything was done   measured: 0 of 300 tasks",
            ],
            id="all-given-up",
        ),
    ],
)
def test_limits_decide_the_exit_status(arguments: list[str], status: int, said: list[str]) -> None:
    done = _run(*arguments)

    assert done.returncode == status, done.stdout + done.stderr
    for words in said:
        assert words in done.stdout


@pytest.mark.sample(2)
@pytest.mark.parametrize("allow", [[], ["--allow-inconclusive"]])
@pytest.mark.parametrize("limit", [["--fail-if", "worst_wait > 3"], ["--require", "FAIR"]])
def test_run_in_which_nothing_arrives_is_undecided(limit: list[str], allow: list[str]) -> None:
    done = subprocess.run(
        [*COMMAND, "--rate", "1", "--duration", "0.1s", *limit, *allow],
        capture_output=True,
        text=True,
        env=ENVIRONMENT,
        timeout=60,
        check=False,
    )

    assert done.returncode == 4, done.stdout + done.stderr
    assert "– fail if hardly anything was done   no task arrived" in done.stdout


def test_broken_run_passes_no_gate() -> None:
    tests = str(Path(__file__).parents[1])

    done = _run("--strategy", "custom.broken:Repeating", "--fail-if", "jain < 0", PYTHONPATH=tests)

    assert done.returncode == 3, done.stdout + done.stderr
    assert "✗ fail if verdict == BROKEN   measured: BROKEN" in done.stdout


def test_why_a_run_is_undecided_is_said_where_stdout_is_json() -> None:
    done = _run("-t", "1", "--fail-if", "lost > 0", "--json", "-")

    assert done.returncode == 4
    assert json.loads(done.stdout)["verdict"]["word"] == "INCONCLUSIVE"
    assert "– fail if verdict == INCONCLUSIVE   measured: INCONCLUSIVE" in done.stderr


@pytest.mark.sample(4)
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--fail-if", "worst_waits > 3"], "no number is called 'worst_waits' (did you mean wors"),
        (["--fail-if", "p99 > 3"], "'p99' may be one of "),
        (["--fail-if", "verdict < GOOD"], "'GOOD' is none of the verdicts"),
        (["--require", "GOOD"], "--require 'GOOD': choose one of FAIR, "),
    ],
)
def test_wrong_limit_is_refused_before_the_run(arguments: list[str], said: str) -> None:
    done = _run(*arguments)

    assert done.returncode == 2
    assert not done.stdout
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert len(done.stderr) < 320


def test_names_are_listed_on_request() -> None:
    done = _run("--fail-if", "help")

    assert (done.returncode, done.stderr) == (0, "")
    assert "worst_wait_rounds.p99" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 100


def test_verdict_is_in_the_json() -> None:
    found = json.loads(_run("--json", "-").stdout)

    assert found["verdict"]["word"] == "UNFAIR"
    for part in ("why", "not", "try"):
        assert found["verdict"][part]
    assert found["fairness"]["worst_wait_rounds"]["max"] > 3.5
    assert found["evidence"]["integrity"] is True
    assert found["evidence"]["rounds"] == pytest.approx(5, abs=0.1)
    assert found["cost_per_pop"]["round_trips"] >= 4
    assert found["command"].endswith("--redis-server bundled")


def test_output_that_knows_only_ascii_gets_ascii() -> None:
    done = _run(PYTHONIOENCODING="ascii")

    assert done.returncode == 0, done.stderr
    assert "x UNFAIR" in done.stdout
    assert done.stdout.isascii()


def test_full_disk_keeps_the_report_and_says_so() -> None:
    done = _run("--json", "/dev/full")

    assert done.returncode == 1
    assert "DRAINED  300 of 300 tasks" in done.stdout
    assert "--json /dev/full could not be written" in done.stderr
    assert "Traceback" not in done.stderr


def test_progress_that_nobody_reads_does_not_stop_the_workers() -> None:
    # GIVEN a terminal for stderr whose other end is never read, and which is nearly full
    reader, writer = pty.openpty()
    os.set_blocking(writer, False)
    try:
        while True:
            os.write(writer, b"x" * 64)
    except BlockingIOError:
        os.set_blocking(writer, True)

    started = time.monotonic()
    done = subprocess.run(
        [*COMMAND, "-P", "60", "-t", "40", "-w", "8", "--work-duration", "0.005", "--json", "-"],
        stdout=subprocess.PIPE,
        stderr=writer,
        env=ENVIRONMENT,
        timeout=60,
        check=False,
    )

    os.close(writer)
    os.close(reader)
    assert done.returncode == 0
    assert json.loads(done.stdout)["totals"]["completed"] == 2400
    assert time.monotonic() - started < 20
