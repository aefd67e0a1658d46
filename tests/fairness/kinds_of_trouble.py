"""Kinds of cases in which tasks, workers or neighbors are not as one would wish."""

from dataclasses import replace

from fairness.arrivals import bursts, piles
from fairness.case import Case
from fairness.disciplines import KeyShard, Maker, name_of
from fairness.loads import WORK_S, adding, changed, drain, size, sustained
from fairness.simulator import Load
from fairness.words import STARVING, Words


def noisy(
    discipline: Maker,
    words: Words,
    quiet: int,
    rate: float,
    seconds: float,
    noise: int,
    tasks: int,
    at: float,
    limit: int = 0,
    workers: int = 8,
    paired: bool = False,
) -> Case:
    """Quiet partitions with `rate` tasks a second in all; others bring piles at one time."""
    loud = range(quiet, quiet + noise)
    calm = sustained(
        rate * WORK_S / workers, [1.0] * quiet + [1e-9] * noise, seconds, workers, limit
    )
    return Case(
        name=f"{'paired' if paired else 'noisy'} {quiet} at {rate:g}/s with {noise}x{tasks} "
        f"{workers}w L{limit} {name_of(discipline)}",
        kind="paired" if paired else "noisy",
        load=changed(adding(calm, piles(at, loud, tasks)), scanned_first=loud),
        discipline=discipline,
        words=words,
        drain=False,
        noisy=loud if paired else (),
    )


def costly(
    discipline: Maker,
    words: Words,
    time: str,
    dear: int = 1,
    factor: float = 50,
    partitions: int = 40,
    tasks: int = 60,
    workers: int = 8,
    limit: int = 1,
) -> Case:
    """Tasks of some partitions cost more; nothing of it is declared."""
    load = drain([tasks] * partitions, workers, limit)
    return Case(
        name=f"{dear} cost {factor:g}x {size(partitions, tasks, workers, limit)} "
        f"{name_of(discipline)}",
        kind="cost",
        load=changed(load, scale=[factor] * dear + [1.0] * (partitions - dear)),
        discipline=discipline,
        words=words,
        time=time,
    )


def slow_worker(
    discipline: Maker,
    words: Words,
    factor: float,
    partitions: int,
    tasks: int,
    workers: int = 8,
    limit: int = 1,
    slow: int = 1,
) -> Case:
    """Some workers take several times as long as the others."""
    load = drain([tasks] * partitions, workers, limit)
    return Case(
        name=f"{slow} slow {factor:g}x {size(partitions, tasks, workers, limit)} "
        f"{name_of(discipline)}",
        kind="slow worker",
        load=changed(load, slowness=[factor] * slow + [1.0] * (workers - slow)),
        discipline=discipline,
        words=words,
    )


def slow_shard(
    factor: float, partitions: int, rho: float, seconds: float, workers: int = 8
) -> Case:
    """Shards by key, and one worker is too slow for its own."""
    load = sustained(rho, partitions, seconds, workers)
    return Case(
        name=f"slow shard {factor:g}x {partitions} load {rho:g} {seconds:g} s {workers}w",
        kind="slow shard",
        load=changed(load, slowness=[factor] + [1.0] * (workers - 1)),
        discipline=KeyShard,
        words=STARVING,
        drain=False,
    )


def retries(
    discipline: Maker,
    words: Words,
    partitions: int,
    tasks: int,
    failing: int,
    probability: float = 0.9,
    limit: int = 1,
) -> Case:
    """Tasks of some partitions fail again and again, and go back to the head of the queue."""
    load = drain([tasks] * partitions, 8, limit, order="interleaved")
    odds = [probability] * failing + [0.0] * (partitions - failing)
    return Case(
        name=f"retries of {failing} in {size(partitions, tasks, 8, limit)} {name_of(discipline)}",
        kind="retries",
        load=changed(load, failing=odds, retry_at_head=True),
        discipline=discipline,
        words=words,
    )


def bursty(discipline: Maker, words: Words, rho: float, partitions: int, tasks: int) -> Case:
    """Everyone sends bursts."""
    load = Load(partitions=partitions, arrivals=(), limit=0, jitter=0.2, until_s=20)
    rates = [rho * 8 / WORK_S / partitions] * partitions
    return Case(
        name=f"bursts of {tasks} from {partitions} load {rho:g} {name_of(discipline)}",
        kind="bursts",
        load=lambda seed: replace(load, arrivals=bursts(rates, tasks, 20, seed)),
        discipline=discipline,
        words=words,
        drain=False,
    )
