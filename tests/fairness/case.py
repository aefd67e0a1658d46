"""One question to the verdict: a load, a discipline, and the words an expert would accept."""

from collections.abc import Callable, Container, Sequence
from dataclasses import dataclass, fields, replace
from math import ceil
from typing import Any

from fairness.disciplines import Maker
from fairness.gps import Job, waits
from fairness.simulator import Load, simulate
from fairness.words import Words

from queue_fairness.events import Arrived, Event, Finished, PickedUp
from queue_fairness.fairness import (
    Conditions,
    FairnessFold,
    FairnessMeasures,
    Integrity,
    Level,
    Verdict,
    judge,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A load per seed, a discipline, and which words would be right."""

    name: str
    kind: str
    """What is tried, over several sizes."""
    load: Callable[[int], Load]
    discipline: Maker
    words: Words
    drain: bool = True
    noisy: Sequence[int] = ()
    """Partitions without which the load is run once more, as a paired run is."""
    family: str = ""
    """The sequence of cases, from mild to harsh, in which no verdict may get better."""
    victims: Container[int] = ()
    """Partitions of which one must be named as the worst off, where the verdict is not FAIR; empty
    where anybody may be."""
    time: str = ""
    """How worker time is shared: `fair`, `note` or `unfair`; empty where nobody asks."""
    table: bool = False
    """Whether it is one of the cases an expert has judged before any rule was made."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Outcome:
    """What came of a run."""

    case: Case

    measures: FairnessMeasures
    verdict: Verdict
    conditions: Conditions

    @property
    def blames_another(self) -> bool:
        """Whether somebody is named as the worst off who is not."""
        victims, worst = self.case.victims, self.measures.worst_partition
        return bool(victims) and self.verdict.word is not Level.FAIR and worst not in victims


def run(case: Case, seed: int) -> Outcome:
    """One run of a case, measured and judged."""
    load = case.load(seed)
    events = list(simulate(load, case.discipline, seed))
    fold = FairnessFold(load.workers, load.limit, dict(enumerate(load.weights)))
    for event in events:
        fold.apply(event)
    measures = fold.measures()
    conditions = Conditions(ended=True, drain=case.drain, workers=load.workers, work_s=load.work_s)
    if case.noisy:
        conditions = _paired(conditions, case, load, events, seed)
    return Outcome(
        case=case,
        measures=measures,
        verdict=judge(measures, count(events), conditions),
        conditions=conditions,
    )


def count(events: Sequence[Event]) -> Integrity:
    """The counts of a run that has lost nothing."""
    enqueued = sum(e.tasks for e in events if isinstance(e, Arrived) and not e.again)
    completed = sum(isinstance(e, Finished) for e in events)
    return Integrity(
        enqueued=enqueued,
        completed=completed,
        waiting=enqueued - completed,
        in_flight=0,
        locks_left=0,
    )


def _paired(
    conditions: Conditions, case: Case, load: Load, events: Sequence[Event], seed: int
) -> Conditions:
    """The same with the waits of the quiet partitions: here, without the noise, by the fluid."""
    noisy = frozenset(case.noisy)
    calm = replace(load, arrivals=[a for a in load.arrivals if a.partition not in noisy])
    alone = list(simulate(calm, case.discipline, seed))
    conditions = replace(
        conditions,
        quiet_wait_s=percentile_95(quiet_waits(events, noisy, load.until_s)),
        quiet_wait_baseline_s=percentile_95(quiet_waits(alone, noisy, load.until_s)),
    )
    if "quiet_wait_ideal_s" not in {field.name for field in fields(Conditions)}:
        return conditions
    fluid: dict[str, Any] = {"quiet_wait_ideal_s": percentile_95(fluid_waits(load, noisy))}
    return replace(conditions, **fluid)


def quiet_waits(events: Sequence[Event], noisy: frozenset[int], until_s: float) -> list[float]:
    """How long the quiet partitions' tasks waited, or have waited when the workers stop; s."""
    found = []
    waiting: dict[int, list[float]] = {}
    for event in events:
        if isinstance(event, Arrived) and event.partition not in noisy:
            waiting.setdefault(event.partition, []).extend([event.at] * event.tasks)
        elif isinstance(event, PickedUp) and event.partition not in noisy:
            waiting[event.partition].remove(event.arrived_at)
            found.append(event.at - event.arrived_at)
    return found + [until_s - at for open_ones in waiting.values() for at in open_ones]


def fluid_waits(load: Load, noisy: frozenset[int]) -> list[float]:
    """How long the quiet partitions' tasks would wait under the fair fluid, in seconds."""
    jobs = [
        Job(each.at, each.partition, load.work_s)
        for each in load.arrivals
        if each.at < load.until_s
        for _ in range(each.tasks)
    ]
    weights = dict(enumerate(load.weights))
    all_waits = waits(jobs, load.workers, load.limit, weights, load.until_s)
    return [wait for job, wait in zip(jobs, all_waits, strict=True) if job.partition not in noisy]


def percentile_95(values: Sequence[float]) -> float:
    """The smallest value that 95 % do not exceed; 0 for none."""
    return sorted(values)[ceil(0.95 * len(values)) - 1] if values else 0.0
