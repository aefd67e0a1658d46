"""What the report and the JSON document say."""

import dataclasses
import json

import pytest
from script import Scene, ScriptedRun, snapshot

from queue_fairness.formatting.table import Table, headed, table_lines
from queue_fairness.metrics.snapshot import Phase, TotalCost
from queue_fairness.plan import Plan
from queue_fairness.report import run_report
from queue_fairness.report.limit import KNOWN_MEASURES, numeric_names
from queue_fairness.report.progress_text import progress_line
from queue_fairness.report.results import render
from queue_fairness.report.run_json import document

KEYS = {
    "plan": {
        "partitions",
        "tasks_per_partition",
        "workers",
        "work_duration",
        "strategy",
        "arrival_order",
        "seed",
    },
    "server": {"engine", "version", "origin"},
    "totals": {
        "enqueued",
        "completed",
        "lost",
        "duplicated",
        "lock_races",
        "elapsed_s",
        "throughput_per_s",
    },
    "worker_fairness": {"ideal", "stdev"},
    "first_pickup_s": {"mean", "median", "stdev", "min", "max", "spread"},
    "first_pickup_share": {"mean", "max"},
    "wait_s": {"mean", "median", "stdev", "min", "max", "p95", "p99"},
    "partition_wait_s": {"mean", "stdev", "spread"},
    "event_loop_lag_ms": {"p50", "p99", "max"},
}


def test_document_holds_what_it_promises() -> None:
    found = document(snapshot(Plan()))

    assert (found["schema"], found["kind"]) == (2, "run")
    assert found["phase"] == "drained"
    for section, keys in KEYS.items():
        part = found[section]
        assert isinstance(part, dict)
        assert keys <= set(part), section
    workers = found["workers"]
    assert isinstance(workers, list)
    assert workers[0] == {"id": "w0", "tasks": 250, "share": 0.125}
    assert isinstance(found["starved_by_median_rule"], int)


@pytest.mark.parametrize("until", [0.0, 0.001, 0.5, 1.0])
def test_document_is_strict_json_at_every_stage(until: float) -> None:
    text = render(snapshot(Plan(), Phase.STOPPED, until), "json")

    assert json.loads(text, parse_constant=pytest.fail)["totals"]["enqueued"] == 2000


@pytest.mark.sample(3)
@pytest.mark.parametrize("strategy", ["scan", "round-robin"])
@pytest.mark.parametrize("partitions", [1, 200, 100_000])
@pytest.mark.parametrize("workers", [1, 8, 1000])
def test_text_fits_80_columns(strategy: str, partitions: int, workers: int) -> None:
    tasks = 1 if partitions > 1000 else 3  # each is played
    plan = Plan(
        partitions=partitions, tasks_per_partition=tasks, workers=workers, strategy=strategy
    )

    lines = render(snapshot(plan, until=0.4), "text").splitlines()

    assert max(len(line) for line in lines[:-1]) <= 80
    assert lines[-1] == f"$ {plan.command} --redis-server bundled"


def test_text_says_how_it_ended_and_what_was_lost() -> None:
    plan = Plan()
    run = ScriptedRun(plan, Scene(Phase.FAILED, 0.5, failure="Redis was lost in mid-run"))
    run.outcome.left = None

    text = render(run.snapshot(), "text")

    assert "FAILED" in text
    assert "Redis was lost in mid-run" in text
    assert "what is left in Redis is unknown" in text
    assert "DRAINED" in render(snapshot(plan), "text")
    assert "none left, none lost, none twice" in render(snapshot(plan), "text")


def test_text_reports_loss_duplicates_and_locks() -> None:
    picture = dataclasses.replace(snapshot(Plan()), lost=3, duplicated=2, left=5, locks_left=1)

    assert run_report.integrity(picture) == "5 left, 3 lost, 2 twice, 1 lock left behind"


def test_progress_says_what_goes_on() -> None:
    plan = Plan()

    assert progress_line(snapshot(plan, Phase.STARTING, 0)) == "starting Redis"
    assert progress_line(snapshot(plan, Phase.ENQUEUEING, 0)) == "enqueueing 2,000 of 2,000"
    draining = progress_line(snapshot(plan, Phase.DRAINING, 0.5))
    assert draining.startswith("draining 992 of 2,000 · 50 % · ")
    assert draining.endswith(" · ✗ UNFAIR so far")


def test_every_measure_that_a_gate_may_name_is_in_the_document() -> None:
    assert set(KNOWN_MEASURES) <= set(numeric_names(document(snapshot(Plan()))))


def test_price_that_was_not_counted_is_null_and_a_dash() -> None:
    counted = snapshot(Plan())
    own = dataclasses.replace(counted, dequeue_cost=TotalCost())

    found, known = document(own), document(counted)

    assert known["cost_total"] == dataclasses.asdict(counted.dequeue_cost)
    assert found["cost_total"] == dict.fromkeys(dataclasses.asdict(counted.dequeue_cost))
    for section, name in (("totals", "lock_races"), ("cost_per_pop", "round_trips")):
        part, other = found[section], known[section]
        assert isinstance(part, dict)
        assert isinstance(other, dict)
        assert (part[name], other[name] is None) == (None, False)
    text = render(own, "text")
    for label in ("round trips per pop", "SCANs per pop", "lock races (list emptied"):
        line = next(each for each in text.splitlines() if label in each)
        assert line.endswith(" –")


def test_traceback_is_shown_as_it_is_but_steers_no_terminal() -> None:
    details = 'raise E("[b]x[/b]\\n")\n\tE: \x1b[31m\x07é\u2028end\n'
    picture = dataclasses.replace(snapshot(Plan()), failure_details=details)

    lines = ['raise E("[b]x[/b]\\n")', "\tE: \\x1b[31m\\x07é\\u2028end"]
    assert run_report.details(picture) == lines
    assert "\n".join(lines) in render(picture, "text")
    assert run_report.details(snapshot(Plan())) == []


def test_heads_of_several_lines_stand_at_the_bottom() -> None:
    table = Table(title="T", columns=headed("worst\np99", "Jain"), rows=(("a", "1", "0.5"),))

    assert table_lines(table) == ["T", "     worst", "       p99  Jain", "  a      1   0.5"]
