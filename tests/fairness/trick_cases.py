"""What else a queue could do to its partitions, and large queues."""

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
    name_of,
)
from fairness.kinds_of_neglect import frozen, held, stops
from fairness.kinds_of_order import group_turns, in_a_row, plain, sequential
from fairness.kinds_of_share import biased, declared, tiers, uneven
from fairness.kinds_of_trouble import bursty
from fairness.loads import drain
from fairness.odd_disciplines import ShardedTurns, Tiers
from fairness.words import AVERAGE, FAIR, STARVING, UNFAIR

TURNS: tuple[Maker, ...] = (RoundRobin, VirtualTime, LeastInFlight)


def _further_tricks() -> Iterator[Case]:
    """What else a queue could do to its partitions."""
    for part in (0.01, 1 / 3):
        for length_s in (1, 3, 8):
            yield frozen(1.2, 100, 24, part, length_s)
    for rounds in (4, 8, 20, 40):
        yield group_turns(rounds, 100, 80)
        yield group_turns(rounds, 40, 80, limit=0, law="exponential")
    for favor, words in (
        (1.2, AVERAGE),
        (2, UNFAIR | AVERAGE),
        (4, UNFAIR | STARVING),
        (10, UNFAIR | STARVING),
    ):
        yield biased(favor, words)
        yield biased(favor, words, 50, 200, limit=0)
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


TRICKS = (*_further_tricks(), *_large())
