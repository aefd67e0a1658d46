"""The comparison as a value: table, marks, spread and advice, on scripted pictures."""

import dataclasses

import pytest
from analysis.compared import LOAD, SCAN, TURNS, compared, picture_of, price_of
from script import Scene, ScriptedRun, snapshot

from queue_fairness.analysis.columns import COLUMNS, Cell, Rank, format_score
from queue_fairness.analysis.recommendation import recommend
from queue_fairness.analysis.scoreboard import LABEL_WIDTH, scoreboard, short_label
from queue_fairness.cli.headless import ended_line
from queue_fairness.engine.series import SeriesStep
from queue_fairness.fairness.word import Level
from queue_fairness.metrics.snapshot import Phase, PopTimes
from queue_fairness.plan import Plan
from queue_fairness.report.comparison_json import comparison_document
from queue_fairness.report.results import render
from queue_fairness.report.series_report import spread


def test_rows_are_the_strategies_in_their_order_with_ideal_beside() -> None:
    board = scoreboard(compared(picture_of(SCAN), picture_of(TURNS)))

    scan, turns = board.rows
    assert (scan.label, turns.label) == ("✗ UNFAIR", "✓ FAIR")
    assert board.cell(scan, "worst_wait_rounds_max").median == pytest.approx(9.6, abs=0.1)
    assert board.cell(turns, "worst_wait_rounds_max").median == pytest.approx(1, abs=0.02)
    assert board.cell(scan, "round_trips_per_pop").median == 5
    assert board.ideal_of("first_pickup_rounds_mean") == 0.5
    assert board.ideal_of("throughput_per_s") == 160
    assert board.ideal_of("round_trips_per_pop") is None


def test_best_knows_which_way_is_better() -> None:
    fast = picture_of("fast", elapsed_s=5.0)
    slow = picture_of("slow", elapsed_s=10.0, dequeue_cost=price_of(3))
    board = scoreboard(compared(fast, slow))

    marks = {
        column.name: [row.cells[index].mark for row in board.rows]
        for index, column in enumerate(COLUMNS)
    }
    assert marks["throughput_per_s"] == [Rank.BEST, Rank.NONE]
    assert marks["round_trips_per_pop"] == [Rank.BEST, Rank.NONE]
    assert marks["round_jain"] == [Rank.NONE, Rank.NONE], "equal to all is best in nothing"


def test_difference_that_is_not_shown_is_none() -> None:
    board = scoreboard(
        compared(
            picture_of("a", dequeue_cost=price_of(1.001)),
            picture_of("b", dequeue_cost=price_of(1.002)),
            picture_of("c", dequeue_cost=price_of(2)),
        )
    )

    marks = [board.cell(row, "round_trips_per_pop").mark for row in board.rows]
    assert marks == [Rank.BEST, Rank.BEST, Rank.NONE]


def test_repeats_give_median_spread_and_same() -> None:
    pops = {"a": (0.0010, 0.0011, 0.0015), "b": (0.0012, 0.0014, 0.0016), "c": (0.002,) * 3}
    runs = [
        picture_of(name, pops=PopTimes(p50=pops[name][turn]))
        for turn in range(3)
        for name in ("a", "b", "c")
    ]

    board = scoreboard(compared(*runs, repeats=3))

    cells = [board.cell(row, "pop_s_p50") for row in board.rows]
    assert (cells[0].minimum, cells[0].median, cells[0].maximum) == (0.0010, 0.0011, 0.0015)
    assert [cell.mark for cell in cells] == [Rank.BEST, Rank.SAME, Rank.NONE]
    text = render(board.comparison, "text")
    assert "1–1.5" not in text
    assert "1.00–1.50 ms" in text
    assert "repeats overlap" in text
    assert "1.40 ms same (1.20–1.60 ms)" in render(board.comparison, "markdown")


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [
        pytest.param(0.0012, 0.0014, "1.20–1.40 ms", id="one-unit"),
        pytest.param(0.0012, 1.4, "1.20 ms–1.40 s", id="two-units"),
        pytest.param(130, 250, "2 min 10 s–4 min 10 s", id="compound"),
        pytest.param(0.5, 0.5, "500 ms", id="no-spread"),
        pytest.param(None, None, "–", id="unknown"),
    ],
)
def test_spread_names_a_common_unit_once(low: float | None, high: float | None, shown: str) -> None:
    column = next(each for each in COLUMNS if each.name == "wait_s_mean")

    assert spread(Cell(median=low, minimum=low, maximum=high), column) == shown


def test_one_run_each_knows_no_same_and_says_so() -> None:
    comparison = compared(
        picture_of("a", dequeue_cost=price_of(1)), picture_of("b", dequeue_cost=price_of(1.2))
    )

    assert not any(
        cell.mark is Rank.SAME for row in scoreboard(comparison).rows for cell in row.cells
    )
    assert "one run each: a small difference may be chance" in render(comparison, "text")


def test_worst_verdict_of_the_repeats_stands_and_the_others_are_named() -> None:
    runs = [picture_of("a"), picture_of("a", Level.STARVING), picture_of("a")]
    comparison = compared(*runs, repeats=3)

    assert scoreboard(comparison).rows[0].word is Level.STARVING
    assert "a: FAIR 2×, STARVING 1×" in render(comparison, "text")


