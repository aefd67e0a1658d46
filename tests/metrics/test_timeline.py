"""The run over time, how it recovers from what was done to it, and where its backlog goes."""

import dataclasses
import random
from collections.abc import Sequence

import pytest
from script import snapshot

from queue_fairness.analysis.backlog import forecast, trend_per_s
from queue_fairness.analysis.recovery import recoveries
from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.metrics.timeline import MAX_STEPS, Annotation, Timeline, TimelineFold
from queue_fairness.plan import Plan


def test_steps_are_merged_and_nothing_is_lost() -> None:
    chance = random.Random(2)
    times = sorted(chance.uniform(0, 500) for _ in range(5000))
    fold = TimelineFold()

    for at in times:
        fold.arrive(at, 2)
        noisy = chance.randrange(2)
        fold.add(at, [0.5] * (1 - noisy), noisy, completed=1)

    line = fold.timeline()
    assert sum(line.arrived) == 10_000
    assert sum(line.picked_up) == sum(line.completed) == 5000
    assert sum(line.quiet_wait_s) == pytest.approx(sum(line.quiet_pickups) / 2)
    assert len(line.arrived) <= MAX_STEPS
    for step, count in enumerate(line.picked_up):
        first = step * line.step_s
        assert count == sum(first <= at < first + line.step_s for at in times)


def _line(waits: Sequence[float | None], *marks: float) -> Timeline:
    """One pickup a step with this wait, or none."""
    return Timeline(
        step_s=0.1,
        arrived=[1] * len(waits),
        picked_up=[1] * len(waits),
        completed=[1] * len(waits),
        quiet_pickups=[int(wait is not None) for wait in waits],
        quiet_wait_s=[wait or 0.0 for wait in waits],
        marks=[Annotation(at, "something") for at in marks],
    )


def test_recovery_ends_with_the_last_step_above_normal() -> None:
    found = recoveries(_line([0.1] * 10 + [0.1, 0.9, 0.1, 0.5, 0.12] + [0.1] * 10, 1.0))

    assert len(found) == 1
    assert found[0].seconds == pytest.approx(0.4)
    assert found[0].worst_wait_s == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("waits", "seconds"),
    [
        pytest.param([0.1] * 10 + [0.12] * 10, 0.0, id="never left it"),
        pytest.param([0.1] * 10 + [0.9] * 10, None, id="never came back"),
        pytest.param([0.1] * 10 + [None] * 10, None, id="nobody served"),
        pytest.param([0.0001] * 10 + [0.01] * 10, 0.0, id="noise of the event loop"),
    ],
)
def test_recovery_that_was_not_needed_or_did_not_come(
    waits: list[float | None], seconds: float | None
) -> None:
    assert recoveries(_line(waits, 1.0))[0].seconds == seconds


def test_second_mark_ends_the_first_ones_time() -> None:
    first, second = recoveries(_line([0.1] * 10 + [0.9] * 5 + [0.9] + [0.1] * 9, 1.0, 1.5))

    assert first.seconds is None
    assert second.seconds == 0


def test_nothing_to_compare_with_before_a_mark_at_the_start() -> None:
    assert recoveries(_line([0.1] * 10, 0.0)) == []


def _serving(came: int, went: int, left: int) -> Snapshot:
    plan = Plan(partitions=10, rate=100, duration=60)
    line = Timeline(step_s=0.1, arrived=[came] * 60, picked_up=[went] * 60)
    picture = snapshot(Plan(partitions=10), Phase.SERVING)
    return dataclasses.replace(
        picture, plan=plan, timeline=line, left=left, arrival_rate_per_s=10.0 * came
    )


@pytest.mark.parametrize(
    ("came", "went", "left", "words"),
    [
        (20, 10, 500, "grows 100/s, will not drain"),
        (10, 20, 500, "clears in 5.00 s"),
        (10, 10, 7, "steady"),
        (10, 10, 0, "no backlog"),
    ],
)
def test_forecast_says_where_the_backlog_goes(came: int, went: int, left: int, words: str) -> None:
    picture = _serving(came, went, left)

    assert trend_per_s(picture) == pytest.approx(10 * (came - went))
    assert forecast(picture) == words


@pytest.mark.parametrize(
    ("came", "went", "left", "words"),
    [
        (20, 10, 500, "grew 100/s"),
        (10, 20, 500, "shrank 100/s"),
        (10, 10, 7, "steady"),
        (10, 20, 0, "shrank 100/s"),
    ],
)
def test_of_a_run_that_is_over_it_says_what_became_of_it(
    came: int, went: int, left: int, words: str
) -> None:
    picture = dataclasses.replace(_serving(came, went, left), phase=Phase.ENDED)

    assert forecast(picture) == words
