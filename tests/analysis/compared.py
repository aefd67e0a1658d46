"""Runs to compare, and what is said of them."""

import dataclasses
from collections.abc import Callable, Sequence

from script import snapshot

from queue_fairness.analysis.comparison import Comparison
from queue_fairness.analysis.recommendation import Recommendation, recommend
from queue_fairness.analysis.scoreboard import scoreboard
from queue_fairness.fairness.word import Level
from queue_fairness.metrics.snapshot import Snapshot, TotalCost
from queue_fairness.plan import Plan

LOAD = Plan(partitions=100, tasks_per_partition=10, workers=4)
SCAN, TURNS = "scan", "round-robin"

Change = Callable[[Snapshot], Snapshot]


def picture_of(name: str, word: Level | None = None, **changes: object) -> Snapshot:
    """The scripted run of turns (of a scan for `scan`), under any name and with any verdict."""
    kind = SCAN if name == SCAN else TURNS
    found = snapshot(dataclasses.replace(LOAD, strategy=kind))
    if kind != name:
        # Only the command line knows which names exist; pictures carry any.
        plan = dataclasses.replace(LOAD)
        object.__setattr__(plan, "strategy", name)
        found = dataclasses.replace(found, plan=plan)
    if word is not None:
        assert found.assessment is not None
        verdict = dataclasses.replace(found.assessment.verdict, word=word)
        found = dataclasses.replace(
            found, assessment=dataclasses.replace(found.assessment, verdict=verdict)
        )
    return dataclasses.replace(found, **changes)  # type: ignore[arg-type]  # a Snapshot's fields


def idling(run: Snapshot) -> Snapshot:
    assert run.assessment is not None
    verdict = dataclasses.replace(run.assessment.verdict, work_conserving=False)
    return dataclasses.replace(run, assessment=dataclasses.replace(run.assessment, verdict=verdict))


def price_of(trips: float) -> TotalCost:
    return TotalCost(round_trips=round(trips * LOAD.total_tasks))


def compared(*runs: Snapshot, repeats: int = 1, also: Sequence[str] = ()) -> Comparison:
    names = tuple(dict.fromkeys([*(run.plan.strategy for run in runs), *also]))
    return Comparison(plan=LOAD, strategies=names, repeats=repeats, runs=runs)


def advice_on(*runs: Snapshot, repeats: int = 1, also: Sequence[str] = ()) -> Recommendation:
    return recommend(scoreboard(compared(*runs, repeats=repeats, also=also)))
