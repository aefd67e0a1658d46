"""The word for a run follows its measures: thresholds, and what outranks what."""

from dataclasses import replace
from math import log
from typing import Any

import pytest
from fairness.measured import (
    BEHIND,
    COUNTS,
    CROWD,
    DRAIN,
    FEW,
    LONGEST,
    RANDOM,
    ROUND_ROBIN,
    SCAN,
    STEADY,
    STRICT,
    SUSTAINED,
    VIRTUAL,
    indebted,
    loaded,
    owed,
    shared,
    spread,
    started,
    verdict,
    waiting,
    windowed,
)

from queue_fairness.fairness import (
    Conservation,
    FairnessMeasures,
    Integrity,
    Level,
)

P99 = log(10) + 4.6 + 3


@pytest.mark.parametrize(
    ("measures", "word"),
    [
        pytest.param(ROUND_ROBIN, Level.FAIR, id="round-robin"),
        pytest.param(RANDOM, Level.FAIR_ON_AVERAGE_ONLY, id="random"),
        pytest.param(SCAN, Level.UNFAIR, id="scan"),
        pytest.param(STRICT, Level.FAIR, id="strict-turns-just-fair"),
        pytest.param(
            replace(STRICT, worst_wait_rounds=spread(1.51, max=3.0)),
            Level.FAIR_ON_AVERAGE_ONLY,
            id="strict-turns-p99-just-not",
        ),
        pytest.param(
            replace(STRICT, worst_wait_rounds=spread(1.5, max=3.01)),
            Level.FAIR_ON_AVERAGE_ONLY,
            id="strict-turns-longest-just-not",
        ),
        pytest.param(replace(STRICT, debt_tasks_max=100.0), Level.FAIR, id="strict-turns-owed"),
        pytest.param(loaded(STRICT, 0.1), Level.FAIR, id="strict-turns-at-any-load"),
        pytest.param(STEADY, Level.FAIR, id="steady"),
        pytest.param(
            replace(STEADY, worst_wait_rounds=spread(2.51, max=6.0)),
            Level.FAIR_ON_AVERAGE_ONLY,
            id="steady-just-not",
        ),
        pytest.param(
            replace(STEADY, worst_wait_rounds=spread(2.5, max=6.01)),
            Level.FAIR_ON_AVERAGE_ONLY,
            id="steady-but-for-one",
        ),
        pytest.param(
            replace(STEADY, debt_tasks_max=6.01),
            Level.FAIR_ON_AVERAGE_ONLY,
            id="steady-owed",
        ),
        pytest.param(
            replace(STEADY, round_jain=0.649), Level.FAIR_ON_AVERAGE_ONLY, id="steady-uneven"
        ),
        pytest.param(loaded(STEADY, 0.1), Level.FAIR, id="steady-at-any-load"),
        pytest.param(
            windowed(STEADY, observed=999),
            Level.FAIR_ON_AVERAGE_ONLY,
            id="steady-with-too-few-windows",
        ),
        pytest.param(windowed(STEADY, short=0.02), Level.FAIR, id="few-windows-short"),
        pytest.param(
            windowed(STEADY, short=0.0201), Level.FAIR_ON_AVERAGE_ONLY, id="windows-short"
        ),
        pytest.param(windowed(STEADY, left_out=0.0005), Level.FAIR, id="hardly-a-window-left-out"),
        pytest.param(
            windowed(STEADY, left_out=0.00051),
            Level.FAIR_ON_AVERAGE_ONLY,
            id="windows-left-out",
        ),
        pytest.param(
            windowed(ROUND_ROBIN, short=0.0201),
            Level.FAIR_ON_AVERAGE_ONLY,
            id="strict-turns-with-windows-short",
        ),
        pytest.param(
            windowed(ROUND_ROBIN, left_out=0.00051),
            Level.FAIR_ON_AVERAGE_ONLY,
            id="strict-turns-with-windows-left-out",
        ),
        pytest.param(VIRTUAL, Level.FAIR, id="virtual-time"),
        pytest.param(
            replace(VIRTUAL, debt_tasks_max=6.01),
            Level.FAIR_ON_AVERAGE_ONLY,
            id="virtual-time-too-much-debt",
        ),
        pytest.param(
            replace(VIRTUAL, round_jain=0.849),
            Level.FAIR_ON_AVERAGE_ONLY,
            id="virtual-time-uneven",
        ),
        pytest.param(
            replace(VIRTUAL, worst_wait_rounds=spread(4.0, max=9.01)),
            Level.FAIR_ON_AVERAGE_ONLY,
            id="virtual-time-but-for-one",
        ),
        pytest.param(loaded(VIRTUAL, 0.75), Level.FAIR, id="virtual-time-just-loaded"),
        pytest.param(
            loaded(VIRTUAL, 0.749), Level.FAIR_ON_AVERAGE_ONLY, id="virtual-time-not-loaded"
        ),
        pytest.param(FEW, Level.FAIR, id="few-waiting"),
        pytest.param(
            replace(FEW, round_jain=0.804),
            Level.FAIR_ON_AVERAGE_ONLY,
            id="few-waiting-just-not",
        ),
        pytest.param(
            replace(FEW, debt_tasks_max=3.01),
            Level.FAIR_ON_AVERAGE_ONLY,
            id="few-waiting-and-owed",
        ),
        pytest.param(replace(RANDOM, round_jain=0.1), Level.FAIR_ON_AVERAGE_ONLY, id="jain-alone"),
        pytest.param(
            replace(RANDOM, worst_wait_rounds=spread(5.6, max=LONGEST - 0.01)),
            Level.FAIR_ON_AVERAGE_ONLY,
            id="longest-wait-just",
        ),
        pytest.param(
            replace(RANDOM, worst_wait_rounds=spread(5.6, max=LONGEST + 0.01)),
            Level.UNFAIR,
            id="longest-wait-beyond-chance",
        ),
        pytest.param(
            shared(longest_turns=LONGEST - 0.01), Level.FAIR_ON_AVERAGE_ONLY, id="turns-just"
        ),
        pytest.param(shared(longest_turns=LONGEST + 0.01), Level.UNFAIR, id="turns-beyond-chance"),
        pytest.param(
            replace(RANDOM, worst_wait_rounds=spread(P99 - 0.01)),
            Level.FAIR_ON_AVERAGE_ONLY,
            id="wait-of-one-in-a-hundred-just",
        ),
        pytest.param(
            replace(RANDOM, worst_wait_rounds=spread(P99 + 0.01)),
            Level.UNFAIR,
            id="wait-of-one-in-a-hundred",
        ),
        pytest.param(
            replace(RANDOM, worst_wait_rounds=spread(P99 + 0.01), partitions=99),
            Level.FAIR_ON_AVERAGE_ONLY,
            id="one-in-a-hundred-of-99",
        ),
        pytest.param(started(500, 1000, 10), Level.UNFAIR, id="half-of-the-starts-forced"),
        pytest.param(
            started(499, 1000, 10),
            Level.FAIR_ON_AVERAGE_ONLY,
            id="fewer-starts-than-half-forced",
        ),
        pytest.param(started(1, 1, 6.0), Level.UNFAIR, id="two-partitions-in-turn"),
        pytest.param(started(1, 1, 5.9), Level.FAIR_ON_AVERAGE_ONLY, id="in-turn-by-chance"),
        pytest.param(started(0, 0, 10), Level.FAIR_ON_AVERAGE_ONLY, id="no-start-that-counts"),
        pytest.param(
            indebted(RANDOM, worst=owed(0.749, 4.0), beyond_chance=1),
            Level.UNFAIR,
            id="one-short",
        ),
        pytest.param(
            indebted(RANDOM, worst=owed(0.75, 4.0), beyond_chance=1),
            Level.FAIR_ON_AVERAGE_ONLY,
            id="one-nearly-short",
        ),
        pytest.param(
            indebted(RANDOM, worst=owed(0.75, 20.0), beyond_chance=1),
            Level.FAIR_ON_AVERAGE_ONLY,
            id="one-nearly-short-of-five-turns",
        ),
        pytest.param(
            indebted(RANDOM, worst=owed(0.75, 20.1), beyond_chance=1),
            Level.UNFAIR,
            id="one-short-of-five-turns",
        ),
        pytest.param(
            indebted(waiting(5.0), worst=owed(0.75), beyond_chance=1),
            Level.FAIR_ON_AVERAGE_ONLY,
            id="owed-more-than-it-waits",
        ),
        pytest.param(
            indebted(waiting(5.01), worst=owed(0.75), beyond_chance=1),
            Level.UNFAIR,
            id="owed-and-waits-over-five",
        ),
        pytest.param(
            indebted(waiting(5.0, 5.01), worst=owed(0.75), beyond_chance=1),
            Level.UNFAIR,
            id="owed-over-five-turns-of-its-own",
        ),
        pytest.param(
            indebted(STEADY, worst=owed(0.899), beyond_chance=1),
            Level.FAIR_ON_AVERAGE_ONLY,
            id="one-not-nearly-its-due",
        ),
        pytest.param(
            indebted(STEADY, worst=owed(0.9), beyond_chance=1),
            Level.FAIR,
            id="one-nearly-its-due",
        ),
        pytest.param(
            indebted(ROUND_ROBIN, ratio=1.21, behind=500, behind_share=0.749),
            Level.UNFAIR,
            id="steady-turns-in-the-wrong-proportion",
        ),
        pytest.param(
            indebted(STEADY, ratio=1.21, behind=500, behind_share=0.75),
            Level.FAIR_ON_AVERAGE_ONLY,
            id="just-not-so-wrong-a-proportion",
        ),
        pytest.param(
            indebted(STEADY, ratio=1.21, behind=500, behind_share=0.899),
            Level.FAIR_ON_AVERAGE_ONLY,
            id="a-little-in-the-wrong-proportion",
        ),
        pytest.param(
            indebted(STEADY, ratio=1.21, behind=500, behind_share=0.9),
            Level.FAIR,
            id="hardly-in-the-wrong-proportion",
        ),
        pytest.param(
            indebted(STEADY, ratio=1.2, behind=500, behind_share=0.5),
            Level.FAIR,
            id="not-more-than-chance-makes",
        ),
        pytest.param(shared(crowd=CROWD), Level.UNFAIR, id="crowd"),
        pytest.param(shared(is_more_than_chance=True), Level.UNFAIR, id="short-all-over"),
        pytest.param(replace(ROUND_ROBIN, round_jain=None), Level.FAIR, id="no-full-round"),
    ],
)
def test_word_follows_the_measures(measures: FairnessMeasures, word: Level) -> None:
    assert verdict(measures).word is word


