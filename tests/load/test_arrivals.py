"""Arrivals against the closed forms of their processes, within five standard errors."""

import math
from collections import Counter
from collections.abc import Iterator
from itertools import islice, pairwise
from statistics import fmean, pvariance, stdev, variance

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queue_fairness.load import ARRIVAL_PROCESSES, arrival_times, partition_chooser, stream

SIGMAS = 5
processes = pytest.mark.parametrize("process", ARRIVAL_PROCESSES)


def _times(process: str, rate: float, duration: float, seed: int = 1) -> Iterator[float]:
    return arrival_times(process, rate, duration, stream(seed, "arrivals"))


@processes
@settings(deadline=None)
@given(st.floats(0.1, 100), st.floats(0, 5), st.floats(0, 5), st.integers(0, 2**32 - 1))
def test_a_longer_duration_begins_with_the_same_arrivals(
    process: str, rate: float, short: float, more: float, seed: int
) -> None:
    times = list(_times(process, rate, short, seed))
    longer = list(_times(process, rate, short + more, seed))

    assert longer[: len(times)] == times
    assert all(short <= at for at in longer[len(times) :])
    assert longer == sorted(longer)
    assert all(0 <= at < short + more for at in longer)


@processes
def test_arrivals_are_made_when_asked_for_and_need_no_end(process: str) -> None:
    times = _times(process, 5.0, math.inf)

    assert len(list(islice(times, 1000))) == 1000


@settings(deadline=None)
@given(st.integers(1, 1000), st.integers(0, 1000))
def test_constant_arrivals_are_the_multiples_of_the_gap(rate: int, gaps: int) -> None:
    assert list(_times("constant", rate, gaps / rate)) == [each / rate for each in range(gaps)]


def test_poisson_counts_are_as_dispersed_as_large() -> None:
    rate, windows = 20.0, 5000

    per_second = Counter(map(int, _times("poisson", rate, windows)))
    seen = [per_second[second] for second in range(windows)]

    # The index of dispersion times (n - 1) is chi-square with n - 1 degrees of freedom.
    dispersion = variance(seen) / fmean(seen)
    assert abs(fmean(seen) - rate) < SIGMAS * math.sqrt(rate / windows)
    assert abs(dispersion - 1) < SIGMAS * math.sqrt(2 / (windows - 1))
    # Neighboring seconds know nothing of each other.
    correlation = fmean((a - rate) * (b - rate) for a, b in pairwise(seen)) / rate
    assert abs(correlation) < SIGMAS / math.sqrt(windows)


@pytest.mark.parametrize("cv", [0.1, 0.5, 1.0, 2.0, 3.0, 4.0, 10.0])
def test_bursts_have_gamma_gaps(cv: float) -> None:
    rate, number = 8.0, 100_000
    times = arrival_times("bursts", rate, math.inf, stream(3, "arrivals"), cv)

    gaps = [rate * (after - before) for before, after in pairwise(islice(times, number + 1))]

    shape = cv**-2
    moments = [math.prod((shape + each) / shape for each in range(order)) for order in range(5)]
    squares = fmean(gap**2 for gap in gaps)
    assert abs(fmean(gaps) - 1) < SIGMAS * cv / math.sqrt(number)
    assert moments[2] == pytest.approx(1 + cv**2)
    assert abs(squares - moments[2]) < SIGMAS * math.sqrt((moments[4] - moments[2] ** 2) / number)


def test_bursts_keep_their_rate_from_the_first_moment_on() -> None:
    # A run that began with a whole gap would have up to (cv^2 - 1) / 2 = 4 arrivals too many.
    seen = [len(list(_times("bursts", 10.0, 1.0, seed))) for seed in range(3000)]

    assert abs(fmean(seen) - 10) < SIGMAS * stdev(seen) / math.sqrt(len(seen)) < 1.5
    assert pvariance(seen) > 3 * fmean(seen)


@pytest.mark.parametrize(
    ("process", "rate", "duration", "cv", "said"),
    [
        ("uniform", 1.0, 1.0, 3.0, "choose one of poisson, bursts, constant"),
        ("poisson", 0.0, 1.0, 3.0, "a rate of 0/s makes no arrivals"),
        ("poisson", math.nan, 1.0, 3.0, "a rate of nan/s"),
        ("poisson", math.inf, 1.0, 3.0, "a rate of inf/s"),
        ("poisson", 1.0, -1.0, 3.0, "a duration of -1 s"),
        ("poisson", 1.0, math.nan, 3.0, "a duration of nan s"),
        ("bursts", 1.0, 1.0, 0.0, r"allowed are 0.1\.\.10"),
        ("bursts", 1.0, 1.0, 11.0, r"allowed are 0.1\.\.10"),
    ],
)
def test_what_cannot_be_made_is_refused_before_the_first_arrival(
    process: str, rate: float, duration: float, cv: float, said: str
) -> None:
    with pytest.raises(ValueError, match=said):
        arrival_times(process, rate, duration, stream(1, "arrivals"), cv)


@given(st.lists(st.floats(1e-3, 1e6), min_size=1, max_size=40), st.integers(0, 2**32 - 1))
def test_a_partition_is_chosen_as_a_linear_search_would(values: list[float], seed: int) -> None:
    choose, again = partition_chooser(values, stream(seed, "tenants")), stream(seed, "tenants")

    for _ in range(20):
        left, expected = again.random() * sum(values), 0
        while left >= values[expected]:
            left -= values[expected]
            expected += 1
        assert choose() == expected


def test_partitions_are_chosen_in_proportion() -> None:
    values, draws = [1, 2.5, 0.01, 40, 6.5], 200_000
    choose = partition_chooser(values, stream(5, "partitions"))

    seen = Counter(choose() for _ in range(draws))

    for partition, value in enumerate(values):
        share = value / sum(values)
        error = math.sqrt(draws * share * (1 - share))
        assert abs(seen[partition] - draws * share) < SIGMAS * error
