"""The advice of a comparison where some strategies are undecided, failed or deaf."""

import dataclasses
from collections.abc import Sequence

import pytest
from script import snapshot

from queue_fairness.analysis.columns import Rank
from queue_fairness.analysis.comparison import Comparison
from queue_fairness.analysis.merits import quality
from queue_fairness.analysis.recommendation import Recommendation, recommend
from queue_fairness.analysis.scoreboard import rank, scoreboard
from queue_fairness.analysis.series import left_out
from queue_fairness.fairness.word import Level
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.plan import Plan
from queue_fairness.report.comparison_json import comparison_document
from queue_fairness.report.results import render

LOAD = Plan(partitions=100, tasks_per_partition=10, workers=4)
LATE = ("The event loop was 4.07 s late, against waits of 3 ms.",)
KEEP_UP = ("Fewer workers or longer tasks, so that the event loop keeps up.",)


def _run(
    strategy: str,
    word: Level,
    *,
    plan: Plan = LOAD,
    wait: float | None = None,
    why: tuple[str, ...] = LATE,
    slowdown: float | None = None,
    **changes: object,
) -> Snapshot:
    """A scripted run of turns under that name, with that verdict and longest wait."""
    found = snapshot(dataclasses.replace(LOAD, strategy="round-robin"))
    assessment = found.assessment
    assert assessment is not None
    waits = assessment.measures.worst_wait_rounds
    if wait is not None:
        waits = dataclasses.replace(waits, max=wait, p99=wait)
    verdict = dataclasses.replace(
        assessment.verdict, word=word, why=why, next_step=KEEP_UP, quiet_slowdown=slowdown
    )
    measures = dataclasses.replace(assessment.measures, worst_wait_rounds=waits)
    assessment = dataclasses.replace(assessment, verdict=verdict, measures=measures)
    return dataclasses.replace(
        found,
        plan=dataclasses.replace(plan, strategy=strategy),
        assessment=assessment,
        **changes,  # type: ignore[arg-type]  # a Snapshot's fields
    )


def _comparison(
    *runs: Snapshot, plan: Plan = LOAD, also: Sequence[str] = (), repeats: int = 1
) -> Comparison:
    names = tuple(dict.fromkeys([*(run.plan.strategy for run in runs), *also]))
    return Comparison(plan=plan, strategies=names, repeats=repeats, runs=runs)


def _advice(*runs: Snapshot, plan: Plan = LOAD, also: Sequence[str] = ()) -> Recommendation:
    return recommend(scoreboard(_comparison(*runs, plan=plan, also=also)))


def test_unfair_is_not_the_best_while_another_is_undecided() -> None:
    scan = _run("scan", Level.UNFAIR, wait=9.6)
    turns = _run("round-robin", Level.INCONCLUSIVE, wait=1.0)

    advice = _advice(scan, turns)

    assert (advice.strategy, advice.undecided) == (None, ("round-robin",))
    assert advice.sentence == (
        "None can be recommended: scan is UNFAIR, with waits up to 9.6 rounds; round-robin waited "
        "up to 1.0 rounds but could not be judged: the event loop was 4.07 s late, against waits "
        "of 3 ms. Try: Fewer workers or longer tasks, so that the event loop keeps up."
    )


@pytest.mark.parametrize("word", [Level.UNFAIR, Level.STARVING])
def test_unfair_is_not_the_best_while_another_failed_or_was_not_run(word: Level) -> None:
    scan = _run("scan", word, wait=9.6)
    failed = _run("round-robin", Level.FAIR, phase=Phase.FAILED, failure="it broke")
    stopped = _run("fifo", Level.FAIR, phase=Phase.STOPPED)

    assert _advice(scan, failed).strategy is None
    assert _advice(scan, failed).sentence == (
        f"None can be recommended: scan is {word.text}, with waits up to 9.6 rounds; "
        "round-robin FAILED."
    )
    assert _advice(scan, stopped, also=["streams"]).sentence.endswith(
        "; fifo was stopped early; streams was not run."
    )


def test_fair_is_taken_and_the_undecided_are_named_all_the_same() -> None:
    fair = _run("virtual-time", Level.FAIR)
    undecided = _run("round-robin", Level.INCONCLUSIVE, wait=1.0)

    advice = _advice(fair, undecided)

    assert advice.strategy == "virtual-time"
    assert advice.sentence.startswith("virtual-time is FAIR at 1.0 round trips a pop.")
    assert "round-robin waited up to 1.0 rounds but could not be judged: the event" in (
        advice.sentence
    )
    assert advice.sentence.endswith("the event loop keeps up.")


