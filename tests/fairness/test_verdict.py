"""The verdict's gates, each at its boundary, and what it says."""

from dataclasses import replace

import pytest

from queue_fairness_core.fairness import (
    Conditions,
    Conservation,
    FairnessMeasures,
    Integrity,
    Spread,
    Verdict,
    Word,
    judge,
)

COUNTS = Integrity(enqueued=10_000, completed=10_000, waiting=0, in_flight=0, locks_left=0)
DRAIN = Conditions(
    ended=True,
    drain=True,
    workers=8,
    alternative="round-robin",
    work_s=0.025,
    redis_s_per_pop=0.0011,
    typical_wait_s=15.0,
    event_loop_lag_p99_s=0.002,
)
SUSTAINED = replace(DRAIN, drain=False)


def spread(p99: float, **others: float) -> Spread:
    values = {"mean": p99 / 2, "p50": p99 / 2, "p99": p99, "max": p99, **others}
    return Spread(**values)


ROUND_ROBIN = FairnessMeasures(
    worst_wait_rounds=spread(0.99),
    first_pickup_rounds=spread(0.99),
    repeat_pickup_rounds=0.99,
    debt_tasks_now=0.0,
    debt_tasks_max=1.0,
    round_jain=1.0,
    conservation=Conservation(kept=0.99, refused=0.0, asking=0.01, busy=0.99, load=1.0),
    rounds=10.0,
    dispatches=10_000,
    contended_share=0.99,
    tenants=1000,
    peak_backlogged=1000,
    tasks_per_tenant=10.0,
    served_tenants=1000,
    never_served=0,
    starving=0,
    worst_partition=1,
    peak_in_progress=1000,
    emptied_before_median=0.0,
)
RANDOM = replace(
    ROUND_ROBIN,
    worst_wait_rounds=spread(5.6, max=7.8),
    first_pickup_rounds=spread(4.2, mean=1.0),
    debt_tasks_max=7.8,
    round_jain=0.53,
)
SCAN = replace(
    ROUND_ROBIN,
    worst_wait_rounds=spread(9.86, max=9.96),
    first_pickup_rounds=spread(9.85, mean=4.96, p50=4.94, max=9.93),
    repeat_pickup_rounds=0.02,
    debt_tasks_max=9.95,
    round_jain=0.12,
    peak_in_progress=8,
    emptied_before_median=0.49,
)


def verdict(
    measures: FairnessMeasures, counts: Integrity = COUNTS, run: Conditions = DRAIN
) -> Verdict:
    return judge(measures, counts, run)


@pytest.mark.parametrize(
    ("measures", "word"),
    [
        pytest.param(ROUND_ROBIN, Word.FAIR, id="round-robin"),
        pytest.param(RANDOM, Word.FAIR_ON_AVERAGE_ONLY, id="random"),
        pytest.param(SCAN, Word.UNFAIR, id="scan"),
        pytest.param(
            replace(RANDOM, worst_wait_rounds=spread(1.5), debt_tasks_max=2.0),
            Word.FAIR,
            id="strict-turns-just-fair",
        ),
        pytest.param(
            replace(RANDOM, worst_wait_rounds=spread(1.51), debt_tasks_max=2.0),
            Word.FAIR_ON_AVERAGE_ONLY,
            id="strict-turns-just-not",
        ),
        pytest.param(
            replace(RANDOM, worst_wait_rounds=spread(2.5), debt_tasks_max=10.0, rounds=200.0),
            Word.FAIR,
            id="steady-over-many-rounds",
        ),
        pytest.param(
            replace(RANDOM, worst_wait_rounds=spread(2.51), debt_tasks_max=10.0, rounds=200.0),
            Word.FAIR_ON_AVERAGE_ONLY,
            id="steady-over-many-rounds-just-not",
        ),
        pytest.param(
            replace(RANDOM, debt_tasks_max=6.0, round_jain=0.85), Word.FAIR, id="virtual-time"
        ),
        pytest.param(
            replace(RANDOM, debt_tasks_max=6.01, round_jain=0.85),
            Word.FAIR_ON_AVERAGE_ONLY,
            id="virtual-time-too-much-debt",
        ),
        pytest.param(
            replace(RANDOM, debt_tasks_max=3.0, round_jain=0.805), Word.FAIR, id="few-waiting"
        ),
        pytest.param(
            replace(RANDOM, debt_tasks_max=3.0, round_jain=0.80),
            Word.FAIR_ON_AVERAGE_ONLY,
            id="few-waiting-just-not",
        ),
        pytest.param(replace(RANDOM, round_jain=0.45), Word.FAIR_ON_AVERAGE_ONLY, id="jain-just"),
        pytest.param(replace(RANDOM, round_jain=0.449), Word.UNFAIR, id="jain-below"),
        pytest.param(
            replace(RANDOM, worst_wait_rounds=spread(12.0)),
            Word.FAIR_ON_AVERAGE_ONLY,
            id="wait-just",
        ),
        pytest.param(
            replace(RANDOM, worst_wait_rounds=spread(12.01)), Word.UNFAIR, id="wait-above"
        ),
        pytest.param(
            replace(RANDOM, emptied_before_median=0.1, repeat_pickup_rounds=0.3),
            Word.UNFAIR,
            id="in-turn",
        ),
        pytest.param(
            replace(RANDOM, emptied_before_median=0.1),
            Word.FAIR_ON_AVERAGE_ONLY,
            id="emptied-early-by-chance",
        ),
        pytest.param(
            replace(ROUND_ROBIN, debt_tasks_max=15.0, rounds=40.0),
            Word.UNFAIR,
            id="steady-turns-in-the-wrong-proportion",
        ),
        pytest.param(replace(RANDOM, starving=1), Word.STARVING, id="one-starving"),
        pytest.param(replace(ROUND_ROBIN, round_jain=None), Word.FAIR, id="no-full-round"),
    ],
)
def test_word_follows_the_measures(measures: FairnessMeasures, word: Word) -> None:
    assert verdict(measures).word is word


