"""Whether claims should share writes: `python tests/bench/pipelined.py`.

The claims of all workers that are ready in the same turn of the loop leave in one write, over a
connection that they share; the replies come back in order, each to the worker that asked.

own         a connection each, as in the program (redis-py's)
own-lean    a connection each, over the protocol below: what leaving redis-py's streams gains alone
shared      one connection for all, over redis-py's: what sharing gains alone
shared-16   the same, one connection for 16 workers each
lean        one connection for all, over the protocol below
lean-16     the same, one connection for 16 workers each

`claims` are workers that only claim and complete; `run` is a whole run, every event folded, with
its figures of fairness. redis-benchmark claims by the same script and completes nothing.

Why the program keeps a connection for each worker (64 workers, no work, 2026-11, two shared cores):
one line for all gives 1.5 times the rate of a run, and changes what is measured: round Jain from
0.98 to 1, worst wait from 1.07 to 0.999 rounds, in every repeat, because the workers then go in
step. Lines of 16 leave those figures within their spread and give 1.3 to 1.5 times the rate, and
nothing at 25 ms of work. But a broken connection would take the replies of 16 workers with it, and
disciplines that pop in several steps could not use a line, so that a comparison would compare
connections too.
"""

import asyncio
import gc
import shutil
import sys
import time
from collections import deque
from collections.abc import Callable, Coroutine
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, cast
from urllib.parse import unquote

import hiredis
from redis.asyncio import Redis
from redis.asyncio.connection import AbstractConnection

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.figures import Target, interleave_runs, options, show_machine, show_ratio, show_side
from bench.rate import PREFIX, _enqueue, _redis_benchmark, _sweep, script_rate

from queue_fairness import event_loop
from queue_fairness.engine.run import Run
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.plan import Plan
from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.server import Server, open_server
from queue_fairness.strategies import STRATEGIES, Consumer, lease_scripts
from queue_fairness.strategies.base import Claim, Lease
from queue_fairness.strategies.leased import LeasedConsumer
from queue_fairness.strategies.prepared_script import Request
from queue_fairness.strategies.round_robin import RoundRobin

Measure = Callable[[], Coroutine[None, None, float]]
FIGURES = (
    ("pop, p50", "ms"),
    ("pop, p99", "ms"),
    ("round Jain", ""),
    ("worst wait", "rounds"),
    ("latest first pickup", "rounds"),
    ("Jain of the workers' shares", ""),
)
"""What is read off a whole run, beside its rate."""


def main() -> None:
    parser = options(__doc__.splitlines()[0])
    parser.add_argument("--partitions", type=int, default=1000)
    parser.add_argument("--tasks", type=int, default=50_000)
    parser.add_argument("--workers", type=int, nargs="+", default=[8, 64])
    parser.add_argument("--work", type=float, default=0.0, help="seconds; runs only, no claims")
    engines = ["bundled", *(name for name in ("redis-server",) if shutil.which(name))]
    parser.add_argument("--engines", nargs="+", default=engines)
    asked = parser.parse_args()
    for engine in asked.engines:
        event_loop.run(compare_all(engine, asked))


