"""A comparison as text, Markdown and JSON."""

import json

import pytest
from analysis.compared import SCAN, TURNS, compared, picture_of, price_of

from queue_fairness.analysis.columns import COLUMNS
from queue_fairness.analysis.scoreboard import scoreboard
from queue_fairness.fairness.word import Level
from queue_fairness.metrics.snapshot import PopTimes
from queue_fairness.report import comparison_report as report
from queue_fairness.report.results import render


@pytest.mark.parametrize("repeats", [1, 3])
@pytest.mark.parametrize("names", [["least-in-flight", SCAN], ["package.module.of:LongClassName"]])
def test_text_fits_80_columns(names: list[str], repeats: int) -> None:
    runs = [
        picture_of(
            name,
            elapsed_s=0.05 + turn / 700,
            pops=PopTimes(p50=0.0123 + turn / 200, p99=0.0456 + turn / 300),
            dequeue_cost=price_of(12.3 + turn),
        )
        for turn in range(repeats)
        for name in names
    ]

    *lines, command = render(compared(*runs, repeats=repeats), "text").splitlines()

    assert max(map(len, lines)) <= 80
    assert command.startswith("$ queue-fairness-tui compare --strategies ")


def test_waits_beside_noise_are_compared_with_those_by_fair_turns() -> None:
    comparison = compared(
        picture_of("fifo", quiet_wait_p95_s=2.0, quiet_wait_ideal_p95_s=0.5),
        picture_of(TURNS, quiet_wait_p95_s=0.55, quiet_wait_ideal_p95_s=0.5),
        picture_of("streams", quiet_wait_p95_s=0.01),
    )
    said = "quiet partitions' p95 wait, with ÷ ideal: fifo 4.0, round-robin 1.1"

    assert said in report.notes(scoreboard(comparison))
    assert said in render(comparison, "markdown")


def test_markdown_is_one_whole_table() -> None:
    uneven = picture_of("x", Level.FAIR_ON_AVERAGE_ONLY, dequeue_cost=price_of(1))

    text = render(compared(picture_of(SCAN), uneven), "markdown")

    table = [line for line in text.splitlines() if line.startswith("|")]
    assert len(table) == 5
    assert {line.count("|") for line in table} == {len(COLUMNS) + 3}
    assert "| `x` | \\~ FAIR ON AVERAGE ONLY |" in text
    assert "| **1.0** |" in text
    assert text.startswith("**None is FAIR")


def test_json_is_strict_and_holds_whole_runs() -> None:
    comparison = compared(picture_of(SCAN), picture_of(TURNS))

    found = json.loads(render(comparison, "json"), parse_constant=pytest.fail)

    assert (found["schema"], found["kind"]) == (2, "comparison")
    assert found["strategies"] == [SCAN, TURNS]
    assert (found["repeats"], found["complete"]) == (1, True)
    assert "strategy" not in found["plan"]
    assert found["recommendation"]["strategy"] == TURNS
    assert [run["plan"]["strategy"] for run in found["runs"]] == [SCAN, TURNS]
    assert found["scoreboard"][1]["measures"]["round_trips_per_pop"] == {
        "median": 1.0,
        "min": 1.0,
        "max": 1.0,
        "mark": "best",
    }
