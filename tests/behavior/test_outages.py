"""Connections that break, and servers that are away, busy or silent: borne, told, and bounded."""

import asyncio
import dataclasses
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager

import pytest
from redis.exceptions import RedisError
from runs import engine_of
from servers import PROGRAMS, OwnServer, own_server, until

from queue_fairness.engine import patience, worker_pool
from queue_fairness.engine.run import Run
from queue_fairness.engine.session import Session
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.plan import Plan
from queue_fairness.report.progress_text import progress_line
from queue_fairness.report.results import render
from queue_fairness.server import key_guard
from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.connection import Endpoint
from queue_fairness.server.key_guard import guard_keys
from queue_fairness.server.outage import reconnect

pytestmark = pytest.mark.sample(5)

PLAN = Plan(
    partitions=50, tasks_per_partition=20, workers=4, work_duration=0.004, strategy="round-robin"
)
LOAD = Plan(partitions=20, load=0.5, duration=3, workers=4, strategy="round-robin", lease_ttl=1)
LONGEST_STOP_S = 3.0


@pytest.fixture(params=PROGRAMS)
def redis(request: pytest.FixtureRequest) -> Iterator[OwnServer]:
    with own_server(str(request.param)) as server:
        server.start("--enable-debug-command", "yes")
        yield server


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "PATIENCE_S", 2.0)
    monkeypatch.setattr(patience, "TELL_S", 0.5)


async def _begin(session: Session, plan: Plan, tasks: int = 20) -> Run:
    run = engine_of(await session.start(plan))
    await until(lambda: run.snapshot().completed >= tasks or run.snapshot().phase.is_final)
    return run


async def _no_keys(redis: OwnServer) -> bool:
    async with redis.client() as client:
        for _ in range(100):
            if not await client.keys("qf*"):
                return True
            await asyncio.sleep(0.1)
    return False


