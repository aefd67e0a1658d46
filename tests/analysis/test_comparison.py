"""The comparison as a value: table, marks, spread and advice, on scripted pictures."""

import dataclasses
import json
import shlex
from collections.abc import Callable, Sequence

import pytest
from script import Scene, ScriptedRun, snapshot

from queue_fairness.analysis.columns import COLUMNS, Cell, Rank, format_score
from queue_fairness.analysis.comparison import Comparison
from queue_fairness.analysis.recommendation import Recommendation, recommend
from queue_fairness.analysis.scoreboard import LABEL_WIDTH, scoreboard, short_label
from queue_fairness.cli.commands import CompareCommand, RunCommand
from queue_fairness.cli.headless import ended_line
from queue_fairness.cli.options import parse
from queue_fairness.engine.series import SeriesStep
from queue_fairness.fairness.word import Level
from queue_fairness.metrics.snapshot import Phase, PopTimes, Snapshot, TotalCost
from queue_fairness.plan import Plan
from queue_fairness.report import comparison_report as report
from queue_fairness.report.command import command
from queue_fairness.report.comparison_json import comparison_document
from queue_fairness.report.results import render
from queue_fairness.report.series_report import spread
from queue_fairness.strategies import STRATEGIES

LOAD = Plan(partitions=100, tasks_per_partition=10, workers=4)
SCAN, TURNS = "scan", "round-robin"

Change = Callable[[Snapshot], Snapshot]


def _picture(name: str, word: Level | None = None, **changes: object) -> Snapshot:
    """The scripted run of turns (of a scan for `scan`), under any name and with any verdict."""
    kind = SCAN if name == SCAN else TURNS
    found = snapshot(dataclasses.replace(LOAD, strategy=kind))
    if kind != name:
        # Only the command line knows which names exist; pictures carry any.
        plan = dataclasses.replace(LOAD)
        object.__setattr__(plan, "strategy", name)
        found = dataclasses.replace(found, plan=plan)
    if word is not None:
        assert found.assessment is not None
        verdict = dataclasses.replace(found.assessment.verdict, word=word)
        found = dataclasses.replace(
            found, assessment=dataclasses.replace(found.assessment, verdict=verdict)
        )
    return dataclasses.replace(found, **changes)  # type: ignore[arg-type]  # a Snapshot's fields


def _idling(run: Snapshot) -> Snapshot:
    assert run.assessment is not None
    verdict = dataclasses.replace(run.assessment.verdict, work_conserving=False)
    return dataclasses.replace(run, assessment=dataclasses.replace(run.assessment, verdict=verdict))


def _price(trips: float) -> TotalCost:
    return TotalCost(round_trips=round(trips * LOAD.total_tasks))


def _comparison(*runs: Snapshot, repeats: int = 1, also: Sequence[str] = ()) -> Comparison:
    names = tuple(dict.fromkeys([*(run.plan.strategy for run in runs), *also]))
    return Comparison(plan=LOAD, strategies=names, repeats=repeats, runs=runs)


def _advice(*runs: Snapshot, repeats: int = 1, also: Sequence[str] = ()) -> Recommendation:
    return recommend(scoreboard(_comparison(*runs, repeats=repeats, also=also)))


def test_rows_are_the_strategies_in_their_order_with_ideal_beside() -> None:
    board = scoreboard(_comparison(_picture(SCAN), _picture(TURNS)))

    scan, turns = board.rows
    assert (scan.label, turns.label) == ("✗ UNFAIR", "✓ FAIR")
    assert board.cell(scan, "worst_wait_rounds_max").median == pytest.approx(9.6, abs=0.1)
    assert board.cell(turns, "worst_wait_rounds_max").median == pytest.approx(1, abs=0.02)
    assert board.cell(scan, "round_trips_per_pop").median == 5
    assert board.ideal_of("first_pickup_rounds_mean") == 0.5
    assert board.ideal_of("throughput_per_s") == 160
    assert board.ideal_of("round_trips_per_pop") is None


def test_best_knows_which_way_is_better() -> None:
    fast = _picture("fast", elapsed_s=5.0)
    slow = _picture("slow", elapsed_s=10.0, dequeue_cost=_price(3))
    board = scoreboard(_comparison(fast, slow))

    marks = {
        column.name: [row.cells[index].mark for row in board.rows]
        for index, column in enumerate(COLUMNS)
    }
    assert marks["throughput_per_s"] == [Rank.BEST, Rank.NONE]
    assert marks["round_trips_per_pop"] == [Rank.BEST, Rank.NONE]
    assert marks["round_jain"] == [Rank.NONE, Rank.NONE], "equal to all is best in nothing"


