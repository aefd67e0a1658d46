"""The tables of what was done to a run, and how it took it."""

import dataclasses

import pytest
from script import Scene, ScriptedRun, snapshot

from queue_fairness.formatting.table import Table, table_lines, words
from queue_fairness.metrics.snapshot import Gone, Phase, Snapshot
from queue_fairness.metrics.timeline import Annotation, Timeline
from queue_fairness.plan import Plan
from queue_fairness.report.fault_tables import CRASHES_SHOWN, fault_tables

SHOWN = 77
"""Columns for a table on the screen of a terminal of 80."""

DRAIN = Plan(partitions=20, tasks_per_partition=3, workers=4, strategy="round-robin")
FLOW = Plan(
    partitions=10,
    workers=4,
    work_duration=0.02,
    strategy="round-robin",
    load=0.5,
    duration=10,
    lease_ttl=1,
)


def _table(picture: Snapshot, title: str) -> Table:
    return next(each for each in fault_tables(picture) if each.title.startswith(title))


def _row(table: Table, label: str) -> tuple[str, ...]:
    return next(tuple(map(words, cells)) for name, *cells in table.rows if name == label)


def _waiting(*waits: float) -> Timeline:
    """One pickup of a quiet partition a step, with these waits."""
    ones = [1] * len(waits)
    return Timeline(
        step_s=1.0,
        arrived=ones,
        picked_up=ones,
        completed=ones,
        quiet_pickups=ones,
        quiet_wait_s=waits,
        marks=[Annotation(3.0, "worker w3 crashed")],
    )


def test_plain_drain_has_none() -> None:
    assert fault_tables(snapshot(DRAIN)) == ()


def test_sustained_load_says_what_came_and_went() -> None:
    picture = dataclasses.replace(snapshot(DRAIN), plan=FLOW, timeline=Timeline())
    picture = dataclasses.replace(picture, elapsed_s=10.0, arrived=1000, completed=950, left=50)
    table = _table(picture, "Arrivals")

    assert _row(table, "arrived") == ("100 tasks/s",)
    assert _row(table, "completed") == ("95.0 tasks/s",)
    assert _row(table, "backlog at the end") == ("50 tasks",)
    assert _row(table, "trend of the backlog") == ("–",), "there is no timeline to tell"
    assert _row(table, "arrivals late by p50 / p99 / max") == ("– / – / –",)


@pytest.mark.parametrize(
    ("waits", "back", "worst"),
    [
        pytest.param([0.1] * 10, "never left it", "100 ms", id="not felt"),
        pytest.param(
            [0.1] * 4 + [0.9, 0.5] + [0.1] * 6, "3.00 s", "900 ms", id="felt for three seconds"
        ),
        pytest.param([0.1] * 4 + [0.9] * 6, "not before the end", "900 ms", id="felt to the end"),
        pytest.param([0.1] * 3, "–", "–", id="over before anyone was served"),
    ],
)
def test_mark_says_when_it_was_over(waits: list[float], back: str, worst: str) -> None:
    picture = dataclasses.replace(snapshot(DRAIN), timeline=_waiting(*waits))

    assert _table(picture, "What was done").rows == (("worker w3 crashed", "3.00 s", back, worst),)


def test_crashes_say_what_became_of_the_task() -> None:
    picture = dataclasses.replace(
        snapshot(DRAIN),
        gone=[Gone(7, 2, 1, 4.0)],
        recovered=[(Gone(1234, 11, 3, 2.0), 3.5)],
    )

    assert _table(picture, "What crashed").rows == (
        ("task 1,234 of p11", "w3", "2.00 s", "back in the queue after 1.50 s"),
        ("task 7 of p02", "w1", "4.00 s", "lost"),
    )


def test_task_in_lease_is_not_lost() -> None:
    picture = dataclasses.replace(snapshot(DRAIN), gone=[Gone(7, 2, 1, 4.0)], in_lease=1)

    assert _table(picture, "What crashed").rows[0][-1] == "its lease has yet to expire"


def test_many_crashes_are_cut_short() -> None:
    gone = [Gone(task, 2, 1, 4.0) for task in range(30)]
    picture = dataclasses.replace(snapshot(DRAIN), gone=gone)

    assert len(_table(picture, "What crashed").rows) == CRASHES_SHOWN


@pytest.mark.parametrize(("failed", "dead", "expired"), [(40, 3, 0), (0, 0, 2)])
def test_attempts_that_came_to_nothing(failed: int, dead: int, expired: int) -> None:
    picture = dataclasses.replace(snapshot(DRAIN), failed=failed, dead=dead, leases_expired=expired)
    table = _table(picture, "Attempts")

    assert _row(table, "failed attempts") == (str(failed),)
    assert _row(table, "tasks given up") == (str(dead),)
    assert _row(table, "leases expired") == (str(expired),)


def test_marks_after_the_last_thing_that_happened_are_read_too() -> None:
    marks = [Annotation(3.0, "worker w4 joined"), Annotation(60.0, "worker w5 joined")]
    timeline = dataclasses.replace(_waiting(*[0.1] * 10), marks=marks)
    table = _table(dataclasses.replace(snapshot(DRAIN), timeline=timeline), "What was done")

    assert [row[2] for row in table.rows] == ["never left it", "–"]


def test_scripted_run_has_them_all_in_order() -> None:
    picture = ScriptedRun(FLOW, Scene(Phase.ENDED, 1.0)).snapshot()
    found = fault_tables(picture)

    assert [each.title.split()[0] for each in found] == ["Arrivals", "What", "What", "Attempts"]
    assert [row[0] for row in found[1].rows] == [
        "worker w3 crashed",
        "worker w4 joined",
    ], "no worker w5 is there to crash"
    assert _row(found[0], "arrived") == ("100 tasks/s",)
    assert found[2].rows[0][1] == "w3"
    assert found[2].rows[0][3] == "back in the queue after 1.00 s"


@pytest.mark.parametrize(
    ("ideal", "shown"),
    [pytest.param(0.95, "950 ms", id="at the end"), pytest.param(None, "–", id="in mid-run")],
)
def test_waits_of_the_quiet_stand_beside_those_by_fair_turns(
    ideal: float | None, shown: str
) -> None:
    picture = dataclasses.replace(
        snapshot(DRAIN),
        quiet_wait_p95_s=3.6,
        quiet_wait_baseline_p95_s=0.013,
        quiet_wait_ideal_p95_s=ideal,
    )
    table = _table(picture, "What the quiet partitions")

    assert _row(table, "with the noise") == ("3.60 s",)
    assert _row(table, "with the noise, ideal") == (shown,)
    assert _row(table, "without the noise") == ("13.0 ms",)


def test_they_fit_a_terminal_of_eighty() -> None:
    marks = [
        Annotation(3.0, "worker w31 is 10 times as slow"),
        Annotation(400.0, "noisy8 drops 1,000,000 tasks"),
        Annotation(500.0, "20,000 foreign keys more"),
    ]
    timeline = dataclasses.replace(_waiting(*[0.1] * 4, *[900.0] * 6), marks=marks)
    picture = dataclasses.replace(
        ScriptedRun(FLOW, Scene(Phase.ENDED, 1.0)).snapshot(),
        timeline=timeline,
        gone=[Gone(9_999_999, 9, 1023, 400.0)],
        quiet_wait_baseline_p95_s=1234.5,
        in_lease=1,
        left=9_999_999,
    )
    lines = [line for table in fault_tables(picture) for line in table_lines(table)]

    assert max(map(len, lines)) <= SHOWN
