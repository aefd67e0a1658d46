"""The gate for CI, and outputs that cannot be written, by the command itself."""

import json
import os
import pty
import subprocess
import sys
import time

import pytest

COMMAND = [sys.executable, "-m", "queue_fairness_tui", "--headless", "--redis-server", "bundled"]
LOAD = ["-P", "60", "-t", "5", "-w", "4", "--work-duration", "0.002"]
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
    ],
)
def test_limits_decide_the_exit_status(arguments: list[str], status: int, said: list[str]) -> None:
    done = _run(*arguments)

    assert done.returncode == status, done.stdout + done.stderr
    for words in said:
        assert words in done.stdout


def test_wrong_limit_is_refused_before_the_run() -> None:
    done = _run("--fail-if", "worst_wait > 3")

    assert done.returncode == 2
    assert not done.stdout
    assert "no measure is called 'worst_wait'" in done.stderr
    assert "worst_wait_rounds.p99" in done.stderr
    assert done.stderr.count("\n") == 1


def test_verdict_is_in_the_json() -> None:
    found = json.loads(_run("--json", "-").stdout)

    assert found["verdict"]["word"] == "UNFAIR"
    for part in ("why", "not", "try"):
        assert found["verdict"][part]
    assert found["fairness"]["worst_wait_rounds"]["max"] > 3.5
    assert found["gates"]["integrity"] is True
    assert found["gates"]["evidence"]["rounds"] == pytest.approx(5, abs=0.1)
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