@asynccontextmanager
async def _stopped(redis: OwnServer) -> AsyncIterator[None]:
    os.kill(redis.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(redis.pid, signal.SIGCONT)


@pytest.mark.usefixtures("impatient")
async def test_a_hung_server_is_told_and_ends_the_run_with_what_was_measured(
    redis: OwnServer,
) -> None:
    async with Session(ServerChoice(redis_url=redis.url)) as session:
        run = await _begin(session, PLAN)
        async with _stopped(redis):
            await until(lambda: run.snapshot().silent_s is not None)
            told = progress_line(run.snapshot())
            await session.wait()

    assert told.startswith("Redis has not answered for 1 s"), told
    final = run.snapshot()
    assert final.phase is Phase.FAILED
    assert "has not answered for 2 s; see whether it hangs" in (final.failure or "")
    assert (final.left, final.lost, final.silent_s) == (None, None, None)
    assert 20 <= final.completed < 1000
    assert "a process of ours tries to remove them for 2 minutes" in (final.warning or "")
    assert "how many were lost is unknown" in render(final, "text").replace("\n", " ")
    assert await _no_keys(redis), "the guard has gone on"


@pytest.mark.parametrize("when", ["opening", "enqueueing", "at work", "at work for long"])
async def test_a_run_that_is_stopped_ends_soon_although_the_server_hangs(
    redis: OwnServer, when: str
) -> None:
    plan = PLAN if when != "enqueueing" else dataclasses.replace(PLAN, tasks_per_partition=20_000)
    async with Session(ServerChoice(redis_url=redis.url)) as session:
        if when == "opening":
            os.kill(redis.pid, signal.SIGSTOP)
            run = engine_of(await session.start(plan))
        elif when == "enqueueing":
            run = engine_of(await session.start(plan))
            await until(lambda: run.outcome.enqueued > 0)
        else:
            run = await _begin(session, plan)
        os.kill(redis.pid, signal.SIGSTOP)
        await asyncio.sleep(1.5 if when == "at work for long" else 0.1)

        began = time.monotonic()
        await session.stop()
        took_s = time.monotonic() - began
        os.kill(redis.pid, signal.SIGCONT)

    assert took_s < LONGEST_STOP_S
    assert run.snapshot().phase.is_final
    assert await _no_keys(redis)


@pytest.mark.parametrize("way", ["pause", "sleep", "script", "stop"])
async def test_a_server_that_is_busy_for_a_while_loses_nothing(redis: OwnServer, way: str) -> None:
    async with Session(ServerChoice(redis_url=redis.url)) as session, redis.client() as other:
        await other.config_set("lua-time-limit", 100)
        run = await _begin(session, PLAN)
        if way == "pause":
            await other.client_pause(1000)
        elif way == "sleep":
            await other.execute_command("DEBUG", "SLEEP", "1")  # type: ignore[no-untyped-call]
        elif way == "stop":
            async with _stopped(redis):
                await asyncio.sleep(1)
        else:
            endless = asyncio.create_task(_run_endless_script(redis))
            await asyncio.sleep(1)
            await other.script_kill()
            await endless
        await session.wait()

    final = run.snapshot()
    assert (final.phase, final.failure) == (Phase.DRAINED, None)
    assert (final.completed, final.lost, final.duplicated) == (1000, 0, 0)


async def _run_endless_script(redis: OwnServer) -> None:
    async with redis.client() as client:
        with pytest.raises(RedisError, match="killed"):
            await client.eval("while true do end", 0)


@pytest.mark.usefixtures("impatient")
async def test_a_script_that_never_ends_is_named(
    redis: OwnServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It takes a whole processor, of which this program would need a little too.
    monkeypatch.setattr(patience, "PATIENCE_S", 4.0)
    async with Session(ServerChoice(redis_url=redis.url)) as session, redis.client() as other:
        await other.config_set("lua-time-limit", 100)
        run = await _begin(session, PLAN)
        endless = asyncio.create_task(_run_endless_script(redis))
        await session.wait()
        await other.script_kill()
        await endless

    assert "and is busy with somebody's script" in (run.snapshot().failure or "")
    assert await _no_keys(redis)


class Proxy:
    """Stands before a server, and may cease to forward without hanging up."""

    def __init__(self, redis: OwnServer) -> None:
        self._redis = redis
        self.port = 0
        self.forwards = asyncio.Event()
        self.forwards.set()
        self.connections = 0
        self.forgotten: set[int] = set()
        """Connections, counted from 1, of which nothing is forwarded any more."""
        self.of_workers: list[int] = []
        self._ways: set[asyncio.Task[None]] = set()

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["Proxy"]:
        server = await asyncio.start_server(self._meet, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for way in self._ways:
                way.cancel()
            await asyncio.gather(*self._ways, return_exceptions=True)

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        there, back = await asyncio.open_unix_connection(self._redis.path)
        for source, drain in ((reader, back), (there, writer)):
            way = self._forward(source, drain, number)
            self._ways.add(asyncio.create_task(way))

    async def _forward(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, number: int
    ) -> None:
        try:
            while data := await reader.read(65536):
                if b"qf-w" in data and number not in self.of_workers:
                    self.of_workers.append(number)
                await self.forwards.wait()
                if number not in self.forgotten:
                    writer.write(data)
        finally:
            writer.close()


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("plan", [PLAN, LOAD], ids=["drain", "load"])
async def test_silence_on_the_way_is_told_and_ends_the_run(redis: OwnServer, plan: Plan) -> None:
    async with (
        Proxy(redis).serving() as proxy,
        Session(ServerChoice(redis_url=proxy.url)) as session,
    ):
        run = await _begin(session, plan)
        proxy.forwards.clear()
        await session.wait()
        proxy.forwards.set()
        assert await _no_keys(redis)

    final = run.snapshot()
    assert final.phase is Phase.FAILED
    assert "what stands between (a firewall, a proxy)" in (final.failure or "")


@pytest.mark.parametrize("strategy", ["round-robin", "streams"])
async def test_a_connection_that_was_forgotten_on_the_way_is_replaced(
    redis: OwnServer, strategy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "PATIENCE_S", 0.5)
    monkeypatch.setattr(worker_pool, "BLOCK_S", 0.5)
    plan = dataclasses.replace(PLAN, strategy=strategy, lease_ttl=0.5)
    async with (
        Proxy(redis).serving() as proxy,
        Session(ServerChoice(redis_url=proxy.url)) as session,
    ):
        run = await _begin(session, plan)
        proxy.forgotten = set(proxy.of_workers[:4])
        await session.wait()

    final = run.snapshot()
    assert (final.failure, final.completed, final.lost) == (None, 1000, 0)
    assert run.recorder.counters.replies_lost >= 4


@pytest.mark.parametrize("kills", [1, 8])
@pytest.mark.parametrize("strategy", ["scan", "round-robin", "streams"])
async def test_counts_agree_after_connections_were_killed(
    redis: OwnServer, strategy: str, kills: int
) -> None:
    plan = dataclasses.replace(PLAN, strategy=strategy, lease_ttl=0.5)
    async with Session(ServerChoice(redis_url=redis.url)) as session, redis.client() as other:
        run = await _begin(session, plan)
        for _ in range(kills):
            await other.client_kill_filter(_type="normal", skipme=True)
            _agrees(run.snapshot())
            await asyncio.sleep(0.03)
        await session.wait()

    final = run.snapshot()
    _agrees(final)
    assert final.warning is None, "nothing of it stayed"
    assert await _no_keys(redis)
    if strategy != "scan":
        # Its lock on a partition is never given back by whom a broken connection has made forget.
        assert (final.failure, final.completed, final.lost) == (None, 1000, 0)


def _agrees(seen: Snapshot) -> None:
    """What is lost is not done, too."""
    assert seen.lost is not None
    assert 0 <= seen.lost <= seen.enqueued - seen.completed


async def test_a_load_goes_on_over_connections_that_were_killed(redis: OwnServer) -> None:
    async with Session(ServerChoice(redis_url=redis.url)) as session, redis.client() as other:
        run = await _begin(session, LOAD)
        for _ in range(3):
            await other.client_kill_filter(_type="normal", skipme=True)
            await asyncio.sleep(0.2)
        await session.wait()

    final = run.snapshot()
    assert await _no_keys(redis)
    if final.phase is Phase.FAILED:
        # Nothing was asked for at the same instant, as a rule.
        assert final.server_fault is not None
        assert "pushed: whether they arrived is unknown" in final.server_fault
        return
    assert (final.phase, final.failure) == (Phase.ENDED, None)
    assert final.lost is not None
    assert final.lost - final.cut_short == 0


async def test_the_guard_outlasts_a_server_that_is_away(
    redis: OwnServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_guard, "END_GRACE_S", 0.3)
    options = ("--appendonly", "yes", "--appendfsync", "always")
    redis.stop()
    redis.start(*options)
    with pytest.raises(ZeroDivisionError):  # noqa: PT012
        async with guard_keys(Endpoint(redis.url), ["qf:{0a1b2c3d}"]) as guard:
            async with aclosing(redis.client()) as client:
                await reconnect(client, 10)
                await client.mset({f"qf:{{0a1b2c3d}}:{number}": "task" for number in range(100)})
            redis.stop()
            raise ZeroDivisionError
    assert "may still be in Redis: a process of ours tries" in (guard.remark or "")
    await asyncio.sleep(1)

    redis.start(*options)
    async with aclosing(redis.client()) as client:
        await reconnect(client, 10)

    assert await _no_keys(redis)


async def test_a_replica_that_went_away_may_have_copies(redis: OwnServer) -> None:
    with own_server(redis.program) as replica:
        replica.start()
        async with Proxy(redis).serving() as way, replica.client() as client:
            await client.replicaof("127.0.0.1", str(way.port))
            async with redis.client() as primary:
                assert await primary.wait(1, 10_000) == 1
            async with Session(ServerChoice(redis_url=redis.url)) as session:
                run = await _begin(session, PLAN)
                await client.replicaof("NO", "ONE")
                await session.wait()

    final = run.snapshot()
    assert final.phase is Phase.DRAINED
    assert "lost a replica in mid-run" in (final.warning or "")
