"""Runs on real servers: everything is served once, and nothing of ours stays behind."""

import dataclasses
import gc

import pytest
from redis.asyncio import Redis
from runs import engine_of
from servers import ENGINES, on_each_engine, on_one_engine, until

from queue_fairness.engine.run import Run
from queue_fairness.engine.run_handle import RunHandle
from queue_fairness.engine.session import Session
from queue_fairness.fairness.word import Level
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.plan import Plan
from queue_fairness.report.run_json import document
from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.server import Server
from queue_fairness.strategies import STRATEGIES

pytestmark = [on_one_engine, pytest.mark.sample(2)]

SMALL = {"partitions": 60, "tasks_per_partition": 5, "workers": 6, "work_duration": 0.001}
ORDER_CASES = [
    *((engine, "shuffled") for engine in ENGINES),
    *((ENGINES[-1], order) for order in ("block", "interleaved")),
]
"""All orders on one engine: to a server they are the same commands."""


async def _drain(session: Session, plan: Plan) -> Snapshot:
    run = await session.start(plan)
    await session.wait()
    return run.snapshot()


async def _keys(server: Server) -> set[bytes]:
    async with server.connect("test") as client:
        return {bytes(key) for key in await client.keys("*")}  # type: ignore[arg-type]  # undecoded


async def _some_list(client: Redis, run: Run) -> bytes:
    """A partition that still has tasks waiting."""
    keys = [bytes(key) for key in await client.keys(f"{run.parts.keys.prefix}:p*")]  # type: ignore[arg-type]
    return next(key for key in keys if not key.endswith(b":lock"))


async def _until_draining(run: RunHandle, tasks: int = 10) -> None:
    await until(lambda: run.snapshot().completed >= tasks)


@pytest.mark.sample(4)
@pytest.mark.parametrize("strategy", STRATEGIES)
@pytest.mark.parametrize(("server", "order"), ORDER_CASES, indirect=["server"])
async def test_every_task_is_done_once(
    session: Session, server: Server, strategy: str, order: str
) -> None:
    plan = Plan(**SMALL, strategy=strategy, arrival_order=order)  # type: ignore[arg-type]

    final = await _drain(session, plan)

    assert final.phase is Phase.DRAINED, final.failure
    assert (final.enqueued, final.completed) == (300, 300)
    assert (final.left, final.lost, final.duplicated, final.locks_left) == (0, 0, 0, 0)
    assert sum(final.workers) == 300
    assert list(final.served_by_rank) == [5] * 60
    assert await _keys(server) == set()


@on_each_engine
@pytest.mark.sample(4)
@pytest.mark.parametrize("workers", [1, 64])
@pytest.mark.parametrize("strategy", STRATEGIES)
async def test_zero_work_and_many_workers_lose_nothing(
    session: Session, strategy: str, workers: int
) -> None:
    plan = Plan(
        partitions=50, tasks_per_partition=8, workers=workers, work_duration=0, strategy=strategy
    )

    final = await _drain(session, plan)

    assert final.phase is Phase.DRAINED, final.failure
    assert (final.completed, final.lost, final.duplicated) == (400, 0, 0)


async def test_sequential_drain_and_turns_are_told_apart(session: Session) -> None:
    plan = Plan(partitions=100, tasks_per_partition=10, workers=4, work_duration=0.002)

    scan = await _drain(session, plan)
    turns = await _drain(session, dataclasses.replace(plan, strategy="round-robin"))

    assert 0.42 < _share(scan, "mean") < 0.58
    assert _share(scan, "max") > 0.9
    assert _share(turns, "mean") == pytest.approx(0.05, abs=0.01)
    assert _share(turns, "max") <= 0.11


def _share(snapshot: Snapshot, name: str) -> float:
    part = document(snapshot)["first_pickup_share"]
    assert isinstance(part, dict)
    value = part[name]
    assert isinstance(value, float)
    return value


@on_each_engine
async def test_foreign_keys_are_left_alone(session: Session, server: Server) -> None:
    foreign = {b"qf:other": b"1", b"qf:{1}:p0:lock": b"2", b"orders": b"3"}
    async with server.connect("owner") as client:
        await client.mset(foreign)

        final = await _drain(session, Plan(**SMALL))  # type: ignore[arg-type]

        assert final.completed == 300
        assert set(await client.keys("*")) == set(foreign)
        assert await client.mget(foreign) == list(foreign.values())
        await client.delete(*foreign)


