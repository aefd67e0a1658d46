"""The cases that an expert judged before any rule was made: each gets the word it is due."""

import pytest
from fairness.case import Case, run
from fairness.cases import CASES

from queue_fairness.fairness import Level

TABLE = [pytest.param(case, id=case.name) for case in CASES if case.table]
TIME = {
    "fair": {Level.FAIR},
    "note": {Level.FAIR, Level.INCONCLUSIVE},
    "unfair": {Level.UNFAIR},
}


@pytest.mark.parametrize("case", TABLE)
def test_word_is_the_experts(case: Case) -> None:
    verdict = run(case, 1).verdict

    assert verdict.word in case.words, (verdict.flaws, verdict.headline)
    if case.time:
        time = next(each for each in verdict.aspects if each.name == "worker time")
        assert time.word in TIME[case.time], time.headline
