"""agentexec's own backend and our copy of it, on the same load."""

import pytest
from servers import on_one_engine

from queue_fairness.engine.session import Session
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.plan import Plan
from queue_fairness.server.choice import ServerChoice
from queue_fairness.server.server import Server

pytestmark = on_one_engine

pytest.importorskip("agentexec", reason="the extra agentexec is not installed")


async def _drain(server: Server, strategy: str) -> Snapshot:
    plan = Plan(partitions=100, tasks_per_partition=10, work_duration=0.01, strategy=strategy)
    async with Session(ServerChoice(redis_url=server.endpoint.url)) as session:
        run = await session.start(plan)
        await session.wait()
        return run.snapshot()


async def test_the_original_and_its_copy_agree(server: Server) -> None:
    original = await _drain(server, "custom.agentexec_queue:Agentexec")
    copy = await _drain(server, "scan")

    for each in (original, copy):
        assert each.phase is Phase.DRAINED, each.failure_details
        assert (each.completed, each.lost, each.duplicated) == (1000, 0, 0)
    assert original.assessment is not None
    assert copy.assessment is not None
    assert original.assessment.verdict.word is copy.assessment.verdict.word
    measured, expected = original.assessment.measures, copy.assessment.measures
    worst, first = expected.worst_wait_rounds.p99, expected.first_pickup_rounds.mean
    assert measured.worst_wait_rounds.p99 == pytest.approx(worst, rel=0.1)
    assert measured.first_pickup_rounds.mean == pytest.approx(first, rel=0.1)
    async with server.connect("test") as client:
        assert await client.dbsize() == 0
