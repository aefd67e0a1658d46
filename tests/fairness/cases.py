"""The cases: those an expert has judged beforehand, the same at other sizes, and families.

`TABLE` is what was found wrong once, at the size at which it was found. `SIZES` tries the same
kinds elsewhere, so that a rule that only fits the table shows. `FAMILIES` are sequences from mild
to harsh, in which no verdict may be better than the one before. Seeds do the rest.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from fairness.arrivals import zipf
from fairness.case import (
    ANY,
    AVERAGE,
    FAIR,
    STARVING,
    UNFAIR,
    UNKNOWN,
    Case,
    Words,
    starving_from,
)
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
from fairness.kinds import (
    biased,
    bursty,
    costly,
    declared,
    frozen,
    group_turns,
    held,
    hog,
    in_a_row,
    joining_tenants,
    last_of_all,
    lottery,
    name_of,
    never,
    newcomer,
    noisy,
    plain,
    private_rings,
    retries,
    sequential,
    skewed,
    slow_shard,
    slow_worker,
    steady,
    stops,
    tiers,
    uneven,
)
from fairness.loads import drain, sustained
from fairness.odd_disciplines import (
    ByJoining,
    ByName,
    LastIn,
    Lottery,
    NewestReady,
    ShardedTurns,
    Tiers,
)

NEWEST = partial(ByJoining, newest=True)
OLDEST = partial(ByJoining, newest=False)
ORDERS: tuple[Maker, ...] = (Scan, Fifo, RoundRobin, UniformlyRandom)
TURNS: tuple[Maker, ...] = (RoundRobin, VirtualTime, LeastInFlight)
BY_WEIGHT = partial(Lottery, by_weight=True)


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
        yield plain(discipline, UNKNOWN, 1, 100, kind="one tenant")
    yield plain(Fifo, UNKNOWN, 1, 100, limit=0, kind="one tenant")
    yield sequential(Fifo, 2, 500, workers=1)
    yield plain(RoundRobin, FAIR, 2, 500, workers=1, law="lockstep", kind="two tenants")
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
    yield joining_tenants(NEWEST, STARVING, 150, 80, 0.18)
    yield joining_tenants(OLDEST, STARVING, 150, 80, 0.18)
    yield joining_tenants(RoundRobin, FAIR, 150, 80, 0.18)
    yield steady(RoundRobin, FAIR, 2, 4, 13, limit=0, kind="few tenants")
    yield steady(RoundRobin, FAIR, 2, 2, 13, workers=4, limit=0, law="lockstep", kind="few tenants")
    yield plain(RoundRobin, FAIR, 2, 960, workers=4, limit=0, law="lockstep", kind="few tenants")
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
    yield _flows(RoundRobin, (8, 7), FAIR)
    yield _flows(Fifo, (9, 1), STARVING)


def _flows(discipline: Maker, parts: tuple[float, float], words: Words) -> Case:
    """Two flows on four seats, as Kubernetes' tests of fair queuing have them."""
    return Case(
        name=f"two flows {parts[0]}:{parts[1]} {name_of(discipline)}",
        kind="few tenants",
        load=sustained(1.2, parts, 20, workers=4, limit=0),
        discipline=discipline,
        words=words,
        drain=False,
    )


def _sizes() -> Iterator[Case]:
    yield from _held_sizes()
    yield from _row_sizes()
    yield from _few_tenants()
    yield from _turn_sizes()
    yield from _share_sizes()
    yield from _sustained_sizes()
    yield from _disturbed_sizes()
    yield from _further_tricks()
    yield from _large()
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


