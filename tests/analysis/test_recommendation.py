"""Which strategy a comparison recommends, and in which words."""

import dataclasses

import pytest
from analysis.compared import LOAD, SCAN, TURNS, advice_on, compared, idling, picture_of, price_of
from script import snapshot

from queue_fairness.analysis.columns import Rank
from queue_fairness.analysis.comparison import Comparison
from queue_fairness.analysis.recommendation import recommend
from queue_fairness.analysis.scoreboard import scoreboard
from queue_fairness.fairness.word import Level
from queue_fairness.metrics.snapshot import Phase, TotalCost
from queue_fairness.report.results import render


def test_sentence_says_which_to_take_and_what_the_other_costs() -> None:
    advice = advice_on(picture_of(SCAN), picture_of(TURNS))

    assert advice.strategy == TURNS
    assert advice.word is Level.FAIR
    assert advice.sentence == (
        "round-robin is FAIR at 1.0 round trips a pop; "
        "scan needs 5.0 and makes the last partition wait 9.6 rounds."
    )


def test_fairest_first_then_cheapest_then_fastest() -> None:
    cheap_unfair = picture_of("unfair", Level.UNFAIR, dequeue_cost=price_of(1))
    dear = picture_of("dear", dequeue_cost=price_of(4))
    slow = picture_of("slow", dequeue_cost=price_of(2), elapsed_s=10.0)
    fast = picture_of("fast", dequeue_cost=price_of(2.04), elapsed_s=6.0)

    assert advice_on(cheap_unfair, dear).strategy == "dear"
    assert advice_on(cheap_unfair, dear, slow).strategy == "slow"
    advice = advice_on(cheap_unfair, dear, slow, fast)
    assert (advice.strategy, advice.as_good) == ("fast", ())


def test_what_cannot_be_told_apart_is_named_and_the_first_taken() -> None:
    runs = [picture_of(name, elapsed_s=at) for name, at in (("a", 6.0), ("b", 5.85), ("c", 9.0))]

    advice = advice_on(*runs)

    assert (advice.strategy, advice.as_good) == ("a", ("b",))
    assert "; b does as well; c is as fair but slower" in advice.sentence


def test_polls_at_the_end_leave_two_as_good_as_each_other() -> None:
    advice = advice_on(
        picture_of("a", dequeue_cost=price_of(1.06)), picture_of("b", dequeue_cost=price_of(1.04))
    )

    assert (advice.strategy, advice.as_good) == ("b", ("a",)), "the cheaper as shown is taken"


def test_unknown_price_is_said_to_be_unknown() -> None:
    unknown = dataclasses.replace(picture_of("own"), dequeue_cost=TotalCost())

    assert advice_on(unknown).sentence.startswith("own is FAIR at an unknown price")
    advice = advice_on(picture_of("known"), unknown)
    assert advice.strategy == "known"
    assert "own is as fair, at an unknown price" in advice.sentence
    assert "| – |" in render(compared(picture_of("known"), unknown), "markdown")


def test_price_in_throughput_is_said() -> None:
    fair = picture_of("fair", elapsed_s=10.0)
    unfair = picture_of(SCAN, elapsed_s=5.0)

    assert advice_on(fair, unfair).sentence.endswith(
        "It does 50 % fewer tasks a second than scan, which is UNFAIR."
    )


def test_worker_that_idles_comes_after_its_peers() -> None:
    shard = idling(picture_of("shard", dequeue_cost=price_of(0.5)))

    assert advice_on(shard, picture_of("turns")).strategy == "turns"
    assert advice_on(shard, picture_of("chance", Level.FAIR_ON_AVERAGE_ONLY)).strategy == "shard"
    assert "shard: not work-conserving" in render(compared(shard, picture_of("turns")), "text")


def test_all_unfair_names_the_least_and_does_not_call_it_fair() -> None:
    advice = advice_on(picture_of("a", Level.STARVING), picture_of(SCAN))

    assert advice.strategy == SCAN
    assert advice.sentence.startswith("None is FAIR on this load; the best is scan, UNFAIR at 5.0")


@pytest.mark.parametrize("word", [Level.BROKEN, Level.INCONCLUSIVE])
def test_untrusted_is_never_recommended_and_best_in_nothing(word: Level) -> None:
    cheap = picture_of("cheap", word, dequeue_cost=price_of(0.1))
    board = scoreboard(compared(cheap, picture_of(SCAN), picture_of(TURNS)))

    assert recommend(board).strategy == TURNS
    assert board.cell(board.rows[0], "round_trips_per_pop").mark is Rank.NONE
    assert board.cell(board.rows[2], "worst_wait_rounds_max").mark is Rank.BEST
    best = Rank.BEST if word is Level.BROKEN else Rank.NONE  # what is undecided was measured
    assert board.cell(board.rows[2], "round_trips_per_pop").mark is best


def test_all_broken_recommends_none() -> None:
    advice = advice_on(picture_of("a", Level.BROKEN), picture_of("b", Level.BROKEN))

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


def test_nothing_and_one_alone_have_a_sentence_too() -> None:
    assert advice_on(also=["a", "b"]).sentence == "No run was made: there is nothing to compare."
    assert advice_on(picture_of(TURNS)).sentence == (
        "round-robin is FAIR at 1.0 round trips a pop; there is nothing to compare it with."
    )
    stopped = snapshot(LOAD, Phase.STOPPED, 0.01)
    assert advice_on(stopped).sentence.startswith("No run was served to the end")