@pytest.mark.parametrize(
    "measures",
    [
        pytest.param(replace(ROUND_ROBIN, tasks_per_tenant=1.0, rounds=1.0), id="one-task-each"),
        pytest.param(replace(ROUND_ROBIN, tasks_per_tenant=2.0, rounds=2.0), id="two-tasks-each"),
        pytest.param(replace(ROUND_ROBIN, rounds=2.49), id="too-few-rounds"),
        pytest.param(replace(ROUND_ROBIN, peak_backlogged=16), id="two-partitions-per-worker"),
        pytest.param(replace(ROUND_ROBIN, contended_share=0.04), id="no-choice"),
    ],
)
@pytest.mark.parametrize("base", [ROUND_ROBIN, SCAN], ids=["fair", "unfair"])
def test_drain_without_evidence_is_inconclusive(
    measures: FairnessMeasures, base: FairnessMeasures
) -> None:
    weak = replace(
        base,
        tasks_per_tenant=measures.tasks_per_tenant,
        rounds=measures.rounds,
        peak_backlogged=measures.peak_backlogged,
        contended_share=measures.contended_share,
    )

    judged = verdict(weak)

    assert judged.word is Word.INCONCLUSIVE
    assert judged.why
    assert judged.try_


@pytest.mark.parametrize("base", [ROUND_ROBIN, RANDOM, SCAN])
def test_three_tasks_each_are_evidence_enough(base: FairnessMeasures) -> None:
    judged = verdict(replace(base, tasks_per_tenant=3.0, rounds=3.0, peak_backlogged=17))

    assert judged.word is not Word.INCONCLUSIVE


def test_low_load_is_inconclusive_when_sustained_only() -> None:
    thin = replace(ROUND_ROBIN.conservation, load=0.74)
    measures = replace(ROUND_ROBIN, conservation=thin)

    assert verdict(measures, run=SUSTAINED).word is Word.INCONCLUSIVE
    assert verdict(measures, run=SUSTAINED).why[0] == (
        "Not enough contention: load 74 %; 75 % is needed."
    )
    assert verdict(measures).word is Word.FAIR


@pytest.mark.parametrize(
    ("lag_s", "wait_s", "lagging"),
    [(0.005, 0.001, False), (0.0051, 0.001, True), (2.0, 8.0, False), (2.01, 8.0, True)],
)
def test_lag_counts_against_a_typical_wait(lag_s: float, wait_s: float, lagging: bool) -> None:
    run = replace(DRAIN, event_loop_lag_p99_s=lag_s, typical_wait_s=wait_s)

    assert (verdict(ROUND_ROBIN, run=run).word is Word.INCONCLUSIVE) is lagging


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

    assert judged.word is Word.BROKEN
    assert sentence in judged.why


def test_counts_in_flux_do_not_break_a_running_queue() -> None:
    counts = replace(COUNTS, waiting=7, locks_left=8)

    assert verdict(ROUND_ROBIN, counts, replace(DRAIN, ended=False)).word is Word.FAIR
    assert verdict(ROUND_ROBIN, replace(COUNTS, locks_left=None)).word is Word.FAIR


