"""The kinds of cases as functions of the size, each with the words an expert would accept.

The words come from what is done to the tenants, not from what the product says of it:

    ?         there is nothing to tell: one task or two each, or nobody has to wait a turn
    starving  somebody sits out more than about 20 rounds in a row
    unfair    somebody is passed over again and again, or gets a wrong share over the whole run
    avg       everyone gets its share over some rounds, but turns are long by chance or in bursts
    fair      turns, or shares that are right over any few rounds
"""

from dataclasses import replace
from functools import partial
from math import ceil

from fairness.arrivals import bursts, joining, piles
from fairness.case import (
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
    KeyShard,
    Maker,
)
from fairness.loads import WORK_S, adding, changed, drain, size, sustained
from fairness.odd_disciplines import (
    Batches,
    ByJoining,
    GroupTurns,
    HeldBack,
    InARow,
    Lottery,
    PrivateRings,
    Tiers,
)
from fairness.simulator import Load


def name_of(discipline: Maker) -> str:
    """What a discipline is called."""
    kind = discipline.func if isinstance(discipline, partial) else discipline
    return str(getattr(kind, "name"))  # noqa: B009


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


def stops(rho: float, partitions: int, seconds: float, part: float = 1 / 3) -> Case:
    """Turns for 90 % of the time; then some get nothing."""
    victims = range(round(partitions * part))
    rounds = 0.1 * seconds * 8 / WORK_S / partitions
    return Case(
        name=f"stops {len(victims)} of {partitions} at load {rho} for {seconds:g} s",
        kind="stops",
        load=sustained(rho, partitions, seconds),
        discipline=partial(HeldBack, held=victims, never=True, from_s=0.9 * seconds),
        words=starving_from(rounds),
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


def in_bursts(rounds: float) -> Words:
    """The words where everyone is served, but sits out that many rounds between two bursts."""
    if rounds <= 1:
        return FAIR
    if rounds <= 5:
        return AVERAGE
    return UNFAIR | AVERAGE if rounds < 10 else starving_from(rounds)


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
    """Each worker takes turns by itself; in lockstep a tenant is served by all, one by one."""
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


def short_changed(mean: float) -> Words:
    """The words where the least served get 1 / `mean` of their due, throughout.

    `mean` is the mean share of all as a multiple of theirs; they are served once in that many
    rounds.
    """
    loss = 1 - 1 / mean
    if loss <= 0:
        return FAIR
    if loss < 0.1:
        return FAIR | AVERAGE
    return UNFAIR | AVERAGE if loss < 0.3 else starving_from(mean)


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
    """One tenant, with work enough, gets `ratio` times the share of each other."""
    own = round(1.2 * ratio * tasks)
    return Case(
        name=f"hog {ratio:g}:1 {size(partitions, tasks, 8, limit)}",
        kind="hog",
        load=drain([tasks] * partitions + [own], 8, limit),
        discipline=partial(Tiers, ratio=ratio, premium={partitions}),
        words=short_changed((partitions + ratio) / (partitions + 1)),
    )


def biased(
    favour: float, words: Words, partitions: int = 100, tasks: int = 60, limit: int = 1
) -> Case:
    """At random, but half are `favour` times as likely as the others."""
    return Case(
        name=f"biased {favour:g}:1 {size(partitions, tasks, 8, limit)}",
        kind="biased",
        load=drain([tasks] * partitions, 8, limit),
        discipline=partial(Lottery, favour=favour),
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


def never(rho: float, partitions: int, seconds: float, workers: int = 8, limit: int = 1) -> Case:
    """One tenant, which has tasks from the start, is never served; all others by turns."""
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


def newcomer(
    discipline: Maker,
    words: Words,
    partitions: int,
    tasks: int,
    when: float = 0.5,
    workers: int = 8,
    limit: int = 1,
) -> Case:
    """One more tenant comes when part of a drain is done; the others have come in turns."""
    at = when * partitions * tasks * WORK_S / workers
    base = drain([tasks] * partitions + [0], workers, limit, order="interleaved")
    return Case(
        name=f"newcomer at {when:.0%} of {size(partitions, tasks, workers, limit)} "
        f"{name_of(discipline)}",
        kind="newcomer",
        load=adding(base, piles(at, [partitions], tasks)),
        discipline=discipline,
        words=words,
        drain=False,
    )


def last_of_all(partitions: int, tasks: int, when: float = 0.5, workers: int = 8) -> Case:
    """A newcomer is served only when no other waits."""
    words = starving_from(tasks * (1 - when))
    order = partial(HeldBack, held={partitions})
    case = newcomer(order, words, partitions, tasks, when, workers)
    return replace(case, victims={partitions})


def joining_tenants(
    discipline: Maker, words: Words, tenants: int, tasks: int, every_s: float, limit: int = 0
) -> Case:
    """Tenants that join one by one, each with a pile; the workers stop when the last has."""
    load = Load(
        partitions=tenants,
        arrivals=joining(tenants, tasks, every_s),
        limit=limit,
        jitter=0.2,
        until_s=tenants * every_s,
    )
    rho = tasks * WORK_S / 8 / every_s
    order = ""
    if isinstance(discipline, partial) and discipline.func is ByJoining:
        order = " newest first" if discipline.keywords["newest"] else " oldest first"
    return Case(
        name=f"joining {tenants}x{tasks} load {rho:.2g} L{limit} {name_of(discipline)}{order}",
        kind="joining",
        load=lambda seed: load,  # noqa: ARG005
        discipline=discipline,
        words=words,
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
    """Tasks of some tenants fail again and again, and go back to the head of the queue."""
    load = drain([tasks] * partitions, 8, limit, order="interleaved")
    odds = [probability] * failing + [0.0] * (partitions - failing)
    return Case(
        name=f"retries of {failing} in {size(partitions, tasks, 8, limit)} {name_of(discipline)}",
        kind="retries",
        load=changed(load, failing=odds, retry_at_head=True),
        discipline=discipline,
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