def test_none_is_fair_is_not_said_while_one_may_be() -> None:
    average = _run("random-ready", Level.FAIR_ON_AVERAGE_ONLY)

    assert _advice(average, _run("round-robin", Level.INCONCLUSIVE)).sentence.startswith(
        "random-ready is FAIR ON AVERAGE ONLY at "
    )
    assert _advice(average, _run("scan", Level.UNFAIR)).sentence.startswith("None is FAIR")


def test_waits_that_differ_plainly_are_said_though_fair_is_withheld() -> None:
    why = ("16 partitions for 8 workers: almost nobody has to wait a turn.",)
    fifo = _run("fifo", Level.INCONCLUSIVE, wait=56.9, why=why)
    turns = _run("round-robin", Level.INCONCLUSIVE, wait=0.94, why=why)

    said = _advice(fifo, turns).sentence

    assert said.startswith(
        "Longest waits differ, from 0.94 (round-robin) to 56.9 (fifo) rounds, but FAIR is "
        "withheld for lack of evidence: 16 partitions for 8 workers: almost nobody has to wait"
    )
    assert "cannot tell" not in said
    near = _run("fifo", Level.INCONCLUSIVE, wait=1.2, why=why)
    assert _advice(near, turns).sentence.startswith("This load cannot tell the strategies apart.")


def test_undecided_for_one_kind_of_reason_are_named_together_and_few_reasons_given() -> None:
    names = ("round-robin", "virtual-time", "fifo", "streams", "key-shard")
    runs = [
        _run(name, Level.INCONCLUSIVE, why=(f"Not enough contention: load {percent} %.",))
        for name, percent in zip(names, (50, 60, 70, 60, 60), strict=True)
    ]
    assert (
        "round-robin, virtual-time, fifo and 2 more waited up to 0.99 rounds but could not be "
        in (_advice(_run("scan", Level.UNFAIR), *runs).sentence)
    )

    runs = [
        _run(
            name,
            Level.INCONCLUSIVE,
            why=(f"The event loop was {late} ms late, against 1 ms.",),
        )
        for late, name in enumerate(names)
    ]
    said = _advice(_run("scan", Level.UNFAIR), *runs).sentence
    assert said.count("could not be judged") == 4
    assert "; 2 more could not be judged." in said


def test_known_to_be_unfair_is_worse_than_undecided() -> None:
    assert sorted(Level, key=rank) == [
        Level.BROKEN,
        Level.STARVING,
        Level.UNFAIR,
        Level.INCONCLUSIVE,
        Level.FAIR_ON_AVERAGE_ONLY,
        Level.FAIR,
    ]
    runs = (_run("scan", Level.INCONCLUSIVE), _run("scan", Level.UNFAIR))
    row = scoreboard(_comparison(*runs, repeats=2)).rows[0]
    assert (row.word, row.is_open) == (Level.UNFAIR, False)
    assert quality(row)[0] == rank(Level.UNFAIR)


def test_nothing_is_best_of_its_column_where_an_undecided_row_is_better() -> None:
    runs = (
        _run("scan", Level.UNFAIR, wait=20),
        _run("fifo", Level.UNFAIR, wait=10),
        _run("round-robin", Level.INCONCLUSIVE, wait=1.0),
    )

    board = scoreboard(_comparison(*runs))

    assert [board.cell(row, "worst_wait_rounds_max").median for row in board.rows] == [20, 10, 1.0]
    assert {board.cell(row, "worst_wait_rounds_max").mark for row in board.rows} == {Rank.NONE}


WEIGHED = dataclasses.replace(LOAD, weights="4*50,1")


def test_who_ignores_the_weights_is_not_taken_over_who_keeps_to_them() -> None:
    turns = _run("round-robin", Level.FAIR, plan=WEIGHED)
    weighted = _run("virtual-time", Level.FAIR_ON_AVERAGE_ONLY, plan=WEIGHED)

    advice = _advice(turns, weighted, plan=WEIGHED)

    assert (advice.strategy, advice.as_good) == ("virtual-time", ())
    assert advice.sentence == (
        "virtual-time is FAIR ON AVERAGE ONLY at 1.0 round trips a pop; "
        "round-robin ignores --weights 4*50,1."
    )
    found = comparison_document(_comparison(turns, weighted, plan=WEIGHED))
    rows = found["scoreboard"]
    assert isinstance(rows, list)
    assert [row["ignored_options"] for row in rows if isinstance(row, dict)] == [
        ["round-robin ignores --weights 4*50,1: all partitions count the same"],
        [],
    ]


