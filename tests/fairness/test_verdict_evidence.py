"""A run with too little evidence is not called fair, nor is what was seen taken back."""

from dataclasses import replace
from typing import Any

import pytest
from fairness.measured import (
    COUNTS,
    CROWD,
    DRAIN,
    RANDOM,
    ROUND_ROBIN,
    SCAN,
    SUSTAINED,
    WEAK,
    loaded,
    shared,
    spread,
    verdict,
)

from queue_fairness.fairness import (
    Conditions,
    FairnessMeasures,
    Level,
)


@pytest.mark.parametrize("run", [DRAIN, SUSTAINED], ids=["drain", "sustained"])
@pytest.mark.parametrize("weak", WEAK.values(), ids=list(WEAK))
def test_run_without_evidence_is_not_called_fair(weak: dict[str, Any], run: Conditions) -> None:
    if weak.keys() == {"tasks_per_partition", "rounds"} and not run.drain:
        weak = {"rounds": weak["rounds"]}
    for base in (ROUND_ROBIN, RANDOM):
        judged = verdict(replace(base, **weak), run=run)

        assert judged.word is Level.INCONCLUSIVE
        assert judged.why
        assert judged.next_step


@pytest.mark.parametrize("weak", WEAK.values(), ids=list(WEAK))
def test_lack_of_evidence_takes_back_nothing_that_was_seen(weak: dict[str, Any]) -> None:
    crowded = replace(shared(crowd=CROWD), **weak)
    starving = replace(RANDOM, worst_wait_rounds=spread(5.6, max=61.0), **weak)

    assert verdict(crowded).word is Level.UNFAIR
    assert verdict(starving, run=SUSTAINED).word is Level.STARVING


@pytest.mark.parametrize(("rounds", "is_enough"), [(2.5, True), (2.49, False)])
@pytest.mark.parametrize("base", [ROUND_ROBIN, RANDOM])
def test_three_tasks_each_are_evidence_enough(
    base: FairnessMeasures, rounds: float, is_enough: bool
) -> None:
    judged = verdict(replace(base, tasks_per_partition=3.0, rounds=rounds, peak_backlogged=9))

    assert (judged.word is not Level.INCONCLUSIVE) is is_enough


def test_sequential_drain_of_three_tasks_each_is_unfair() -> None:
    judged = verdict(replace(SCAN, tasks_per_partition=3.0, rounds=3.0, peak_backlogged=17))

    assert judged.word is Level.UNFAIR


def test_load_by_itself_decides_nothing() -> None:
    thin = replace(ROUND_ROBIN.conservation, load=0.4)
    measures = replace(ROUND_ROBIN, conservation=thin)

    assert verdict(measures, run=SUSTAINED).word is Level.FAIR
    idle = verdict(replace(measures, contended_share=0.02), run=SUSTAINED)
    assert idle.word is Level.INCONCLUSIVE
    assert idle.why == ("At 2.0 % of the pickups somebody was passed over; 20 % are needed.",)
    assert idle.next_step == ("A higher load: more arrivals, longer tasks or fewer workers.",)


def test_run_too_short_is_told_to_be_longer_before_anything_else() -> None:
    short = replace(ROUND_ROBIN, rounds=1.0, tasks_per_partition=1.0, contended_share=0.02)

    drain, sustained = verdict(short), verdict(short, run=SUSTAINED)

    assert drain.next_step == ("At least 3 tasks per partition, better 10.",)
    assert sustained.next_step == ("A longer run: until everyone might have had 3 turns.",)


@pytest.mark.parametrize(
    ("share", "dispatches", "load", "run", "is_enough"),
    [
        pytest.param(0.25, 10_000, 1.0, DRAIN, True, id="rounds-with-a-choice"),
        pytest.param(0.249, 10_000, 1.0, DRAIN, False, id="too-few-rounds-with-a-choice"),
        pytest.param(0.0025, 1_000_000, 0.1, DRAIN, True, id="tail-of-a-giant"),
        pytest.param(0.25, 10_000, 1.0, SUSTAINED, True, id="sustained"),
        pytest.param(0.249, 10_000, 1.0, SUSTAINED, False, id="sustained-too-few"),
        pytest.param(0.025, 100_000, 0.75, SUSTAINED, True, id="busy"),
        pytest.param(0.199, 100_000, 0.749, SUSTAINED, False, id="neither-busy-nor-contended"),
        pytest.param(0.2, 100_000, 0.749, SUSTAINED, True, id="contended"),
    ],
)
def test_choice_is_evidence_for_a_few_rounds_and_more_than_exceptions(
    share: float, dispatches: int, load: float, run: Conditions, is_enough: bool
) -> None:
    measures = replace(loaded(ROUND_ROBIN, load), contended_share=share, dispatches=dispatches)

    judged = verdict(measures, run=run)

    assert judged.word is (Level.FAIR if is_enough else Level.INCONCLUSIVE)
    assert {item.name: item.ok for item in judged.evidence}["contended"] is is_enough


