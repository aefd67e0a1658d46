"""Kinds of cases in which some are passed over, or come last."""

from dataclasses import replace
from functools import partial

from fairness.arrivals import joining, piles
from fairness.case import Case
from fairness.disciplines import Maker, name_of
from fairness.loads import WORK_S, adding, drain, size, sustained
from fairness.odd_disciplines import ByJoining, HeldBack
from fairness.simulator import Load
from fairness.words import AVERAGE, FAIR, STARVING, UNFAIR, UNKNOWN, Words, starving_from


def held(
    partitions: int,
    tasks: int,
    back: int,
    workers: int = 8,
    limit: int = 1,
    law: str = "",
    until: float = 1e9,
) -> Case:
    """Some partitions are served only when no other waits."""
    spread = frozenset(range(0, partitions, max(1, partitions // back))[:back])
    stopped = f" stopped at {until:.0%}" if until < 1 else ""
    rounds = min(until, 1.0) * tasks * (1 - back / partitions)
    return Case(
        name=f"held {back} of {size(partitions, tasks, workers, limit, law)}{stopped}",
        kind="held",
        load=drain([tasks] * partitions, workers, limit, law, until=until),
        discipline=partial(HeldBack, held=spread),
        words=UNKNOWN if tasks < 3 else starving_from(rounds),
        victims=spread,
    )


TELLING = 2.5
"""Rounds for which some must get nothing before turns can tell it from a late one."""


def stops(rho: float, partitions: int, seconds: float, part: float = 1 / 3) -> Case:
    """Turns for 90 % of the time; then some get nothing."""
    victims = range(round(partitions * part))
    rounds = 0.1 * seconds * 8 / WORK_S / partitions
    return Case(
        name=f"stops {len(victims)} of {partitions} at load {rho} for {seconds:g} s",
        kind="stops",
        load=sustained(rho, partitions, seconds),
        discipline=partial(HeldBack, held=victims, never=True, from_s=0.9 * seconds),
        words=starving_from(rounds) if rounds > TELLING else FAIR | AVERAGE | UNFAIR,
        victims=victims,
        drain=False,
    )


def frozen(rho: float, partitions: int, seconds: float, part: float, length_s: float) -> Case:
    """Some get nothing for a while in the middle of the run, and are served as before after it."""
    victims = range(max(1, round(partitions * part)))
    rounds = length_s * 8 / WORK_S / partitions
    freeze = partial(
        HeldBack, held=victims, never=True, from_s=seconds / 2, until_s=seconds / 2 + length_s
    )
    return Case(
        name=f"frozen {len(victims)} of {partitions} load {rho:g} {length_s:g} of {seconds:g} s",
        kind="frozen",
        load=sustained(rho, partitions, seconds),
        discipline=freeze,
        words=starving_from(rounds) if rounds >= 6 else UNFAIR | AVERAGE,
        victims=victims,
        drain=False,
    )


def never(rho: float, partitions: int, seconds: float, workers: int = 8, limit: int = 1) -> Case:
    """One partition, which has tasks from the start, is never served; all others by turns."""
    base = sustained(rho, partitions, seconds, workers, limit)
    return Case(
        name=f"never served 1 of {partitions} load {rho:g} {seconds:g} s {workers}w L{limit}",
        kind="never served",
        load=adding(base, piles(0.0, [0], 1)),
        discipline=partial(HeldBack, held={0}, never=True),
        words=STARVING,
        victims={0},
        drain=False,
    )


def newcomer(
    discipline: Maker,
    words: Words,
    partitions: int,
    tasks: int,
    when: float = 0.5,
    workers: int = 8,
    limit: int = 1,
) -> Case:
    """One more partition comes when part of a drain is done; the others have come in turns."""
    at = when * partitions * tasks * WORK_S / workers
    base = drain([tasks] * partitions + [0], workers, limit, order="interleaved")
    return Case(
        name=f"newcomer at {when:.0%} of {size(partitions, tasks, workers, limit)} "
        f"{name_of(discipline)}",
        kind="newcomer",
        load=adding(base, piles(at, [partitions], tasks)),
        discipline=discipline,
        words=words,
        drain=True,
    )


def last_of_all(partitions: int, tasks: int, when: float = 0.5, workers: int = 8) -> Case:
    """A newcomer is served only when no other waits."""
    words = starving_from(tasks * (1 - when))
    order = partial(HeldBack, held={partitions})
    case = newcomer(order, words, partitions, tasks, when, workers)
    return replace(case, victims={partitions})


def joining_partitions(
    discipline: Maker, words: Words, partitions: int, tasks: int, every_s: float, limit: int = 0
) -> Case:
    """Partitions that join one by one, each with a pile; the workers stop when the last has."""
    load = Load(
        partitions=partitions,
        arrivals=joining(partitions, tasks, every_s),
        limit=limit,
        jitter=0.2,
        until_s=partitions * every_s,
    )
    rho = tasks * WORK_S / 8 / every_s
    order = ""
    if isinstance(discipline, partial) and discipline.func is ByJoining:
        order = " newest first" if discipline.keywords["newest"] else " oldest first"
    return Case(
        name=f"joining {partitions}x{tasks} load {rho:.2g} L{limit} {name_of(discipline)}{order}",
        kind="joining",
        load=lambda seed: load,  # noqa: ARG005
        discipline=discipline,
        words=words,
        drain=False,
    )