# Any: what a parser returns.
async def compare_all(engine: str, asked: Any) -> None:
    """Print the figures of one engine for each number of workers."""
    async with open_server(ServerChoice(redis_server=engine)) as server:
        show_machine(str(server.info))
        for workers in asked.workers:
            plan = Plan(
                partitions=asked.partitions,
                tasks_per_partition=max(1, asked.tasks // asked.partitions),
                workers=workers,
                work_duration=asked.work,
                strategy="round-robin",
            )
            await compare(server, plan, asked.repeats)


async def compare(server: Server, plan: Plan, repeats: int) -> None:
    """Print the figures for one plan."""
    seen: dict[str, list[tuple[float, ...]]] = {}
    sides: dict[str, Measure] = {}
    lines = dict(LINES)
    if plan.workers <= PER_LINE:
        lines = {name: line for name, line in lines.items() if line[1] != PER_LINE}
    if not plan.work_duration:
        sides = {f"claims {name}": partial(claim_rate, server, plan, name) for name in lines}
    sides |= {f"run {name}": partial(run_rate, server, plan, name, seen) for name in lines}
    if shutil.which("redis-benchmark"):
        sides["script"] = partial(script_rate, server, plan)
        sides["get"] = partial(_redis_benchmark, server, plan, "GET", "qf:none")
    rates = await interleave_runs(sides, repeats)
    print(
        f"pipelined: {plan.workers} workers, {plan.partitions:,} x {plan.tasks_per_partition:,},"
        f" work {plan.work_duration:g} s"
    )
    benchmark = f"redis-benchmark -c {plan.workers}"
    said = {"script": f"{benchmark}, the same script", "get": f"{benchmark}, GET"}
    for name, values in rates.items():
        show_side(said.get(name, name), values, "calls/s" if name in said else "tasks/s")
    _show_ratios(plan, rates, benchmark)
    for name, figures in seen.items():
        print(f"  run {name}")
        for place, (figure, unit) in enumerate(FIGURES):
            show_side(f"  {figure}", [each[place] for each in figures], unit)


def _show_ratios(plan: Plan, rates: dict[str, list[float]], benchmark: str) -> None:
    for name, values in rates.items():
        kind, _, line = name.partition(" ")
        if line and line != "own":
            show_ratio(f"{name} / own", values, rates[f"{kind} own"])
    for name, values in rates.items():
        if "script" in rates and name.startswith("run "):
            target = Target(0.5) if plan.workers == 64 and not plan.work_duration else None
            show_ratio(f"{name} / {benchmark}, script", values, rates["script"], target)
            show_ratio(f"{name} / {benchmark}, GET", values, rates["get"], target)


async def claim_rate(server: Server, plan: Plan, name: str) -> float:
    """Tasks/s of workers that claim and complete until there is no more."""
    gc.collect()
    strategy = make_strategy(name)(
        PREFIX,
        [plan.partition_name(each) for each in range(plan.partitions)],
        workers=plan.workers,
    )
    clients = [server.connect(f"bench-{worker}") for worker in range(plan.workers)]
    try:
        await asyncio.gather(*(client.ping() for client in clients))
        await _enqueue(server, strategy, plan)
        consumers = [strategy.consumer(client) for client in clients]
        started = time.monotonic()
        taken = await asyncio.gather(*map(_drain, consumers))
        elapsed_s = time.monotonic() - started
    finally:
        await strategy.close()
        await asyncio.gather(*(client.aclose() for client in clients))
        await _sweep(server)
    if sum(taken) != plan.total_tasks:
        raise AssertionError(f"{sum(taken)} of {plan.total_tasks} tasks were taken")
    return plan.total_tasks / elapsed_s


async def _drain(consumer: Consumer) -> int:
    taken = 0
    lease: Lease | None = None
    while (lease := (await consumer.next(lease)).lease) is not None:
        taken += 1
    return taken


async def run_rate(
    server: Server, plan: Plan, name: str, seen: dict[str, list[tuple[float, ...]]]
) -> float:
    """Completions/s of a whole run; its figures of fairness are added to `seen`."""

    async def ready() -> Server:
        return server

    gc.collect()
    kept = STRATEGIES["round-robin"]
    STRATEGIES["round-robin"] = make_strategy(name)
    try:
        run = Run(plan)
    finally:
        STRATEGIES["round-robin"] = kept
    await run.execute(ready)
    strategy = run.parts.strategy
    assert isinstance(strategy, OverLines)
    await strategy.close()
    final = run.snapshot()
    if final.completed != plan.total_tasks or final.duplicated or final.throughput_per_s is None:
        raise AssertionError(f"the run did not end well: {final.phase}, {final.failure}")
    seen.setdefault(name, []).append(_figures(final))
    return final.throughput_per_s


def _figures(final: Snapshot) -> tuple[float, ...]:
    assert final.assessment is not None
    measures = final.assessment.measures
    p50, p99 = final.pops.p50, final.pops.p99
    assert p50 is not None
    assert p99 is not None
    shares = final.workers
    return (
        1000 * p50,
        1000 * p99,
        measures.round_jain or 0.0,
        measures.worst_wait_rounds.max,
        measures.first_pickup_rounds.max,
        sum(shares) ** 2 / (len(shares) * sum(each * each for each in shares)),
    )


class Line(asyncio.Protocol):
    """A connection on which the claims of one turn of the loop leave in one write."""

    def __init__(self) -> None:
        self._replies = hiredis.Reader()
        self._asked: deque[asyncio.Future[Any]] = deque()
        self._commands: list[bytes] = []
        self._transport: asyncio.Transport | None = None

    async def open(self, client: Redis) -> None:
        """Connect to where the client is connected to, a Unix socket."""
        path = unquote(client.connection_pool.connection_kwargs["path"])
        await asyncio.get_running_loop().create_unix_connection(lambda: self, path)

    def ask(self, command: bytes) -> asyncio.Future[Any]:
        """What will be replied to this command."""
        loop = asyncio.get_running_loop()
        if not self._commands:
            loop.call_soon(self.flush)
        self._commands.append(command)
        reply = loop.create_future()
        self._asked.append(reply)
        return reply

    def flush(self) -> None:
        """Write what was asked since the last turn."""
        assert self._transport is not None
        self._transport.write(b"".join(self._commands))
        self._commands.clear()

    async def close(self) -> None:
        """Give the connection up."""
        if self._transport is not None:
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The connection is open."""
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        """Hand each reply to whoever asked first."""
        self._replies.feed(data)
        while (reply := self._replies.gets()) is not False:
            self.answer(reply)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody will get a reply any more."""
        while self._asked:
            self.answer(exc or ConnectionError("the connection was closed"))

    def answer(self, reply: object) -> None:
        """Hand one reply over; nobody may want it any more."""
        asked = self._asked.popleft()
        if asked.done():
            return
        if isinstance(reply, Exception):
            asked.set_exception(reply)
        else:
            asked.set_result(reply)


class RedisPyLine(Line):
    """The same over a connection of redis-py's, by its public methods."""

    async def open(self, client: Redis) -> None:
        """Connect to where the client is connected to."""
        self._connection: AbstractConnection
        self._connection = client.connection_pool.make_connection()  # type: ignore[no-untyped-call]
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_reading = False
        await self._connection.connect()  # type: ignore[no-untyped-call]

    async def close(self) -> None:
        """Give the connection up."""
        await self._connection.disconnect()

    def flush(self) -> None:
        """Write what was asked since the last turn, and read until nobody waits."""
        batch = b"".join(self._commands)
        self._commands.clear()
        task = asyncio.create_task(self._exchange(batch))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _exchange(self, batch: bytes) -> None:
        await self._connection.send_packed_command(batch, check_health=False)
        if self._is_reading:
            return
        self._is_reading = True
        while self._asked:
            self.answer(await self._connection.read_response())
        self._is_reading = False


class LineRequest(Request):
    """Calls of one script over a line."""

    line: Line

    # Any: what a script returns.
    async def call(self, end: bytes) -> Any:
        """Call the script with these variable arguments."""
        return await self.line.ask(self._beginning + end)


class LineConsumer(LeasedConsumer):
    """A worker whose claims go over a line, opened by whoever claims first."""

    def __init__(self, client: Redis, strategy: "OverLines", lines: "Lines") -> None:
        super().__init__(client, strategy)
        script = strategy.script(client, lease_scripts.NEXT)
        self._request = LineRequest(client, script, self._keys, self._head, variables=4)
        self._lines = lines

    async def next(self, done: Lease | None) -> Claim:
        """As the program's, once the line is open."""
        if not hasattr(self._request, "line"):
            script = self._strategy.script(self._client, lease_scripts.NEXT)
            line = await self._lines.get(self._client, str(script.script))
            cast("LineRequest", self._request).line = line
        return await super().next(done)


class Lines:
    """The lines of a strategy, each for so many workers."""

    def __init__(self, kind: type[Line], workers: int) -> None:
        self._kind = kind
        self._workers = workers
        self._given = 0
        self._opening: asyncio.Task[Line] | None = None
        self.opened: list[Line] = []

    async def get(self, client: Redis, script: str) -> Line:
        """The line of the next worker."""
        if self._given % self._workers == 0:
            self._opening = asyncio.create_task(self._open(client, script))
        self._given += 1
        assert self._opening is not None
        return await self._opening

    async def _open(self, client: Redis, script: str) -> Line:
        await client.script_load(script)
        line = self._kind()
        await line.open(client)
        self.opened.append(line)
        return line


class OverLines(RoundRobin):
    """Round robin, its claims over lines; over the program's own connections without."""

    kind: ClassVar[type[Line] | None] = None
    workers_per_line: ClassVar[int] = 1

    # Any: handed on.
    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._lines = Lines(self.kind, self.workers_per_line) if self.kind is not None else None

    def consumer(self, client: Redis) -> Consumer:
        """One worker's calls of the script."""
        if self._lines is None:
            return super().consumer(client)
        return LineConsumer(client, self, self._lines)

    async def close(self) -> None:
        """Give the lines up."""
        for line in self._lines.opened if self._lines is not None else ():
            await line.close()


PER_LINE = 16
ALL = 1_000_000
LINES: dict[str, tuple[type[Line] | None, int]] = {
    "own": (None, 1),
    "own-lean": (Line, 1),
    "shared": (RedisPyLine, ALL),
    "shared-16": (RedisPyLine, PER_LINE),
    "lean": (Line, ALL),
    "lean-16": (Line, PER_LINE),
}


def make_strategy(name: str) -> type[OverLines]:
    """Round robin over lines of this kind."""
    kind, workers = LINES[name]
    return type("OverTheseLines", (OverLines,), {"kind": kind, "workers_per_line": workers})


if __name__ == "__main__":
    main()