@pytest.mark.parametrize(
    ("lag_s", "wait_s", "lagging"),
    [(0.005, 0.001, False), (0.0051, 0.001, True), (2.0, 8.0, False), (2.01, 8.0, True)],
)
def test_lag_counts_against_a_typical_wait(lag_s: float, wait_s: float, lagging: bool) -> None:
    run = replace(DRAIN, event_loop_lag_p99_s=lag_s, typical_wait_s=wait_s)

    assert (verdict(ROUND_ROBIN, run=run).word is Level.INCONCLUSIVE) is lagging


def test_counts_in_flux_do_not_break_a_running_queue() -> None:
    counts = replace(COUNTS, waiting=7, locks_left=8)

    assert verdict(ROUND_ROBIN, counts, replace(DRAIN, ended=False)).word is Level.FAIR
    assert verdict(ROUND_ROBIN, replace(COUNTS, locks_left=None)).word is Level.FAIR


def test_run_so_far_collects_evidence_before_it_is_judged() -> None:
    live = replace(DRAIN, ended=False)
    early = replace(SCAN, rounds=0.42)

    assert verdict(early, run=live).collecting == "collecting: 0.4 of 3 rounds"
    assert verdict(early, run=live).word is Level.INCONCLUSIVE
    assert verdict(early).collecting is None
    assert verdict(replace(SCAN, rounds=3.0), run=live).collecting is None


def test_run_whose_tasks_could_not_be_counted_is_not_judged() -> None:
    judged = verdict(ROUND_ROBIN, replace(COUNTS, waiting=None, completed=4_000))

    assert judged.word is Level.INCONCLUSIVE
    assert judged.why[0] == "The run broke off and its tasks could not be counted."


def test_uncounted_tasks_leave_what_was_seen() -> None:
    uncounted = replace(COUNTS, waiting=None, completed=4_000)

    assert verdict(SCAN, uncounted).word is Level.UNFAIR
    for measures in (ROUND_ROBIN, RANDOM):
        assert verdict(measures, uncounted).word is Level.INCONCLUSIVE


def test_server_at_fault_leaves_nothing_to_judge() -> None:
    run = replace(DRAIN, server_fault="Redis evicted keys: tasks are missing.")

    judged = verdict(SCAN, replace(COUNTS, lost=3), run)

    assert (judged.word, judged.flaws) == (Level.INCONCLUSIVE, ())
    assert judged.headline == "the server failed this run: it says nothing about the queue"
    assert judged.why == ("The server failed the run: of the queue it says nothing.",)


def test_where_hardly_a_task_was_done_only_what_was_seen_remains() -> None:
    run = replace(DRAIN, undone="9,990 of 10,000 tasks failed.")

    for measures in (ROUND_ROBIN, RANDOM):
        judged = verdict(measures, run=run)

        assert judged.word is Level.INCONCLUSIVE
        assert judged.headline == "9,990 of 10,000 tasks failed"
        assert judged.next_step == ("Tasks that can be done.",)
    assert verdict(SCAN, run=run).word is Level.UNFAIR


def test_evidence_line_names_each_item_with_its_value() -> None:
    line = {item.name: (item.ok, item.text) for item in verdict(SCAN).evidence}

    assert line == {
        "rounds": (True, "10 rounds"),
        "contended": (True, "99 % contended"),
        "load": (None, "load 100 %"),
        "lag": (True, "lag p99 2 ms"),
        "integrity": (True, "nothing lost"),
        "work_conservation": (True, "work-conserving 99 %"),
    }
