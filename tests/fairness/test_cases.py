"""The cases are what they say they are; whether the verdict meets them, `calibrate.py` tells."""

from collections import Counter
from random import Random
from statistics import fmean

import pytest
from fairness.case import percentile_95, run
from fairness.cases import CASES, FAMILIES, TABLE
from fairness.kinds_of_neglect import held
from fairness.loads import LAWS
from fairness.words import UNFAIR, starving_from, told

from queue_fairness.fairness import Level


def test_each_case_has_a_name_of_its_own() -> None:
    twice = [name for name, times in Counter(case.name for case in CASES).items() if times > 1]

    assert not twice


def test_a_case_can_be_lost() -> None:
    assert all(case.words for case in CASES)
    assert [case.name for case in CASES if len(case.words) > 3 and not case.time] == []


def test_families_stand_together_in_their_order() -> None:
    names = [case.family for case in FAMILIES]
    begun = [name for name, before in zip(names, ["", *names], strict=False) if name != before]

    assert len(begun) == len(set(begun))


@pytest.mark.parametrize("law", [law for law in LAWS if LAWS[law]])
def test_service_times_have_mean_one(law: str) -> None:
    draw = LAWS[law]
    assert draw is not None
    random = Random(1)

    assert fmean(draw(random) for _ in range(200_000)) == pytest.approx(1, rel=0.05)


def test_a_run_counts_its_tasks() -> None:
    case = held(20, 5, 2, until=0.5)

    outcome = run(case, 1)

    assert outcome.measures.dispatches == pytest.approx(50, abs=8)
    assert outcome.measures.never_served == 2
    assert outcome.verdict.word is not Level.BROKEN


def test_paired_case_knows_the_waits_of_the_quiet() -> None:
    case = next(case for case in TABLE if case.noisy and case.kind == "paired")

    conditions = run(case, 1).conditions

    assert conditions.quiet_wait_s is not None
    assert conditions.quiet_wait_baseline_s is not None
    assert conditions.quiet_wait_s > conditions.quiet_wait_baseline_s


def test_words_are_told_worst_first() -> None:
    assert told(starving_from(30)) == "starv|unfair"
    assert starving_from(10) == UNFAIR


def test_percentile() -> None:
    assert percentile_95([]) == 0.0
    assert percentile_95(list(range(1, 101))) == 95
