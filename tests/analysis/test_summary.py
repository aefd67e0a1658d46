"""The ideal beside a run: turns over the same dispatches, or nothing."""

import dataclasses

import pytest
from script import snapshot

from queue_fairness.analysis.columns import COLUMNS, Cell, overlap
from queue_fairness.analysis.summary import Distribution, summarize
from queue_fairness.metrics.snapshot import Phase
from queue_fairness.plan import Plan
from queue_fairness.report.run_tables import tables

TURNS = Plan(partitions=100, tasks_per_partition=10, workers=4, strategy="round-robin")


def _assert_alike(seen: Distribution, ideal: Distribution, within: float) -> None:
    for name in ("mean", "median", "stdev", "minimum", "maximum", "spread"):
        assert getattr(seen, name) == pytest.approx(getattr(ideal, name), rel=within, abs=0.01), (
            name
        )


@pytest.mark.parametrize("share", [0.05, 0.4, 0.555, 1.0])
def test_turns_are_their_own_ideal_however_early_the_run_was_stopped(share: float) -> None:
    phase = Phase.DRAINED if share == 1 else Phase.STOPPED
    run = snapshot(TURNS, phase, share)

    found = summarize(run)

    _assert_alike(found.first_pickup_s, found.first_pickup_ideal_s, 0.03)
    _assert_alike(found.partition_wait_s, found.partition_wait_ideal_s, 0.03)
    assert run.waits.mean == pytest.approx(found.wait_ideal_s.mean, rel=0.03)
    assert run.waits.p95 == pytest.approx(found.wait_ideal_p95_s, rel=0.05)
    assert found.first_pickup_share_max == pytest.approx(
        found.first_pickup_share_ideal_max, rel=0.01
    )


@pytest.mark.parametrize(
    ("changes", "known"),
    [
        ({}, (True, True, True)),
        ({"sizes": "20*50,1"}, (True, False, True)),
        ({"newcomer_at": 1.0}, (False, False, False)),
        ({"noisy": 1}, (False, False, False)),
        ({"failure_rate": 0.3}, (False, False, False)),
        ({"load": 1.2}, (False, False, False)),
    ],
)
def test_what_turns_would_have_is_not_made_up(
    changes: dict[str, object], known: tuple[bool, bool, bool]
) -> None:
    plan = dataclasses.replace(TURNS, **changes)  # type: ignore[arg-type]  # fields of many types
    found = summarize(dataclasses.replace(snapshot(TURNS), plan=plan))

    ideals = (found.first_pickup_ideal_s, found.partition_wait_ideal_s, found.wait_ideal_s)
    assert tuple(each.mean is not None for each in ideals) == known


def test_run_stopped_within_the_first_round_has_no_turns_beside_it() -> None:
    early = tables(snapshot(TURNS, Phase.STOPPED, 0.05)).fairness[0]
    later = tables(snapshot(TURNS, Phase.STOPPED, 0.5)).fairness[0]

    assert [row[2] for row in early.rows[:2]] == ["–", "–"]
    assert [row[2] for row in later.rows[:2]] == ["1 / 1 / 1", "0.5 / 1 / 1"]


@pytest.mark.parametrize(
    ("changes", "unknown"),
    [
        ({}, set()),
        ({"newcomer_at": 1.0}, {"first_pickup_rounds_mean", "wait_s_mean"}),
        ({"load": 1.2}, {"first_pickup_rounds_mean", "wait_s_mean"}),
        ({"slow_worker": 5.0}, {"wait_s_mean"}),
        (
            {"weights": "4*50,1"},
            {"worst_wait_rounds_p99", "worst_wait_rounds_max", "first_pickup_rounds_mean"},
        ),
    ],
)
def test_ideal_row_of_a_comparison_shows_what_is_known(
    changes: dict[str, object], unknown: set[str]
) -> None:
    plan = dataclasses.replace(TURNS, **changes)  # type: ignore[arg-type]  # fields of many types

    never = {"round_trips_per_pop", "pop_s_p50", "pop_s_p99", "pop_s_max"}
    assert {each.name for each in COLUMNS if each.ideal(plan) is None} == unknown | never


def test_ideal_throughput_is_what_the_workers_could_do_and_not_more_than_arrives() -> None:
    (throughput,) = (each for each in COLUMNS if each.name == "throughput_per_s")
    below, above = (dataclasses.replace(TURNS, load=load, duration=10) for load in (0.5, 1.2))

    assert throughput.ideal(TURNS) == TURNS.bound_per_s
    assert throughput.ideal(below) == pytest.approx(0.5 * below.bound_per_s)
    assert throughput.ideal(above) == above.bound_per_s
    noisy = dataclasses.replace(below, noisy=1)
    assert throughput.ideal(noisy) == noisy.bound_per_s, "the noise comes on top"


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0.0, 0.9, False), (0.0, 1.0, True), (1.2, 1.3, True), (2.0, 3.0, True), (2.1, 3.0, False)],
)
def test_ranges_that_touch_overlap(low: float, high: float, expected: bool) -> None:
    one = Cell(median=1.5, minimum=1.0, maximum=2.0)
    other = Cell(median=low, minimum=low, maximum=high)

    assert overlap(one, other) is expected
    assert overlap(other, one) is expected
    assert not overlap(one, Cell())
