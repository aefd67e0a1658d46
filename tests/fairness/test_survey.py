"""A look at the partitions in parts sees what a look in one go sees; order statistics of runs."""

import dataclasses
from collections.abc import Sequence
from math import ceil
from random import Random

import pytest
from fairness.disturbances import Disturbed
from fairness.simulator import DISCIPLINES, Discipline, Load, simulate
from fairness.test_recomputation import loads
from hypothesis import given, settings
from hypothesis import strategies as st

from queue_fairness.events import Event
from queue_fairness.fairness import FairnessFold
from queue_fairness.fairness.sorted_chunks import SortedChunks

# Few different values, so that there are ties.
values = st.one_of(st.sampled_from([0.0, 0.5, 1.0, 1.5]), st.floats(0, 100))
parts = st.lists(st.lists(values, max_size=12), max_size=12)


def runs_of(lists: Sequence[Sequence[float]]) -> SortedChunks:
    runs = SortedChunks()
    for each in lists:
        runs.add(sorted(each))
    return runs


@given(parts, st.floats(0.01, 1))
def test_a_percentile_of_runs_is_that_of_all_values(lists: list[list[float]], share: float) -> None:
    ordered = sorted(value for each in lists for value in each)

    runs = runs_of(lists)

    assert len(runs) == len(ordered)
    expected = ordered[ceil(share * len(ordered)) - 1] if ordered else 0.0
    assert runs.percentile(share) == expected


@given(parts, values)
def test_runs_count_what_lies_above(lists: list[list[float]], limit: float) -> None:
    runs = runs_of(lists)

    assert runs.above(limit) == sum(value > limit for each in lists for value in each)
    assert runs.at_least(limit) == sum(value >= limit for each in lists for value in each)


@given(parts)
def test_the_spread_of_runs(lists: list[list[float]]) -> None:
    everything = [value for each in lists for value in each]

    spread = runs_of(lists).spread()

    assert spread.max == max(everything, default=0.0)
    mean = sum(everything) / len(everything) if everything else 0.0
    assert spread.mean == pytest.approx(mean)


@settings(max_examples=150, deadline=None)
@given(
    load=loads(),
    discipline=st.sampled_from(DISCIPLINES),
    begin=st.floats(0, 1),
    slice_=st.integers(1, 3),
    pause=st.integers(0, 4),
    listed=st.integers(1, 4),
)
def test_a_survey_sees_the_instant_of_its_beginning_whatever_happens_meanwhile(
    load: Load,
    discipline: type[Discipline],
    begin: float,
    slice_: int,
    pause: int,
    listed: int,
) -> None:
    look(
        list(simulate(load, discipline, 0)),
        (load.workers, load.limit, dict(enumerate(load.weights))),
        begin,
        (slice_, pause, listed),
    )


@settings(max_examples=150, deadline=None)
@given(
    random=st.randoms(use_true_random=False),
    limit=st.sampled_from([0, 1, 2]),
    begin=st.floats(0, 1),
    slice_=st.integers(1, 3),
    pause=st.integers(0, 9),
)
def test_a_survey_sees_its_instant_of_a_queue_to_which_everything_happens(
    random: Random, limit: int, begin: float, slice_: int, pause: int
) -> None:
    events = list(Disturbed(random, 6, 3, limit).events(150))

    look(events, (3, limit, {0: 2.0, 1: 3.0}), begin, (slice_, pause, 3))


def look(
    events: Sequence[Event],
    made: tuple[int, int, dict[int, float]],
    begin: float,
    steps: tuple[int, int, int],
) -> None:
    """Compare a survey in parts with one in one go, and the folds behind both at the end."""
    slice_, pause, listed = steps
    first = round(begin * len(events))
    expected, watched = FairnessFold(*made), FairnessFold(*made)
    for event in events[:first]:
        expected.apply(event)
        watched.apply(event)

    survey = watched.survey(listed)
    coming = iter(events[first:])
    outcome = survey.step(slice_)
    while outcome is None:
        for _, event in zip(range(pause), coming, strict=False):
            watched.apply(event)
        outcome = survey.step(slice_)
    for event in coming:
        watched.apply(event)

    measures, worst_now = outcome
    assert flat(measures) == flat(expected.measures())
    assert flat(worst_now) == flat(expected.worst_now(listed))
    for event in events[first:]:
        expected.apply(event)
    assert flat(watched.measures()) == flat(expected.measures())


def flat(numbers: object) -> object:
    """The fields by name, all the way down; means within rounding."""
    if dataclasses.is_dataclass(numbers):
        fields = dataclasses.fields(numbers)
        return {each.name: flat(getattr(numbers, each.name)) for each in fields}
    if isinstance(numbers, tuple):
        return [flat(each) for each in numbers]
    return pytest.approx(numbers) if isinstance(numbers, float) else numbers


def test_a_survey_that_was_given_up_is_not_stepped_on() -> None:
    fold = FairnessFold(1)
    earlier = fold.survey()

    fold.measures()

    with pytest.raises(AssertionError, match="given up"):
        earlier.step()
