"""What the tests of sustained load share: plans, and runs that are looked at."""

from queue_fairness.engine.session import Session
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.plan import Plan
from queue_fairness.report.results import render
from queue_fairness.report.run_json import document

STEADY = Plan(
    partitions=40, workers=8, work_duration=0.01, load=0.7, duration=3, strategy="round-robin"
)


async def run(session: Session, plan: Plan) -> Snapshot:
    run = await session.start(plan)
    await session.wait()
    final = run.snapshot()
    assert final.phase.is_complete, final.failure
    assert render(final, "text")
    assert document(final)["phase"] == final.phase.value
    return final


def adds_up(final: Snapshot) -> bool:
    assert final.left is not None
    assert final.lost is not None
    out = final.completed + final.dead + final.left + final.lost + final.in_lease
    return final.enqueued == final.arrived == out