@on_each_engine
@pytest.mark.parametrize("strategy", STRATEGIES)
async def test_stop_keeps_the_result_and_no_key(
    session: Session, server: Server, strategy: str
) -> None:
    plan = Plan(partitions=100, tasks_per_partition=50, work_duration=0.005, strategy=strategy)
    run = await session.start(plan)
    await _until_draining(run)

    await session.stop()

    final = run.snapshot()
    assert final.phase is Phase.STOPPED
    assert final.left is not None
    assert 0 < final.completed < 5000
    assert final.completed + final.left == final.enqueued == 5000
    assert (final.lost, final.in_flight, final.locks_left) == (0, 0, 0)
    assert await _keys(server) == set()


@on_each_engine
async def test_stop_while_enqueueing(session: Session, server: Server) -> None:
    run = await session.start(Plan(partitions=1000, tasks_per_partition=300))
    await until(lambda: run.snapshot().enqueued > 2000)

    await session.stop()

    final = run.snapshot()
    assert final.phase is Phase.STOPPED
    assert final.completed == 0
    assert final.left == final.enqueued < 300_000
    assert final.elapsed_s == 0
    assert await _keys(server) == set()


async def test_stop_before_the_first_task_leaves_no_work_begun(
    session: Session, server: Server
) -> None:
    # So many partitions that their tasks are still being told when the stop comes.
    run = await session.start(
        Plan(partitions=20_000, tasks_per_partition=1, strategy="round-robin")
    )
    await until(lambda: run.snapshot().phase is Phase.DRAINING)
    run.stop()
    await session.wait()
    gc.collect()  # a coroutine that was never awaited would be complained of here

    final = run.snapshot()
    assert final.phase is Phase.STOPPED
    assert (final.left, final.lost) == (20_000 - final.completed, 0)
    assert await _keys(server) == set()


async def test_long_work_is_cut_short_after_a_grace_and_counted(
    session: Session, server: Server
) -> None:
    plan = Plan(partitions=10, tasks_per_partition=2, workers=3, work_duration=60)
    run = await session.start(plan)
    await until(lambda: run.snapshot().in_flight == 3)

    await session.stop()

    final = run.snapshot()
    assert final.phase is Phase.STOPPED
    assert (final.completed, final.lost, final.left) == (0, 3, 17)
    assert await _keys(server) == set()


async def test_rerun_in_mid_run_waits_for_teardown(session: Session, server: Server) -> None:
    first = await session.start(Plan(partitions=100, tasks_per_partition=50))
    await _until_draining(first)

    second = await session.start(Plan(**SMALL))  # type: ignore[arg-type]

    assert first.snapshot().phase is Phase.STOPPED
    await session.wait()
    assert second.snapshot().phase is Phase.DRAINED
    assert await _keys(server) == set()


async def test_final_snapshot_is_one_object(session: Session) -> None:
    run = await session.start(Plan(**SMALL))  # type: ignore[arg-type]
    await session.wait()

    assert run.snapshot() is run.snapshot()


@on_each_engine
async def test_one_connection_per_worker(session: Session, server: Server) -> None:
    run = await session.start(Plan(partitions=100, tasks_per_partition=50, workers=12))
    await _until_draining(run)

    async with server.connect("test") as client:
        names = [each["name"] for each in await client.client_list()]

    assert sorted(name for name in names if name.startswith("qf-w")) == sorted(
        f"qf-w{worker}" for worker in range(12)
    )


@on_each_engine
@pytest.mark.parametrize("strategy", STRATEGIES)
async def test_cut_connection_loses_at_most_what_was_on_it(
    session: Session, server: Server, strategy: str
) -> None:
    plan = Plan(
        partitions=40,
        tasks_per_partition=10,
        workers=4,
        work_duration=0.003,
        strategy=strategy,
        lease_ttl=1,  # a claim whose reply was cut off is waited for so long
    )
    run = await session.start(plan)
    await _until_draining(run)

    async with server.connect("test") as client:
        for each in await client.client_list():
            if each["name"] == "qf-w0":
                await client.client_kill_filter(_id=each["id"])
    await session.wait()

    final = run.snapshot()
    assert final.left is not None
    assert final.lost is not None
    assert final.completed + final.lost + final.left == final.enqueued == 400
    assert final.lost <= 1
    assert final.duplicated == 0
    assert await _keys(server) == set()


