"""What recording a run costs: `python tests/bench/record.py`.

At zero work the program itself is what is slow, so that is where it shows: in the rate, and in the
processor time that this program spends on a task. The writer has a process of its own, whose time
is not in the latter; on a machine whose processors are all busy it takes part of the rate.
"""

import asyncio
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.figures import Target, interleave_runs, options, show_machine, show_ratio, show_side

from queue_fairness import event_loop
from queue_fairness.engine.recorded_run import RecordedRun, RecordRequest
from queue_fairness.engine.run import Run
from queue_fairness.plan import Plan
from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.server import Server, open_server

KEPT = Target(0.95)
"""Of the rate, at zero work."""


def main() -> None:
    parser = options(__doc__.splitlines()[0])
    parser.add_argument("--tasks", type=int, default=100_000, help="at zero work")
    parser.add_argument("--tasks-of-25-ms", type=int, default=1_000)
    parser.add_argument("--workers", type=int, default=8)
    asked = parser.parse_args()
    works = {0.0: asked.tasks, 0.025: asked.tasks_of_25_ms}
    event_loop.run(compare_all(works, asked.workers, asked.repeats))


async def compare_all(works: dict[float, int], workers: int, repeats: int) -> None:
    async with open_server(ServerChoice(redis_server="bundled")) as server:
        show_machine(str(server.info))
        for work_s, tasks in works.items():
            plan = Plan(
                partitions=100,
                tasks_per_partition=max(1, tasks // 100),
                workers=workers,
                work_duration=work_s,
                strategy="round-robin",
            )
            await compare(server, plan, repeats)


async def compare(server: Server, plan: Plan, repeats: int) -> None:
    """Print the figures of one length of work."""
    work = f"{plan.work_duration * 1000:g} ms"
    with tempfile.TemporaryDirectory() as folder:
        costs: dict[str, list[float]] = {}
        sides = {
            "plain": partial(rate, server, plan, costs, None),
            "recorded": partial(rate, server, plan, costs, str(Path(folder) / "run.jsonl")),
            "recorded, gzip": partial(rate, server, plan, costs, str(Path(folder) / "run.gz")),
        }
        rates = await interleave_runs(sides, repeats)
    for name, values in rates.items():
        show_side(f"{work}, {name}", values, "tasks/s")
    for name in ("recorded", "recorded, gzip"):
        show_ratio(f"{work}, {name} / plain", rates[name], rates["plain"], KEPT)
    path = [each for each in costs if each != "None"]
    for name in ("None", *path):
        shown = "plain" if name == "None" else Path(name).name
        show_side(f"{work}, this program's time, {shown}", costs[name], "us/task")


async def rate(
    server: Server, plan: Plan, costs: dict[str, list[float]], path: str | None
) -> float:
    """Make the run; the rate, tasks/s, until the last task ended."""

    async def ready() -> Server:
        return server

    run = Run(plan)
    handle = run if path is None else RecordedRun(run, RecordRequest(path=path))
    spent = time.thread_time()
    await asyncio.create_task(handle.execute(ready))
    spent = time.thread_time() - spent
    final = handle.snapshot()
    assert final.completed == plan.total_tasks, final.failure
    assert final.warning is None, final.warning
    costs.setdefault(str(path), []).append(spent / plan.total_tasks * 1e6)
    return final.completed / final.elapsed_s


if __name__ == "__main__":
    main()
