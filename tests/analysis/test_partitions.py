"""Each partition's own numbers."""

import dataclasses

import pytest
from script import snapshot

from queue_fairness.analysis.partitions import partitions
from queue_fairness.plan import Plan
from queue_fairness.report.results import render

PLAN = Plan(partitions=4, tasks_per_partition=3, workers=2, strategy="round-robin")
NOISY = dataclasses.replace(PLAN, noisy=2, noisy_tasks=9)


@pytest.mark.parametrize("plan", [NOISY, dataclasses.replace(NOISY, load=0.5)])
def test_noise_that_nobody_has_served_has_a_row(plan: Plan) -> None:
    picture = snapshot(PLAN)
    assert picture.assessment is not None
    waits = {**picture.assessment.worst_waits, 5: 9.0}
    assessment = dataclasses.replace(picture.assessment, worst_waits=waits)
    picture = dataclasses.replace(picture, plan=plan, assessment=assessment)

    rows = partitions(picture)

    assert [row.partition for row in rows] == [0, 1, 2, 3, 5]
    assert (rows[-1].name, rows[-1].served, rows[-1].worst_wait_rounds) == ("noisy2", 0, 9.0)
    assert rows[-1].tasks == (9 if plan.is_drain else None)
    assert "noisy2" in render(picture, "text")
