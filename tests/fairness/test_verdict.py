"""The verdict's lines, each at its boundary, and what it says."""

from dataclasses import replace
from math import log
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queue_fairness.fairness import (
    Conditions,
    Conservation,
    FairnessMeasures,
    Integrity,
    Level,
    RoundsSummary,
    Verdict,
    judge,
)
from queue_fairness.fairness.measures import Imbalance, Indebted, Victim
from queue_fairness.fairness.mechanism import Mechanism
from queue_fairness.fairness.shares import Crowd, WindowShares
from queue_fairness.fairness.worker_time import WorkerTime

COUNTS = Integrity(enqueued=10_000, completed=10_000, waiting=0, in_flight=0, locks_left=0)
DRAIN = Conditions(
    ended=True,
    drain=True,
    workers=8,
    alternative="round-robin",
    elapsed_s=32.0,
    last_first_pickup_s=32.2,
    work_s=0.025,
    redis_s_per_pop=0.0011,
    typical_wait_s=15.0,
    event_loop_lag_p99_s=0.002,
)
SUSTAINED = replace(DRAIN, drain=False)
LIVE = replace(DRAIN, ended=False)


def spread(p99: float, **others: float) -> RoundsSummary:
    values = {"mean": p99 / 2, "p50": p99 / 2, "p99": p99, "max": p99, **others}
    return RoundsSummary(**values)


def owed(share: float, rounds: float = 40.0) -> Indebted:
    return Indebted(partition=7, owed=rounds * (1 - share), rounds=rounds, share=share)


EVEN = Imbalance(
    beyond_chance=0, worst=None, ratio=0.5, critical_ratio=1.2, behind=0, behind_share=1.0
)
BY_CHANCE = replace(EVEN, behind=120, behind_share=0.6)
WINDOWS = WindowShares(
    observed=6000, short=0.0, left_out=0.0, crowd=None, is_more_than_chance=False, longest_turns=1.0
)
CROWD = Crowd(at_s=8.1, turns=9.0, short=333, left_out=100, of=1000, from_s=4.2)
LATE = Victim(
    partition=481, rounds=9.96, since_s=0.0, for_s=32.2, is_open=False, served=10, worker=None
)
ALIKE = WorkerTime(
    least=0.98,
    median=1.0,
    most=1.02,
    largest=0.001,
    largest_partition=3,
    largest_due=0.001,
    lag_max=0.03,
    lag_partition=7,
    lag_share=0.02,
    lag_tasks=1.2,
    lag_by_chance=0.1,
    lag_by_turns=0.05,
)
BEHIND = replace(
    ALIKE, least=0.43, largest=0.55, largest_due=0.025, lag_max=1.9, lag_share=0.59, lag_tasks=35.0
)

ROUND_ROBIN = FairnessMeasures(
    worst_wait_rounds=spread(0.99),
    first_pickup_rounds=spread(0.99),
    repeat_pickup_rounds=0.99,
    debt_tasks_now=0.0,
    debt_tasks_max=1.0,
    indebted=Indebted(partition=999, owed=1.0, rounds=1.0, share=0.0),
    imbalance=EVEN,
    shares=WINDOWS,
    round_jain=1.0,
    conservation=Conservation(
        conserved=0.99, idle_refused=0.0, idle_dequeuing=0.01, busy=0.99, load=1.0
    ),
    worker_time=ALIKE,
    cost=None,
    mechanism=Mechanism(
        started=1000,
        peak_in_progress=1000,
        starts=992,
        forced_starts=0,
        emptied=1000,
        tasks_per_run=1.0,
        other_worker_share=0.0,
    ),
    own_worker_share=0.0,
    victims=(replace(LATE, rounds=0.99, for_s=3.1),),
    beyond_three=0,
    rounds=10.0,
    dispatches=10_000,
    contended_share=0.99,
    partitions=1000,
    peak_backlogged=1000,
    tasks_per_partition=10.0,
    served_partitions=1000,
    never_served=0,
    starving=0,
    worst_partition=1,
    at_s=32.2,
)
RANDOM = replace(
    ROUND_ROBIN,
    worst_wait_rounds=spread(5.6, max=7.8),
    first_pickup_rounds=spread(4.2, mean=1.0),
    debt_tasks_max=7.8,
    imbalance=BY_CHANCE,
    shares=replace(WINDOWS, short=0.12, left_out=0.006),
    round_jain=0.53,
    victims=(replace(LATE, rounds=7.8, for_s=25.2),),
    beyond_three=210,
)
UNSEEN = WindowShares(
    observed=0, short=None, left_out=None, crowd=None, is_more_than_chance=False, longest_turns=1.0
)
UNEVEN = replace(RANDOM, shares=UNSEEN)
"""Turns as uneven as by chance, where no partition waits long enough for a window."""
SCAN = replace(
    ROUND_ROBIN,
    worst_wait_rounds=spread(9.86, max=9.96),
    first_pickup_rounds=spread(9.85, mean=4.96, p50=4.94, max=9.93),
    repeat_pickup_rounds=0.02,
    debt_tasks_max=9.95,
    round_jain=0.12,
    mechanism=replace(ROUND_ROBIN.mechanism, peak_in_progress=8, forced_starts=992),
    victims=(LATE,),
    beyond_three=690,
)


