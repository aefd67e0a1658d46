"""How fast the engine drains by turns without work: `python tests/bench/rate.py`.

engine          a headless run, every event folded
bare loop       the same script over the same kind of connections, nothing counted
scan            a headless run of `scan` on 1,000 partitions
redis-benchmark the same script again from a program in C, and PING: what the server can do
"""

import asyncio
import gc
import re
import shutil
import sys
import time
from functools import partial
from itertools import islice
from pathlib import Path
from urllib.parse import unquote

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.figures import Target, interleave_runs, options, show_machine, show_ratio, show_side

from queue_fairness import event_loop
from queue_fairness.engine.run import Run
from queue_fairness.engine.schedule import TaskLog, initial_tasks
from queue_fairness.plan import Plan
from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.cleanup import remove_keys
from queue_fairness.server.server import Server, open_server
from queue_fairness.strategies import lease_scripts
from queue_fairness.strategies.base import PIPELINE
from queue_fairness.strategies.prepared_script import Request, packed
from queue_fairness.strategies.round_robin import RoundRobin

PREFIX = "qf:{bench}"
WANTS_MORE = packed("1") + packed("") + packed("")
"""Claim a task, of no lane in particular; what is done reported no cost."""
SCAN_SHARE = 10
"""`scan` is given so many times fewer tasks: it is that much slower."""


def main() -> None:
    parser = options(__doc__.splitlines()[0])
    parser.add_argument("--partitions", type=int, default=1000)
    parser.add_argument("--tasks", type=int, default=50_000)
    parser.add_argument("--workers", type=int, nargs="+", default=[8, 64])
    parser.add_argument("--redis-server", default="bundled", help="a program, or: bundled")
    asked = parser.parse_args()
    event_loop.run(
        compare_all(asked.redis_server, asked.partitions, asked.tasks, asked.workers, asked.repeats)
    )