@pytest.mark.parametrize(
    ("rounds", "dispatches", "word"),
    [
        (20.0, 1000, Level.UNFAIR),
        (20.01, 1000, Level.STARVING),
        (20.01, 10_000_000, Level.FAIR_ON_AVERAGE_ONLY),
        (log(10_000_000) + 7.01, 10_000_000, Level.STARVING),
    ],
)
def test_starving_is_a_wait_of_20_rounds_under_load_that_goes_on(
    rounds: float, dispatches: int, word: Level
) -> None:
    by_rounds = replace(RANDOM, worst_wait_rounds=spread(5.6, max=rounds))
    for waits in (by_rounds, windowed(RANDOM, longest_turns=rounds)):
        measures = replace(waits, dispatches=dispatches)

        assert verdict(measures, run=SUSTAINED).word is word
        if word is Level.STARVING:
            assert verdict(measures).word is Level.UNFAIR, "in a drain everyone is served at last"


@pytest.mark.parametrize(
    ("counts", "sentence"),
    [
        (replace(COUNTS, lost=1), "1 task lost: taken from the queue and never run."),
        (replace(COUNTS, duplicated=2), "2 tasks done more than once."),
        (replace(COUNTS, locks_left=3), "3 partition locks left behind without a holder."),
        (replace(COUNTS, waiting=5), "10,000 tasks enqueued, but 10,005 accounted for."),
    ],
)
def test_broken_queue_outranks_everything(counts: Integrity, sentence: str) -> None:
    judged = verdict(replace(SCAN, rounds=0.1), counts)

    assert judged.word is Level.BROKEN
    assert sentence in judged.why


