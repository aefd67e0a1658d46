"""What a server does by itself in mid-run is charged to the server, not to the queue."""

import asyncio
import dataclasses
import sys
from collections.abc import Sequence

import pytest
from behavior.server_faults import PLAN, begin, drain, on_each_strategy
from redis.asyncio import Redis
from servers import OwnServer

from queue_fairness.engine import patience
from queue_fairness.engine.memory_need import need_of
from queue_fairness.engine.session import Session
from queue_fairness.fairness.word import Level
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.plan import Plan
from queue_fairness.report.results import render
from queue_fairness.report.run_json import document
from queue_fairness.server import key_guard
from queue_fairness.server.choice import ServerChoice

pytestmark = pytest.mark.sample(3)


def _is_charged(final: Snapshot, *words: str) -> None:
    """The run failed for the server's sake, and nothing of it is charged to the queue."""
    assert final.phase is Phase.FAILED
    assert final.server_fault is not None
    assert final.failure == final.server_fault
    for word in words:
        assert word in final.server_fault
    told = document(final)
    assert told["server_fault"] == final.server_fault
    if final.assessment is not None:
        assert final.assessment.verdict.word is Level.INCONCLUSIVE
    report = render(final, "text")
    assert "BROKEN" not in report
    assert "round-robin on the same" not in report


async def _our_keys(client: Redis) -> list[object]:
    return [key for key in await client.keys("*") if bytes(key).startswith(b"qf")]  # type: ignore[arg-type]


@on_each_strategy
async def test_evicted_tasks_are_charged_to_the_policy(redis: OwnServer, strategy: str) -> None:
    redis.start("--maxmemory", "2mb", "--maxmemory-policy", "allkeys-lru")
    plan = Plan(partitions=8000, tasks_per_partition=4, work_duration=0, strategy=strategy)

    final = await drain(redis, plan, allow_eviction=True)

    _is_charged(final, "evicted", "allkeys-lru", "maxmemory 2 MB")
    assert final.server_changes is not None
    assert final.server_changes.evicted_keys
    assert final.warning is not None
    assert "--allow-eviction allows" in final.warning


@on_each_strategy
async def test_a_full_memory_is_charged_to_the_server(redis: OwnServer, strategy: str) -> None:
    redis.start("--maxmemory", "2mb")
    plan = Plan(partitions=50, tasks_per_partition=2000, work_duration=0, strategy=strategy)

    final = await drain(redis, plan, allow_eviction=True)

    _is_charged(final, "out of memory", "noeviction", "refused")


@on_each_strategy
async def test_a_full_memory_in_mid_run_is_charged_to_the_server(
    redis: OwnServer, strategy: str
) -> None:
    redis.start()
    async with Session(ServerChoice(redis_url=redis.url)) as session, redis.client() as owner:
        # Without results a stream needs no new memory to be drained.
        run = await begin(session, dataclasses.replace(PLAN, strategy=strategy, results_ttl=60))
        await owner.config_set("maxmemory", "1mb")
        await session.wait()
        assert await _our_keys(owner) == []

    _is_charged(run.snapshot(), "out of memory")


@pytest.mark.parametrize("command", ["FLUSHALL", "FLUSHDB"])
@on_each_strategy
async def test_a_flush_in_mid_run_is_charged_to_somebody(
    redis: OwnServer, strategy: str, command: str
) -> None:
    redis.start()
    async with Session(ServerChoice(redis_url=redis.url)) as session, redis.client() as other:
        run = await begin(session, dataclasses.replace(PLAN, strategy=strategy))
        await other.execute_command(command)  # type: ignore[no-untyped-call]
        await session.wait()

    final = run.snapshot()
    _is_charged(final, "was emptied in mid-run by somebody (1 x")
    assert (final.vanished or 0) > 500 or final.lost is None


async def test_a_flush_of_another_database_is_no_excuse(redis: OwnServer) -> None:
    redis.start()
    async with Session(ServerChoice(redis_url=redis.url)) as session, redis.client() as other:
        run = await begin(session, PLAN)
        await other.select(5)
        await other.flushdb()
        await other.select(0)
        keys = [bytes(key) for key in await other.keys(f"{run.parts.keys.prefix}:p*")]  # type: ignore[arg-type]
        assert await other.rpop(next(key for key in keys if not key.endswith(b":lock")))
        await session.wait()

    final = run.snapshot()
    assert final.server_fault is None
    assert final.server_changes is not None
    assert (final.server_changes.flushes, final.server_changes.witness_gone) == (1, False)
    assert (final.phase, final.lost) == (Phase.DRAINED, 1)


