"""Runs below saturation, in which workers wait for tasks: on real servers."""

import asyncio
import dataclasses
import logging
import random
from itertools import accumulate

import pytest
from bench.waits import measured
from redis.asyncio import Redis
from runs import engine_of
from servers import ENGINES, on_each_engine, on_one_engine, until
from theory import md1, mdc, mean, mean_lateness_of, mean_wait_of, mmc, waits_of

from queue_fairness.engine.fault import Fault
from queue_fairness.engine.run import Run
from queue_fairness.engine.schedule import Arrival
from queue_fairness.engine.session import Session
from queue_fairness.engine.worker import BLOCK_S
from queue_fairness.engine.worker_pool import GRACE_S
from queue_fairness.metrics.snapshot import Phase
from queue_fairness.plan import Plan
from queue_fairness.report.results import render
from queue_fairness.server.choice import ServerChoice
from queue_fairness.strategies import STRATEGIES

LOG = logging.getLogger(__name__)

pytestmark = on_one_engine

WOKEN = [name for name, each in STRATEGIES.items() if not each.polling]
KINDS = ["round-robin", "stride-tag", "key-shard", "streams"]
"""One of each way to be woken."""
QUIET = Plan(partitions=20, workers=4, work_duration=0.01, rate=0.001, duration=60)
"""Nothing happens in it by itself."""
DEADLINE_S = 20.0


async def _until_blocked(client: Redis, workers: int) -> None:
    async with asyncio.timeout(DEADLINE_S):
        while int((await client.info("clients"))["blocked_clients"]) != workers:
            pass


async def _stop(session: Session) -> None:
    """Stop within less than it takes until a worker would look by itself."""
    async with asyncio.timeout(min(GRACE_S, BLOCK_S / 2)):
        await session.stop()


@on_each_engine
@pytest.mark.parametrize("name", KINDS)
async def test_blocked_workers_stop_at_once(session: Session, client: Redis, name: str) -> None:
    run = await session.start(dataclasses.replace(QUIET, strategy=name, workers=64))
    await _until_blocked(client, 64)

    await _stop(session)

    assert run.snapshot().phase is Phase.STOPPED
    assert await client.keys("qf*") == []
    await _until_blocked(client, 0)


@pytest.mark.parametrize("delay_s", [0.0, 0.02], ids=["near", "far"])
@pytest.mark.parametrize("name", KINDS)
async def test_worker_that_blocks_can_be_let_go_and_crashes_with_its_next_task(
    session: Session, client: Redis, name: str, delay_s: float
) -> None:
    plan = dataclasses.replace(
        QUIET, strategy=name, network_delay=delay_s, lease_ttl=0.2, noisy=1, noisy_at=59
    )
    run = engine_of(await session.start(dataclasses.replace(plan, noisy_tasks=1)))
    await _until_blocked(client, 4)

    run.inject(Fault.REMOVE_WORKER)
    await until(lambda: run.snapshot().workers_at_work == 3)
    await _until_blocked(client, 3)
    # Which it was is its own affair: a shard without a worker would not be served.
    if name != "key-shard":
        run.inject(Fault.CRASH_WORKER)
        assert run.snapshot().workers_at_work == 3, "it has no task to crash with"
        _push(run, 9)
        await until(lambda: run.snapshot().workers_at_work == 2)
        await until(lambda: run.recorder.counters.leases_expired == 1)
        await until(lambda: run.snapshot().completed == 9)
        await _until_blocked(client, 2)

    await _stop(session)
    assert run.snapshot().phase is Phase.STOPPED, run.snapshot().failure


def _push(run: Run, tasks: int) -> None:
    """Let tasks arrive now, one of a partition."""
    assert run._pool is not None
    for partition in range(tasks):
        run._pool.generator.add(Arrival(run.parts.clock.now(), partition, 1))