def verdict(
    measures: FairnessMeasures, counts: Integrity = COUNTS, run: Conditions = DRAIN
) -> Verdict:
    return judge(measures, counts, run)


def shared(**changes: Any) -> FairnessMeasures:
    """Random turns where the windows say so."""
    return replace(RANDOM, shares=replace(WINDOWS, **changes))


def windowed(measures: FairnessMeasures, **changes: Any) -> FairnessMeasures:
    return replace(measures, shares=replace(measures.shares, **changes))


def loaded(measures: FairnessMeasures, load: float) -> FairnessMeasures:
    return replace(measures, conservation=replace(measures.conservation, load=load))


def waiting(rounds: float, turns: float = 1.0) -> FairnessMeasures:
    """Random turns with these as the longest wait."""
    measures = replace(RANDOM, worst_wait_rounds=spread(rounds))
    return windowed(measures, longest_turns=turns)


def indebted(measures: FairnessMeasures, **changes: Any) -> FairnessMeasures:
    return replace(measures, imbalance=replace(EVEN, **changes))


def started(forced: int, starts: int, tasks: float) -> FairnessMeasures:
    mechanism = replace(RANDOM.mechanism, forced_starts=forced, starts=starts)
    return replace(RANDOM, mechanism=mechanism, tasks_per_partition=tasks)


STRICT = replace(RANDOM, shares=WINDOWS, worst_wait_rounds=spread(1.5, max=3.0))
"""Fair for its waits alone."""
STEADY = replace(
    RANDOM,
    shares=replace(WINDOWS, observed=1000),
    worst_wait_rounds=spread(2.5, max=6.0),
    debt_tasks_max=6.0,
    round_jain=0.65,
)
"""Fair for its windows, just."""
VIRTUAL = replace(
    UNEVEN, worst_wait_rounds=spread(4.0, max=9.0), debt_tasks_max=6.0, round_jain=0.85
)
"""Fair for even rounds, just."""
FEW = replace(VIRTUAL, debt_tasks_max=3.0, round_jain=0.805)
"""The same where few wait at a time."""
LONGEST = log(10_000) + 7
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


WEAK = {
    "one-task-each": {"tasks_per_partition": 1.0, "rounds": 1.0},
    "two-tasks-each": {"tasks_per_partition": 2.0, "rounds": 2.0},
    "too-few-rounds": {"rounds": 2.49},
    "no-choice": {"contended_share": 0.0},
    "fewer-partitions-than-workers": {"contended_share": 0.0, "peak_backlogged": 8},
    "one-partition": {"partitions": 1},
}


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


def test_refused_workers_are_appended_to_any_word() -> None:
    refusing = replace(ROUND_ROBIN.conservation, idle_refused=0.081, conserved=0.91)

    judged = verdict(replace(ROUND_ROBIN, conservation=refusing))

    assert judged.title == "FAIR, not work-conserving"
    assert judged.work_conserving is False
    assert "Workers sent away for 8.1 % of the time while tasks waited." in judged.why


