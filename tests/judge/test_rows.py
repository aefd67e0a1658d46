"""Jobs in memory get the words, numbers and documents of a run."""

import dataclasses
import json

import jsonschema
import pytest
from judge.tables import BEGIN, WORKERS, by_turns, rows, sequential
from script import snapshot

from queue_fairness.errors import TableError
from queue_fairness.fairness.word import Level
from queue_fairness.judge import JobRow, judge_rows
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.plan import Plan
from queue_fairness.report.results import FORMATS, render
from queue_fairness.report.schema import schema

PLAN = Plan(partitions=40, tasks_per_partition=10, workers=WORKERS, work_duration=0.025)


def _word(judged: Snapshot) -> Level:
    assert judged.assessment is not None
    return judged.assessment.verdict.word


@pytest.mark.parametrize(
    ("order", "strategy", "word"),
    [
        pytest.param(sequential(40, 10), "scan", Level.UNFAIR, id="sequential"),
        pytest.param(by_turns(40, 10), "round-robin", Level.FAIR, id="by turns"),
    ],
)
def test_jobs_have_the_rounds_of_the_run_that_they_are_of(
    order: list[int], strategy: str, word: Level
) -> None:
    judged = judge_rows(rows(order))
    live = snapshot(dataclasses.replace(PLAN, strategy=strategy))

    assert _word(judged) is word
    assert judged.assessment is not None
    assert live.assessment is not None
    mine, its = judged.assessment.measures, live.assessment.measures
    for name in ("worst_wait_rounds", "first_pickup_rounds"):
        mine_of, its_of = getattr(mine, name), getattr(its, name)
        assert dataclasses.astuple(mine_of) == pytest.approx(dataclasses.astuple(its_of), abs=1e-6)
    assert mine.debt_tasks_max == pytest.approx(its.debt_tasks_max, abs=1e-6)
    assert mine.round_jain == pytest.approx(its.round_jain, abs=1e-6)
    assert judged.waits.mean == pytest.approx(live.waits.mean, abs=1e-6)


def test_what_only_our_own_workers_know_is_absent() -> None:
    judged = judge_rows(rows(by_turns(40, 10)))

    found = json.loads(render(judged, "json"))
    assert found["plan"] is None
    assert found["server"] is None
    assert found["workers"] == []
    assert found["cost_per_pop"]["round_trips"] is None
    assert found["event_loop_lag_ms"] == {"p50": None, "p99": None, "max": None}
    assert found["totals"]["polls"] is None
    assert found["totals"]["lost"] is None
    assert found["totals"]["failed_attempts"] is None
    assert found["evidence"]["work_conservation"] is None
    assert {each["name"] for each in found["verdict"]["evidence"]}.isdisjoint(
        ("lag", "integrity", "work_conservation")
    )


@pytest.mark.parametrize("named", [False, True])
def test_the_document_is_as_the_schema_says(named: bool) -> None:
    judged = judge_rows(rows(sequential(40, 10), named=named))

    found = json.loads(render(judged, "json"))
    jsonschema.validate(found, schema())
    assert [each["id"] for each in found["workers"]] == (
        [f"host-{worker}" for worker in range(WORKERS)] if named else []
    )


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_has_the_real_names(form: str) -> None:
    assert "tenant 3" in render(judge_rows(rows(sequential(40, 10))), form)


def test_open_jobs_count() -> None:
    waiting = [JobRow("late", BEGIN, None, None)] * 10
    hung = JobRow("tenant 0", BEGIN, BEGIN + 1, None)

    judged = judge_rows([*rows(by_turns(40, 10)), hung, *waiting])

    assert judged.phase is Phase.ENDED
    assert (judged.left, judged.cut_short) == (10, 1)
    assert judged.assessment is not None
    assert judged.assessment.measures.victims[0].is_open
    assert judged.plan.partition_name(judged.assessment.measures.victims[0].partition) == "late"


def test_one_name_at_several_jobs_is_several_workers() -> None:
    judged = judge_rows(each._replace(worker="node") for each in rows(by_turns(40, 10)))

    assert judged.plan.workers == WORKERS
    assert judged.plan.worker_name(0) == "node #1"


def test_weights_are_what_a_tenant_is_due() -> None:
    heavy = [0, 0, 0, *range(1, 40)] * 10
    judged = judge_rows(
        each._replace(weight=3.0 if each.tenant == "tenant 0" else 1.0) for each in rows(heavy)
    )

    assert _word(judged) is Level.FAIR
    assert judged.assessment is not None
    assert judged.assessment.measures.debt_tasks_max < 2


@pytest.mark.parametrize(
    ("row", "said"),
    [
        pytest.param(JobRow("a", 5.0, 4.0, 6.0), "ready, then taken, then done", id="order"),
        pytest.param(JobRow("a", 5.0, None, 6.0), "ready, then taken", id="done, never taken"),
        pytest.param(JobRow("a", float("nan")), "no time", id="no time"),
        pytest.param(JobRow("a", 1.0, 2.0, 3.0, cost=-1.0), "no cost", id="cost"),
        pytest.param(JobRow("a", 1.0, 2.0, 3.0, weight=0.0), "no weight", id="weight"),
    ],
)
def test_what_is_no_job_is_refused_with_its_row(row: JobRow, said: str) -> None:
    with pytest.raises(TableError, match=f"row 2: .*{said}"):
        judge_rows([JobRow("a", 1.0, 2.0, 3.0), row])


def test_no_job_at_all_is_refused() -> None:
    with pytest.raises(TableError, match="no job in it"):
        judge_rows([])
