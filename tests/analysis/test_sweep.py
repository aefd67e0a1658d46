"""A sweep as a value: its plans, its curves, its answer, and what it looks like in print."""

import dataclasses
import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from script import snapshot
from sweeps import asked, made, picture, slower_by_scan

from queue_fairness.analysis.curves import RATE, TRIPS, WAIT, curves
from queue_fairness.analysis.sweep import Sweep, share
from queue_fairness.analysis.trend import STEADY, conclusion, trend
from queue_fairness.cli.commands import SweepCommand
from queue_fairness.cli.options import parse
from queue_fairness.fairness.word import Level
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.plan import MAX_TASKS, Plan, plan_fields
from queue_fairness.report import sweep_report as report
from queue_fairness.report.results import render
from queue_fairness.report.run_json import document
from queue_fairness.report.sweep_json import sweep_document


def _sentence(sweep: Sweep) -> str:
    return conclusion(sweep, curves(sweep))


def _of_rates(*rates: float) -> Sweep:
    """Turns alone, at these rates over 50, 200 and 1,000 partitions."""
    by_value = dict(zip((50, 200, 1000), rates, strict=True))
    sweep = asked(strategies=["round-robin"])
    return made(sweep, lambda plan, _: by_value[plan.partitions])


def _broken(run: Snapshot) -> Snapshot:
    assert run.assessment is not None
    verdict = dataclasses.replace(run.assessment.verdict, word=Level.BROKEN)
    return dataclasses.replace(run, assessment=dataclasses.replace(run.assessment, verdict=verdict))


def test_every_strategy_runs_at_every_value_and_repeats_by_turns() -> None:
    plans = asked(values=(5, 7), repeats=2).plans

    assert [(plan.partitions, plan.strategy) for plan in plans] == [
        (5, "scan"),
        (5, "round-robin"),
        (7, "scan"),
        (7, "round-robin"),
    ] * 2
    assert {plan.tasks_per_partition for plan in plans} == {5}


def test_total_is_shared_out_over_the_partitions() -> None:
    sweep = dataclasses.replace(asked(values=(3, 50, 200)), total_tasks=100)

    assert [plan.tasks_per_partition for plan in sweep.plans[::2]] == [33, 2, 1]


@given(total=st.integers(1, MAX_TASKS), partitions=st.integers(1, 1_000_000))
def test_share_is_what_all_can_have_and_one_at_least(total: int, partitions: int) -> None:
    each = share(total, partitions)

    assert each >= 1
    assert each * partitions <= total or each == 1
    assert (each + 1) * partitions > total


def test_curve_holds_medians_with_the_spread_of_its_repeats() -> None:
    rates = (1000.0, 1200.0, 1100.0)
    sweep = made(asked(repeats=3), lambda _, repeat: rates[repeat])

    for curve in curves(sweep):
        assert [point.value for point in curve.points] == [50, 200, 1000]
        for point in curve.points:
            cell = point.cell(RATE)
            assert (cell.minimum, cell.median, cell.maximum) == pytest.approx((1000, 1100, 1200))
            assert len(point.row.runs) == 3


def test_every_quantity_is_that_of_the_runs() -> None:
    scan, turns = curves(made(asked(), slower_by_scan))

    assert [point.cell(TRIPS).median for point in scan.points] == [5, 5, 10]
    assert [point.cell(TRIPS).median for point in turns.points] == [1, 1, 1]
    assert all((point.cell(WAIT).median or 0) > 4 for point in scan.points)
    assert turns.points[-1].cell(WAIT).median == pytest.approx(1, abs=0.02)
    found = trend(scan, RATE)
    assert (found.first, found.last, found.ratio) == pytest.approx((4000, 1000, 0.25))
    assert found.spread == pytest.approx(3)


def test_answer_is_one_sentence_with_the_range_said_once() -> None:
    assert _sentence(made(asked(), slower_by_scan)) == (
        "scan: rate falls 4.0 times from 50 to 1,000 partitions; round-robin: within 1 %."
    )


@pytest.mark.parametrize(
    ("rates", "said"),
    [
        pytest.param((1000, 1000, 1000), "rate within 1 % from 50", id="flat"),
        pytest.param((1000, 1020, 960), "rate within 7 % from 50", id="steady"),
        pytest.param((1000, 900, 700), "rate falls by 30 % from 50", id="falls"),
        pytest.param((1000, 1100, 1300), "rate rises by 30 % from 50", id="rises"),
        pytest.param((1000, 3000, 7900), "rate rises 7.9 times from 50", id="times"),
        pytest.param(
            (1000, 500, 1000),
            "rate varies by 100 % from 50 to 1,000 partitions, lowest at 200, 50 % below",
            id="dip",
        ),
        pytest.param(
            (1000, 3000, 1000),
            "rate varies by 200 % from 50 to 1,000 partitions, highest at 200, 200 % above",
            id="hump",
        ),
        pytest.param(
            (1000, 3000, 2000),
            "rises 2.0 times from 50 to 1,000 partitions, highest at 200, 50 % above both ends.",
            id="both",
        ),
        pytest.param((1000, 1060, 940), "rate varies by 13 % from 50", id="wavers"),
    ],
)
def test_answer_says_what_becomes_of_the_rate(rates: tuple[float, ...], said: str) -> None:
    sentence = _sentence(_of_rates(*rates))

    assert said in sentence
    assert sentence.count("partitions") == 1


