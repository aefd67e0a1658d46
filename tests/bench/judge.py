"""How long a large table takes to be judged: `python tests/bench/judge.py --rows 10000000`.

A table of that many jobs of 1,000 tenants, whose workers are busy all the time, is written and then
judged by the real command: time, the processor's part of it, and the most memory. Beside it stands
the same by a bare reader, which only takes the rows apart.
"""

import csv
import heapq
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.figures import Target, options, show_machine, show_ratio, show_side

TEN_MILLION = 10_000_000
WORK_S = 0.025
BEGIN = 1_700_000_000


def main() -> None:
    parser = options(__doc__.splitlines()[0], repeats=1)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--tenants", type=int, default=1_000)
    parser.add_argument("--workers", type=int, default=64)
    asked = parser.parse_args()
    show_machine("no server")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "jobs.csv"
        write_table(path, asked.rows, asked.tenants, asked.workers)
        print(f"  {asked.rows:,} rows, {path.stat().st_size / 1e6:,.0f} MB", flush=True)
        bare, judged, spent, memory = [], [], [], []
        for _ in range(asked.repeats):
            bare.append(read_bare(path))
            seconds, processor_s, peak_mb = judge(path)
            judged.append(seconds)
            spent.append(processor_s)
            memory.append(peak_mb)
    share = asked.rows / TEN_MILLION
    show_side("judged", judged, "s", Target(90 * share, at_least=False))
    show_side("... of a processor", spent, "s")
    show_side("... most memory", memory, "MB", Target(2000, at_least=False))
    show_side("rows taken apart, nothing else", bare, "s")
    show_ratio("judged / taken apart", judged, bare)


def write_table(path: Path, rows: int, tenants: int, workers: int) -> None:
    """Jobs in the order in which they were taken: first come, first served."""
    chance = random.Random(1)
    free = [(0.0, worker) for worker in range(workers)]
    now = 0.0
    with path.open("w") as file:
        file.write("tenant,ready_at,started_at,finished_at\n")
        for _ in range(rows):
            now += chance.expovariate(workers / WORK_S)
            since, worker = heapq.heappop(free)
            at = max(now, since)
            done = at + WORK_S * chance.uniform(0.8, 1.2)
            heapq.heappush(free, (done, worker))
            times = (round((BEGIN + each) * 1e6) for each in (now, at, done))
            tenant = int(tenants * chance.random() ** 2)
            file.write(f"customer {tenant},{','.join(map(str, times))}\n")


def read_bare(path: Path) -> float:
    """Seconds to take all rows apart."""
    started = time.perf_counter()
    with path.open(newline="") as file:
        for _ in csv.reader(file):
            pass
    return time.perf_counter() - started


def judge(path: Path) -> tuple[float, float, float]:
    """Seconds, seconds of a processor, and MB at most, of the real command."""
    started = time.perf_counter()
    words = [sys.executable, "-m", "queue_fairness_tui", "judge", str(path), "--headless"]
    child = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    assert child.returncode == 0, child.returncode
    kilobytes = used.ru_maxrss if sys.platform == "linux" else used.ru_maxrss / 1024
    return time.perf_counter() - started, used.ru_utime + used.ru_stime, kilobytes / 1024


if __name__ == "__main__":
    main()
