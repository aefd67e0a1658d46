"""How many bytes of the server's memory a run takes: the figures of `server/room.py`.

    uv run python tests/bench/memory.py

A row per load: the server's peak of used memory during the run less what it used before, divided
by what the row varies, as the most of all strategies, and which strategy that is.
"""

import asyncio
import dataclasses
from collections.abc import Sequence

from queue_fairness.engine.run import Run
from queue_fairness.plan import Plan
from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.server import Server, open_server
from queue_fairness.strategies import STRATEGIES

ENGINES = ("bundled", "redis-server")
LOADS: Sequence[tuple[str, int, Plan]] = (
    ("connection", 200, Plan(partitions=1, tasks_per_partition=400, workers=200)),
    ("partition of one task", 10_000, Plan(partitions=10_000, tasks_per_partition=1)),
    ("task of a few large ones", 40_000, Plan(partitions=20, tasks_per_partition=2_000)),
    ("task of many small ones", 40_000, Plan(partitions=4_000, tasks_per_partition=10)),
    ("result", 4_000, Plan(partitions=20, tasks_per_partition=200, results_ttl=600)),
    ("foreign key", 20_000, Plan(partitions=20, tasks_per_partition=1, foreign_keys=20_000)),
)


async def peak_bytes(server: Server, plan: Plan) -> int:
    """What a run adds to a fresh server's used memory at its peak, in bytes."""
    async with server.connect("bench") as client:
        before = (await client.info("memory"))["used_memory"]
        run = Run(dataclasses.replace(plan, work_duration=0.0))

        async def ready() -> Server:
            return server

        await run.execute(ready)
        assert run.snapshot().failure is None, run.snapshot().failure
        return int((await client.info("memory"))["used_memory_peak"] - before)


async def main() -> None:
    """Print a row per engine and load."""
    for engine in ENGINES:
        print(engine)
        for what, count, plan in LOADS:
            found = []
            for strategy in STRATEGIES:
                # No server forgets its peak.
                async with open_server(ServerChoice(redis_server=engine)) as server:
                    same = dataclasses.replace(plan, strategy=strategy)
                    found.append((await peak_bytes(server, same) / count, strategy))
            most, strategy = max(found)
            print(f"  {most:8,.0f} bytes per {what:26} {strategy}", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
