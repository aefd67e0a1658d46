"""How fast tasks are enqueued, and what that holds up: `python tests/bench/enqueue.py --help`.

For each engine, strategy and arrival order: tasks/s (median of the repeats, which take turns), and
the longest that the event loop and the server were held meanwhile.
"""

import argparse
import asyncio
import gc
import random
import shutil
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[2] / "core"))

from redis.asyncio import Redis

from queue_fairness import event_loop
from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.server import Server, open_server
from queue_fairness.strategies import STRATEGIES, Task
from queue_fairness.strategies.base import PIPELINE

ORDERS = ("block", "interleaved", "shuffled")
PROBE_S = 0.001


class Outcome(NamedTuple):
    rate: float
    """Tasks per second."""
    held_ms: float
    """The longest that the event loop was held."""
    command_ms: float
    """The longest that one command held the server."""


def main() -> None:
    options = _options()
    for engine in options.engines:
        event_loop.run(_measure_all(engine, options))


def _options() -> argparse.Namespace:
    engines = ["bundled", *(name for name in ("redis-server",) if shutil.which(name))]
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=1_000_000)
    parser.add_argument("--partitions", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--strategies", nargs="+", default=[*STRATEGIES], choices=[*STRATEGIES])
    parser.add_argument("--orders", nargs="+", default=["block"], choices=ORDERS)
    parser.add_argument("--engines", nargs="+", default=engines)
    return parser.parse_args()


async def _measure_all(engine: str, options: argparse.Namespace) -> None:
    async with open_server(ServerChoice(redis_server=engine)) as server:
        print(f"{server.info.engine} {server.info.version}, {options.tasks:,} tasks", end=" ")
        print(f"over {options.partitions:,} partitions, median of {options.repeats}")
        cases = [(name, order) for name in options.strategies for order in options.orders]
        outcomes: dict[tuple[str, str], list[Outcome]] = {case: [] for case in cases}
        for _ in range(options.repeats):
            for name, order in cases:
                outcome = await _measure(server, name, order, options.tasks, options.partitions)
                outcomes[name, order].append(outcome)
        for (name, order), some in outcomes.items():
            rate = median(each.rate for each in some)
            held_ms = max(each.held_ms for each in some)
            command_ms = max(each.command_ms for each in some)
            print(
                f"  {name:20} {order:12} {rate:10,.0f} tasks/s"
                f"   loop held {held_ms:5.1f} ms   server held {command_ms:5.1f} ms"
            )


async def _measure(server: Server, name: str, order: str, tasks: int, partitions: int) -> Outcome:
    names = [f"p{number:06d}" for number in range(partitions)]
    strategy = STRATEGIES[name]("qf:{bench}", names, workers=8)
    async with server.connect("bench") as client:
        await client.flushall()
        await client.config_set("slowlog-max-len", 10_000)
        await client.config_set("slowlog-log-slower-than", 500)
        arriving = _arriving(order, tasks, partitions)
        # Else the collector walks all that this program has imported, which is not the queue's.
        gc.collect()
        gc.freeze()
        held = asyncio.create_task(_longest_hold())
        await asyncio.sleep(0.01)
        await client.slowlog_reset()
        began = perf_counter()
        while batch := list(islice(arriving, PIPELINE)):
            await strategy.push(client, batch)
        took_s = perf_counter() - began
        held.cancel()
        held_s, command_ms = await held, await _longest_command(client)
        gc.unfreeze()
        waiting = await strategy.waiting(client)
        if waiting != tasks:
            raise SystemExit(f"{name}: {tasks:,} tasks were pushed, {waiting:,} are there")
        await client.flushall()
    return Outcome(tasks / took_s, 1000 * held_s, command_ms)


def _arriving(order: str, tasks: int, partitions: int) -> Iterator[Task]:
    chance = random.Random(42)
    lanes = list(range(partitions))
    chance.shuffle(lanes)
    turns = -(-tasks // partitions)
    if order == "block":
        owners: Iterator[int] = (each for each in lanes for _ in range(turns))
    elif order == "interleaved":
        owners = (each for _ in range(turns) for each in lanes)
    else:
        shuffled = lanes * turns
        chance.shuffle(shuffled)
        owners = iter(shuffled)
    # Shuffled above, before the first task is asked for.
    return (Task(partition, number) for number, partition in enumerate(islice(owners, tasks)))


async def _longest_hold() -> float:
    """Until cancelled: the longest that a sleep took too long, seconds."""
    longest = 0.0
    try:
        while True:
            began = perf_counter()
            await asyncio.sleep(PROBE_S)
            longest = max(longest, perf_counter() - began - PROBE_S)
    except asyncio.CancelledError:
        return longest


async def _longest_command(client: Redis) -> float:
    """The longest that one command held the server, ms; 0 for less than 0.5 ms."""
    return max((each["duration"] for each in await client.slowlog_get(10_000)), default=0) / 1000


if __name__ == "__main__":
    main()
