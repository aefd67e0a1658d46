"""A grid of disciplines by loads, and the best verdict each discipline may get in them.

A verdict better than the one named is an error; a worse one is an error where FAIR is named.
Service times vary by 20 % throughout, so that nothing rests on workers in lockstep.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from fairness.case import Case
from fairness.case import run as run_case
from fairness.simulator import DISCIPLINES, Discipline, Load, batch, poisson, zipf

from queue_fairness.events import Arrived
from queue_fairness.fairness import FairnessMeasures, Level, Verdict

FAIR = Level.FAIR
AVERAGE = Level.FAIR_ON_AVERAGE_ONLY
UNFAIR = Level.UNFAIR
STARVING = Level.STARVING
INCONCLUSIVE = Level.INCONCLUSIVE

RATE = 8 / 0.025
"""Tasks per second that 8 workers do at 25 ms."""
JITTER = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A load per seed and the best verdict for each discipline that is run on it."""

    name: str
    load: Callable[[int], Load]
    best: dict[str, Level]
    drain: bool = True
    quick: bool = False
    """Whether the tests run it too."""


def drain(
    partitions: int, tasks: int, workers: int, order: str = "block", jitter: float = JITTER
) -> Callable[[int], Load]:
    return lambda seed: Load(
        partitions=partitions,
        arrivals=batch(partitions, tasks, order, seed),
        workers=workers,
        jitter=jitter,
    )


def no_work(partitions: int, tasks: int, workers: int) -> Callable[[int], Load]:
    """Tasks of 0 ms: all the time goes into asking, 1 ms each."""
    return lambda seed: replace(
        drain(partitions, tasks, workers, jitter=0.0)(seed), work_s=0.0, overhead_s=0.001
    )


def sustained(rho: float, partitions: int = 200, seconds: float = 30) -> Callable[[int], Load]:
    rates = [rho * RATE / partitions] * partitions
    return lambda seed: Load(
        partitions=partitions,
        arrivals=poisson(rates, seconds, seed),
        until_s=seconds,
        jitter=JITTER,
    )


def noisy(noisy_ones: int, tasks: int, lock: bool) -> Callable[[int], Load]:
    """50 quiet partitions at 2 tasks a second; at second 5 the noisy ones bring theirs."""

    def load(seed: int) -> Load:
        quiet = poisson([2.0] * 50, 30, seed)
        bursts = [Arrived(5.0, 50 + k, tasks) for k in range(noisy_ones)]
        return Load(
            partitions=50 + noisy_ones,
            arrivals=sorted(quiet + bursts),
            limit=int(lock),
            until_s=30,
            jitter=JITTER,
            scanned_first=range(50, 50 + noisy_ones),
        )

    return load


def weighted(seed: int) -> Load:  # noqa: ARG001
    weights = [4.0] * 100 + [1.0] * 100
    return Load(partitions=200, arrivals=batch(200, 40, "block"), weights=weights, jitter=JITTER)


def zipf_backlog(seed: int) -> Load:  # noqa: ARG001
    backlog = [Arrived(0.0, p, tasks) for p, tasks in enumerate(zipf(200, 10_000))]
    return Load(partitions=200, arrivals=backlog, jitter=JITTER)


def _best(
    scan: Level,
    fifo: Level,
    random: Level,
    shard: Level,
    rr: Level,
    vt: Level,
) -> dict[str, Level]:
    names = (discipline.name for discipline in DISCIPLINES)
    return dict(zip(names, (scan, fifo, random, shard, rr, vt), strict=True))


IN_TURN = _best(UNFAIR, UNFAIR, AVERAGE, UNFAIR, FAIR, FAIR)
NOBODY = _best(*[INCONCLUSIVE] * 6)


def _drains() -> list[Scenario]:
    sizes = [
        (partitions, tasks, workers)
        for partitions in (50, 100, 300, 1000)
        for tasks in (3, 5, 10, 20)
        for workers in (2, 8, 16)
        if partitions * tasks <= 10_000
    ]
    return [
        Scenario(
            name=f"A {partitions}x{tasks} {workers}w",
            load=drain(partitions, tasks, workers),
            best=IN_TURN,
            quick=(partitions, workers) in {(50, 16), (100, 8)} and tasks in {3, 10},
        )
        for partitions, tasks, workers in sizes
    ]


