"""The arithmetic, against Python's own and against laws."""

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queue_fairness.formatting import numbers
from queue_fairness.metrics.statistics import LogHistogram, moments, quantile

VALUES = st.lists(st.floats(0, 1e6), min_size=2, max_size=200)


@given(VALUES)
def test_moments_are_those_of_the_textbook(values: list[float]) -> None:
    seen = moments(values)

    assert seen.count == len(values)
    assert seen.mean == pytest.approx(statistics.mean(values), abs=1e-6)
    assert seen.stdev == pytest.approx(statistics.stdev(values), abs=1e-4, rel=1e-6)
    assert (seen.minimum, seen.maximum) == (min(values), max(values))


def test_nothing_has_no_moments() -> None:
    none, one = moments([]), moments([3.0])

    assert (none.mean, none.stdev, none.minimum, none.spread) == (None, None, None, None)
    assert (one.mean, one.stdev, one.spread) == (3.0, None, 0.0)


@given(VALUES)
def test_quantile_is_the_textbooks(values: list[float]) -> None:
    ordered = sorted(values)

    quartiles = statistics.quantiles(ordered, n=4, method="inclusive")

    for q, expected in zip((0.25, 0.5, 0.75), quartiles, strict=True):
        assert quantile(ordered, q) == pytest.approx(expected)
    assert quantile([], 0.5) is None


@given(st.lists(st.floats(2e-6, 1e5), min_size=1, max_size=300), st.floats(0, 1))
def test_histogram_quantile_is_within_half_a_percent(values: list[float], q: float) -> None:
    counts = LogHistogram()
    for value in values:
        counts.add(value)

    found = counts.quantile(q)

    rank = max(1, -(-q * len(values) // 1))
    exact = sorted(values)[int(rank) - 1]
    assert found == pytest.approx(exact, rel=0.0051)


def test_histogram_counts_zero_and_grows() -> None:
    counts = LogHistogram()
    assert counts.quantile(0.5) is None

    for value in (0.0, 0.0, 1e5):
        counts.add(value)

    assert len(counts) == 3
    assert counts.quantile(0.5) == 0.0
    assert counts.quantile(1) == pytest.approx(1e5, rel=0.006)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "–"),
        (0, "0 s"),
        (0.0000042, "4.20 µs"),
        (0.00099951, "1.00 ms"),
        (0.0251, "25.1 ms"),
        (0.9996, "1.00 s"),
        (15.606, "15.6 s"),
        (200, "3 min 20 s"),
        (9_000, "2 h 30 min"),
    ],
)
def test_seconds_in_words(value: float | None, expected: str) -> None:
    assert numbers.seconds(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0, "0"), (9.876, "9.88"), (0.0512, "0.0512"), (999.6, "1,000"), (15606.2, "15,606")],
)
def test_digits_without_exponent(value: float, expected: str) -> None:
    assert numbers.digits(value) == expected