@given(st.tuples(*[st.floats(1, 1e6)] * 3))
def test_answer_calls_steady_only_what_differs_little(rates: tuple[float, float, float]) -> None:
    spread = max(rates) / min(rates) - 1
    if abs(spread - STEADY) > 1e-6:
        assert ("within" in _sentence(_of_rates(*rates))) == (spread < STEADY)


def test_difference_inside_the_repeats_is_none() -> None:
    rates = {50: (1000, 1300), 200: (1250, 1500), 1000: (1290, 1600)}
    sweep = made(
        asked(strategies=["round-robin"], repeats=2),
        lambda plan, repeat: rates[plan.partitions][repeat],
    )

    assert "rate differs no more than its repeats do from 50 to 1,000" in _sentence(sweep)


def test_strategies_of_one_answer_are_named_together() -> None:
    sweep = made(asked(strategies=["fifo", "streams", "round-robin"]), lambda _, __: 500.0)

    assert _sentence(sweep).startswith("fifo, streams and round-robin: rate within 1 % from")


@pytest.mark.parametrize(
    ("name", "values", "said"),
    [
        pytest.param("workers", (1, 8, 64), "from 1 to 64 workers", id="workers"),
        pytest.param("work_duration", (0, 0.005), "from --work-duration 0 s to 5 ms", id="work"),
        pytest.param("tasks_per_partition", (2, 6), "from 2 to 6 tasks per partition", id="tasks"),
        pytest.param("foreign_keys", (0, 5000), "from 0 to 5,000 foreign keys", id="foreign"),
        pytest.param("failure_rate", (0, 0.5), "from --failure-rate 0 to 0.5", id="failures"),
        pytest.param("seed", (1, 2), "from --seed 1 to 2", id="seed"),
    ],
)
def test_any_numeric_field_is_said_in_its_own_words(
    name: str, values: tuple[float, ...], said: str
) -> None:
    sweep = asked(name, values)

    assert said in _sentence(made(sweep, lambda _, __: 100.0))


def test_rate_that_the_work_bounds_is_called_so() -> None:
    sweep = made(asked(work_duration=0.025), lambda plan, _: plan.bound_per_s * 0.99)

    assert _sentence(sweep) == (
        "scan and round-robin: rate bound by the work alone from 50 to 1,000 partitions."
    )
    assert "the work alone bounds rates at partitions 50, 200, 1,000" in render(sweep, "text")
    assert "work alone" not in render(made(asked(), slower_by_scan), "text")


def test_what_was_not_measured_is_not_said() -> None:
    sweep = made(asked(), slower_by_scan, runs=4)

    assert _sentence(sweep) == (
        "scan: rate falls by 25 % from 50 to 200 partitions; round-robin: within 1 %."
    )
    assert "4 of 6 runs: stopped early" in render(sweep, "text")
    assert "scan, round-robin: ✗" not in render(sweep, "text")
    assert "– not run at 1,000" in render(sweep, "text")
    assert not sweep.is_complete
    one = made(asked(), slower_by_scan, runs=1)
    assert _sentence(one) == "scan: rate known at one point only; round-robin: rate not known."
    assert _sentence(asked()).startswith("No run was served to the end")
    assert render(asked(), "text")
    assert render(asked(), "markdown")


@pytest.mark.parametrize("change", ["stopped", "failed", "broken"])
def test_run_that_cannot_count_counts_in_no_curve(change: str) -> None:
    sweep = made(asked(strategies=["scan"]), slower_by_scan, runs=2)
    bad = picture(sweep.plans[2], 1.0)
    if change == "stopped":
        bad = dataclasses.replace(bad, phase=Phase.STOPPED)
    elif change == "failed":
        bad = dataclasses.replace(bad, phase=Phase.FAILED, failure="it broke")
    else:
        bad = _broken(bad)
    sweep = sweep.with_run(bad)

    assert _sentence(sweep) == "scan: rate falls by 25 % from 50 to 200 partitions."
    assert sweep.is_complete == (change == "broken")
    assert {"stopped": "– stopped early", "failed": "✗ FAILED", "broken": "✗ BROKEN"}[
        change
    ] in render(sweep, "text")


def test_text_has_a_table_per_quantity_and_stays_within_80_columns() -> None:
    names = list(dict.fromkeys(["scan", "round-robin", "fifo", "least-in-flight", "virtual-time"]))
    text = render(made(asked(strategies=names), slower_by_scan), "text")
    *body, command = text.splitlines()

    assert max(map(len, body)) <= 80
    assert "50–1,000 partitions × 5 tasks, block · 8 workers · 0 s · seed 42" in text
    assert re.search(r"partitions 1,000 +1,000 +10,100", text)
    for head in ("Throughput, tasks/s", "Round trips per pop", "Worst wait max, rounds"):
        assert head in text
    assert command.startswith("$ queue-fairness-tui sweep --strategies scan,round-robin,fifo")
    assert " --partitions 50,200,1000 " in command