def test_none_is_taken_where_the_one_that_heeds_is_unfair() -> None:
    chance = _run("random-ready", Level.FAIR_ON_AVERAGE_ONLY, plan=WEIGHED, wait=6)
    weighted = _run("virtual-time", Level.UNFAIR, plan=WEIGHED, wait=13)

    advice = _advice(chance, weighted, plan=WEIGHED)

    assert advice.strategy is None
    assert advice.sentence == (
        "None can be recommended: random-ready is FAIR ON AVERAGE ONLY but ignores "
        "--weights 4*50,1, with waits up to 6.0 rounds; virtual-time is UNFAIR, with waits up to "
        "13.0 rounds."
    )


def test_where_all_are_deaf_the_advice_says_so() -> None:
    runs = [_run(name, Level.FAIR, plan=WEIGHED) for name in ("round-robin", "random-ready")]

    assert _advice(*runs, plan=WEIGHED).sentence == (
        "round-robin is FAIR at 1.0 round trips a pop, but ignores --weights 4*50,1; "
        "random-ready does as well."
    )


def test_limit_that_was_asked_for_counts_as_the_weights_do() -> None:
    plan = dataclasses.replace(LOAD, concurrency_limit=0)
    scan = _run("scan", Level.FAIR, plan=plan)
    fifo = _run("fifo", Level.FAIR, plan=plan)
    comparison = _comparison(scan, fifo, plan=plan)

    assert recommend(scoreboard(comparison)).strategy == "fifo"
    sentence = "scan ignores --concurrency-limit 0: still 1 at a time"
    for face in (render(comparison, "text"), render(comparison, "markdown")):
        assert sentence in face
        assert "no limit (not scan)" in " ".join(face.split())


NOISE = dataclasses.replace(LOAD, noisy=1, noisy_tasks=100)


def test_quiet_waits_beside_noise_come_before_the_price() -> None:
    cheap = _run("fifo", Level.FAIR, plan=NOISE, quiet_wait_p95_s=14.8, slowdown=2.9)
    calm = _run(
        "round-robin",
        Level.FAIR,
        plan=NOISE,
        quiet_wait_p95_s=0.031,
        slowdown=1.04,
        elapsed_s=9.0,
    )

    advice = _advice(cheap, calm, plan=NOISE)

    assert advice.strategy == "round-robin"
    assert (
        "; quiet partitions wait 31.0 ms (p95) beside the noise, 1.0 times as long as without "
        "(14.8 s by fifo)" in advice.sentence
    )


def test_quiet_waits_within_a_task_or_twice_as_long_are_the_same() -> None:
    one = _run("fifo", Level.FAIR, plan=NOISE, quiet_wait_p95_s=0.010)
    task = _run("round-robin", Level.FAIR, plan=NOISE, quiet_wait_p95_s=0.034)
    long = _run("virtual-time", Level.FAIR, plan=NOISE, quiet_wait_p95_s=0.036)

    advice = _advice(one, task, long, plan=NOISE)

    assert (advice.strategy, advice.as_good) == ("fifo", ("round-robin",))
    twice = [dataclasses.replace(run, quiet_wait_p95_s=at) for run, at in ((one, 1), (task, 1.9))]
    assert _advice(*twice, plan=NOISE).as_good == ("round-robin",)


def test_runs_left_out_are_those_of_strategies_that_failed_before() -> None:
    failed = _run("fifo", Level.FAIR, phase=Phase.FAILED, failure="it broke")
    scan = _run("scan", Level.UNFAIR)

    assert left_out(("fifo", "scan") * 3, (failed, scan, scan, scan)) == 2
    assert left_out(("fifo", "scan") * 3, (failed,)) == 0, "it ended there"
    text = render(
        Comparison(plan=LOAD, strategies=("fifo", "scan"), repeats=2, runs=(failed, scan, scan)),
        "text",
    )
    assert "3 of 4 runs: 1 failed, and a strategy that failed is not run again" in text
    assert "fifo: failed: it broke" in text