async def compare_all(
    program: str, partitions: int, tasks: int, workers: list[int], repeats: int
) -> None:
    """Print the figures for each number of workers."""
    async with open_server(ServerChoice(redis_server=program)) as server:
        show_machine(str(server.info))
        for count in workers:
            each = max(1, tasks // partitions)
            plan = Plan(
                partitions=partitions,
                tasks_per_partition=each,
                workers=count,
                work_duration=0,
                strategy="round-robin",
            )
            await compare(server, plan, repeats)


async def compare(server: Server, plan: Plan, repeats: int) -> None:
    """Print the figures for one plan."""
    scan = Plan(
        partitions=plan.partitions,
        tasks_per_partition=max(1, plan.tasks_per_partition // SCAN_SHARE),
        workers=plan.workers,
        work_duration=0,
        strategy="scan",
    )
    sides = {
        "engine": partial(engine_rate, server, plan),
        "bare": partial(bare_rate, server, plan),
        "scan": partial(engine_rate, server, scan),
    }
    if shutil.which("redis-benchmark"):
        sides["script"] = partial(script_rate, server, plan)
        sides["ping"] = partial(ping_rate, server, plan)
    rates = await interleave_runs(sides, repeats)
    print(
        f"rate: {plan.workers} workers, {plan.partitions:,} x {plan.tasks_per_partition:,}, no work"
    )
    show_side("engine, round-robin", rates["engine"], "tasks/s")
    show_side("bare loop, the same script", rates["bare"], "tasks/s")
    show_side("engine, scan", rates["scan"], "tasks/s")
    show_ratio("engine / bare loop", rates["engine"], rates["bare"], Target(0.9))
    show_ratio("round-robin / scan", rates["engine"], rates["scan"], Target(10))
    if "script" in rates:
        clients = f"redis-benchmark -c {plan.workers}"
        target = Target(0.5) if plan.workers == 64 else None
        show_side(f"{clients}, the same script", rates["script"], "calls/s")
        show_side(f"{clients}, PING", rates["ping"], "calls/s")
        show_ratio(f"engine / {clients}, script", rates["engine"], rates["script"], target)
        show_ratio(f"engine / {clients}, PING", rates["engine"], rates["ping"])
    else:
        print("  redis-benchmark is not on PATH: not compared")


async def engine_rate(server: Server, plan: Plan) -> float:
    """Completions/s of a whole run."""

    async def ready() -> Server:
        return server

    gc.collect()
    run = Run(plan)
    await run.execute(ready)
    final = run.snapshot()
    if final.completed != plan.total_tasks or final.throughput_per_s is None:
        raise AssertionError(f"the run did not end well: {final.phase}, {final.failure}")
    return final.throughput_per_s


async def bare_rate(server: Server, plan: Plan) -> float:
    """Tasks/s of workers that do nothing but send the script until it finds no more."""
    gc.collect()
    strategy = _strategy(plan)
    clients = [server.connect(f"bench-{worker}") for worker in range(plan.workers)]
    try:
        await asyncio.gather(*(client.ping() for client in clients))
        await _enqueue(server, strategy, plan)
        requests = [
            Request(
                client,
                strategy.script(client, lease_scripts.NEXT),
                strategy.script_keys(),
                strategy.head(),
                variables=4,
            )
            for client in clients
        ]
        started = time.monotonic()
        taken = await asyncio.gather(*map(_drain, requests))
        elapsed_s = time.monotonic() - started
    finally:
        await asyncio.gather(*(client.aclose() for client in clients))
        await _sweep(server)
    if sum(taken) != plan.total_tasks:
        raise AssertionError(f"the bare loop took {sum(taken)} of {plan.total_tasks} tasks")
    return plan.total_tasks / elapsed_s


async def _drain(request: Request) -> int:
    taken, lease = 0, b""
    # The number of the step alone means that there was nothing to claim.
    while not isinstance(reply := await request.call(packed(lease) + WANTS_MORE), int):
        lease = reply
        taken += 1
    return taken


async def script_rate(server: Server, plan: Plan) -> float:
    """Calls/s of redis-benchmark claiming tasks by the same script, and completing none."""
    strategy = _strategy(plan, limit=0)
    client = server.connect("bench-control")
    try:
        await _enqueue(server, strategy, plan)
        script = strategy.script(client, lease_scripts.NEXT)
        sha = str(await client.script_load(script.script))
        keys = strategy.script_keys()
        arguments = [sha, str(len(keys)), *keys, *map(_text, strategy.head()), "", "1", "", ""]
        return await _redis_benchmark(server, plan, "EVALSHA", *arguments)
    finally:
        await client.aclose()
        await _sweep(server)


async def ping_rate(server: Server, plan: Plan) -> float:
    """Calls/s of redis-benchmark doing nothing at all."""
    return await _redis_benchmark(server, plan, "PING")


async def _redis_benchmark(server: Server, plan: Plan, *command: str) -> float:
    socket = unquote(server.endpoint.url.removeprefix("unix://"))
    options = ["-s", socket, "-c", str(plan.workers), "-n", str(plan.total_tasks), "-q"]
    process = await asyncio.create_subprocess_exec(
        "redis-benchmark", *options, *command, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await process.communicate()
    rates = re.findall(rb"([\d.]+) requests per second", said)
    if process.returncode or not rates:
        raise AssertionError(f"redis-benchmark {command[0]} said {said[-200:]!r}")
    return float(rates[-1])


def _strategy(plan: Plan, limit: int | None = None) -> RoundRobin:
    names = [plan.partition_name(each) for each in range(plan.partitions)]
    return RoundRobin(PREFIX, names, workers=plan.workers, concurrency_limit=limit)


async def _enqueue(server: Server, strategy: RoundRobin, plan: Plan) -> None:
    tasks = initial_tasks(plan, TaskLog(plan))
    async with server.connect("bench-push") as client:
        while batch := list(islice(tasks, PIPELINE)):
            await strategy.push(client, batch)


async def _sweep(server: Server) -> None:
    async with server.connect("bench-sweep") as client:
        await remove_keys(client, PREFIX)


def _text(argument: str | bytes) -> str:
    return argument if isinstance(argument, str) else argument.decode()


if __name__ == "__main__":
    main()