def test_difference_that_is_not_shown_is_none() -> None:
    board = scoreboard(
        _comparison(
            _picture("a", dequeue_cost=_price(1.001)),
            _picture("b", dequeue_cost=_price(1.002)),
            _picture("c", dequeue_cost=_price(2)),
        )
    )

    marks = [board.cell(row, "round_trips_per_pop").mark for row in board.rows]
    assert marks == [Rank.BEST, Rank.BEST, Rank.NONE]


def test_repeats_give_median_spread_and_same() -> None:
    pops = {"a": (0.0010, 0.0011, 0.0015), "b": (0.0012, 0.0014, 0.0016), "c": (0.002,) * 3}
    runs = [
        _picture(name, pops=PopTimes(p50=pops[name][turn]))
        for turn in range(3)
        for name in ("a", "b", "c")
    ]

    board = scoreboard(_comparison(*runs, repeats=3))

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
    comparison = _comparison(
        _picture("a", dequeue_cost=_price(1)), _picture("b", dequeue_cost=_price(1.2))
    )

    assert not any(
        cell.mark is Rank.SAME for row in scoreboard(comparison).rows for cell in row.cells
    )
    assert "one run each: a small difference may be chance" in render(comparison, "text")


def test_worst_verdict_of_the_repeats_stands_and_the_others_are_named() -> None:
    runs = [_picture("a"), _picture("a", Level.STARVING), _picture("a")]
    comparison = _comparison(*runs, repeats=3)

    assert scoreboard(comparison).rows[0].word is Level.STARVING
    assert "a: FAIR 2×, STARVING 1×" in render(comparison, "text")


def test_sentence_says_which_to_take_and_what_the_other_costs() -> None:
    advice = _advice(_picture(SCAN), _picture(TURNS))

    assert advice.strategy == TURNS
    assert advice.word is Level.FAIR
    assert advice.sentence == (
        "round-robin is FAIR at 1.0 round trips a pop; "
        "scan needs 5.0 and makes the last partition wait 9.6 rounds."
    )


def test_fairest_first_then_cheapest_then_fastest() -> None:
    cheap_unfair = _picture("unfair", Level.UNFAIR, dequeue_cost=_price(1))
    dear = _picture("dear", dequeue_cost=_price(4))
    slow = _picture("slow", dequeue_cost=_price(2), elapsed_s=10.0)
    fast = _picture("fast", dequeue_cost=_price(2.04), elapsed_s=6.0)

    assert _advice(cheap_unfair, dear).strategy == "dear"
    assert _advice(cheap_unfair, dear, slow).strategy == "slow"
    advice = _advice(cheap_unfair, dear, slow, fast)
    assert (advice.strategy, advice.as_good) == ("fast", ())


def test_what_cannot_be_told_apart_is_named_and_the_first_taken() -> None:
    runs = [_picture(name, elapsed_s=at) for name, at in (("a", 6.0), ("b", 5.85), ("c", 9.0))]

    advice = _advice(*runs)

    assert (advice.strategy, advice.as_good) == ("a", ("b",))
    assert "; b does as well; c is as fair but slower" in advice.sentence


def test_polls_at_the_end_leave_two_as_good_as_each_other() -> None:
    advice = _advice(
        _picture("a", dequeue_cost=_price(1.06)), _picture("b", dequeue_cost=_price(1.04))
    )

    assert (advice.strategy, advice.as_good) == ("b", ("a",)), "the cheaper as shown is taken"


def test_unknown_price_is_said_to_be_unknown() -> None:
    unknown = dataclasses.replace(_picture("own"), dequeue_cost=TotalCost())

    assert _advice(unknown).sentence.startswith("own is FAIR at an unknown price")
    advice = _advice(_picture("known"), unknown)
    assert advice.strategy == "known"
    assert "own is as fair, at an unknown price" in advice.sentence
    assert "| – |" in render(_comparison(_picture("known"), unknown), "markdown")


def test_price_in_throughput_is_said() -> None:
    fair = _picture("fair", elapsed_s=10.0)
    unfair = _picture(SCAN, elapsed_s=5.0)

    assert _advice(fair, unfair).sentence.endswith(
        "It does 50 % fewer tasks a second than scan, which is UNFAIR."
    )


def test_worker_that_idles_comes_after_its_peers() -> None:
    shard = _idling(_picture("shard", dequeue_cost=_price(0.5)))

    assert _advice(shard, _picture("turns")).strategy == "turns"
    assert _advice(shard, _picture("chance", Level.FAIR_ON_AVERAGE_ONLY)).strategy == "shard"
    assert "shard: not work-conserving" in render(_comparison(shard, _picture("turns")), "text")


def test_all_unfair_names_the_least_and_does_not_call_it_fair() -> None:
    advice = _advice(_picture("a", Level.STARVING), _picture(SCAN))

    assert advice.strategy == SCAN
    assert advice.sentence.startswith("None is FAIR on this load; the best is scan, UNFAIR at 5.0")


