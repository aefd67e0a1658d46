"""What is wrong with an order of service: each flaw that was measured, the gravest first.

Every finding was observed, and missing evidence does not take it back: the only conditions here are
those that each measure needs to mean anything.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto

from queue_fairness.fairness.context import Conditions
from queue_fairness.fairness.measures import FairnessMeasures
from queue_fairness.fairness.thresholds import (
    FAR_OUT,
    FORCED,
    LAG_TASKS,
    LOST_TURNS,
    MANY_PARTITIONS,
    MIN_ROUNDS,
    MIN_STARTS,
    ROUNDS_SLACK,
    SHORT_OF_DUE,
    STEADY_JAIN,
    UNFAIR_LAG,
    UNFAIR_NOISE,
    UNFAIR_SLOWDOWN,
    longest_by_chance,
    p99_by_chance,
    starving_line,
)
from queue_fairness.fairness.word import Level
from queue_fairness.fairness.worker_time import WorkerTime


class Flaw(Enum):
    """What may be wrong; an earlier one explains the later ones."""

    STARVING = auto()
    """A partition waits without end in sight."""
    SEQUENTIAL = auto()
    """Partitions are emptied one after another."""
    NOISE = auto()
    """Quiet partitions wait longer than noise must make them."""
    SHORT_CHANGED = auto()
    """Some partitions get less than their due, again and again."""
    CROWD = auto()
    """At some time more partitions were left behind than chance explains."""
    LONG_WAITS = auto()
    """Waits are longer than random choice explains."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One flaw, and how grave it is."""

    flaw: Flaw
    word: Level


def findings(measures: FairnessMeasures, run: Conditions) -> Iterator[Finding]:
    """The flaws that were measured in the order of service, the gravest first."""
    waits, longest = measures.worst_wait_rounds, longest_wait(measures)
    starving = not run.drain and longest > starving_line(measures.dispatches)
    if starving:
        yield Finding(Flaw.STARVING, Level.STARVING)
    if run.drain and is_sequential(measures):
        yield Finding(Flaw.SEQUENTIAL, Level.UNFAIR)
    if is_hurt_by_noise(run):
        yield Finding(Flaw.NOISE, Level.UNFAIR)
    if is_short_changed(measures):
        yield Finding(Flaw.SHORT_CHANGED, Level.UNFAIR)
    if measures.shares.crowd is not None or measures.shares.is_more_than_chance:
        yield Finding(Flaw.CROWD, Level.UNFAIR)
    if longest > longest_by_chance(measures.dispatches) or (
        measures.partitions >= MANY_PARTITIONS and waits.p99 > p99_by_chance(measures.rounds)
    ):
        yield Finding(Flaw.LONG_WAITS, Level.UNFAIR)


def longest_wait(measures: FairnessMeasures) -> float:
    """The longest wait in rounds, or in turns of the partition's own where those are more.

    Where limits keep many from being served, few may be, and a round has many turns.
    """
    return max(measures.worst_wait_rounds.max, measures.shares.longest_turns)


def is_sequential(measures: FairnessMeasures) -> bool:
    """Whether the partitions of a drain were emptied one after another."""
    mechanism, tasks = measures.mechanism, measures.tasks_per_partition
    if tasks < MIN_ROUNDS - ROUNDS_SLACK or not mechanism.starts:
        return False
    return (
        mechanism.forced_starts >= FORCED * mechanism.starts
        and mechanism.forced_starts * (tasks - 1) >= MIN_STARTS
    )


def is_short_changed(measures: FairnessMeasures) -> bool:
    """Whether some partitions got less than their due, by more than chance and by much."""
    imbalance, waits = measures.imbalance, measures.worst_wait_rounds
    longest = longest_wait(measures)
    if imbalance.worst is not None:
        lost = min(imbalance.worst.owed, longest)
        if imbalance.worst.share < SHORT_OF_DUE or lost > LOST_TURNS:
            return True
    if imbalance.is_systematic and imbalance.behind_share < SHORT_OF_DUE:
        return True
    if imbalance.neglected is not None and imbalance.neglected.share < SHORT_OF_DUE:
        return True
    # Many turns lost at a stretch, where rounds are even, by one that is no part of how the others
    # fare. Where rounds are as uneven as by chance, so are waits.
    return (
        min(measures.debt_tasks_max, longest) > LOST_TURNS
        and waits.max > FAR_OUT * waits.p50 + 2
        and (measures.round_jain or 0.0) >= STEADY_JAIN
    )


def is_hurt_by_noise(run: Conditions) -> bool:
    """Whether quiet partitions wait longer than fair turns would let them, beside the noise."""
    wait, alone, fair = run.quiet_wait_s, run.quiet_wait_baseline_s, run.quiet_wait_ideal_s
    if wait is None or alone is None:
        return False
    if fair is None:
        return (run.quiet_slowdown or 0.0) > UNFAIR_SLOWDOWN
    return wait > UNFAIR_NOISE * max(fair, alone, run.work_s)


def lags_behind(time: WorkerTime, share: float = UNFAIR_LAG) -> bool:
    """Whether a partition got less of the workers' time than its due, by more than chance.

    Args:
        time: What partitions got.
        share: Part of the due that it must be short of.
    """
    if time.lag_share is None or time.lag_tasks is None or time.lag_by_chance is None:
        return False
    return (
        time.lag_share > share and time.lag_tasks > LAG_TASKS and time.lag_max > time.lag_by_chance
    )
