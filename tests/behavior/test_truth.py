"""Where the verdict could be fooled: the smallest real runs that once did it, and their word."""

import pytest
from servers import on_one_engine

from queue_fairness.engine.session import Session
from queue_fairness.fairness.assessment import FairnessAssessment
from queue_fairness.fairness.word import Level
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.plan import Plan

FAIR, UNFAIR, STARVING, UNKNOWN = (
    Level.FAIR,
    Level.UNFAIR,
    Level.STARVING,
    Level.INCONCLUSIVE,
)

pytestmark = on_one_engine


async def judged(session: Session, plan: Plan) -> tuple[Snapshot, FairnessAssessment]:
    run = await session.start(plan)
    await session.wait()
    snapshot = run.snapshot()
    assert snapshot.failure is None
    assert snapshot.assessment is not None
    return snapshot, snapshot.assessment


DRAIN = {"partitions": 16, "tasks_per_partition": 40, "workers": 8, "work_duration": 0.002}
TWO = {"partitions": 2, "tasks_per_partition": 30, "workers": 1, "work_duration": 0.002}
TAIL = {
    "partitions": 30,
    "tasks_per_partition": 20,
    "workers": 8,
    "work_duration": 0.005,
    "work_distribution": "log-normal",
}
FLOWS = {
    "partitions": 2,
    "sizes": "8,7",
    "load": 1.2,
    "duration": 3.0,
    "workers": 4,
    "work_duration": 0.01,
    "concurrency_limit": 0,
}


@pytest.mark.parametrize(
    ("strategy", "changes", "words"),
    [
        pytest.param("fifo", TWO, {UNFAIR}, id="two partitions, one after the other"),
        pytest.param("round-robin", TWO, {FAIR}, id="two partitions by turns"),
        pytest.param("scan", DRAIN, {UNFAIR}, id="as many again as workers, one after another"),
        pytest.param("round-robin", DRAIN, {FAIR}, id="as many again as workers, by turns"),
        pytest.param(
            "fifo",
            {**DRAIN, "partitions": 4, "concurrency_limit": 0},
            {UNFAIR},
            id="four partitions",
        ),
        pytest.param(
            "round-robin", {**DRAIN, "partitions": 4}, {UNKNOWN}, id="a lock for each worker"
        ),
        pytest.param("round-robin", {**DRAIN, "partitions": 1}, {UNKNOWN}, id="one partition"),
        pytest.param("scan", {**DRAIN, "partitions": 18}, {UNFAIR}, id="a few more than twice"),
        pytest.param("round-robin", TAIL, {FAIR}, id="heavy tail by turns"),
        pytest.param("virtual-time", TAIL, {FAIR}, id="heavy tail in virtual time"),
        pytest.param("round-robin", FLOWS, {FAIR}, id="two flows on four seats"),
        pytest.param(
            "virtual-time",
            {**TWO, "tasks_per_partition": 120, "weights": "3,1", "workers": 4}
            | {"concurrency_limit": 0},
            {FAIR},
            id="weights, without a limit",
        ),
        pytest.param(
            "round-robin",
            {**TWO, "tasks_per_partition": 120, "weights": "3,1"},
            {UNFAIR},
            id="weights that nobody keeps",
        ),
    ],
)
async def test_word(
    session: Session, strategy: str, changes: dict[str, object], words: set[Level]
) -> None:
    plan = Plan(strategy=strategy, **changes)  # type: ignore[arg-type]  # a plan's own fields

    _, assessment = await judged(session, plan)

    verdict = assessment.verdict
    assert verdict.word in words, (verdict.headline, *verdict.why)
    assert "every order" not in " ".join((*verdict.why, *verdict.not_because))


@pytest.mark.parametrize("workers", [1, 2, 4])
async def test_debt_is_that_of_the_order_whatever_the_number_of_workers(
    session: Session, workers: int
) -> None:
    plan = Plan(
        partitions=2,
        tasks_per_partition=30,
        workers=workers,
        work_duration=0,
        strategy="fifo",
        concurrency_limit=0,
    )

    _, assessment = await judged(session, plan)

    assert assessment.measures.debt_tasks_max == pytest.approx(15, abs=0.5)
    assert assessment.measures.worst_wait_rounds.max == pytest.approx(15, abs=0.5)


async def test_turns_are_fair_and_worker_time_is_not_where_one_costs_fifty_times(
    session: Session,
) -> None:
    plan = Plan(
        partitions=40,
        tasks_per_partition=40,
        workers=8,
        work_duration=0.002,
        work_scale="50,1",
        concurrency_limit=0,
        strategy="round-robin",
    )

    snapshot, assessment = await judged(session, plan)

    time = next(each for each in assessment.verdict.aspects if each.name == "worker time")
    assert assessment.verdict.word is FAIR
    assert time.word is UNFAIR
    assert assessment.verdict.title == "FAIR, UNFAIR IN WORKER TIME"
    share = assessment.measures.worker_time
    assert share.largest_partition == 0
    assert share.largest is not None
    assert share.largest > 0.4, "where a fortieth is due"
    assert snapshot.plan.partition_name(0) in " ".join(time.why)


async def test_order_by_number_shows_no_wait_that_was_not(session: Session) -> None:
    plan = Plan(
        partitions=20,
        tasks_per_partition=50,
        workers=16,
        work_duration=0.005,
        strategy="round-robin",
    )

    _, assessment = await judged(session, plan)

    assert assessment.measures.worst_wait_rounds.max < 1
    assert "order by number" in [each.text for each in assessment.verdict.evidence]