SCENARIOS = (
    Scenario(name="A1 1000x1", load=drain(1000, 1, 8), best=NOBODY, quick=True),
    *_drains(),
    Scenario(
        name="A 1000x10 shuffled",
        load=drain(1000, 10, 8, "shuffled"),
        best={"fifo": AVERAGE},
    ),
    Scenario(
        name="A 1000x10 in turns",
        load=drain(1000, 10, 8, "interleaved"),
        best={"fifo": FAIR},
    ),
    Scenario(name="A 1000x10 no jitter", load=drain(1000, 10, 8, jitter=0.0), best=IN_TURN),
    Scenario(name="A 1000x10 0 ms", load=no_work(1000, 10, 8), best=IN_TURN),
    Scenario(name="A 50x20 4w 0 ms", load=no_work(50, 20, 4), best=IN_TURN),
    Scenario(name="A 1000x10 jitter 1", load=drain(1000, 10, 8, jitter=1.0), best=IN_TURN),
    Scenario(name="A 50x20 4w jitter 1", load=drain(50, 20, 4, jitter=1.0), best=IN_TURN),
    Scenario(
        name="B load 1.2",
        load=sustained(1.2),
        best=_best(STARVING, AVERAGE, AVERAGE, AVERAGE, FAIR, FAIR),
        drain=False,
    ),
    Scenario(
        name="B load 0.95",
        load=sustained(0.95),
        best={"scan": UNFAIR, "random": AVERAGE, "round-robin": FAIR},
        drain=False,
    ),
    Scenario(
        name="B load 0.8",
        load=sustained(0.8),
        best={"scan": AVERAGE, "random": AVERAGE, "round-robin": FAIR},
        drain=False,
    ),
    Scenario(
        name="C 1 noisy, no lock",
        load=noisy(1, 5000, lock=False),
        best=_best(STARVING, STARVING, AVERAGE, STARVING, FAIR, FAIR),
        drain=False,
    ),
    Scenario(
        name="C 1 noisy, lock",
        load=noisy(1, 5000, lock=True),
        best=_best(INCONCLUSIVE, INCONCLUSIVE, INCONCLUSIVE, STARVING, INCONCLUSIVE, INCONCLUSIVE),
        drain=False,
    ),
    Scenario(
        name="C' 8 noisy, lock",
        load=noisy(8, 625, lock=True),
        best=_best(STARVING, STARVING, AVERAGE, STARVING, FAIR, FAIR),
        drain=False,
    ),
    Scenario(
        name="D load 0.5",
        load=sustained(0.5),
        # A shard's partitions do have to take turns, while other workers have nothing to do.
        best=NOBODY | {"key-shard": AVERAGE},
        drain=False,
        quick=True,
    ),
    Scenario(
        name="E weights 4:1",
        load=weighted,
        best=_best(UNFAIR, UNFAIR, AVERAGE, UNFAIR, UNFAIR, FAIR),
    ),
    Scenario(
        name="F Zipf backlog",
        load=zipf_backlog,
        best=_best(UNFAIR, UNFAIR, AVERAGE, UNFAIR, FAIR, FAIR),
    ),
)


def run(
    scenario: Scenario, discipline: type[Discipline], seed: int
) -> tuple[FairnessMeasures, Verdict]:
    """One run of a scenario, measured and judged."""
    outcome = run_case(_case(scenario, discipline), seed)
    return outcome.measures, outcome.verdict


def misplaced(word: Level, best: Level) -> bool:
    """Whether the word is not one due where `best` is the best that may be said."""
    return word not in _due(best)


def _due(best: Level) -> frozenset[Level]:
    """FAIR and INCONCLUSIVE must be said; of the others a worse one is right too."""
    if best in (FAIR, INCONCLUSIVE):
        return frozenset({best})
    order = list(Level)
    return frozenset(order[order.index(STARVING) : order.index(best) + 1])


def _case(scenario: Scenario, discipline: type[Discipline]) -> Case:
    return Case(
        name=f"{scenario.name} {discipline.name}",
        kind="grid",
        load=scenario.load,
        discipline=discipline,
        words=_due(scenario.best.get(discipline.name, FAIR)),
        drain=scenario.drain,
    )


GRID = tuple(
    _case(scenario, discipline)
    for scenario in SCENARIOS
    for discipline in DISCIPLINES
    if discipline.name in scenario.best
)
"""The scenarios as cases."""
