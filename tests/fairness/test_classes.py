"""Declared weights: whose partitions get too little, all of them together, at every length."""

import pytest
from fairness.case import run
from fairness.disciplines import RoundRobin, UniformlyRandom, VirtualTime
from fairness.kinds_of_share import declared
from fairness.words import FAIR

from queue_fairness.fairness import Level
from queue_fairness.fairness.classes import ClassSurvey


@pytest.mark.parametrize("tasks", [20, 30, 60])
def test_turns_that_ignore_weights_neglect_the_heavy_ones(tasks: int) -> None:
    outcome = run(declared(4, RoundRobin, FAIR, 200, tasks), 1)

    neglected = outcome.measures.imbalance.neglected
    assert outcome.verdict.word is Level.UNFAIR
    assert neglected is not None
    assert (neglected.weight, neglected.partitions) == (4, 100)
    assert neglected.share == pytest.approx(0.6, abs=0.05), "one of 5 shares by 2 instead of 8"


@pytest.mark.parametrize("tasks", [15, 40])
def test_turns_in_proportion_neglect_nobody(tasks: int) -> None:
    assert run(declared(4, VirtualTime, FAIR, 200, tasks), 1).measures.imbalance.neglected is None


def test_equal_weights_are_no_classes() -> None:
    outcome = run(declared(1, UniformlyRandom, FAIR, 100, 20), 1)

    assert outcome.measures.imbalance.neglected is None


def test_few_partitions_of_a_weight_say_nothing_together() -> None:
    survey = ClassSurvey()
    for _ in range(4):
        survey.visit(4.0, owed=9.0, due=20.0, sigma=0.1)
    for _ in range(50):
        survey.visit(1.0, owed=0.5, due=5.0, sigma=0.1)
    assert survey.neglected() is None

    survey.visit(4.0, owed=9.0, due=20.0, sigma=0.1)
    found = survey.neglected()
    assert found is not None
    assert found.share == pytest.approx(1 - 9 / 20)
