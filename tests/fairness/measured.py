"""Measures and conditions of runs to be judged, and their variations."""

from dataclasses import replace
from math import log
from typing import Any

from queue_fairness.fairness import (
    Conditions,
    Conservation,
    FairnessMeasures,
    Integrity,
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
        tasks_per_burst=1.0,
        same_again_share=0.0,
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


WEAK = {
    "one-task-each": {"tasks_per_partition": 1.0, "rounds": 1.0},
    "two-tasks-each": {"tasks_per_partition": 2.0, "rounds": 2.0},
    "too-few-rounds": {"rounds": 2.49},
    "no-choice": {"contended_share": 0.0},
    "fewer-partitions-than-workers": {"contended_share": 0.0, "peak_backlogged": 8},
    "one-partition": {"partitions": 1},
}