def _few_tenants() -> Iterator[Case]:
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
        # It passes over whoever has a worker, so a tenant with a long task misses turns.
        by_slots = FAIR if law in ("lockstep", "exponential") else FAIR | AVERAGE
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
        yield declared(ratio, RoundRobin, UNFAIR, partitions, tasks)
        yield declared(ratio, BY_WEIGHT, AVERAGE, partitions, tasks)
        yield declared(ratio, UniformlyRandom, UNFAIR | STARVING, partitions, tasks)
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
        in_turn = tiers(1, 200, 20, limit=0, giants=giants, giant=1000)
        yield replace(in_turn, kind="giants in turn")
    for dear, factor, time in ((1, 2, "fair"), (1, 5, "note"), (1, 20, "unfair")):
        yield costly(RoundRobin, FAIR, time, dear, factor, limit=0)
    yield costly(RoundRobin, FAIR, "unfair", 20, 4, limit=0)
    yield costly(RoundRobin, FAIR, "", 20, 4)
    yield costly(VirtualTime, FAIR, "note")
    yield costly(LeastInFlight, FAIR | AVERAGE, "", 1, 50, limit=0)
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
        # Old tasks are buried, but each tenant's newest are served: turns as by chance.
        buried = AVERAGE | UNFAIR | STARVING
        yield steady(LastIn, buried, 1.2, partitions, seconds, workers, kind="lifo")
    yield steady(LeastInFlight, FAIR, 1.2, 100, 20, limit=0)
    yield steady(RoundRobin, FAIR, 1.2, 100, 20, limit=4, law="exponential")
    yield steady(Fifo, AVERAGE, 1.2, 200, 30)
    for discipline in ORDERS:
        yield steady(discipline, UNKNOWN, 0.3, 100, 20, kind="no turns")
    yield steady(ByName, STARVING, 1.2, 50, 20, kind="by name")
    yield steady(ByName, STARVING, 1.1, 100, 40, workers=4, limit=0, kind="by name")
    yield _flows(RoundRobin, (9, 1), FAIR)
    yield _flows(RoundRobin, (1, 1), FAIR)
    yield _flows(VirtualTime, (9, 1), FAIR)


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
    yield joining_tenants(NEWEST, STARVING, 60, 120, 0.25)
    yield joining_tenants(OLDEST, STARVING, 60, 120, 0.25)
    yield joining_tenants(UniformlyRandom, AVERAGE, 100, 80, 0.2)
    yield joining_tenants(RoundRobin, FAIR, 100, 40, 0.1, limit=1)
    yield joining_tenants(VirtualTime, FAIR, 100, 80, 0.2)
    for failing in (5, 10):
        yield retries(RoundRobin, FAIR, 100, 20, failing)
        yield retries(Fifo, UNFAIR | AVERAGE, 100, 20, failing)


def _further_tricks() -> Iterator[Case]:
    """What else a queue could do to its tenants."""
    for part in (0.01, 1 / 3):
        for length_s in (1, 3, 8):
            yield frozen(1.2, 100, 24, part, length_s)
    for rounds in (4, 8, 20, 40):
        yield group_turns(rounds, 100, 80)
        yield group_turns(rounds, 40, 80, limit=0, law="exponential")
    for favour, words in (
        (1.2, AVERAGE),
        (2, UNFAIR | AVERAGE),
        (4, UNFAIR | STARVING),
        (10, UNFAIR | STARVING),
    ):
        yield biased(favour, words)
        yield biased(favour, words, 50, 200, limit=0)
    for partitions in (24, 40):  # Some shards have twice as many as others, by seed.
        yield plain(ShardedTurns, FAIR | AVERAGE | UNFAIR, partitions, 40, kind="sharded")
    yield plain(ShardedTurns, FAIR | AVERAGE, 400, 20, workers=2, kind="sharded")
    for tasks in (5, 20):
        for discipline in TURNS:
            yield bursty(discipline, FAIR, 1.2, 60, tasks)
        yield bursty(UniformlyRandom, AVERAGE, 1.2, 60, tasks)
    for rho in (1.2, 1.6):
        yield uneven(RoundRobin, FAIR, rho, 10, 90, 10)
        yield uneven(VirtualTime, FAIR, rho, 10, 90, 10)
        yield uneven(Fifo, AVERAGE | UNFAIR | STARVING, rho, 10, 90, 10)
        yield uneven(Fifo, UNFAIR | STARVING, rho, 1, 20, 60)
    wrong_half = partial(Tiers, ratio=4, premium=range(50, 100))
    yield declared(4, wrong_half, UNFAIR | STARVING, 100, 60)
    nearly = partial(Tiers, ratio=3.7, premium=range(50))
    yield replace(declared(4, nearly, FAIR | AVERAGE, 100, 60), name="weights 4:1, 3.7:1 kept")
    for discipline in TURNS[:2]:
        yield Case(
            name=f"Zipf backlog {name_of(discipline)}",
            kind="turns",
            load=drain(zipf(80, 6000), limit=0),
            discipline=discipline,
            words=FAIR,
        )


