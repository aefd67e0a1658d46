"""What the live screen costs, in a real terminal: `python tests/bench/screen.py`.

The same plan runs headless and under a live screen in tmux, by turns. Rates and the lag of the
event loop are those of each program's own JSON.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.figures import (
    Target,
    engine_of,
    interleave,
    options,
    show_machine,
    show_ratio,
    show_side,
)
from bench.terminal import DEADLINE_S, PROGRAM

PARTITIONS = 200
ZERO_WORK_RATE = 10_000
"""Tasks/s to reckon with where there is no work, to choose how many tasks to give."""
LAGS = {"120x40": 5.0, "200x60": 8.0}
"""The lag p99 to reach in a terminal of that size, ms."""
RATES = {0.0: 0.9, 0.025: 0.99}
"""The share of the headless rate to reach with that work, s, in the smaller terminal."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run's JSON says."""

    rate: float
    lag_p99_ms: float


def main() -> None:
    parser = options(__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=4.0, help="about how long a run takes")
    parser.add_argument("--workers", type=int, nargs="+", default=[8, 64])
    parser.add_argument("--works", type=float, nargs="+", default=list(RATES), help="of a task, s")
    parser.add_argument("--sizes", nargs="+", default=["120x40", "200x60"], help="of the terminal")
    asked = parser.parse_args()
    show_machine(engine_of("bundled"))
    for work in asked.works:
        for workers in asked.workers:
            compare(work, workers, asked.sizes, asked.seconds, asked.repeats)


def compare(work: float, workers: int, sizes: list[str], seconds: float, repeats: int) -> None:
    """Print one load's figures, headless and on each size of terminal."""
    rate = min(workers / work if work else ZERO_WORK_RATE, ZERO_WORK_RATE)
    tasks = max(3, round(rate * seconds / PARTITIONS))
    plan = ["--redis-server", "bundled", "--strategy", "round-robin", "-P", str(PARTITIONS)]
    plan += ["-t", str(tasks), "-w", str(workers), "--work-duration", str(work)]
    outcomes: dict[str, list[Outcome]] = {}

    def note(name: str, outcome: Outcome) -> float:
        outcomes.setdefault(name, []).append(outcome)
        return outcome.rate

    sides = {"headless": lambda: note("headless", headless(plan))}
    for size in sizes:
        sides[size] = partial(lambda at: note(at, on_screen(plan, at)), size)
    rates = interleave(sides, repeats)
    print(f"{workers} workers, work {work * 1e3:g} ms, {PARTITIONS} x {tasks} tasks by turns")
    for name, values in rates.items():
        show_side(f"{_face(name)}, rate", values, "tasks/s")
    for size in sizes:
        share = Target(RATES[work]) if size == "120x40" and work in RATES else None
        show_ratio(f"{_face(size)} / headless", rates[size], rates["headless"], share)
    for name, seen in outcomes.items():
        limit = Target(LAGS[name], at_least=False) if name in LAGS else None
        show_side(f"{_face(name)}, lag p99", [each.lag_p99_ms for each in seen], "ms", limit)


def headless(plan: list[str]) -> Outcome:
    """Run the plan without a screen."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "run.json")
        subprocess.run(
            [*PROGRAM, "--headless", "--json", path, *plan],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        return _read(path)


def on_screen(plan: list[str], size: str) -> Outcome:
    """Run the plan under a live screen in tmux, and leave it when its summary stands."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "run.json")
        with _tmux(Path(folder, "tmux"), size, [*PROGRAM, "--json", str(path), *plan]) as tmux:
            deadline = time.monotonic() + DEADLINE_S
            while "DRAINED" not in _tmux_says(tmux, "capture-pane", "-p"):
                if time.monotonic() > deadline:
                    raise AssertionError(_tmux_says(tmux, "capture-pane", "-p"))
                time.sleep(0.5)  # each look costs the machine a little
            _tmux_says(tmux, "send-keys", "q")
            while not path.exists() or not path.read_text().endswith("}\n"):
                if time.monotonic() > deadline:
                    raise AssertionError("the run's JSON was not written")
                time.sleep(0.05)
        return _read(path)


@contextmanager
def _tmux(socket: Path, size: str, command: list[str]) -> Iterator[Path]:
    width, height = size.split("x")
    window = ["new-session", "-d", "-x", width, "-y", height]
    quiet = ["env", "-u", "REDIS_URL", "-u", "NO_COLOR", "COLORTERM=truecolor"]
    _tmux_says(socket, *window, *quiet, *command)
    try:
        yield socket
    finally:
        # It is gone already if the program was the first to leave.
        subprocess.run(["tmux", "-S", socket, "kill-server"], check=False, capture_output=True)


def _tmux_says(socket: Path, *arguments: str) -> str:
    command = ["tmux", "-S", str(socket), "-f", os.devnull, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def _read(path: Path) -> Outcome:
    said = json.loads(path.read_text())
    return Outcome(said["totals"]["throughput_per_s"], said["event_loop_lag_ms"]["p99"] or 0.0)


def _face(name: str) -> str:
    return name if name == "headless" else f"tmux {name}"


if __name__ == "__main__":
    main()
