"""What the live screen costs, in a real terminal: `python tests/bench/screen.py`.

The same plan runs headless and under a live screen in tmux, there also with --isolate, by turns.
Rates and the lag of the workers' event loop are those of each program's own JSON.
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
ZERO_WORK_RATE = 40_000
"""Tasks/s to reckon with where there is no work, to choose how many tasks to give."""
LAGS = {"120x40": 5.0, "200x60": 8.0}
"""The lag p99 to reach in a terminal of that size, ms."""
ISOLATED_LAG = 1.5
"""The same of a run in a process of its own, whatever the terminal, ms."""
RATES = {0.0: 0.9, 0.025: 0.99}
"""The share of the headless rate to reach with that work, s, in the smaller terminal."""


@dataclass(frozen=True, slots=True)
class Face:
    """How a run is looked at: in a terminal of a size, its workers beside the screen or not."""

    size: str = ""
    isolate: bool = False

    def __str__(self) -> str:
        return f"tmux {self.size}{', --isolate' * self.isolate}" if self.size else "headless"

    @property
    def lag(self) -> Target | None:
        """What its lag is held against, ms."""
        limit = ISOLATED_LAG if self.isolate else LAGS.get(self.size)
        return Target(limit, at_least=False) if limit else None


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
    faces = [Face(), *(Face(size, own) for size in sizes for own in (False, True))]
    outcomes: dict[str, list[Outcome]] = {str(face): [] for face in faces}

    def measure(face: Face) -> float:
        outcomes[str(face)].append(on_screen(plan, face) if face.size else headless(plan))
        return outcomes[str(face)][-1].rate

    rates = interleave({str(face): partial(measure, face) for face in faces}, repeats)
    print(f"{workers} workers, work {work * 1e3:g} ms, {PARTITIONS} x {tasks} tasks by turns")
    for face in faces:
        show_side(f"{face}, rate", rates[str(face)], "tasks/s")
    for face in faces[1:]:
        has_target = face.size == "120x40" and not face.isolate and work in RATES
        target = Target(RATES[work]) if has_target else None
        show_ratio(f"{face} / headless", rates[str(face)], rates["headless"], target)
    for face in faces:
        lags = [each.lag_p99_ms for each in outcomes[str(face)]]
        show_side(f"{face}, lag p99", lags, "ms", face.lag)


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


def on_screen(plan: list[str], face: Face) -> Outcome:
    """Run the plan under a live screen in tmux, and leave it when its summary stands."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "run.json")
        command = [*PROGRAM, *["--isolate"] * face.isolate, "--json", str(path), *plan]
        with _tmux(Path(folder, "tmux"), face.size, command) as tmux:
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


if __name__ == "__main__":
    main()
