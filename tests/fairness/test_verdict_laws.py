"""What holds for every verdict, whatever was measured."""

from dataclasses import replace
from typing import Any

from fairness.measured import (
    ALIKE,
    BEHIND,
    COUNTS,
    CROWD,
    DRAIN,
    EVEN,
    LATE,
    LIVE,
    RANDOM,
    ROUND_ROBIN,
    SCAN,
    STEADY,
    SUSTAINED,
    UNEVEN,
    UNSEEN,
    WEAK,
    WINDOWS,
    owed,
    spread,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from queue_fairness.fairness import (
    Conditions,
    FairnessMeasures,
    Integrity,
    Level,
    judge,
)

POSSIBLE = st.builds(
    replace,
    st.sampled_from([ROUND_ROBIN, RANDOM, SCAN, STEADY, UNEVEN]),
    worst_wait_rounds=st.builds(
        spread,
        st.floats(0, 1e5),
        max=st.floats(0, 1e5),
        p50=st.floats(0, 1e5),
    ),
    debt_tasks_max=st.floats(0, 1e6),
    round_jain=st.none() | st.floats(0, 1),
    imbalance=st.builds(
        replace,
        st.just(EVEN),
        worst=st.none() | st.builds(owed, st.floats(0, 1)),
        beyond_chance=st.integers(1, 100_000),
        ratio=st.floats(0, 10),
        behind=st.integers(0, 100_000),
        behind_share=st.floats(0, 1),
    ),
    shares=st.sampled_from([UNSEEN, WINDOWS, RANDOM.shares, replace(WINDOWS, crowd=CROWD)])
    | st.builds(
        replace, st.just(WINDOWS), is_more_than_chance=st.just(True), short=st.floats(0, 1)
    ),
    worker_time=st.sampled_from([ALIKE, BEHIND, replace(ALIKE, least=None)]),
    cost=st.sampled_from([None, ALIKE, replace(BEHIND, lag_max=123_456.7)]),
    mechanism=st.builds(
        replace,
        st.just(RANDOM.mechanism),
        forced_starts=st.integers(0, 992),
        peak_in_progress=st.integers(1, 1_000_000),
        tasks_per_run=st.floats(1, 1000),
        other_worker_share=st.floats(0, 1),
        tasks_per_burst=st.floats(1, 1000),
        same_again_share=st.floats(0, 1),
    ),
    own_worker_share=st.none() | st.floats(0, 1),
    victims=st.lists(
        st.builds(
            replace,
            st.just(LATE),
            rounds=st.floats(0, 1e5),
            since_s=st.floats(0, 1e5),
            for_s=st.floats(0, 1e5),
            is_open=st.booleans(),
            worker=st.none() | st.integers(0, 1023),
        ),
        max_size=2,
    ).map(tuple),
    beyond_three=st.integers(0, 100_000),
    rounds=st.floats(0, 1e5),
    dispatches=st.integers(0, 10_000_000),
    contended_share=st.floats(0, 1),
    partitions=st.integers(1, 100_000),
    peak_backlogged=st.integers(0, 100_000),
    tasks_per_partition=st.floats(0, 1e4),
    starving=st.integers(0, 100_000),
    never_served=st.integers(0, 100_000),
)
"""Measures as they come, and some that no run would bring together."""
RUNS = st.builds(
    replace,
    st.sampled_from([DRAIN, SUSTAINED, LIVE]),
    workers=st.sampled_from([1, 8, 1024]),
    work_s=st.sampled_from([0.0, 0.025, 123.4]),
    limit=st.integers(0, 4),
    alternative=st.sampled_from([None, "virtual-time-by-cost"]),
    time_alternative=st.sampled_from([None, "virtual-time-by-cost"]),
    scans_per_pop=st.sampled_from([None, 1.0, 123_456.0]),
    last_first_pickup_s=st.none() | st.floats(0, 1e5),
    elapsed_s=st.floats(0, 1e5),
    quiet_wait_s=st.none() | st.floats(0, 1e5),
    quiet_wait_baseline_s=st.none() | st.floats(0, 1e5),
    quiet_wait_ideal_s=st.none() | st.floats(0, 1e5),
    fair_by=st.sampled_from(["turns", "time", "tokens"]),
)
COUNTED = st.sampled_from([COUNTS, replace(COUNTS, lost=1234, duplicated=7)])
STALLED = "This computer stood still for 12.5 s."
LESS = st.sampled_from(
    [
        {"event_loop_lag_p99_s": 9.0},
        {"stalled": STALLED},
        {"order_unknown": 0.2, "order": "as read"},
        {"event_loop_lag_p99_s": 9.0, "stalled": STALLED, "order_unknown": 0.5},
    ]
)


@settings(max_examples=600, deadline=None)
@given(POSSIBLE, COUNTED, RUNS)
def test_every_sentence_fits_80_columns(
    measures: FairnessMeasures, counts: Integrity, run: Conditions
) -> None:
    judged = judge(measures, counts, run)
    aspects = [judged.headline, *judged.why]
    for each in judged.aspects:
        aspects += [each.headline, *each.why]

    for sentence in (*aspects, *judged.not_because, *judged.next_step):
        assert 0 < len(sentence) <= 80, sentence
        assert "weights" not in sentence
        assert "every order looks fair" not in sentence
        assert "nan" not in sentence
        assert "inf " not in sentence
    assert judged.not_because
    if judged.word is Level.INCONCLUSIVE:
        assert judged.why
        assert judged.next_step


@settings(max_examples=200, deadline=None)
@given(POSSIBLE, RUNS)
def test_weights_are_named_where_they_were_declared_and_not_kept(
    measures: FairnessMeasures, run: Conditions
) -> None:
    judged = judge(measures, COUNTS, replace(run, is_weighted=True, fair_by="turns"))

    named = any("weights" in sentence for sentence in judged.why)
    assert named is (bool(judged.flaws) and judged.flaws[0] != "sequential")


@settings(max_examples=400, deadline=None)
@given(POSSIBLE, RUNS, LESS)
def test_what_spoils_the_clock_withholds_fair_and_nothing_else(
    measures: FairnessMeasures, run: Conditions, less: dict[str, Any]
) -> None:
    run = replace(run, fair_by="turns")
    before = judge(measures, COUNTS, run)
    after = judge(measures, COUNTS, replace(run, **less))

    if before.word is Level.FAIR:
        assert after.word is Level.INCONCLUSIVE
    else:
        assert after.word is before.word
    assert after.flaws == before.flaws


@settings(max_examples=400, deadline=None)
@given(POSSIBLE, RUNS, st.sampled_from(list(WEAK.values())))
def test_weaker_evidence_keeps_what_is_bad_and_betters_nothing(
    measures: FairnessMeasures, run: Conditions, weak: dict[str, Any]
) -> None:
    run = replace(run, fair_by="turns", ended=True)
    kept = {"tasks_per_partition", "rounds", "partitions"}
    weaker = {name: value for name, value in weak.items() if name not in kept}
    before = judge(measures, COUNTS, run)
    after = judge(replace(measures, **weaker), COUNTS, run)

    if before.flaws:
        assert after.word is before.word
    elif weaker:
        assert after.word is Level.INCONCLUSIVE
