"""The thresholds of the verdict; `fairness/README.md` has the table they were checked by."""

from math import log

STARVING_ROUNDS = 20.0
"""A wait longer than this is starvation where load goes on. Uniformly random choice exceeds it
once in 5 * 10^8 waits (e^-20)."""
LONG_WAIT = 3.0
"""Rounds from which a wait is worth counting: random choice exceeds it once in 20 waits."""
ONE_IN_A_HUNDRED = 4.6
RARE = 3.0
NEVER = 7.0
"""Powers of e: what random choice exceeds once in a hundred, in 20 and in 1,100 times."""


def longest_by_chance(dispatches: int) -> float:
    """Rounds that hardly any wait of a run exceeds under random choice (once in 1,100 runs).

    A turn's wait is then exponential with mean 1 round, and a run has as many as dispatches.
    """
    return log(max(1, dispatches)) + NEVER


def p99_by_chance(rounds: float) -> float:
    """The longest wait that one partition in a hundred exceeds in 20 times as many rounds."""
    return log(max(1.0, rounds)) + ONE_IN_A_HUNDRED + RARE


def starving_line(dispatches: int) -> float:
    """Rounds from which a wait is starvation; longer only in runs of a million dispatches."""
    return max(STARVING_ROUNDS, longest_by_chance(dispatches))


MANY_PARTITIONS = 100
"""Fewest partitions for which the p99 is not simply the longest wait."""

FORCED = 0.5
"""Share of the starts that must be forced to call a drain sequential; 1 where it is, 0 under round
robin and random choice."""
MIN_STARTS = 5.0
"""Starts times the tasks that wait behind each, less one: chance makes all forced with 2^-this."""

BURST = 2.1
"""Tasks of a burst from which turns come in bursts: round robin 1, random choice below 2."""
BURST_CHOICE = 4
"""Fewest partitions per worker for that: with fewer, random choice has bursts as well."""

LOST_TURNS = 5.0
"""Tasks that a partition must be owed, and rounds that it must sit out, to be short-changed at a
stretch."""
FAR_OUT = 4.0
"""Times the wait of the median partition, and two rounds more, from which a wait is out of all
proportion: random choice and virtual time stay below."""
SHORT_OF_DUE = 0.75
"""Part of its due below which a partition is short-changed, if it is no chance that it is."""
NEARLY_ITS_DUE = 0.9
"""Part of its due below which a systematic difference is one that FAIR does not allow."""

FAIR_WAIT = 1.5
"""Rounds that the p99 partition may wait at worst where turns are strict."""
FAIR_LONGEST = 3.0
"""And any partition."""
OUTLIER = 2.0
"""Times the wait of the p99 partition, and one round more, that the longest may be where turns are
not strict: one that waits longer is no part of how the others fare."""
STEADY_WAIT = 2.5
"""Rounds that the p99 partition may wait at worst, where windows show that all get their share."""
STEADY_JAIN = 0.65
"""And how even a round must be then: two tasks in a row per turn leave 0.5."""
FAIR_SHORT = 0.02
"""Share of the windows in which a partition may be short."""
FAIR_LEFT_OUT = 0.0005
"""Share in which it may be left out: none but a newcomer's or two under virtual time."""
MIN_LOAD = 0.75
"""Load from which evenness without strict turns is not just want of rivals."""
FAIR_DEBT = 6.0
"""Tasks that a partition may be owed at worst."""
FAIR_JAIN = 0.85
"""Schedulers by virtual time serve newcomers first: single waits are longer, debt is not."""
FAIR_SMALL_DEBT = 3.0
FAIR_JAIN_SMALL_DEBT = 0.805
"""The same where few wait at a time, so that one newcomer makes a round look uneven."""

MIN_ROUNDS = 3
"""Fewer cannot tell an order from another; one task per partition is fair in any order."""
ROUNDS_SLACK = 0.5
"""Rounds that may be missing: the last of a drain is not a full one."""
MIN_CONTENDED = 0.2
"""Least share of contended dispatches. With fewer, as below a load of about 0.75,
SCAN, random choice and strict turns hardly differ."""
MAX_LAG_SHARE = 0.25
"""Event-loop lag p99 as a share of a typical wait."""
MIN_LAG_S = 0.005
"""Lag below this is never held against a run."""
MAX_UNKNOWN = 0.01
"""Share of the dispatches whose place in the order may be unknown."""
MAX_REFUSED = 0.02
"""Worker time idle after an empty-handed poll while a task was there."""

MANY_SCANS = 3.0
"""SCANs per pop from which a report names them as what finding a task costs."""

UNFAIR_NOISE = 3.0
"""Times as long as under fair turns on the same arrivals that quiet partitions may wait."""
UNFAIR_SLOWDOWN = 10.0
"""The same against the run without the noise, where fair turns were not worked out."""

UNFAIR_LAG = 0.2
"""Part of its due worker time that a partition may be short of."""
NOTED_LAG = 0.05
"""The same, from which it is said."""
LAG_TASKS = 6.0
"""Tasks of mean length that a lag must exceed as well, to be more than whole tasks make it."""
