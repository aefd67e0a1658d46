"""What was found wrong once, at the size at which it was found; judged before any rule was made."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from fairness.arrivals import zipf
from fairness.case import Case
from fairness.disciplines import (
    Fifo,
    LeastInFlight,
    Maker,
    RoundRobin,
    Scan,
    UniformlyRandom,
    VirtualTime,
)
from fairness.kinds_of_neglect import held, joining_partitions, last_of_all, never, newcomer, stops
from fairness.kinds_of_order import in_a_row, plain, sequential, steady
from fairness.kinds_of_share import declared, flows, lottery, skewed, tiers
from fairness.kinds_of_trouble import costly, noisy, retries, slow_shard
from fairness.odd_disciplines import ByJoining, ByName, LastIn, NewestReady
from fairness.words import AVERAGE, FAIR, STARVING, UNFAIR, UNKNOWN, starving_from

NEWEST = partial(ByJoining, newest=True)
OLDEST = partial(ByJoining, newest=False)
ORDERS: tuple[Maker, ...] = (Scan, Fifo, RoundRobin, UniformlyRandom)
TURNS: tuple[Maker, ...] = (RoundRobin, VirtualTime, LeastInFlight)


def _table() -> Iterator[Case]:
    yield held(1000, 6, 100)
    for tasks in (4, 6, 10, 30):
        yield held(1000, tasks, 1)
    for seconds in (20, 30, 60):
        yield stops(1.2, 200, seconds)
    for run in (2, 3, 5):
        yield in_a_row(run, 200, 20)
    yield in_a_row(10, 200, 40)
    yield in_a_row(20, 200, 40)
    yield in_a_row(100, 50, 200)
    yield plain(LastIn, starving_from(10), 200, 10, kind="lifo")
    for rho in (0.9, 1.2):
        yield steady(NewestReady, STARVING, rho, 200, 30, kind="lifo")
    for rho in (0.9, 0.99, 1.2):
        yield steady(ByName, STARVING, rho, 200, 30, kind="by name")
    yield lottery([20] * 200, AVERAGE, "equal")
    yield lottery([100, 10] * 50, UNFAIR | STARVING, "10:1")
    yield lottery(zipf(200, 10_000), UNFAIR | STARVING, "Zipf")
    for ratio in (3, 6, 10):
        yield tiers(ratio)
    yield declared(10, VirtualTime, FAIR)
    yield declared(10, RoundRobin, UNFAIR)
    yield sequential(Scan, 16, 400)
    yield sequential(Fifo, 4, 400, limit=0)
    for discipline in ORDERS:
        yield plain(discipline, UNKNOWN, 4, 400, kind="no turns")
        yield plain(discipline, UNKNOWN, 1, 100, kind="one partition")
    yield plain(Fifo, UNKNOWN, 1, 100, limit=0, kind="one partition")
    yield sequential(Fifo, 2, 500, workers=1)
    yield plain(RoundRobin, FAIR, 2, 500, workers=1, law="lockstep", kind="two partitions")
    yield never(0.5, 50, 20)
    for paired in (False, True):
        yield noisy(Fifo, STARVING, 20, 40, 25, 1, 4000, 5, paired=paired)
    yield costly(RoundRobin, FAIR, "note")
    yield costly(RoundRobin, FAIR, "unfair", limit=0)
    for law in ("log-normal", "Pareto"):
        for discipline in TURNS[:2]:
            for partitions in (30, 40):
                yield plain(discipline, FAIR, partitions, 20, law=law, kind="heavy tail")
    yield plain(RoundRobin, FAIR, 20, 20, law="CV 3", kind="heavy tail")
    yield slow_shard(10, 64, 0.7, 30)
    yield newcomer(Fifo, starving_from(15), 60, 30)
    yield last_of_all(60, 30)
    yield joining_partitions(NEWEST, STARVING, 150, 80, 0.18)
    yield joining_partitions(OLDEST, STARVING, 150, 80, 0.18)
    yield joining_partitions(RoundRobin, FAIR, 150, 80, 0.18)
    yield steady(RoundRobin, FAIR, 2, 4, 13, limit=0, kind="few partitions")
    yield steady(
        RoundRobin, FAIR, 2, 2, 13, workers=4, limit=0, law="lockstep", kind="few partitions"
    )
    yield plain(RoundRobin, FAIR, 2, 960, workers=4, limit=0, law="lockstep", kind="few partitions")
    for discipline in TURNS[:2]:
        yield noisy(discipline, FAIR, 50, 100, 20, 100, 100, 3, limit=1, paired=True)
    yield tiers(2.9, limit=0, giants=1)
    yield sequential(Scan, 18, 20)
    yield retries(Fifo, UNFAIR | AVERAGE, 50, 20, 5)
    yield retries(RoundRobin, FAIR, 50, 20, 5)
    for discipline in ORDERS[::2]:
        yield plain(discipline, UNKNOWN, 10_000, 2, kind="two tasks")
    yield skewed(Fifo, UNFAIR | STARVING, [9500, 500])
    yield skewed(RoundRobin, FAIR, [9500, 500])
    yield flows(RoundRobin, (8, 7), FAIR)
    yield flows(Fifo, (9, 1), STARVING)


TABLE = tuple(replace(case, table=True) for case in _table())
