"""The kinds of the table, and some more, at other sizes: a rule that only fits the table shows."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from fairness.case import Case
from fairness.disciplines import (
    Fifo,
    KeyShard,
    LeastInFlight,
    Maker,
    RoundRobin,
    Scan,
    UniformlyRandom,
    VirtualTime,
    VirtualTimeByCost,
)
from fairness.kinds_of_neglect import held, joining_partitions, last_of_all, never, newcomer, stops
from fairness.kinds_of_order import in_a_row, plain, private_rings, sequential, steady
from fairness.kinds_of_share import declared, flows, lottery, skewed, tiers
from fairness.kinds_of_trouble import costly, noisy, retries, slow_shard, slow_worker
from fairness.odd_disciplines import ByJoining, ByName, LastIn, Lottery, NewestReady
from fairness.words import (
    ANY,
    AVERAGE,
    FAIR,
    STARVING,
    UNFAIR,
    UNKNOWN,
    short_changed,
    starving_from,
)

NEWEST = partial(ByJoining, newest=True)
OLDEST = partial(ByJoining, newest=False)
BY_WEIGHT = partial(Lottery, by_weight=True)
ORDERS: tuple[Maker, ...] = (Scan, Fifo, RoundRobin, UniformlyRandom)
TURNS: tuple[Maker, ...] = (RoundRobin, VirtualTime, LeastInFlight)


def _sizes() -> Iterator[Case]:
    yield from _held_sizes()
    yield from _row_sizes()
    yield from _few_partitions()
    yield from _turn_sizes()
    yield from _share_sizes()
    yield from _sustained_sizes()
    yield from _disturbed_sizes()
    for discipline in (*ORDERS, VirtualTime):
        yield plain(discipline, UNKNOWN, 2000, 2, kind="two tasks")
        yield plain(discipline, UNKNOWN, 1000, 1, kind="two tasks")


def _held_sizes() -> Iterator[Case]:
    for partitions, tasks, back, workers in (
        (20, 30, 1, 2),
        (50, 10, 5, 4),
        (99, 10, 1, 8),
        (100, 10, 1, 8),
        (101, 10, 1, 8),
        (500, 10, 3, 16),
        (1000, 6, 30, 64),
        (2000, 5, 1, 32),
        (3000, 6, 300, 8),
        (100, 100, 10, 8),
    ):
        yield held(partitions, tasks, back, workers)
    for law in ("lockstep", "exponential", "log-normal"):
        yield held(200, 10, 2, law=law)
        yield held(200, 10, 20, limit=0, law=law)
    yield held(200, 10, 20, limit=4)
    for until in (0.5, 0.8):
        yield held(500, 10, 50, until=until)
        yield held(200, 20, 1, until=until)
    for partitions, seconds in ((50, 20), (100, 30), (400, 40)):
        yield stops(1.2, partitions, seconds)
    yield stops(1.05, 100, 30)
    yield stops(1.5, 100, 15, part=0.1)
    yield stops(1.2, 100, 20, part=0.01)
    for rho in (0.1, 0.3, 0.7, 0.95, 1.2):
        yield never(rho, 20, 20)
        yield never(rho, 200, 20, limit=0)
    yield never(0.5, 100, 20, workers=2)


def _row_sizes() -> Iterator[Case]:
    for run in (2, 4, 10, 30):
        yield in_a_row(run, 50, 60, workers=2)
        yield in_a_row(run, 50, 60, limit=1)
        yield in_a_row(run, 60, 60, limit=1, law="exponential")
        yield in_a_row(run, 200, 60, workers=16, law="exponential")
    for workers in (1, 2, 4, 8, 16, 64):
        yield private_rings(workers, 200, 50)
        yield private_rings(workers, 150, 50, law="")
    yield private_rings(4, 100, 40, limit=1)


def _few_partitions() -> Iterator[Case]:
    for workers in (1, 2, 8, 32):
        for partitions in sorted({workers + 1, 2 * workers, 2 * workers + 1}):
            tasks = 100 if workers < 32 else 40
            enough = FAIR if partitions > 2 * workers or workers == 1 else FAIR | UNKNOWN
            for law in ("", "exponential"):
                kind = "few locked"
                if workers < 32:
                    yield sequential(Scan, partitions, tasks, workers, law=law, kind=kind)
                yield plain(RoundRobin, enough, partitions, tasks, workers, law=law, kind=kind)
    for partitions in (17, 19, 20):
        for tasks in (10, 40):
            yield sequential(Scan, partitions, tasks)
    yield sequential(Scan, 40, 20, workers=16)
    yield sequential(ByName, 140, 20, workers=64)
    for partitions, workers in ((2, 2), (2, 8), (3, 8), (5, 4), (8, 8), (3, 64)):
        kind = "few unlimited"
        for law in ("lockstep", ""):
            yield sequential(Fifo, partitions, 240, workers, limit=0, law=law, kind=kind)
            turns = FAIR | UNKNOWN
            yield plain(RoundRobin, turns, partitions, 240, workers, limit=0, law=law, kind=kind)
        if workers < 64:
            words = AVERAGE | UNKNOWN
            yield plain(UniformlyRandom, words, partitions, 240, workers, limit=0, kind=kind)
        yield steady(RoundRobin, FAIR, 2, partitions, 160 / workers, workers, limit=0, kind=kind)
    for partitions, workers in ((2, 2), (5, 8), (8, 8), (3, 64)):
        for discipline in ORDERS[::2]:
            yield plain(discipline, UNKNOWN, partitions, 60, workers, kind="no turns")


def _turn_sizes() -> Iterator[Case]:
    """By turns, whatever the tasks cost and whoever is slow: fair."""
    for law in ("lockstep", "exponential", "log-normal", "Pareto", "CV 3"):
        for partitions, tasks, workers in ((20, 50, 8), (25, 20, 8), (60, 20, 8), (300, 10, 16)):
            for discipline in TURNS[:2]:
                yield plain(discipline, FAIR, partitions, tasks, workers, law=law, kind="turns")
        # It passes over whoever has a worker, so a partition with a long task misses turns.
        by_slots = FAIR if law in ("lockstep", "exponential") else FAIR | AVERAGE | UNFAIR
        yield plain(LeastInFlight, by_slots, 50, 20, limit=0, law=law, kind="turns")
        yield plain(RoundRobin, FAIR, 50, 20, limit=0, law=law, kind="turns")
        yield plain(RoundRobin, FAIR, 50, 20, limit=4, law=law, kind="turns")
        yield plain(RoundRobin, FAIR, 150, 20, 64, law=law, kind="turns")
        yield plain(UniformlyRandom, AVERAGE, 100, 30, law=law, kind="random")
        yield sequential(Scan, 50, 15, law=law)
        yield plain(Fifo, AVERAGE, 100, 30, law=law, order="shuffled", kind="random")
    yield plain(Fifo, FAIR, 200, 30, order="interleaved", kind="turns")
    yield plain(RoundRobin, FAIR, 5, 2000, workers=2, kind="turns")
    yield plain(RoundRobin, FAIR, 200, 100, kind="turns")
    yield plain(UniformlyRandom, AVERAGE, 40, 300, kind="random")
    yield plain(UniformlyRandom, AVERAGE, 1000, 6, kind="random")
    yield plain(UniformlyRandom, AVERAGE, 20, 500, workers=2, limit=0, kind="random")
    yield sequential(KeyShard, 100, 12)
    yield sequential(LastIn, 60, 12, limit=0)
    yield sequential(ByName, 300, 30, workers=16)
    for factor in (5, 20):
        for partitions in (20, 30, 60):
            for discipline in TURNS:
                yield slow_worker(discipline, FAIR, factor, partitions, 30)
        yield slow_worker(RoundRobin, FAIR, factor, 40, 30, limit=0, slow=2)
        yield slow_worker(UniformlyRandom, AVERAGE, factor, 80, 30)


def _share_sizes() -> Iterator[Case]:
    for ratio in (2, 3, 6, 10):
        yield tiers(ratio, 50, 100)
        yield tiers(ratio, 100, 60, limit=0, law="exponential")
        yield tiers(ratio, 500, 40)
    for poor in (1, 10, 30):
        yield tiers(2, 100, 100, poor=poor)
        yield tiers(4, 99, 80, poor=poor)
    yield tiers(2, 101, 60, poor=1)
    yield tiers(3, 60, 300)
    yield tiers(3, 200, 50, workers=64)
    for ratio, partitions, tasks in ((2, 100, 100), (3, 50, 100), (4, 200, 40), (10, 100, 100)):
        yield declared(ratio, VirtualTime, FAIR, partitions, tasks)
        # Those that paid for `ratio` get what everybody gets.
        ignored = short_changed(2 * ratio / (1 + ratio))
        yield declared(ratio, RoundRobin, ignored, partitions, tasks)
        yield declared(ratio, BY_WEIGHT, AVERAGE, partitions, tasks)
        yield declared(ratio, UniformlyRandom, ignored | STARVING, partitions, tasks)
        yield declared(ratio, VirtualTime, FAIR, partitions, tasks, limit=0, law="exponential")
    yield declared(3, VirtualTime, FAIR, 2, 600, workers=4, limit=0)
    yield declared(3, VirtualTime, FAIR, 2, 600, workers=1, limit=0)
    yield declared(3, RoundRobin, UNFAIR, 2, 600, workers=1, limit=0)
    yield lottery([40] * 60, AVERAGE, "equal", limit=0)
    yield lottery([60, 6] * 30, UNFAIR | STARVING, "10:1", limit=0)
    yield lottery([300] * 5 + [10] * 60, UNFAIR | STARVING, "30:1", limit=0)
    for sizes in ([1900, 100], [4000, 1000], [900] + [100] * 5, [2000] + [50] * 40):
        for workers in (1, 8):
            yield skewed(Fifo, UNFAIR | STARVING, sizes, workers)
            yield skewed(RoundRobin, FAIR, sizes, workers)
            yield skewed(VirtualTime, FAIR, sizes, workers)
    for giants in (0, 1, 5):
        one_by_one = tiers(1, 200, 20, limit=0, giants=giants, giant=1000)
        yield replace(one_by_one, kind="giants in turn")
    for dear, factor, time in ((1, 2, "fair"), (1, 5, "note"), (1, 20, "unfair")):
        yield costly(RoundRobin, FAIR, time, dear, factor, limit=0)
    yield costly(RoundRobin, FAIR, "unfair", 20, 4, limit=0)
    yield costly(RoundRobin, FAIR, "", 20, 4)
    yield costly(VirtualTime, FAIR, "note")
    # Whoever has a long task in service is passed over, turn after turn.
    yield costly(LeastInFlight, FAIR | AVERAGE | UNFAIR, "", 1, 50, limit=0)
    yield costly(VirtualTimeByCost, ANY, "fair")
    yield costly(RoundRobin, FAIR, "unfair", 1, 100, 100, 30, limit=0)
    yield costly(RoundRobin, FAIR, "", 5, 20, 100, 30)


def _sustained_sizes() -> Iterator[Case]:
    for partitions, workers, seconds in ((30, 4, 30), (100, 8, 20), (500, 16, 20)):
        for rho in (0.95, 1.1, 1.5):
            yield steady(RoundRobin, FAIR, rho, partitions, seconds, workers)
            yield steady(UniformlyRandom, AVERAGE, rho, partitions, seconds, workers)
        yield steady(VirtualTime, FAIR, 1.3, partitions, seconds, workers)
        yield steady(Scan, STARVING, 1.2, partitions, seconds, workers)
        yield steady(NewestReady, STARVING, 1.2, partitions, seconds, workers, kind="lifo")
        # Old tasks are buried, but each partition's newest are served: turns as by chance.
        buried = AVERAGE | UNFAIR | STARVING
        yield steady(LastIn, buried, 1.2, partitions, seconds, workers, kind="lifo")
    yield steady(LeastInFlight, FAIR, 1.2, 100, 20, limit=0)
    yield steady(RoundRobin, FAIR, 1.2, 100, 20, limit=4, law="exponential")
    yield steady(Fifo, AVERAGE, 1.2, 200, 30)
    for discipline in ORDERS:
        yield steady(discipline, UNKNOWN, 0.3, 100, 20, kind="no turns")
    yield steady(ByName, STARVING, 1.2, 50, 20, kind="by name")
    yield steady(ByName, STARVING, 1.1, 100, 40, workers=4, limit=0, kind="by name")
    yield flows(RoundRobin, (9, 1), FAIR)
    yield flows(RoundRobin, (1, 1), FAIR)
    yield flows(VirtualTime, (9, 1), FAIR)


def _disturbed_sizes() -> Iterator[Case]:
    yield noisy(Fifo, STARVING, 50, 100, 15, 1, 3000, 5)
    yield noisy(Fifo, STARVING, 10, 20, 20, 3, 1000, 5)
    yield noisy(Scan, STARVING, 20, 40, 25, 1, 4000, 5)
    yield noisy(Fifo, STARVING, 20, 160, 15, 8, 300, 3, limit=1)
    for paired in (False, True):
        for discipline in TURNS:
            yield noisy(discipline, FAIR | UNKNOWN, 20, 40, 25, 1, 4000, 5, paired=paired)
        yield noisy(Fifo, STARVING, 30, 90, 15, 20, 150, 3, limit=1, paired=paired)
        yield noisy(RoundRobin, FAIR, 30, 90, 15, 20, 150, 3, limit=1, paired=paired)
        yield noisy(RoundRobin, FAIR, 10, 120, 15, 40, 60, 3, paired=paired)
    for partitions, rho in ((32, 0.6), (200, 0.8)):
        yield slow_shard(10, partitions, rho, 25)
    yield slow_shard(20, 40, 0.4, 40, workers=4)
    for partitions, tasks in ((20, 30), (200, 20), (1000, 10)):
        yield last_of_all(partitions, tasks)
        yield newcomer(Fifo, starving_from(tasks / 2), partitions, tasks)
        yield newcomer(RoundRobin, FAIR, partitions, tasks)
        yield newcomer(VirtualTime, FAIR, partitions, tasks)
    yield joining_partitions(NEWEST, STARVING, 60, 120, 0.25)
    yield joining_partitions(OLDEST, STARVING, 60, 120, 0.25)
    yield joining_partitions(UniformlyRandom, AVERAGE, 100, 80, 0.2)
    yield joining_partitions(RoundRobin, FAIR, 100, 40, 0.1, limit=1)
    yield joining_partitions(VirtualTime, FAIR, 100, 80, 0.2)
    for failing in (5, 10):
        yield retries(RoundRobin, FAIR, 100, 20, failing)
        yield retries(Fifo, UNFAIR | AVERAGE, 100, 20, failing)


SIZES = tuple(_sizes())