@pytest.mark.parametrize("word", [Level.BROKEN, Level.INCONCLUSIVE])
def test_untrusted_is_never_recommended_and_best_in_nothing(word: Level) -> None:
    cheap = _picture("cheap", word, dequeue_cost=_price(0.1))
    board = scoreboard(_comparison(cheap, _picture(SCAN), _picture(TURNS)))

    assert recommend(board).strategy == TURNS
    assert board.cell(board.rows[0], "round_trips_per_pop").mark is Rank.NONE
    assert board.cell(board.rows[2], "worst_wait_rounds_max").mark is Rank.BEST
    best = Rank.BEST if word is Level.BROKEN else Rank.NONE  # what is undecided was measured
    assert board.cell(board.rows[2], "round_trips_per_pop").mark is best


def test_all_broken_recommends_none() -> None:
    advice = _advice(_picture("a", Level.BROKEN), _picture("b", Level.BROKEN))

    assert advice.strategy is None
    assert advice.sentence == "None can be recommended: a and b are BROKEN."


def test_load_that_cannot_tell_says_what_to_change() -> None:
    plan = dataclasses.replace(LOAD, tasks_per_partition=1)
    runs = [snapshot(dataclasses.replace(plan, strategy=name)) for name in (SCAN, TURNS)]
    comparison = Comparison(plan=plan, strategies=(SCAN, TURNS), repeats=1, runs=tuple(runs))

    advice = recommend(scoreboard(comparison))

    assert advice.strategy is None
    assert advice.sentence == (
        "This load cannot tell the strategies apart. "
        "Try: At least 3 tasks per partition, better 10."
    )
    assert "scan, round-robin: One task per partition" in render(comparison, "text")


def test_stopped_run_is_kept_and_not_compared() -> None:
    stopped = snapshot(dataclasses.replace(LOAD, strategy=TURNS), Phase.STOPPED, 0.5)
    comparison = _comparison(_picture(SCAN), stopped, also=["c"])

    board = scoreboard(comparison)
    assert [row.label for row in board.rows] == ["✗ UNFAIR", "– stopped early", "– not run"]
    assert board.rows[1].cells[0].median is None
    assert not comparison.is_complete
    assert "2 of 3 runs: stopped early" in render(comparison, "text")
    assert len(comparison_document(comparison)["runs"]) == 2


def test_failed_run_makes_its_strategy_failed_whatever_the_others_say() -> None:
    failed = _picture(TURNS, phase=Phase.FAILED, failure="Redis was lost in mid-run")
    comparison = _comparison(_picture(TURNS), failed, repeats=2)

    assert scoreboard(comparison).rows[0].label == "✗ FAILED"
    assert recommend(scoreboard(comparison)).sentence == (
        "None can be recommended: round-robin FAILED."
    )
    assert "2 of 2 runs: 1 failed; only whole runs count" in render(comparison, "text")
    assert "round-robin: failed: Redis was lost in mid-run" in render(comparison, "text")


def test_picture_of_a_row_is_the_run_that_explains_its_verdict() -> None:
    good, bad = _picture("a"), _picture("a", Level.STARVING)
    failed = _picture("b", phase=Phase.FAILED, failure="it broke")
    stopped = snapshot(dataclasses.replace(LOAD, strategy=TURNS), Phase.STOPPED, 0.5)
    runs = (good, bad, _picture("b"), failed, stopped)
    board = scoreboard(_comparison(*runs, repeats=2, also=["d"]))

    assert [board.picture(row) for row in board.rows] == [bad, failed, stopped, None]


@pytest.mark.parametrize("word", list(Level))
def test_short_label_keeps_glyph_and_word_in_its_width(word: Level) -> None:
    row = scoreboard(_comparison(_picture("a", word))).rows[0]

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


def test_nothing_and_one_alone_have_a_sentence_too() -> None:
    assert _advice(also=["a", "b"]).sentence == "No run was made: there is nothing to compare."
    assert _advice(_picture(TURNS)).sentence == (
        "round-robin is FAIR at 1.0 round trips a pop; there is nothing to compare it with."
    )
    stopped = snapshot(LOAD, Phase.STOPPED, 0.01)
    assert _advice(stopped).sentence.startswith("No run was served to the end")


@pytest.mark.parametrize("repeats", [1, 3])
@pytest.mark.parametrize("names", [["least-in-flight", SCAN], ["package.module.of:LongClassName"]])
def test_text_fits_80_columns(names: list[str], repeats: int) -> None:
    runs = [
        _picture(
            name,
            elapsed_s=0.05 + turn / 700,
            pops=PopTimes(p50=0.0123 + turn / 200, p99=0.0456 + turn / 300),
            dequeue_cost=_price(12.3 + turn),
        )
        for turn in range(repeats)
        for name in names
    ]

    *lines, command = render(_comparison(*runs, repeats=repeats), "text").splitlines()

    assert max(map(len, lines)) <= 80
    assert command.startswith("$ queue-fairness-tui compare --strategies ")