# A shard has one worker, so nobody else may take its tasks over.
@pytest.mark.parametrize("name", [name for name in WOKEN if name != "key-shard"])
async def test_lease_that_expires_while_the_others_block_is_taken_over(
    session: Session, client: Redis, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def forget(*_: object) -> bool:
        return True

    monkeypatch.setattr(STRATEGIES[name], "renew", forget)
    run = engine_of(
        await session.start(
            dataclasses.replace(QUIET, strategy=name, lease_ttl=0.3, work_duration=1.0)
        )
    )
    await _until_blocked(client, 4)
    _push(run, 1)
    await _until_blocked(client, 3)

    await until(lambda: run.snapshot().picked_up == 2)

    assert run.recorder.counters.leases_expired >= 1
    await session.stop()


@on_each_engine
async def test_many_workers_with_little_to_do_send_few_commands(
    session: Session, client: Redis
) -> None:
    plan = Plan(partitions=50, workers=64, work_duration=0.2, load=0.1, duration=3, strategy="fifo")
    await client.config_resetstat()
    await session.start(plan)
    await session.wait()

    stats = await client.info("commandstats")
    asked = sum(
        int(stats[f"cmdstat_{each}"]["calls"]) for each in ("evalsha", "blpop") if each in stats
    )
    assert session.run is not None
    final = session.run.snapshot()
    # A push, a claim, one in vain and a wait; and now and then a look by each. By polls it would be
    # 64 times 50 a second.
    assert asked <= 5 * final.picked_up + 4 * 64 < 1200
    assert final.dequeue_cost.round_trips >= 2 * (final.picked_up - 64), "the waits are counted"


@pytest.mark.parametrize("name", ["round-robin", "stride-tag", "streams"])
async def test_drain_whose_last_task_was_stolen_ends(
    session: Session, client: Redis, name: str
) -> None:
    plan = Plan(partitions=8, tasks_per_partition=10, workers=4, work_duration=0.01, strategy=name)
    run = engine_of(await session.start(plan))
    await until(lambda: run.snapshot().picked_up > 10)
    names = [plan.partition_name(each) for each in range(plan.partitions)]
    thief = STRATEGIES[name](run.parts.keys.prefix, names, workers=4)
    for _ in range(8):
        thief.consumer(client)
    consumer = thief.consumer(client)

    stolen = None
    while stolen is None and not run.snapshot().phase.is_final:
        stolen = (await consumer.next(None)).lease
    assert stolen is not None
    await consumer.complete(stolen)
    async with asyncio.timeout(DEADLINE_S):
        await session.wait()

    final = run.snapshot()
    assert (final.phase, final.lost, final.left) == (Phase.DRAINED, 1, 0), final.failure


async def test_drain_in_which_no_task_can_be_taken_fails_instead_of_hanging(
    session: Session, client: Redis
) -> None:
    plan = Plan(
        partitions=8, tasks_per_partition=10, workers=4, work_duration=0.01, strategy="round-robin"
    )
    run = engine_of(await session.start(plan))
    await until(lambda: run.snapshot().picked_up > 10)

    # Off the order, and in nobody's hands who would put it back.
    assert await client.lpop(f"{run.parts.keys.prefix}:ready")
    async with asyncio.timeout(DEADLINE_S):
        await session.wait()

    final = run.snapshot()
    assert final.phase is Phase.FAILED
    assert "every worker is idle, and none can be taken" in (final.failure or "")
    assert final.left


@pytest.mark.parametrize(
    ("name", "says"), [("scan", True), ("scan-resume", True), ("round-robin", False)]
)
async def test_report_says_beside_the_waits_that_idle_workers_poll(
    session: Session, name: str, says: bool
) -> None:
    run = await session.start(dataclasses.replace(QUIET, strategy=name, duration=0.2, rate=50))
    await session.wait()

    lines = render(run.snapshot(), "text").splitlines()

    assert ("idle workers poll, up to 20 ms of each wait)" in "\n".join(lines)) is says
    assert max(map(len, lines[:-1])) <= 80


@pytest.mark.sample(3)
@pytest.mark.parametrize("load", [0.5, 0.7, 0.9])
@pytest.mark.parametrize("servers", [1, 4, 8])
def test_exact_waits_are_those_of_the_closed_forms_in_the_long_run(
    load: float, servers: int
) -> None:
    chance = random.Random(f"{load} {servers}")
    tasks = 400_000
    at = list(accumulate(chance.expovariate(load * servers) for _ in range(tasks)))

    constant = mean(list(waits_of(((each, 1.0) for each in at), servers)))
    exponential = mean(list(waits_of(((each, chance.expovariate(1)) for each in at), servers)))

    assert constant == pytest.approx(mdc(load, 1.0, servers), rel=0.1)
    assert exponential == pytest.approx(mmc(load, 1.0, servers), rel=0.1)
    if servers == 1:
        assert constant == pytest.approx(md1(load, 1.0), rel=0.1)


HAND_OVER_S = 0.005
"""Half of what polling at up to 20 ms adds on average."""
TURNS = 4
"""How often a hand-over waits for the loop: to push, for the reply, for the word, for the claim."""


@pytest.mark.parametrize(
    ("engine", "name", "workers", "distribution", "load"),
    [
        pytest.param(ENGINES[-1], "fifo", 1, "constant", 0.5, id="M/D/1"),
        pytest.param(ENGINES[0], "round-robin", 4, "exponential", 0.7, id="M/M/4"),
        pytest.param(ENGINES[0], "key-shard", 4, "constant", 0.5, id="4 x M/D/1"),
        pytest.param(ENGINES[-1], "streams", 4, "constant", 0.8, id="M/D/4"),
    ],
)
async def test_waits_are_those_of_theory_for_the_same_arrivals_and_work(
    engine: str, name: str, workers: int, distribution: str, load: float
) -> None:
    plan = Plan(
        partitions=200,
        workers=workers,
        work_duration=0.05,
        work_distribution=distribution,
        load=load,
        duration=2.5,
        strategy=name,
        concurrency_limit=0 if STRATEGIES[name].honors_limit else 1,
    )
    # What a busy machine adds to sleeps is in the work; what it adds to a hand-over is not. The
    # sleeps tell how much that is, and the least disturbed of three runs counts.
    beyond: list[float] = []
    async with Session(ServerChoice(redis_server=engine)) as session:
        while len(beyond) < 3 and (not beyond or min(beyond) > HAND_OVER_S):
            waits, worked_s = await measured(session, plan)
            late_s = mean_lateness_of(plan, worked_s)
            beyond.append(abs(mean(waits) - mean_wait_of(plan, worked_s)) - TURNS * late_s)
            LOG.info("beyond theory and %d times %.4f s: %.4f s", TURNS, late_s, beyond[-1])

    assert min(beyond) <= HAND_OVER_S