def test_run_so_far_collects_evidence_before_it_is_judged() -> None:
    live = replace(DRAIN, ended=False)
    early = replace(SCAN, rounds=0.42)

    assert verdict(early, run=live).collecting == "collecting: 0.4 of 3 rounds"
    assert verdict(early, run=live).word is Word.INCONCLUSIVE
    assert verdict(early).collecting is None
    assert verdict(replace(SCAN, rounds=3.0), run=live).collecting is None


def test_refused_workers_are_appended_to_any_word() -> None:
    refusing = replace(ROUND_ROBIN.conservation, refused=0.081, kept=0.91)

    judged = verdict(replace(ROUND_ROBIN, conservation=refusing))

    assert judged.title == "FAIR, not work-conserving"
    assert judged.work_conserving is False
    assert "Workers sent away for 8.1 % of the time while tasks waited." in judged.why


def test_price_of_asking_is_not_held_against_the_discipline() -> None:
    slow = Conservation(kept=0.8, refused=0.0, asking=0.2, busy=0.8, load=1.0)

    assert verdict(replace(ROUND_ROBIN, conservation=slow)).title == "FAIR"


def test_conservation_that_does_not_apply_is_neither_kept_nor_broken() -> None:
    none = Conservation(kept=None, refused=None, asking=0.9, busy=0.1, load=1.0)

    judged = verdict(replace(ROUND_ROBIN, conservation=none))

    assert judged.work_conserving is None
    assert judged.title == "FAIR"


def test_scan_is_explained_by_its_mechanism() -> None:
    judged = verdict(SCAN)

    assert judged.headline == "half of the partitions waited 4.9 rounds or more; worst 10.0"
    assert judged.why == (
        "At most 8 partitions in progress at a time,",
        "each emptied before the next one starts.",
        "The median partition waited 4.9 rounds for its first task;",
        "the last one 9.9. Round robin: 0.5 and 1.",
    )
    assert judged.not_ == (
        "Not the workers: in a closed loop their counts come out even anyway.",
        "Not Redis: 1.1 ms per pop against 25 ms of work.",
    )
    assert judged.try_ == ("round-robin on the same load and seed.",)


def test_only_a_strategy_that_exists_is_proposed() -> None:
    run = replace(DRAIN, alternative=None)

    for measures in (SCAN, RANDOM):
        assert verdict(measures, run=run).try_ == ("Another strategy on the same load and seed.",)
    assert verdict(SCAN, replace(COUNTS, lost=1), run).try_[0].startswith("Another strategy:")


def test_run_whose_tasks_could_not_be_counted_is_not_judged() -> None:
    judged = verdict(ROUND_ROBIN, replace(COUNTS, waiting=None, completed=4_000))

    assert judged.word is Word.INCONCLUSIVE
    assert judged.why[0] == "The run broke off and its tasks could not be counted."


@pytest.mark.parametrize("measures", [ROUND_ROBIN, RANDOM, SCAN, replace(RANDOM, starving=400)])
@pytest.mark.parametrize("run", [DRAIN, SUSTAINED, replace(DRAIN, work_s=0.0)])
@pytest.mark.parametrize("counts", [COUNTS, replace(COUNTS, lost=1234, duplicated=7)])
@pytest.mark.parametrize("rounds", [1.0, 10.0])
def test_every_sentence_fits_80_columns(
    measures: FairnessMeasures, run: Conditions, counts: Integrity, rounds: float
) -> None:
    judged = judge(replace(measures, rounds=rounds, never_served=411), counts, run)

    for sentence in (judged.headline, *judged.why, *judged.not_, *judged.try_):
        assert len(sentence) <= 70, sentence
    assert judged.why
    assert judged.not_
    assert judged.try_


def test_evidence_line_names_each_item_with_its_value() -> None:
    line = {item.name: (item.ok, item.text) for item in verdict(SCAN).evidence}

    assert line == {
        "rounds": (True, "10 rounds"),
        "contended": (True, "99 % contended"),
        "load": (True, "load 100 %"),
        "lag": (True, "lag p99 2 ms"),
        "integrity": (True, "nothing lost"),
        "work_conservation": (True, "work-conserving 99 %"),
    }


def test_words_stand_from_worst_to_best_with_glyphs() -> None:
    assert [(word.text, word.glyph, word.ascii_glyph) for word in Word] == [
        ("BROKEN", "✗", "x"),
        ("INCONCLUSIVE", "?", "?"),
        ("STARVING", "✗", "x"),
        ("UNFAIR", "✗", "x"),
        ("FAIR ON AVERAGE ONLY", "~", "~"),
        ("FAIR", "✓", "+"),
    ]