def _large() -> Iterator[Case]:
    yield held(20_000, 3, 200)
    yield held(20_000, 3, 1, workers=64)
    yield held(5000, 4, 2, workers=64, limit=0, law="exponential")
    yield sequential(Scan, 5000, 4, workers=64)
    yield plain(RoundRobin, FAIR, 20_000, 3, kind="turns")
    yield plain(UniformlyRandom, AVERAGE, 5000, 4, kind="random")
    yield plain(RoundRobin, FAIR, 40, 500, law="exponential", kind="turns")
    yield tiers(3, 40, 500)
    yield tiers(1.2, 40, 500)
    yield held(40, 500, 2)
    yield in_a_row(2, 40, 500)
    yield in_a_row(20, 40, 500)
    yield stops(1.2, 2000, 60)


def _families() -> Iterator[Case]:
    for partitions, tasks in ((200, 50), (60, 80)):
        ratios = (1.0, 1.2, 1.5, 2, 2.9, 4.1, 6, 10, 15, 22, 24, 42, 50)
        yield from _family("tiers", [tiers(ratio, partitions, tasks) for ratio in ratios])
    for partitions, tasks in ((1000, 6), (200, 10)):
        counts = sorted({1, 3, 10, 30, partitions // 10, partitions // 4, partitions // 2})
        yield from _family("held", [held(partitions, tasks, back) for back in counts])
    runs = (1, 2, 3, 5, 7, 10, 20, 50)
    yield from _family("in a row", [in_a_row(run, 200, 50) for run in runs])
    yield from _family("in a row", [in_a_row(run, 60, 50, limit=1) for run in runs])
    yield from _family(
        "giants",
        [tiers(2.9, limit=0, giants=giants, giant=2000) for giants in range(6)],
    )
    yield from _family("poor", [tiers(3, 100, 100, poor=poor) for poor in (1, 2, 5, 20, 40)])
    yield from _family("hog", [hog(ratio) for ratio in (1, 3, 10, 30, 100, 300)])
    rounds = (4, 8, 20, 50, 100)
    yield from _family("groups", [group_turns(each, 60, 200) for each in rounds])
    yield from _family("frozen", [frozen(1.2, 80, 24, 0.25, each) for each in (1, 2, 4, 8, 11)])
    yield from _family("length", [tiers(4, 100, tasks) for tasks in (15, 25, 50, 100, 150)])
    yield from _family("last", [held(300, tasks, 1) for tasks in (3, 4, 6, 10, 15, 30, 60)])
    yield from _family("stops", [stops(1.2, 100, seconds) for seconds in (8, 10, 15, 20, 30, 50)])


def _family(name: str, members: list[Case]) -> list[Case]:
    """Members from mild to harsh; told apart from single cases by their names."""
    family = f"{name}: {members[0].name}"
    return [
        replace(case, name=f"{name} {number}. {case.name}", family=family)
        for number, case in enumerate(members)
    ]


TABLE = tuple(replace(case, table=True) for case in _table())
SIZES = tuple(_sizes())
FAMILIES = tuple(_families())
CASES = (*TABLE, *SIZES, *FAMILIES)
