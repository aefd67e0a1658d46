"""Where the verdict draws its lines; `calibration.py` holds the table they were chosen from."""

STARVING_ROUNDS = 20.0
"""A wait longer than this is starvation. Uniformly random choice exceeds it once in 5 * 10^8
waits (e^-20); a drain of m tasks each cannot exceed m rounds."""

UNFAIR_WAIT = 12.0
"""Rounds that the p99 tenant may wait at worst."""
UNFAIR_JAIN = 0.45
"""Round Jain below this: a round goes to less than half of those who wait for it."""
SEQUENTIAL_EMPTIED = 0.1
"""Share of partitions emptied before the median one was first served; 0.5 - W / P in turn."""
SEQUENTIAL_RATIO = 2.5
"""And that many times longer waits for the first task than for the later ones: a partition that
has been started is served until it is empty. About 1 for random choice, 0.5 for round robin."""
UNFAIR_DEBT = 6.0
UNFAIR_DEBT_PER_ROUND = 0.2
"""Steady turns (p99 wait up to `STEADY_WAIT`) with more debt than both: shares that do not follow
the weights, for debt that comes from chance does not grow in proportion to the rounds."""

FAIR_WAIT = 1.5
"""Rounds that the p99 tenant may wait at worst where turns are strict."""
STRICT_DEBT = 2.0
"""Tasks that a tenant may be owed at worst beside strict turns."""
STEADY_WAIT = 2.5
STEADY_DEBT_PER_ROUND = 0.05
"""The same over many rounds, where the partition lock holds busy tenants back by chance."""
FAIR_DEBT = 6.0
FAIR_JAIN = 0.85
"""Schedulers by virtual time serve newcomers first: single waits are longer, debt is not."""
FAIR_SMALL_DEBT = 3.0
FAIR_JAIN_SMALL_DEBT = 0.805
"""The same where few wait at a time, so that one newcomer makes a round look uneven."""

MIN_ROUNDS = 3
"""Fewer cannot tell an order from another; one task per partition is fair in any order."""
ROUNDS_SLACK = 0.5
"""Rounds that may be missing: the last of a drain is not a full one."""
MIN_LOAD = 0.75
"""Share of worker time for which there is work; below it every order looks fair. Not asked of a
drain, whose tail may be long and thin."""
MIN_CONTENDED = 0.05
"""Share of dispatches at which somebody was passed over."""
MAX_LAG_SHARE = 0.25
"""Event-loop lag p99 as a share of a typical wait."""
MIN_LAG_S = 0.005
"""Lag below this is never held against a run: rounds count turns, not seconds."""
MAX_REFUSED = 0.02
"""Worker time idle after an empty-handed poll while a task was there."""

MANY_SCANS = 3.0
"""SCANs per pop from which a report names them as what finding a task costs."""

UNFAIR_SLOWDOWN = 10.0
"""Times as long as without noise that quiet partitions wait, from which a queue is unfair."""
