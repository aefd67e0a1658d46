"""Real runs are recorded, replayed, judged and carried out again by the real command."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from judge.tables import rows, sequential
from judge.test_tables import csv_of
from servers import on_one_engine

pytestmark = on_one_engine

COMMAND = [sys.executable, "-m", "queue_fairness_tui"]
DRAIN = ["-P", "60", "-t", "5", "-w", "6", "--work-duration", "0.001"]
TROUBLED = [
    *("-P", "20", "-w", "6", "--load", "1.2", "--duration", "1.5", "--work-duration", "0.005"),
    *("--strategy", "streams", "--crash-at", "0.3", "--failure-rate", "0.1", "--lease-ttl", "0.5"),
]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
    return subprocess.run(
        [*COMMAND, *arguments],
        capture_output=True, text=True, env=environment, timeout=120, check=False,
    )  # fmt: skip


def different(one: object, other: object, at: str = "") -> Iterator[str]:
    """Where two documents differ.

    Looking at a run in mid-run changes in which steps worker time is added up: the last digits.
    """
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        for name, each in one.items():
            yield from different(each, other[name], f"{at}.{name}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for number, each in enumerate(one):
            yield from different(each, other[number], f"{at}.{number}")
    elif isinstance(one, float) and isinstance(other, float):
        if one != pytest.approx(other, rel=1e-9, abs=1e-12):
            yield f"{at}: {one} {other}"
    elif one != other:
        yield f"{at}: {one} {other}"


@pytest.mark.sample(2)
@pytest.mark.parametrize(
    ("words", "name"),
    [
        pytest.param(DRAIN, "run.jsonl.gz", id="drain"),
        pytest.param([*TROUBLED, "--isolate"], "run.jsonl.zst", id="sustained, isolated"),
        pytest.param(
            ["compare", "-P", "20", "-t", "3", "--work-duration", "0", "--strategies",
             "scan,round-robin"], "runs.jsonl", id="comparison",
        ),
        pytest.param(
            ["sweep", "--partitions", "10,20", "-t", "3", "--work-duration", "0",
             "--strategies", "round-robin"], "runs.jsonl", id="sweep",
        ),
    ],
)  # fmt: skip
def test_the_document_of_a_replay_is_that_of_the_run(
    words: list[str], name: str, tmp_path: Path
) -> None:
    if name.endswith("zst") and sys.version_info < (3, 14):
        pytest.importorskip("backports.zstd", reason="is an extra before Python 3.14")
    record, live = tmp_path / name, tmp_path / "live.json"
    done = run(*words, "--headless", "--record", str(record), "--json", str(live))
    assert done.returncode == 0, done.stderr

    for word in ("replay", "judge"):
        again = tmp_path / f"{word}.json"
        done = run(word, str(record), "--json", str(again))
        assert done.returncode == 0, done.stderr
        assert not list(different(json.loads(again.read_text()), json.loads(live.read_text())))


def test_what_happened_is_carried_out_again_under_another_strategy(tmp_path: Path) -> None:
    table, found = tmp_path / "jobs.csv", tmp_path / "found.json"
    table.write_text(csv_of(rows(sequential(40, 5))))

    done = run("replay", str(table), "--strategy", "round-robin", "--json", str(found))
    assert done.returncode == 0, done.stderr
    document = json.loads(found.read_text())
    assert document["verdict"]["word"] == "FAIR"
    assert document["totals"]["completed"] == 200
    assert document["plan"]["workers"] == 4
    assert document["fairness"]["longest_waits"][0]["partition"].startswith("tenant ")
    assert document["command"].startswith(f"queue-fairness-tui replay {table} --strategy")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no full device")
def test_a_full_disk_ends_the_recording_and_not_the_run() -> None:
    done = run(*DRAIN, "--headless", "--record", "/dev/full")

    assert done.returncode == 0
    assert "DRAINED  300 of 300 tasks" in done.stdout
    assert "the recording /dev/full is not whole: No space left on device" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--record", "-"), "name a file"),
        (("--record", "/nowhere/x"), "there is no folder /nowhere"),
        (("replay", "-"), "name a file"),
        (("replay", __file__), "is no JSON"),
        (("replay", "x", "--speed", "0"), "give a number from 0.001"),
        (("judge", __file__, "--workers", "0"), "give a number from 1"),
        (("judge", __file__), "give --by COLUMN|is no table|whose a job is"),
        (("judge", __file__, "--record", "x"), "--record is for runs"),
        (("replay", __file__, "--isolate"), "--isolate is for runs"),
        (("judge", "/nowhere/x"), "cannot be read: No such file"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(words: tuple[str, ...], said: str) -> None:
    done = run(*words)

    assert done.returncode in (1, 2)
    assert any(each in done.stderr for each in said.split("|")), done.stderr
    assert "Traceback" not in done.stderr


def test_whoever_interrupts_the_judge_gets_nothing_half(tmp_path: Path) -> None:
    table, found = tmp_path / "jobs.csv", tmp_path / "found.json"
    table.write_text(csv_of(rows(sequential(100, 3000))))
    child = subprocess.Popen(
        [*COMMAND, "judge", str(table), "--json", str(found)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert child.stderr is not None
    assert child.stdout is not None

    while "reading" not in (line := child.stderr.readline()):
        assert line or child.poll() is None
        time.sleep(0.01)
    child.send_signal(signal.SIGINT)
    out, _ = child.communicate(timeout=60)

    assert child.returncode == 130
    assert out == ""
    assert not found.exists()
