"""How the program ages: an hour of load .9 with the screen, and what grows meanwhile.

    uv run python tests/bench/soak.py [--minutes 60] [--engine bundled] [--strategy round-robin]

Prints a line a minute: memory (RSS) and open files of the program, how late its event loop was,
frames drawn, backlog. The last line is the verdict: memory may grow by 1 MB an hour after the
first five minutes. The growth is the slope of a straight line through the samples (least squares,
one each second), so that one garbage collection decides nothing. Linux only: it reads /proc.
Exit status 1 if it grows faster, if the run did not end well, or if the machine did not keep up.
"""

import argparse
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

# Run as a file, it does not find the other tools of its directory.
sys.path[:0] = [str(Path(__file__).parents[1])]

from bench.terminal import PROGRAM, Terminal  # noqa: E402

LOAD = 0.9
WARM_UP_S = 300.0
"""Buffers, caches and the heat map's history fill up first."""
MOST_MB_PER_HOUR = 1.0
KEEPS_UP_S = 5.0
"""So many seconds of arrivals may wait at the end."""
SAMPLE_S = 1.0
LINE_S = 60.0
SIZE = (120, 40)
KB_PER_MB = 1024.0


@dataclass
class Samples:
    """Memory and open files of one process over time.

    Attributes:
        at_s: When each was taken, seconds since the start.
        rss_kb: Resident memory, KiB.
        files: Open file descriptors.
    """

    at_s: list[float] = field(default_factory=list)
    rss_kb: list[int] = field(default_factory=list)
    files: list[int] = field(default_factory=list)

    def take(self, pid: int, at_s: float) -> bool:
        """Add a sample; whether the process was there to be looked at."""
        process = Path("/proc", str(pid))
        try:
            lines = (process / "status").read_text().splitlines()
            rss_kb = next(int(line.split()[1]) for line in lines if line.startswith("VmRSS"))
            files = len(os.listdir(process / "fd"))  # noqa: PTH208 (only their number counts)
        except (OSError, StopIteration):
            return False
        self.at_s.append(at_s)
        self.rss_kb.append(rss_kb)
        self.files.append(files)
        return True


def growth_mb_per_hour(at_s: Sequence[float], rss_kb: Sequence[float]) -> float | None:
    """Slope of the straight line through memory over time, by least squares, MB an hour.

    None for fewer than two moments.
    """
    if len(set(at_s)) < 2:
        return None
    middle_s, middle_kb = sum(at_s) / len(at_s), sum(rss_kb) / len(rss_kb)
    both = sum((x - middle_s) * (y - middle_kb) for x, y in zip(at_s, rss_kb, strict=True))
    return both / sum((x - middle_s) ** 2 for x in at_s) / KB_PER_MB * 3600


def main(arguments: Sequence[str]) -> int:
    """Run the soak; returns the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--engine", default="bundled", help="for --redis-server")
    parser.add_argument("--strategy", default="round-robin")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="soak-") as folder:
        result = Path(folder, "result.json")
        command = [*PROGRAM, "--load", str(LOAD), "--duration", f"{asked.minutes * 60:g}s"]
        command += ["--redis-server", asked.engine, "--strategy", asked.strategy]
        samples, frames = soak([*command, "--json", str(result)], asked.minutes * 60)
        return verdict(samples, frames, json.loads(result.read_text()))


def soak(command: Sequence[str], lasts_s: float) -> tuple[Samples, list[float]]:
    """Run a command in a terminal that long; returns its samples, and when frames were drawn."""
    samples, over = Samples(), threading.Event()
    with Terminal(command, SIZE, {}) as terminal:
        print("  minute     RSS    files  frames/s    growth since then or minute 5")
        watch = threading.Thread(target=_watch, args=(terminal, samples, over), daemon=True)
        watch.start()
        try:
            terminal.wait_for("tasks/s", 60)
            time.sleep(max(0.0, lasts_s - (time.monotonic() - terminal.started)))
            terminal.wait_for("ENDED", 120)
        finally:
            over.set()
            watch.join()
        frames = [at - terminal.started for at in terminal.frames]
        terminal.press("q")
    return samples, frames


def _watch(terminal: Terminal, samples: Samples, over: threading.Event) -> None:
    told = 0
    while not over.wait(SAMPLE_S):
        at_s = time.monotonic() - terminal.started
        if not samples.take(terminal.pid, at_s):
            return
        if at_s >= (told + 1) * LINE_S:
            told += 1
            recent = sum(frame - terminal.started > at_s - LINE_S for frame in terminal.frames)
            print(line(told, samples, recent / LINE_S), flush=True)


def line(minute: int, samples: Samples, frames_per_s: float) -> str:
    """What a minute was like: medians of its samples."""
    last = int(LINE_S / SAMPLE_S)
    rss_mb = median(samples.rss_kb[-last:]) / KB_PER_MB
    files = max(samples.files[-last:])
    growth = _after_warm_up(samples)
    grown = "–" if growth is None else f"{growth:+.2f} MB an hour"
    return f"  {minute:>6}  {rss_mb:5.1f} MB  {files:>5}  {frames_per_s:8.1f}    {grown}"


def _after_warm_up(samples: Samples) -> float | None:
    """Growth after the first minutes; None as long as there is less than a quarter of a minute."""
    late = [
        (at_s, rss_kb)
        for at_s, rss_kb in zip(samples.at_s, samples.rss_kb, strict=True)
        if at_s >= WARM_UP_S
    ]
    if len(late) < LINE_S / SAMPLE_S / 4:
        return None
    return growth_mb_per_hour(*zip(*late, strict=True))


def verdict(samples: Samples, frames: Sequence[float], result: dict[str, object]) -> int:
    """Print what came of it; returns the exit status."""
    growth = _after_warm_up(samples)
    lag = result["event_loop_lag_ms"]
    assert isinstance(lag, dict)
    span_s = frames[-1] - frames[0] if len(frames) > 1 else 0.0
    rate = f"{len(frames) / span_s:.1f} a second" if span_s else "unknown"
    print(f"  lag p50 / p99 / max: {lag['p50']:.2f} / {lag['p99']:.2f} / {lag['max']:.1f} ms")
    print(f"  frames: {len(frames):,}, {rate}; open files: {_range(samples.files)}")
    print(f"  memory: {max(samples.rss_kb) / KB_PER_MB:.1f} MB at most; run: {result['phase']}")
    ended_well = result["phase"] == "ended"
    waits_s = _backlog_s(result)
    print(f"  backlog at the end: {waits_s:.1f} s of arrivals")
    if growth is None:
        print("verdict: ? no growth can be told: it takes more than five minutes")
        return 0 if ended_well else 1
    if waits_s > KEEPS_UP_S:
        # Tasks that wait take memory, and have to.
        print(f"verdict: ? RSS {growth:+.2f} MB an hour, but the machine did not keep up")
        return 1
    is_fine = growth <= MOST_MB_PER_HOUR and ended_well
    word = "✓" if is_fine else "✗"
    print(f"verdict: {word} RSS {growth:+.2f} MB an hour, at most {MOST_MB_PER_HOUR:+.2f} allowed")
    return 0 if is_fine else 1


def _backlog_s(result: dict[str, object]) -> float:
    """How many seconds of arrivals waited at the end."""
    totals = result["totals"]
    assert isinstance(totals, dict)
    arrived, elapsed_s = float(totals["arrived"]), float(totals["elapsed_s"])
    return float(totals["left"] or 0) * elapsed_s / arrived


def _range(values: Sequence[int]) -> str:
    return f"{min(values)} to {max(values)}" if min(values) < max(values) else str(values[0])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
