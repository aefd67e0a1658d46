"""That the benchmarks run and print both sides; how fast anything was is nobody's business here."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SIDE = re.compile(r"^  \S.* [\d.,]+(e-\d+)? \S+ +\([\d.,e-]+ to [\d.,e-]+, \d+ repeats\)", re.M)
RATIO = re.compile(r"^  ratio (\S.*?) +\d+\.\d{3}", re.M)

needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


@pytest.mark.sample(3)
@pytest.mark.parametrize(
    ("program", "options", "ratios"),
    [
        pytest.param(
            "rate.py",
            "--partitions 20 --tasks 100 --workers 4",
            ["engine / bare loop", "round-robin / scan"],
            id="rate",
        ),
        pytest.param(
            "pipelined.py",
            "--partitions 20 --tasks 100 --workers 4 --engines bundled",
            ["claims lean / own", "run shared / own"],
            id="pipelined",
        ),
        pytest.param(
            "start.py",
            "",
            ["--help / an empty program", "first pickup / first frame"],
            id="start",
        ),
        pytest.param(
            "scale.py",
            "--tasks 4000 --partitions 400 --workers 4 --many-workers 40",
            ["drain rate, 400 / 400 partitions", "most memory, live screen / headless"],
            id="scale",
        ),
        pytest.param(
            "record.py",
            "--tasks 1000 --tasks-of-25-ms 100",
            ["0 ms, recorded / plain", "25 ms, recorded, gzip / plain"],
            id="record",
        ),
        pytest.param("judge.py", "--rows 2000", ["judged / taken apart"], id="judge"),
        pytest.param(
            "screen.py",
            "--seconds 0.3 --workers 8 --works 0 --sizes 120x40",
            ["tmux 120x40 / headless"],
            id="screen",
            marks=needs_tmux,
        ),
    ],
)
def test_a_benchmark_prints_both_sides_and_their_ratio(
    program: str, options: str, ratios: list[str]
) -> None:
    command = [sys.executable, str(Path(__file__).with_name(program)), "--repeats", "1"]
    done = subprocess.run(
        [*command, *options.split()], capture_output=True, text=True, timeout=120, check=False
    )

    assert done.returncode == 0, done.stderr
    assert "load average" in done.stdout
    assert re.search(r"Python 3\.\d+\.\d+, textual [\d.]+, redis [\d.]+.*; \S", done.stdout)
    assert len(SIDE.findall(done.stdout)) >= 2, done.stdout
    assert set(ratios) <= set(RATIO.findall(done.stdout)), done.stdout


def test_waits_are_printed_beside_those_of_theory() -> None:
    command = [sys.executable, str(Path(__file__).with_name("waits.py")), "--engines", "bundled"]
    options = "--models M/D/1 --loads 0.5 --strategies fifo,key-shard --tasks 20"
    done = subprocess.run(
        [*command, *options.split()], capture_output=True, text=True, timeout=120, check=False
    )

    assert done.returncode == 0, done.stderr
    row = r"^  M/D/1   0\.5  bundled +{} +\d+ +{} +[\d.]+ +[\d.]+ +[\d.]+ +[+-][\d.]+ "
    assert re.search(row.format("fifo", r"25\.00"), done.stdout, re.M), done.stdout
    assert re.search(row.format("key-shard", "–"), done.stdout, re.M), done.stdout