@pytest.mark.parametrize("way", ["unlink", "expire"])
@on_each_strategy
async def test_removed_or_expired_keys_are_charged_to_somebody(
    redis: OwnServer, strategy: str, way: str
) -> None:
    redis.start()
    async with Session(ServerChoice(redis_url=redis.url)) as session, redis.client() as other:
        run = await begin(session, dataclasses.replace(PLAN, strategy=strategy))
        keys = [bytes(key) for key in await other.keys(f"{run.parts.keys.prefix}:*")]  # type: ignore[arg-type]
        waiting = [key for key in keys if b":p" in key and not key.endswith(b":lock")]
        for key in waiting[:9] or [run.parts.keys.prefix.encode() + b":stream"]:
            await (other.unlink(key) if way == "unlink" else other.pexpire(key, 1))
        await session.wait()

    _is_charged(run.snapshot())


@pytest.mark.parametrize("saves", [False, True])
@on_each_strategy
async def test_a_restart_in_mid_run_is_charged_to_the_server(
    redis: OwnServer, strategy: str, saves: bool
) -> None:
    options = ("--appendonly", "yes", "--appendfsync", "always") if saves else ()
    redis.start(*options)
    async with Session(ServerChoice(redis_url=redis.url)) as session:
        run = await begin(session, dataclasses.replace(PLAN, strategy=strategy))
        redis.stop()
        await asyncio.sleep(0.3)
        redis.start(*options)
        await session.wait()
        async with redis.client() as client:
            assert await _our_keys(client) == []

    final = run.snapshot()
    # A lease brings back what a worker had in hand; a lock of `scan` may stay for ever.
    if saves and (strategy != "scan" or final.phase is Phase.DRAINED):
        assert (final.phase, final.completed, final.lost) == (Phase.DRAINED, 1000, 0)
        assert "was restarted in mid-run and no task is missing" in (final.warning or "")
    else:
        _is_charged(final, "was restarted in mid-run")


async def test_a_server_that_stays_away_leaves_the_counts_unknown(
    redis: OwnServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "PATIENCE_S", 2.5)
    monkeypatch.setattr(key_guard, "PATIENCE_S", 0.1)
    redis.start()
    async with Session(ServerChoice(redis_url=redis.url)) as session:
        run = await begin(session, PLAN)
        redis.stop()
        await session.wait()

    final = run.snapshot()
    _is_charged(final, "has not answered for", "start the server")
    assert "this run's keys may still be in Redis: remove them with" in (final.warning or "")
    assert (final.left, final.lost, final.vanished) == (None, None, None)
    assert document(final)["totals"]["lost"] is None
    assert "how many were lost is unknown" in render(final, "text").replace("\n", " ")


@on_each_strategy
async def test_a_failover_is_charged_to_the_server(redis: OwnServer, strategy: str) -> None:
    redis.start()
    async with Session(ServerChoice(redis_url=redis.url)) as session, redis.client() as other:
        run = await begin(session, dataclasses.replace(PLAN, strategy=strategy))
        await other.replicaof("127.0.0.1", "1")
        await session.wait()
        await other.replicaof("NO", "ONE")

    _is_charged(run.snapshot(), "became a read-only replica in mid-run")


@pytest.mark.parametrize("policy", ["allkeys-lru", "volatile-ttl", "noeviction"])
async def test_a_run_without_room_is_refused_and_the_owners_keys_stay(
    redis: OwnServer, policy: str
) -> None:
    redis.start("--maxmemory", "4mb", "--maxmemory-policy", policy)
    async with redis.client() as owner:
        for number in range(3000):
            await owner.set(f"theirs:{number}", b"x" * 600, ex=3600)
        before = await owner.dbsize()

        final = await drain(redis, Plan(partitions=1000, work_duration=0.001))

        assert final.phase is Phase.FAILED
        assert "left of its maxmemory 4 MB" in (final.failure or "")
        assert "--allow-eviction" in (final.failure or "")
        assert (final.enqueued, await owner.dbsize()) == (0, before)
        assert (await owner.info("stats"))["evicted_keys"] == 0


async def test_a_run_near_the_bound_is_warned_about_and_made(redis: OwnServer) -> None:
    redis.start("--maxmemory", "100mb", "--maxmemory-policy", "noeviction")
    plan = Plan(partitions=20, tasks_per_partition=5, workers=2, work_duration=0.001)
    assert (await drain(redis, plan)).warning is None
    async with redis.client() as owner:
        used = int((await owner.info("memory"))["used_memory"])
        await owner.config_set("maxmemory", round(1.05 * (used + need_of(plan))))

        final = await drain(redis, plan)

    assert (final.phase, final.completed) == (Phase.DRAINED, 100)
    assert "writes of others could be refused if others write meanwhile" in (final.warning or "")