@pytest.mark.parametrize(
    ("name", "values", "said"),
    [
        pytest.param("workers", (1, 64), "5 tasks, block · 1–64 workers · 0 s", id="workers"),
        pytest.param("work_duration", (0, 0.005), "8 workers · 0 s – 5 ms · seed", id="work"),
        pytest.param("seed", (1, 2), "0 s · seed 1–2", id="seed"),
        pytest.param("foreign_keys", (0, 5000), "seed 42 · foreign keys 0–5,000", id="foreign"),
        pytest.param("foreign_keys", (7, 5000), "seed 42 · 7–5,000 foreign keys", id="both"),
        pytest.param("lease_ttl", (10, 30), "0 s · seed 42", id="not-said"),
    ],
)
def test_headline_says_what_varies_as_a_range(
    name: str, values: tuple[float, ...], said: str
) -> None:
    assert said in report.headline(asked(name, values, repeats=2))
    assert report.headline(asked(name, values, repeats=2)).startswith(
        "2 strategies, 2 runs each · "
    )


def test_repeats_add_how_far_they_spread() -> None:
    sweep = made(asked(repeats=2), lambda plan, repeat: 1000.0 * (1 + repeat) + plan.partitions)

    assert "The smallest and the largest of 2 repeats: throughput, tasks/s" in render(sweep, "text")
    assert "medians of 2 interleaved repeats" in render(sweep, "text")
    assert "| partitions 50 | 1,550 (1,050–2,050) | 1,550 (1,050–2,050) |" in render(
        sweep, "markdown"
    )


def test_short_runs_are_called_rough() -> None:
    assert "runs of less than 1 s at partitions 50, 200" in render(
        made(asked(), slower_by_scan), "text"
    )
    assert "runs of less than 1 s" not in render(made(asked(), lambda _, __: 10.0), "text")


def test_markdown_has_a_row_per_value_and_a_column_per_strategy() -> None:
    said = render(made(asked(), slower_by_scan), "markdown")

    assert said.startswith("**scan: rate falls 4.0 times")
    assert "| Throughput, tasks/s | `scan` | `round-robin` |" in said
    assert "| partitions 1,000 | 1,000 | 10,100 |" in said
    assert "| Round trips per pop |" in said
    assert "| partitions 1,000 | 10.0 | 1.0 |" in said
    assert said.rstrip().endswith("```")


def test_command_asks_for_the_same_again() -> None:
    sweep = asked("work_duration", (0, 0.001), ["fifo", "scan"], repeats=3)
    total = dataclasses.replace(asked(values=(7, 9)), total_tasks=90)

    for each in (sweep, total):
        options = parse(each.command.split()[1:], {})
        assert isinstance(options.command, SweepCommand)
        found = options.command.sweep
        assert found.plans == each.plans
        assert (found.repeats, found.total_tasks) == (each.repeats, each.total_tasks)


def test_document_holds_plan_field_points_and_their_runs() -> None:
    sweep = made(asked(repeats=2), slower_by_scan, runs=9)
    found = json.loads(render(sweep, "json"))

    assert (found["schema"], found["kind"]) == (2, "sweep")
    assert found["field"] == "partitions"
    assert found["values"] == [50, 200, 1000]
    assert (found["repeats"], found["total_tasks"], found["complete"]) == (2, None, False)
    names = {each.name for each in plan_fields()} - {"partitions", "strategy"}
    assert set(found["plan"]) == names
    assert found["sentence"] == _sentence(sweep)
    points = [(point["value"], point["strategy"]) for point in found["points"]]
    assert points == [(at, name) for name in sweep.strategies for at in sweep.values]
    assert [len(point["runs"]) for point in found["points"]] == [2, 2, 1, 2, 1, 1]
    single = document(snapshot(Plan()))
    for point in found["points"]:
        for run in point["runs"]:
            assert set(run) == set(single)
            assert (run["plan"]["partitions"], run["plan"]["strategy"]) == (
                point["value"],
                point["strategy"],
            )
        assert point["measures"][RATE]["median"] > 0
    assert found["trend"][0]["measures"][RATE]["ratio"] == pytest.approx(0.25)


def test_document_without_any_run_holds_nulls() -> None:
    found = sweep_document(asked())

    assert json.loads(render(asked(), "json")) == found
    points = found["points"]
    assert isinstance(points, list)
    for point in points:
        assert isinstance(point, dict)
        assert point["measures"] == {
            name: {"median": None, "min": None, "max": None} for name in (RATE, TRIPS, WAIT)
        }
        assert (point["verdict"], point["work_bound"], point["runs"]) == (None, None, [])
