"""The fairness fold hears of everything in the order in which Redis did it."""

import dataclasses
import itertools
from collections.abc import AsyncIterator
from itertools import zip_longest

import pytest
from redis.asyncio import Redis
from runs import engine_of
from servers import ENGINES, until
from strategies.hands import LEASED
from strategies.oracle import (
    Entry,
    folded,
    let_scripts_write,
    overhear,
    together,
    without_last_push,
    written,
)

from queue_fairness.engine.fault import Fault
from queue_fairness.engine.run import Run
from queue_fairness.engine.run_handle import RunHandle
from queue_fairness.engine.session import Session
from queue_fairness.events import Event, PickedUp
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.plan import Plan
from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.server import Server

pytestmark = pytest.mark.sample(2)

BUSY = Plan(partitions=40, tasks_per_partition=10, workers=8, work_duration=0.002)
DISTURBED = dataclasses.replace(
    BUSY, load=0.9, duration=2.0, failure_rate=0.1, lease_ttl=1.0, crash_at=0.3, crash_return=0.3
)
DRAIN_CASES = [*((engine, 8) for engine in ENGINES), (ENGINES[-1], 1), (ENGINES[-1], 64)]
"""The number of workers on one engine: each runs one script at a time, whoever asks."""
RETRIES = ["head", "tail", "backoff"]


@pytest.fixture
async def session(server: Server, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Session]:
    """A session whose scripts write down what they do."""
    let_scripts_write(monkeypatch)
    async with Session(ServerChoice(redis_url=server.endpoint.url)) as opened:
        yield opened


async def _start(session: Session, plan: Plan) -> tuple[Run, list[Event]]:
    run = engine_of(await session.start(plan))
    return run, overhear(run)


async def _end(session: Session, run: RunHandle) -> Snapshot:
    await session.wait()
    final = run.snapshot()
    assert final.phase.is_complete, final.failure
    return final


def _assert_as_written(log: list[Entry], heard: list[Event]) -> None:
    both = zip_longest(together(log), together(folded(heard)))
    for place, (truth, seen) in enumerate(both):
        assert seen == truth, f"at {place}"


@pytest.mark.sample(4)
@pytest.mark.parametrize(("server", "workers"), DRAIN_CASES, indirect=["server"])
@pytest.mark.parametrize("name", LEASED)
async def test_drain_is_folded_as_redis_did_it(
    session: Session, client: Redis, name: str, workers: int
) -> None:
    plan = dataclasses.replace(BUSY, strategy=name, workers=workers)
    run, heard = await _start(session, plan)

    final = await _end(session, run)

    _assert_as_written(await written(client), heard)
    assert final.order is not None
    assert (final.order.text, final.order.dispatches) == ("order by number", 400)
    assert (final.order.error_rounds, final.order.unknown, final.order.is_exact) == (0, 0, True)
    told = [event.task for event in heard if isinstance(event, PickedUp)]
    assert len(told) == 400


@pytest.mark.parametrize("name", ["round-robin", "scan-resume", "streams"])
async def test_without_work_and_with_a_slow_network_too(
    session: Session, client: Redis, name: str
) -> None:
    plan = dataclasses.replace(BUSY, strategy=name, work_duration=0.0, network_delay=0.003)
    run, heard = await _start(session, plan)

    await _end(session, run)

    _assert_as_written(await written(client), heard)


@pytest.mark.sample(6)
@pytest.mark.parametrize(
    ("name", "retry"),
    [*zip(LEASED, itertools.cycle(RETRIES)), *(("streams", retry) for retry in RETRIES[:-1])],
)
async def test_so_are_arrivals_retries_crashes_and_who_joins_and_leaves(
    session: Session, client: Redis, name: str, retry: str
) -> None:
    plan = dataclasses.replace(DISTURBED, strategy=name, retry=retry)
    run, heard = await _start(session, plan)
    await until(lambda: run.snapshot().completed > 20)
    run.inject(Fault.ADD_WORKER)
    run.inject(Fault.NOISY_PARTITION)
    await until(lambda: run.snapshot().completed > 60)
    run.inject(Fault.REMOVE_WORKER)

    final = await _end(session, run)

    heard, log = without_last_push(heard, await written(client))
    _assert_as_written(log, heard)
    assert final.phase is Phase.ENDED
    assert final.leases_expired == 1
    assert final.order is not None
    assert final.order.is_exact


@pytest.mark.parametrize("name", ["round-robin", "streams"])
async def test_lost_replies_are_counted_and_the_others_stay_in_order(
    session: Session, client: Redis, name: str
) -> None:
    plan = dataclasses.replace(BUSY, tasks_per_partition=60, strategy=name, lease_ttl=0.5)
    run, heard = await _start(session, plan)
    for done in (200, 600, 1000):
        await until(lambda: run.snapshot().completed > done)  # noqa: B023  # waited for at once
        for each in await client.client_list():
            if each["name"].startswith("qf-w"):
                await client.client_kill_filter(_id=each["id"])

    final = await _end(session, run)

    picks = [entry for entry in await written(client) if entry[0] == "pick"]
    told = [entry for entry in folded(heard) if entry[0] == "pick"]
    unheard = len(picks) - len(told)
    rest = iter(picks)
    assert all(each in rest for each in told), "in the order of the log"
    assert final.order is not None
    assert unheard <= final.order.unknown <= 3 * plan.workers
    assert final.order.is_exact == (final.order.unknown == 0)


async def test_isolated_run_says_how_exact_its_order_is(server: Server) -> None:
    plan = dataclasses.replace(BUSY, strategy="round-robin")
    async with Session(ServerChoice(redis_url=server.endpoint.url), isolate=True) as session:
        run = await session.start(plan)

        final = await _end(session, run)

    assert final.order is not None
    assert final.order.is_exact
    assert final.order.dispatches == 400
