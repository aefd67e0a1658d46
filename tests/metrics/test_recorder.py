"""A run folds its events in batches; whoever looks sees each of them, whenever it looks."""

import random
from dataclasses import asdict

import pytest
from script import events

from queue_fairness.engine.run import Run
from queue_fairness.events import Finished, PickedUp
from queue_fairness.fairness.fold import FairnessFold
from queue_fairness.metrics.recorder import FOLD_AT
from queue_fairness.plan import Plan


@pytest.mark.parametrize("seed", range(5))
def test_a_look_counts_every_event_whenever_it_comes(seed: int) -> None:
    plan = Plan(partitions=20, tasks_per_partition=15, workers=4)
    chance = random.Random(seed)
    run = Run(plan)
    at_once = FairnessFold(plan.workers)
    picked_up = completed = 0

    for event in events(plan):
        run.recorder.record(event)
        at_once.apply(event)
        picked_up += isinstance(event, PickedUp)
        completed += isinstance(event, Finished)
        if chance.random() < 1 / FOLD_AT:
            seen = run.snapshot()
            assert (seen.picked_up, seen.completed) == (picked_up, completed)

    last = run.snapshot()
    assert (last.picked_up, last.completed) == (plan.total_tasks, plan.total_tasks)
    run.recorder.flush()
    assert asdict(run.recorder.fold.measures()) == asdict(at_once.measures())


def test_no_more_than_a_batch_waits_to_be_folded() -> None:
    plan = Plan(partitions=20, tasks_per_partition=15, workers=4)
    run = Run(plan)

    waiting = []
    for event in events(plan):
        run.recorder.record(event)
        waiting.append(len(run.recorder._unfolded))

    assert max(waiting) == FOLD_AT - 1
