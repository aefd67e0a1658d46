"""What the tests of a server at fault share: the server, runs on it, and whom they charge."""

import pytest
from runs import engine_of
from servers import OwnServer, until

from queue_fairness.engine.run import Run
from queue_fairness.engine.session import Session
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.plan import Plan
from queue_fairness.server.choice import ServerChoice

STRATEGIES = ("scan", "round-robin", "streams")


on_each_strategy = pytest.mark.parametrize("strategy", STRATEGIES)


PLAN = Plan(partitions=50, tasks_per_partition=20, workers=4, work_duration=0.004)


async def begin(session: Session, plan: Plan, tasks: int = 20) -> Run:
    run = engine_of(await session.start(plan))
    await until(lambda: run.snapshot().completed >= tasks or run.snapshot().phase.is_final)
    return run


async def drain(redis: OwnServer, plan: Plan, *, allow_eviction: bool = False) -> Snapshot:
    choice = ServerChoice(redis_url=redis.url, allow_eviction=allow_eviction)
    async with Session(choice) as session:
        run = await session.start(plan)
        await session.wait()
    return run.snapshot()