def test_waits_beside_noise_are_compared_with_those_by_fair_turns() -> None:
    comparison = _comparison(
        _picture("fifo", quiet_wait_p95_s=2.0, quiet_wait_ideal_p95_s=0.5),
        _picture(TURNS, quiet_wait_p95_s=0.55, quiet_wait_ideal_p95_s=0.5),
        _picture("streams", quiet_wait_p95_s=0.01),
    )
    said = "quiet partitions' p95 wait, with ÷ ideal: fifo 4.0, round-robin 1.1"

    assert said in report.notes(scoreboard(comparison))
    assert said in render(comparison, "markdown")


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
    picture = _picture(TURNS, quiet_wait_p95_s=wait, quiet_wait_ideal_p95_s=ideal)

    assert picture.quiet_times_ideal == times


def test_markdown_is_one_whole_table() -> None:
    uneven = _picture("x", Level.FAIR_ON_AVERAGE_ONLY, dequeue_cost=_price(1))

    text = render(_comparison(_picture(SCAN), uneven), "markdown")

    table = [line for line in text.splitlines() if line.startswith("|")]
    assert len(table) == 5
    assert {line.count("|") for line in table} == {len(COLUMNS) + 3}
    assert "| `x` | \\~ FAIR ON AVERAGE ONLY |" in text
    assert "| **1.0** |" in text
    assert text.startswith("**None is FAIR")


def test_json_is_strict_and_holds_whole_runs() -> None:
    comparison = _comparison(_picture(SCAN), _picture(TURNS))

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


def test_command_asks_for_the_same_again() -> None:
    comparison = _comparison(_picture(SCAN), _picture(TURNS), repeats=2)
    program, *arguments = shlex.split(command(comparison))

    options = parse(arguments, {})

    assert program == "queue-fairness-tui"
    assert options.command == CompareCommand(plan=LOAD, strategies=(SCAN, TURNS), repeats=2)
    assert options.server.redis_server == "bundled"


def test_compare_is_all_strategies_once_unless_told() -> None:
    options = parse(["compare", "-P", "60"], {})

    by_turns = tuple(name for name in STRATEGIES if name != "virtual-time-by-cost")
    plan = Plan(partitions=60)
    assert options.command == CompareCommand(plan=plan, strategies=by_turns)
    assert parse(["-P", "60"], {}).command == RunCommand(plan=plan)


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param("--fair-by time", id="fair-by-time"),
        pytest.param("--fair-by tokens --task behavior.user_tasks:works", id="fair-by-tokens"),
        pytest.param("--strategies all", id="all"),
    ],
)
def test_strategies_by_cost_are_compared_where_cost_counts(asked: str) -> None:
    options = parse(["compare", *asked.split()], {})

    assert isinstance(options.command, CompareCommand)
    assert options.command.strategies == tuple(STRATEGIES)


@pytest.mark.parametrize(
    ("arguments", "first_task_traceback"),
    [
        pytest.param("compare --strategies scan,best", "--strategies best is not", id="unknown"),
        pytest.param("compare --strategies scan,scan", "names scan twice", id="twice"),
        pytest.param("compare --strategies ,", "(empty) is not known", id="empty"),
        pytest.param("compare --repeat 0", "--repeat 0 is too small: allowed are 1", id="none"),
        pytest.param("compare --repeat 1e9", "--repeat 1e9 is not a whole number", id="float"),
        pytest.param("compare --strategy scan", "compare takes --strategies", id="singular"),
        pytest.param("compare --markdown --json -", "both want stdout", id="two-outputs"),
        pytest.param("compare -P 0", "--partitions 0 is too small", id="plan"),
        pytest.param("compare scan", "unrecognized arguments: scan", id="word"),
        pytest.param("-P 10 compare", "the word compare comes first", id="late"),
        pytest.param("--repeat 3", "unrecognized arguments: --repeat 3", id="without-the-word"),
    ],
)
def test_refusal_is_one_line_and_status_2(
    arguments: str, first_task_traceback: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refusal:
        parse(arguments.split(), {})

    written = capsys.readouterr()
    assert refusal.value.code == 2
    assert first_task_traceback in written.err
    assert written.err.count("\n") == 1
    assert not written.out


def test_help_of_compare_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["compare", "--help"], {})
    said = " ".join(capsys.readouterr().out.split())
    for words in ("--strategies A,B,C", "--repeat N", "--markdown", "apply to every run"):
        assert words in said
    assert "--strategy NAME" not in said

    with pytest.raises(SystemExit):
        parse(["--help"], {})
    assert "queue-fairness-tui compare --help" in capsys.readouterr().out
