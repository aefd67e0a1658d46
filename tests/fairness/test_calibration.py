"""The quick part of the calibration; `calibrate.py` is the whole."""

import pytest
from fairness.scenarios import SCENARIOS, Scenario, drain, misplaced, run
from fairness.simulator import DISCIPLINES, Discipline, RoundRobin, Scan

from queue_fairness.fairness import Level

QUICK = [
    pytest.param(scenario, discipline, id=f"{scenario.name} {discipline.name}")
    for scenario in SCENARIOS
    if scenario.quick
    for discipline in DISCIPLINES
    if discipline.name in scenario.best
]


@pytest.mark.parametrize(("scenario", "discipline"), QUICK)
def test_verdict_is_the_one_due(scenario: Scenario, discipline: type[Discipline]) -> None:
    for seed in (1, 2):
        _, verdict = run(scenario, discipline, seed)

        assert not misplaced(verdict.word, scenario.best[discipline.name]), verdict


def test_headline_figures_of_1000_partitions() -> None:
    scenario = Scenario(name="1000x10", load=drain(1000, 10, 8), best={})

    scan, verdict = run(scenario, Scan, 1)
    turns, fair = run(scenario, RoundRobin, 1)

    assert verdict.word is Level.UNFAIR
    assert 9 <= scan.worst_wait_rounds.max <= 10.5
    assert 4.5 <= scan.first_pickup_rounds.mean <= 5.5
    assert scan.round_jain is not None
    assert scan.round_jain < 0.25
    assert fair.word is Level.FAIR
    assert turns.worst_wait_rounds.max <= 1.2
    assert 0.4 <= turns.first_pickup_rounds.mean <= 0.6
    assert turns.round_jain is not None
    assert turns.round_jain > 0.95


def test_scan_is_unfair_in_a_drain_of_any_length() -> None:
    for tasks in (3, 18, 22, 30):
        scenario = Scenario(name="", load=drain(200, tasks, 4), best={})

        assert run(scenario, Scan, 1)[1].word is Level.UNFAIR
