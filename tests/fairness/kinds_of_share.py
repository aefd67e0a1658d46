"""Kinds of cases in which some get more than others."""

from functools import partial

from fairness.case import Case
from fairness.disciplines import Maker, name_of
from fairness.loads import changed, drain, size, sustained
from fairness.odd_disciplines import Lottery, Tiers
from fairness.words import AVERAGE, UNFAIR, Words, short_changed


def tiers(
    ratio: float,
    partitions: int = 200,
    tasks: int = 50,
    workers: int = 8,
    limit: int = 1,
    law: str = "",
    poor: int | None = None,
    giants: int = 0,
    giant: int = 5000,
) -> Case:
    """Some pay, undeclared, and get `ratio` times the share of the others.

    Args:
        ratio: The share of those that pay, as a multiple of the others'.
        partitions: How many, giants not counted.
        tasks: Of each partition that is no giant.
        workers: How many there are.
        limit: Tasks of one partition in service at once.
        law: How long tasks take.
        poor: How many do not pay; every second one by default.
        giants: Partitions with many tasks, beside the others; they pay.
        giant: How many tasks they have.
    """
    every = partitions + giants
    payers = frozenset(range(0, partitions, 2) if poor is None else range(partitions - poor))
    sizes = [tasks] * partitions + [giant] * giants
    mean = (len(payers) * ratio + partitions - len(payers)) / partitions
    words = short_changed(mean) if tasks >= 30 or ratio == 1 else UNFAIR | AVERAGE
    beside = f" beside {giants} of {giant}" if giants else ""
    who = "" if poor is None else f" all but {poor}"
    return Case(
        name=f"tiers {ratio:g}:1{who} {size(partitions, tasks, workers, limit, law)}{beside}",
        kind="tiers",
        load=drain(sizes, workers, limit, law),
        discipline=partial(
            Tiers, ratio=ratio, premium=payers | frozenset(range(partitions, every))
        ),
        words=words,
    )


def hog(ratio: float, partitions: int = 100, tasks: int = 50, limit: int = 0) -> Case:
    """One partition, with work enough, gets `ratio` times the share of each other."""
    own = round(1.2 * ratio * tasks)
    return Case(
        name=f"hog {ratio:g}:1 {size(partitions, tasks, 8, limit)}",
        kind="hog",
        load=drain([tasks] * partitions + [own], 8, limit),
        discipline=partial(Tiers, ratio=ratio, premium={partitions}),
        words=short_changed((partitions + ratio) / (partitions + 1)),
    )


def biased(
    favor: float, words: Words, partitions: int = 100, tasks: int = 60, limit: int = 1
) -> Case:
    """At random, but half are `favor` times as likely as the others."""
    return Case(
        name=f"biased {favor:g}:1 {size(partitions, tasks, 8, limit)}",
        kind="biased",
        load=drain([tasks] * partitions, 8, limit),
        discipline=partial(Lottery, favor=favor),
        words=words,
    )


def declared(
    ratio: float,
    discipline: Maker,
    words: Words,
    partitions: int = 200,
    tasks: int = 40,
    workers: int = 8,
    limit: int = 1,
    law: str = "",
) -> Case:
    """Weights that were told: half have `ratio`, half have 1."""
    half = partitions // 2
    load = drain([tasks] * partitions, workers, limit, law)
    return Case(
        name=f"weights {ratio:g}:1 {size(partitions, tasks, workers, limit, law)} "
        f"{name_of(discipline)}",
        kind="weights",
        load=changed(load, weights=[ratio] * half + [1.0] * (partitions - half)),
        discipline=discipline,
        words=words,
    )


def lottery(sizes: list[int], words: Words, what: str, workers: int = 8, limit: int = 1) -> Case:
    """At random, with a ticket per waiting task."""
    return Case(
        name=f"lottery {what} {len(sizes)} {workers}w L{limit}",
        kind="lottery",
        load=drain(sizes, workers, limit),
        discipline=Lottery,
        words=words,
    )


def skewed(
    discipline: Maker, words: Words, sizes: list[int], workers: int = 8, limit: int = 0
) -> Case:
    """Backlogs of different sizes that have come shuffled."""
    told = ":".join(map(str, sizes[:3])) + ("..." if len(sizes) > 3 else "")
    return Case(
        name=f"skew {told} {workers}w L{limit} {name_of(discipline)}",
        kind="skew",
        load=drain(sizes, workers, limit, order="shuffled"),
        discipline=discipline,
        words=words,
    )


def uneven(
    discipline: Maker, words: Words, rho: float, heavy: int, light: int, factor: float
) -> Case:
    """Some send several times as much as the others, all the time."""
    return Case(
        name=f"uneven {heavy} send {factor:g}x {light} load {rho:g} {name_of(discipline)}",
        kind="uneven",
        load=sustained(rho, [factor] * heavy + [1.0] * light, 15, limit=0),
        discipline=discipline,
        words=words,
        drain=False,
    )


def flows(discipline: Maker, parts: tuple[float, float], words: Words) -> Case:
    """Two flows on four seats, as Kubernetes' tests of fair queuing have them."""
    return Case(
        name=f"two flows {parts[0]}:{parts[1]} {name_of(discipline)}",
        kind="few partitions",
        load=sustained(1.2, parts, 20, workers=4, limit=0),
        discipline=discipline,
        words=words,
        drain=False,
    )
