"""Kinds of cases in which all get the same, and the question is in which order."""

from functools import partial
from math import ceil

from fairness.case import Case
from fairness.disciplines import Maker, name_of
from fairness.loads import drain, size, sustained
from fairness.odd_disciplines import Batches, GroupTurns, InARow, PrivateRings
from fairness.words import AVERAGE, UNFAIR, UNKNOWN, Words, in_bursts, starving_from


def plain(
    discipline: Maker,
    words: Words,
    partitions: int,
    tasks: int,
    workers: int = 8,
    limit: int = 1,
    law: str = "",
    order: str = "block",
    kind: str = "drain",
) -> Case:
    """A drain of equal partitions."""
    where = "" if order == "block" else f" {order}"
    return Case(
        name=f"{kind} {size(partitions, tasks, workers, limit, law)}{where} {name_of(discipline)}",
        kind=kind,
        load=drain([tasks] * partitions, workers, limit, law, order),
        discipline=discipline,
        words=words,
    )


def sequential(
    discipline: Maker,
    partitions: int,
    tasks: int,
    workers: int = 8,
    limit: int = 1,
    law: str = "",
    kind: str = "one after another",
) -> Case:
    """A drain in which partitions are emptied one after another: the last waits for nearly all."""
    at_once = workers if limit else 1
    before = (ceil(partitions / at_once) - 1) * at_once
    words = starving_from(tasks * before / partitions) if tasks > 2 else UNKNOWN
    return plain(discipline, words, partitions, tasks, workers, limit, law, kind=kind)


def steady(
    discipline: Maker,
    words: Words,
    rho: float,
    partitions: int,
    seconds: float,
    workers: int = 8,
    limit: int = 1,
    law: str = "",
    kind: str = "sustained",
) -> Case:
    """Equal Poisson arrivals."""
    return Case(
        name=f"{kind} load {rho:g} {partitions} {seconds:g} s {workers}w L{limit} {law} "
        f"{name_of(discipline)}".replace("  ", " "),
        kind=kind,
        load=sustained(rho, partitions, seconds, workers, limit, law),
        discipline=discipline,
        words=words,
        drain=False,
    )


def group_turns(rounds: int, partitions: int, tasks: int, limit: int = 1, law: str = "") -> Case:
    """One half is served for some rounds of its own, then the other."""
    return Case(
        name=f"groups in turn by {rounds} {size(partitions, tasks, 8, limit, law)}",
        kind="groups",
        load=drain([tasks] * partitions, 8, limit, law),
        discipline=partial(GroupTurns, rounds=rounds),
        words=AVERAGE | UNFAIR if rounds < 20 else starving_from(rounds / 2),
    )


def in_a_row(
    run: int, partitions: int, tasks: int, workers: int = 8, limit: int = 0, law: str = ""
) -> Case:
    """Turns of several tasks: under a limit, by a worker that goes on with what it has begun."""
    return Case(
        name=f"{run} in a row {size(partitions, tasks, workers, limit, law)}",
        kind="in a row",
        load=drain([tasks] * partitions, workers, limit, law),
        discipline=partial(Batches, size=run) if limit else partial(InARow, run=run),
        words=in_bursts(min(run, tasks)),
    )


def private_rings(
    workers: int, partitions: int, tasks: int, limit: int = 0, law: str = "lockstep"
) -> Case:
    """Each worker takes turns by itself; in lockstep a partition is served by all, one by one."""
    words = in_bursts(min(workers, tasks))
    if law != "lockstep" and workers > 5:
        words |= AVERAGE
    return Case(
        name=f"private rings {size(partitions, tasks, workers, limit, law)}",
        kind="private rings",
        load=drain([tasks] * partitions, workers, limit, law),
        discipline=PrivateRings,
        words=words,
    )
