"""How far it reaches: `python tests/bench/scale.py`.

    engine   enqueueing and draining many tasks over many partitions, against few partitions
    program  the same headless and under a live screen: memory, frames, when the summary stands
    workers  a run of 1,000 workers

A terminal that only counts is on the other side of the screen. When the last task was done is
reckoned from the first pickup, as the server sees it, and the elapsed time of the program's JSON.
"""

import asyncio
import gc
import json
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.figures import Target, interleave_runs, options, show_machine, show_ratio, show_side
from bench.terminal import PROGRAM, Terminal, peak_kb, wait_until
from bench.watching import first_claimed

from queue_fairness import event_loop
from queue_fairness.engine.run import Run
from queue_fairness.metrics.snapshot import Phase
from queue_fairness.plan import Plan
from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.server import Server, open_server

FEW_PARTITIONS = 1000
LOOK_S = 0.02
CLAIMS = b"evalsha"
SIZE = (120, 40)


@dataclass(frozen=True, slots=True)
class Rates:
    """What a run in this process did."""

    enqueued_per_s: float
    drained_per_s: float


@dataclass(frozen=True, slots=True)
class Shown:
    """What a terminal saw of the program."""

    frames_per_s: float
    longest_gap_s: float
    summary_s: float
    peak_mb: float


def main() -> None:
    parser = options(__doc__.splitlines()[0], repeats=5)
    parser.add_argument("--tasks", type=int, default=1_000_000)
    parser.add_argument("--partitions", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=64)
    parser.add_argument("--many-workers", type=int, default=1000)
    asked = parser.parse_args()
    many = _plan(asked.partitions, asked.tasks, asked.workers)
    few = _plan(min(FEW_PARTITIONS, asked.partitions), asked.tasks, asked.workers)
    crowd = _plan(asked.partitions, max(asked.tasks // 10, asked.partitions), asked.many_workers)
    event_loop.run(compare_engines(many, few, crowd, asked.repeats))
    compare_faces(many, asked.repeats)


async def compare_engines(many: Plan, few: Plan, crowd: Plan, repeats: int) -> None:
    """Print the rates of runs in this process."""
    async with open_server(ServerChoice(redis_server="bundled")) as server:
        show_machine(str(server.info))
        seen: dict[str, list[Rates]] = {"many": [], "few": [], "crowd": []}

        async def note(name: str, plan: Plan) -> float:
            seen[name].append(await measure_run(server, plan))
            return seen[name][-1].drained_per_s

        plans = {"many": many, "few": few, "crowd": crowd}
        sides = {name: partial(note, name, plan) for name, plan in plans.items()}
        drained = await interleave_runs(sides, repeats)
    print(f"engine, headless, round-robin, no work, {many.workers} workers")
    for name, plan in (("many", many), ("few", few)):
        size = f"{plan.partitions:,} x {plan.tasks_per_partition:,}"
        target = Target(200_000) if name == "many" else None
        enqueued = [each.enqueued_per_s for each in seen[name]]
        show_side(f"{size}, enqueue rate", enqueued, "tasks/s", target)
        show_side(f"{size}, drain rate", drained[name], "tasks/s")
    title = f"drain rate, {many.partitions:,} / {few.partitions:,} partitions"
    show_ratio(title, drained["many"], drained["few"], Target(0.8))
    size = f"{crowd.partitions:,} x {crowd.tasks_per_partition:,}"
    show_side(f"{crowd.workers:,} workers, {size}, drain rate", drained["crowd"], "tasks/s")
    title = f"drain rate, {crowd.workers:,} / {many.workers} workers"
    show_ratio(title, drained["crowd"], drained["many"])


async def measure_run(server: Server, plan: Plan) -> Rates:
    """Carry out a plan, looking at it now and then as a face does."""

    async def ready() -> Server:
        return server

    gc.collect()
    run = Run(plan)
    running = asyncio.create_task(run.execute(ready))
    began = ended = 0.0
    while not running.done():
        phase = run.snapshot().phase
        now = time.monotonic()
        if phase is Phase.ENQUEUEING:
            began = began or now
        elif began:
            ended = ended or now
        await asyncio.wait({running}, timeout=LOOK_S if phase is not Phase.DRAINING else 1.0)
    await running
    final = run.snapshot()
    if final.completed != plan.total_tasks or final.throughput_per_s is None:
        raise AssertionError(f"the run did not end well: {final.phase}, {final.failure}")
    # A small load is enqueued between two looks.
    return Rates(plan.total_tasks / max(ended - began, LOOK_S), final.throughput_per_s)


def compare_faces(plan: Plan, repeats: int) -> None:
    """Print what the whole program needs, headless and under a live screen."""
    shown: list[Shown] = []
    plain_mb: list[float] = []
    for _ in range(repeats):
        shown.append(on_screen(plan))
        plain_mb.append(headless_mb(plan))
    size = f"{plan.partitions:,} x {plan.tasks_per_partition:,}"
    print(f"program, {size}, {plan.workers} workers, no work")
    memory = Target(400, at_least=False)
    show_side("most memory, headless", plain_mb, "MB", memory)
    screen_mb = [each.peak_mb for each in shown]
    show_side("most memory, live screen", screen_mb, "MB", memory)
    show_ratio("most memory, live screen / headless", screen_mb, plain_mb)
    frames = [each.frames_per_s for each in shown]
    show_side(f"frames, {SIZE[0]}x{SIZE[1]}", frames, "per s", Target(5))
    show_side("longest time without a frame", [each.longest_gap_s for each in shown], "s")
    summary = [each.summary_s for each in shown]
    show_side("last task to the summary", summary, "s", Target(1, at_least=False))


def on_screen(plan: Plan) -> Shown:
    """Run the program under a terminal that counts frames."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "run.json")
        command = (*PROGRAM, "--json", str(path), *_options(plan))
        to_monotonic = time.monotonic() - time.time()
        with Terminal(command, SIZE, {"TMPDIR": folder}) as terminal:
            began = terminal.wait_for("RUN ")
            first = first_claimed(Path(folder), CLAIMS) + to_monotonic
            summary = terminal.wait_for("DRAINED")
            terminal.press("q")
        done = first + json.loads(path.read_text())["totals"]["elapsed_s"]
    frames = [at for at in terminal.frames if began <= at <= done]
    gaps = [after - before for before, after in pairwise([began, *frames, done])]
    return Shown(
        frames_per_s=len(frames) / (done - began),
        longest_gap_s=max(gaps),
        summary_s=summary - done,
        peak_mb=terminal.peak_kb / 1024,
    )


def headless_mb(plan: Plan) -> float:
    """The most memory of the program without a screen, MB."""
    peak = 0
    process = subprocess.Popen(
        [*PROGRAM, "--headless", *_options(plan)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    status = Path(f"/proc/{process.pid}/status")

    def has_ended() -> bool:
        nonlocal peak
        peak = max(peak, peak_kb(status))
        return process.poll() is not None

    wait_until(has_ended, pause_s=0.02)
    return peak / 1024


def _plan(partitions: int, tasks: int, workers: int) -> Plan:
    return Plan(
        partitions=partitions,
        tasks_per_partition=max(1, tasks // partitions),
        workers=workers,
        work_duration=0,
        strategy="round-robin",
    )


def _options(plan: Plan) -> list[str]:
    return ["--redis-server", "bundled", *plan.command.split()[1:]]


if __name__ == "__main__":
    main()