def test_stopped_run_is_kept_and_not_compared() -> None:
    stopped = snapshot(dataclasses.replace(LOAD, strategy=TURNS), Phase.STOPPED, 0.5)
    comparison = compared(picture_of(SCAN), stopped, also=["c"])

    board = scoreboard(comparison)
    assert [row.label for row in board.rows] == ["✗ UNFAIR", "– stopped early", "– not run"]
    assert board.rows[1].cells[0].median is not None
    assert all(cell.mark is Rank.NONE for cell in board.rows[1].cells)
    assert recommend(board).strategy != TURNS
    assert not comparison.is_complete
    assert "2 of 3 runs: stopped early" in render(comparison, "text")
    assert len(comparison_document(comparison)["runs"]) == 2


def test_failed_run_makes_its_strategy_failed_whatever_the_others_say() -> None:
    failed = picture_of(TURNS, phase=Phase.FAILED, failure="Redis was lost in mid-run")
    comparison = compared(picture_of(TURNS), failed, repeats=2)

    assert scoreboard(comparison).rows[0].label == "✗ FAILED"
    assert recommend(scoreboard(comparison)).sentence == (
        "None can be recommended: round-robin FAILED."
    )
    assert "2 of 2 runs: 1 failed; only whole runs count" in render(comparison, "text")
    assert "round-robin: failed: Redis was lost in mid-run" in render(comparison, "text")


def test_picture_of_a_row_is_the_run_that_explains_its_verdict() -> None:
    good, bad = picture_of("a"), picture_of("a", Level.STARVING)
    failed = picture_of("b", phase=Phase.FAILED, failure="it broke")
    stopped = snapshot(dataclasses.replace(LOAD, strategy=TURNS), Phase.STOPPED, 0.5)
    runs = (good, bad, picture_of("b"), failed, stopped)
    board = scoreboard(compared(*runs, repeats=2, also=["d"]))

    assert [board.picture(row) for row in board.rows] == [bad, failed, stopped, None]


@pytest.mark.parametrize("word", list(Level))
def test_short_label_keeps_glyph_and_word_in_its_width(word: Level) -> None:
    row = scoreboard(compared(picture_of("a", word))).rows[0]

    assert row.short_label == short_label(word)
    assert row.short_label[0] == row.label[0] == word.glyph
    assert row.short_label[2:] in row.label
    assert len(row.short_label) <= LABEL_WIDTH


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"),
        (0.0, "0"),
        (0.515, "0.52"),
        (0.9949, "0.99"),
        (0.995, "1.0"),
        (9.95, "9.9"),
        (9.96, "10.0"),
        (99.94, "99.9"),
        (99.95, "100"),
        (1234.5, "1,234"),
    ],
)
def test_numbers_of_one_column_have_one_precision(value: float | None, shown: str) -> None:
    assert format_score(value) == shown


def test_line_of_an_ended_run_is_aligned_with_the_others() -> None:
    names = (SCAN, TURNS)
    plans = [dataclasses.replace(LOAD, strategy=name) for name in names]
    done = Scene(Phase.DRAINED, 1.0)
    runs = [
        ScriptedRun(plans[0], done),
        ScriptedRun(plans[1], done),
        ScriptedRun(plans[1], Scene(Phase.STOPPED, 0.5)),
        ScriptedRun(plans[1], Scene(Phase.FAILED, 0.5, "it broke")),
    ]

    lines = [
        ended_line(SeriesStep(number=number, of=10, name=run.plan.strategy, run=run), names)
        for number, run in enumerate(runs, 8)
    ]

    assert lines == [
        " 8 of 10  scan         ✗ UNFAIR         worst  9.6 rounds    160 tasks/s",
        " 9 of 10  round-robin  ✓ FAIR           worst 0.99 rounds    160 tasks/s",
        "10 of 10  round-robin  – stopped early  496 of 1,000 tasks",
        "11 of 10  round-robin  ✗ FAILED         496 of 1,000 tasks",
    ]


def test_line_of_a_sustained_run_knows_that_it_ended_as_planned() -> None:
    plan = Plan(partitions=50, strategy=TURNS, load=1.2, duration=20, lease_ttl=2)
    lines = [
        ended_line(SeriesStep(number=1, of=1, name=TURNS, run=ScriptedRun(plan, scene)), (TURNS,))
        for scene in (Scene(Phase.ENDED, 1.0), Scene(Phase.STOPPED, 0.5))
    ]

    assert "stopped early" not in lines[0]
    assert " rounds " in lines[0]
    assert "– stopped early" in lines[1]
    arrived = ScriptedRun(plan, Scene(Phase.STOPPED, 0.5)).snapshot().arrived
    assert lines[1].endswith(f" of {arrived:,} tasks")


@pytest.mark.parametrize(
    ("wait", "ideal", "times"),
    [
        pytest.param(2.0, 0.5, 4.0, id="longer"),
        pytest.param(0.4, 0.5, 1.0, id="shorter counts as equal"),
        pytest.param(0.1, 0.0, 4.0, id="no wait counts as a task"),
        pytest.param(0.1, None, None, id="not worked out"),
        pytest.param(None, 0.5, None, id="no quiet task"),
    ],
)
def test_multiple_of_the_wait_by_fair_turns(
    wait: float | None, ideal: float | None, times: float | None
) -> None:
    picture = picture_of(TURNS, quiet_wait_p95_s=wait, quiet_wait_ideal_p95_s=ideal)

    assert picture.quiet_times_ideal == times