async def test_lost_server_ends_the_run_with_what_was_measured() -> None:
    async with Session(ServerChoice(redis_server=ENGINES[0])) as session:
        run = await session.start(Plan(partitions=100, tasks_per_partition=50))
        await _until_draining(run)
        assert session._server is not None

        async with session._server.connect("killer") as client:
            await client.shutdown(nosave=True)
        await session.wait()

        final = run.snapshot()
        assert final.phase is Phase.FAILED
        assert final.failure
        assert final.completed >= 10
        assert final.left is None
        assert document(final)["failure"] == final.failure
        assert final.assessment is not None
        assert final.assessment.verdict.word is Level.INCONCLUSIVE, "the queue is not to blame"

        again = await _drain(session, Plan(**SMALL))  # type: ignore[arg-type]
        assert again.phase is Phase.DRAINED, "a new server is started for the next run"


@on_each_engine
async def test_full_memory_is_said_and_cleaned_up(session: Session, server: Server) -> None:
    async with server.connect("owner") as client:
        used = int((await client.info("memory"))["used_memory"])
        await client.config_set("maxmemory-policy", "noeviction")
        await client.config_set("maxmemory", used + 3_000_000)

        final = await _drain(session, Plan(partitions=100, tasks_per_partition=10_000))

        assert final.phase is Phase.FAILED
        assert "maxmemory" in (final.failure or "")
        assert final.left == final.enqueued
        assert await client.dbsize() == 0


async def test_stolen_task_is_counted_as_lost(session: Session, server: Server) -> None:
    run = engine_of(
        await session.start(Plan(partitions=50, tasks_per_partition=20, work_duration=0.002))
    )
    await _until_draining(run)

    async with server.connect("thief") as client:
        key = await _some_list(client, run)
        stolen = await client.rpop(key)
    assert stolen is not None
    await session.wait()

    final = run.snapshot()
    assert (final.lost, final.completed) == (1, 999)
    assert final.phase is Phase.DRAINED


async def test_task_written_twice_is_counted_as_duplicated(
    session: Session, server: Server
) -> None:
    run = engine_of(
        await session.start(Plan(partitions=50, tasks_per_partition=20, work_duration=0.002))
    )
    await _until_draining(run)

    async with server.connect("copier") as client:
        key = await _some_list(client, run)
        task = await client.lindex(key, 0)
        assert task is not None
        await client.lpush(key, task)
    await session.wait()

    assert run.snapshot().duplicated == 1


async def test_lock_that_nobody_holds_ends_the_run_instead_of_hanging(
    session: Session, server: Server
) -> None:
    run = engine_of(
        await session.start(Plan(partitions=50, tasks_per_partition=20, work_duration=0.005))
    )
    await _until_draining(run)

    unserved = set(range(50)) - set(run.snapshot().partition_by_rank)
    name = run.plan.partition_name(unserved.pop())
    async with server.connect("rogue") as client:
        assert await client.set(f"{run.parts.keys.prefix}:{name}:lock", "1", nx=True)
    await session.wait()

    final = run.snapshot()
    assert final.phase is Phase.FAILED
    assert "1 partition is locked" in (final.failure or "")
    assert final.left == 20
    assert (final.lost, final.locks_left) == (0, 1)
    assert await _keys(server) == set()


@on_each_engine
async def test_server_that_cannot_be_reached_leaves_nothing_to_clean_up(own_server: Server) -> None:
    async with Session(ServerChoice(redis_url=own_server.endpoint.url)) as session:
        await _drain(session, Plan(**SMALL))  # type: ignore[arg-type]
        async with own_server.connect("killer") as client:
            await client.shutdown(nosave=True)

        final = await _drain(session, Plan(**SMALL))  # type: ignore[arg-type]

        assert final.phase is Phase.FAILED
        assert "cannot be reached" in (final.failure or "")
        assert final.warning is None
        assert final.enqueued == 0
