"""What a claim costs at zero work, step by step: `python tests/bench/claim.py --help`.

Each row is a drain of the same queue by as many workers, each over a connection of its own:

    bare       the script's bytes sent and its reply read, over redis-py's connections
    redis-py   the same script called as redis-py's users do, and nothing else
    consumer   `Consumer.next`: the same, with leases read
    run        a whole run, with everything that is measured about it

Medians of the repeats, which take turns. The last column is tasks/s as a share of the first row's.
"""

import argparse
import asyncio
import gc
import shutil
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from statistics import median
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parents[2] / "core"))

from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection

from queue_fairness import event_loop
from queue_fairness.engine.session import Session
from queue_fairness.metrics.snapshot import Phase
from queue_fairness.plan import Plan
from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.server import Server, open_server
from queue_fairness.strategies import STRATEGIES, Lease, Strategy, Task
from queue_fairness.strategies.lease_scripts import NEXT
from queue_fairness.strategies.leased import Leased

NAMES = [name for name, strategy in STRATEGIES.items() if issubclass(strategy, Leased)]

FREE_CLAIM = ("1", "", "")
"""Claim a task, of no lane in particular; what is done reported no cost."""

Drain = Callable[[Redis, Leased], Awaitable[int]]
"""Drains a queue as one worker; returns how many tasks it took."""


def main() -> None:
    options = _options()
    for engine in options.engines:
        event_loop.run(_measure_all(engine, options))


def _options() -> argparse.Namespace:
    engines = ["bundled", *(name for name in ("redis-server",) if shutil.which(name))]
    # What a worker asks for differs in the others.
    names = [name for name in NAMES if name not in {"key-shard", "scan-resume"}]
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tasks", type=int, default=30_000)
    parser.add_argument("--partitions", type=int, default=1_000)
    parser.add_argument("--workers", type=int, nargs="+", default=[8, 64])
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--strategy", default="round-robin", choices=names)
    parser.add_argument("--engines", nargs="+", default=engines)
    return parser.parse_args()


async def _measure_all(engine: str, options: argparse.Namespace) -> None:
    async with open_server(ServerChoice(redis_server=engine)) as server:
        for workers in options.workers:
            print(f"{server.info.engine} {server.info.version}, {options.strategy}", end=", ")
            print(f"{workers} workers, {options.tasks:,} tasks, median of {options.repeats}")
            rates: dict[str, list[float]] = {row: [] for row in (*DRAINS, "run")}
            for _ in range(options.repeats):
                for row in rates:
                    gc.collect()
                    rates[row].append(await _measure(server, row, workers, options))
            first = median(next(iter(rates.values())))
            for row, some in rates.items():
                rate = median(some)
                print(
                    f"  {row:9} {rate:9,.0f} tasks/s {1e6 / rate:6.1f} us a task"
                    f" {rate / first:6.2f}   ({min(some):,.0f} to {max(some):,.0f})"
                )


async def _measure(server: Server, row: str, workers: int, options: argparse.Namespace) -> float:
    if row == "run":
        return await _run(server, workers, options)
    return await _drain(server, DRAINS[row], workers, options)


async def _drain(server: Server, drain: Drain, workers: int, options: argparse.Namespace) -> float:
    names = [f"p{number:06d}" for number in range(options.partitions)]
    strategy: Strategy = STRATEGIES[options.strategy]("qf:{bench}", names, workers=workers)
    assert isinstance(strategy, Leased)
    async with AsyncExitStack() as stack:
        clients = [
            await stack.enter_async_context(server.connect(f"w{worker}"))
            for worker in range(workers)
        ]
        await clients[0].flushall()
        await asyncio.gather(*(client.ping() for client in clients))
        tasks = [Task(number % options.partitions, number) for number in range(options.tasks)]
        await strategy.push(clients[0], tasks)
        began = perf_counter()
        taken = sum(await asyncio.gather(*(drain(client, strategy) for client in clients)))
        took_s = perf_counter() - began
    if taken != options.tasks:
        raise SystemExit(f"{options.tasks:,} tasks were pushed, {taken:,} were taken")
    rate: float = options.tasks / took_s
    return rate


async def _bare(client: Redis, strategy: Leased) -> int:
    connection = client.connection
    assert connection is not None
    await client.script_load(strategy.script(client, NEXT).script)
    keys, sha = strategy.script_keys(), strategy.script(client, NEXT).sha
    beginning = _bulk("EVALSHA", sha, str(len(keys)), *keys, *strategy.head())
    beginning = b"*%d\r\n%b" % (3 + len(keys) + len(strategy.head()) + 4, beginning)
    taken, token = 0, b""
    # The number of the step alone means that there was nothing to claim.
    while not isinstance(
        reply := await _exchange(connection, beginning + _bulk(token, *FREE_CLAIM)), int
    ):
        token = reply
        taken += 1
    return taken


async def _exchange(connection: AbstractConnection, command: bytes) -> bytes | int:
    await connection.send_packed_command(command, check_health=False)
    reply: bytes | int = await connection.read_response()
    return reply


def _bulk(*arguments: str | bytes) -> bytes:
    values = [each.encode() if isinstance(each, str) else each for each in arguments]
    return b"".join(b"$%d\r\n%b\r\n" % (len(each), each) for each in values)


async def _redis_py(client: Redis, strategy: Leased) -> int:
    script, keys, head = strategy.script(client, NEXT), strategy.script_keys(), strategy.head()
    taken, token = 0, b""
    while not isinstance(reply := await script(keys=keys, args=[*head, token, *FREE_CLAIM]), int):
        token = reply
        taken += 1
    return taken


async def _consumer(client: Redis, strategy: Leased) -> int:
    consumer = strategy.consumer(client)
    taken = 0
    lease: Lease | None = None
    while (lease := (await consumer.next(lease)).lease) is not None:
        taken += 1
    return taken


DRAINS: dict[str, Drain] = {"bare": _bare, "redis-py": _redis_py, "consumer": _consumer}


async def _run(server: Server, workers: int, options: argparse.Namespace) -> float:
    plan = Plan(
        partitions=options.partitions,
        tasks_per_partition=-(-options.tasks // options.partitions),
        workers=workers,
        work_duration=0,
        strategy=options.strategy,
        arrival_order="interleaved",
    )
    async with Session(ServerChoice(redis_url=server.endpoint.url)) as session:
        run = await session.start(plan)
        await session.wait()
    final = run.snapshot()
    if final.phase is not Phase.DRAINED:
        raise SystemExit(f"the run ended as {final.phase}: {final.failure}")
    rate: float = final.completed / final.elapsed_s
    return rate


if __name__ == "__main__":
    main()