def test_price_of_asking_is_not_held_against_the_discipline() -> None:
    slow = Conservation(conserved=0.8, idle_refused=0.0, idle_dequeuing=0.2, busy=0.8, load=1.0)

    assert verdict(replace(ROUND_ROBIN, conservation=slow)).title == "FAIR"


def test_conservation_that_does_not_apply_is_neither_kept_nor_broken() -> None:
    none = Conservation(conserved=None, idle_refused=None, idle_dequeuing=0.9, busy=0.1, load=1.0)

    judged = verdict(replace(ROUND_ROBIN, conservation=none))

    assert judged.work_conserving is None
    assert judged.title == "FAIR"


def test_scan_is_explained_by_its_mechanism() -> None:
    judged = verdict(SCAN)

    assert judged.headline == (
        "one after another: the last of 1,000 began after 32.2 s; ideal 3.2 s"
    )
    assert judged.why == (
        "At most 8 partitions in progress at a time,",
        "each emptied before the next one starts.",
        "The median partition waited 4.9 rounds for its first task;",
        "the last one 9.9. Round robin: 0.5 and 1.",
        "Longest: p0481, from 0 ms on for 32.2 s;",
        "690 of 1,000 sat out over 3 rounds.",
    )
    assert judged.flaws == ("sequential",)
    assert judged.not_because == (
        "Not the workers: in a closed loop their counts come out even anyway.",
        "Not Redis: 1.1 ms per pop against 25 ms of work.",
    )
    assert judged.next_step == ("round-robin on the same load and seed.",)


def test_only_a_strategy_that_exists_is_proposed() -> None:
    run = replace(DRAIN, alternative=None)

    for measures in (SCAN, RANDOM):
        assert verdict(measures, run=run).next_step == ()
    assert verdict(SCAN, replace(COUNTS, lost=1), run).next_step[0].startswith("Another strategy:")


def test_run_whose_tasks_could_not_be_counted_is_not_judged() -> None:
    judged = verdict(ROUND_ROBIN, replace(COUNTS, waiting=None, completed=4_000))

    assert judged.word is Level.INCONCLUSIVE
    assert judged.why[0] == "The run broke off and its tasks could not be counted."


def test_the_one_that_fares_worst_is_named() -> None:
    short = indebted(RANDOM, worst=owed(0.38), beyond_chance=12)

    judged = verdict(short, run=replace(SUSTAINED, name_of="partition-{}".format))

    assert judged.headline == "partition-7 got 38 % of its due, and 11 more too little"
    assert "partition-7 was owed 24.8 tasks after 40.0 turns of its own." in judged.why
    assert "Longest: partition-481, from 0 ms on for 25.2 s;" in judged.why


def test_crowd_is_dated() -> None:
    judged = verdict(shared(crowd=CROWD), run=SUSTAINED)

    assert judged.headline == "from 4.2 s on 333 of 1,000 got less than half of their due"
    assert judged.why[:2] == (
        "At 8.1 s 333 of 1,000 had got less than half of their due",
        "in their last five turns, 100 of them nothing.",
    )


@pytest.mark.parametrize(
    ("wait_s", "fluid_s", "word"),
    [
        (0.30, 0.10, Level.FAIR),
        (0.31, 0.10, Level.UNFAIR),
        (0.31, 1.43, Level.FAIR),
        (0.25, None, Level.FAIR),
        (0.26, None, Level.UNFAIR),
    ],
)
def test_noise_is_measured_by_fair_turns_beside_it(
    wait_s: float, fluid_s: float | None, word: Level
) -> None:
    run = replace(
        SUSTAINED, quiet_wait_s=wait_s, quiet_wait_baseline_s=0.02, quiet_wait_ideal_s=fluid_s
    )

    judged = verdict(ROUND_ROBIN, run=run)

    assert judged.word is word
    if fluid_s is not None:
        assert ("the load rose." in judged.why) is (word is Level.FAIR)


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


def test_words_stand_from_worst_to_best_with_glyphs() -> None:
    assert [(word.text, word.glyph) for word in Level] == [
        ("BROKEN", "✗"),
        ("INCONCLUSIVE", "?"),
        ("STARVING", "✗"),
        ("UNFAIR", "✗"),
        ("FAIR ON AVERAGE ONLY", "~"),
        ("FAIR", "✓"),
    ]