async def test_volatile_keys_of_the_owner_go_only_where_that_is_allowed(redis: OwnServer) -> None:
    redis.start("--maxmemory", "4mb", "--maxmemory-policy", "volatile-ttl")
    async with redis.client() as owner:
        for number in range(3000):
            await owner.set(f"theirs:{number}", b"x" * 600, ex=3600)

        final = await drain(
            redis,
            Plan(partitions=8000, tasks_per_partition=5, work_duration=0, strategy="round-robin"),
            allow_eviction=True,
        )

    # The queue's own keys have no time to live: nothing of it is missing.
    assert (final.phase, final.lost, final.server_fault) == (Phase.DRAINED, 0, None)
    assert "as --allow-eviction allows" in (final.warning or "")
    assert final.server_changes is not None
    assert final.server_changes.evicted_keys


@pytest.mark.parametrize("renamed", [("INFO",), ("INFO", "HELLO"), ("CONFIG",)])
async def test_a_server_that_tells_nothing_is_measured(
    redis: OwnServer, renamed: Sequence[str]
) -> None:
    redis.start(*(word for each in renamed for word in ("--rename-command", each, "")))
    redis.query = "?protocol=2"

    async with Session(ServerChoice(redis_url=redis.url)) as session:
        run = await session.start(dataclasses.replace(PLAN, strategy="round-robin"))
        await session.wait()
        final = run.snapshot()
        assert (final.phase, final.failure, final.completed) == (Phase.DRAINED, None, 1000)
        assert final.server is not None

        run = await begin(session, PLAN)
        async with redis.client() as other:
            await other.flushall()
        await session.wait()

    _is_charged(run.snapshot(), "somebody")


async def test_a_queue_of_ones_own_is_still_charged_with_what_it_loses(redis: OwnServer) -> None:
    """Others use the server too: no excuse where the witness is there and nothing was evicted."""
    redis.start()
    async with Session(ServerChoice(redis_url=redis.url)) as session, redis.client() as other:
        run = await begin(session, dataclasses.replace(PLAN, crash_at=0.1, workers=4))
        await other.set("theirs", "x", px=1)
        await other.delete("theirs")
        await session.wait()

    final = run.snapshot()
    assert (final.server_fault, len(final.gone)) == (None, 1)
    assert final.assessment is not None
    assert final.assessment.verdict.word is Level.BROKEN


async def test_a_full_memory_excuses_a_queue_of_ones_own_too(redis: OwnServer) -> None:
    redis.start()
    plan = dataclasses.replace(PLAN, strategy="custom.example_queue:NewestFirst")
    async with Session(ServerChoice(redis_url=redis.url)) as session, redis.client() as owner:
        run = await begin(session, plan)
        await owner.config_set("maxmemory", "1mb")
        await session.wait()

    _is_charged(run.snapshot(), "out of memory")


@pytest.fixture
def small(redis: OwnServer) -> OwnServer:
    redis.start("--maxmemory", "2mb", "--maxmemory-policy", "allkeys-lru")
    return redis


async def _call(*arguments: str) -> tuple[int, str, str]:
    program = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "queue_fairness_tui", "--headless", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await program.communicate()
    assert program.returncode is not None
    return program.returncode, out.decode(), err.decode()


@pytest.mark.parametrize("isolate", [(), ("--isolate",)])
async def test_the_command_refuses_or_warns_before_and_fails_with_status_1(
    small: OwnServer, isolate: Sequence[str]
) -> None:
    load = ("--redis-url", small.url, "-P", "8000", "-t", "4", "--work-duration", "0", *isolate)

    status, out, err = await _call(*load)
    assert (status, "nothing was enqueued" in out) == (1, True)
    assert "--allow-eviction" in err

    status, out, err = await _call(*load, "--allow-eviction", "--strategy", "round-robin")
    assert status == 1
    assert "as --allow-eviction allows" in err
    assert "evicted" in err
    assert "FAILED" in out


async def test_tasks_that_rest_before_another_attempt_are_not_lost(redis: OwnServer) -> None:
    redis.start()
    plan = Plan(
        partitions=20, workers=2, work_duration=0.001, load=0.9, duration=0.7,
        failure_rate=0.6, retry="backoff", strategy="round-robin",
    )  # fmt: skip

    final = await drain(redis, plan)

    assert final.lost is not None
    assert (final.phase, final.lost - final.cut_short) == (Phase.ENDED, 0)