def test_price_of_asking_is_not_held_against_the_discipline() -> None:
    slow = Conservation(conserved=0.8, idle_refused=0.0, idle_dequeuing=0.2, busy=0.8, load=1.0)

    assert verdict(replace(ROUND_ROBIN, conservation=slow)).title == "FAIR"


def test_conservation_that_does_not_apply_is_neither_kept_nor_broken() -> None:
    none = Conservation(conserved=None, idle_refused=None, idle_dequeuing=0.9, busy=0.1, load=1.0)

    judged = verdict(replace(ROUND_ROBIN, conservation=none))

    assert judged.work_conserving is None
    assert judged.title == "FAIR"


@pytest.mark.parametrize(
    ("changes", "word", "told"),
    [
        ({}, Level.UNFAIR, True),
        ({"lag_share": 0.2}, Level.FAIR, True),
        ({"lag_share": 0.05}, Level.FAIR, False),
        ({"lag_tasks": 6.0}, Level.FAIR, False),
        ({"lag_by_chance": 1.9}, Level.INCONCLUSIVE, True),
    ],
)
def test_worker_time_has_a_word_of_its_own(
    changes: dict[str, Any], word: Level, told: bool
) -> None:
    judged = verdict(replace(ROUND_ROBIN, worker_time=replace(BEHIND, **changes)))

    assert judged.word is Level.FAIR
    assert judged.title == ("FAIR, UNFAIR IN WORKER TIME" if word is Level.UNFAIR else "FAIR")
    assert [(each.name, each.word) for each in judged.aspects] == [("worker time", word)]
    assert bool(judged.aspects[0].why) is told


def test_worker_time_may_be_what_is_promised() -> None:
    run = replace(DRAIN, fair_by="time", time_alternative="virtual-time-by-cost")
    costly = replace(ROUND_ROBIN, worker_time=BEHIND)

    judged = verdict(costly, run=run)

    assert (judged.word, judged.fair_by) == (Level.UNFAIR, "time")
    assert [(each.name, each.word) for each in judged.aspects] == [("turns", Level.FAIR)]
    assert judged.why == (
        "p0003 got 55.0 % of it (2.5 % due);",
        "p0007 was short of 1.9 s, 59 % of its due.",
    )
    assert judged.next_step == ("virtual-time-by-cost on the same load and seed.",)
    assert verdict(replace(ROUND_ROBIN, rounds=1.0), run=run).word is Level.INCONCLUSIVE
    assert verdict(ROUND_ROBIN, run=replace(DRAIN, fair_by="tokens")).word is Level.INCONCLUSIVE


def test_words_stand_from_worst_to_best_with_glyphs() -> None:
    assert [(word.text, word.glyph) for word in Level] == [
        ("BROKEN", "✗"),
        ("INCONCLUSIVE", "?"),
        ("STARVING", "✗"),
        ("UNFAIR", "✗"),
        ("FAIR ON AVERAGE ONLY", "~"),
        ("FAIR", "✓"),
    ]
