"""The harsher a case, the worse the word: families from mild to harsh, the quick ones of them."""

from itertools import groupby, pairwise

import pytest
from fairness.case import Case, run
from fairness.cases import FAMILIES

from queue_fairness.fairness import Level

QUICK_TASKS = 6_000
GRAVITY = [
    Level.FAIR,
    Level.FAIR_ON_AVERAGE_ONLY,
    Level.UNFAIR,
    Level.STARVING,
]

QUICK = [
    pytest.param(members, id=name)
    for name, group in groupby(FAMILIES, key=lambda case: case.family)
    if (members := [case for case in group if case.load(1).tasks <= QUICK_TASKS])[2:]
]


@pytest.mark.parametrize("members", QUICK)
def test_no_word_is_better_than_that_of_a_milder_case(members: list[Case]) -> None:
    words = [run(case, 1).verdict.word for case in members]

    graves = [GRAVITY.index(word) for word in words if word is not Level.INCONCLUSIVE]
    assert all(mild <= harsh for mild, harsh in pairwise(graves)), words


def test_there_are_quick_families() -> None:
    assert len(QUICK) >= 3
