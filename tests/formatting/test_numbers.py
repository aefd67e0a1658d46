"""Number words over their whole range: no exponent, in order, and as precise as they look."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queue_fairness.formatting.numbers import (
    UNKNOWN,
    brief,
    brief_seconds,
    digits,
    exact,
    percent,
    rate,
    seconds,
    setting,
)
from queue_fairness.server.watch import megabytes

Show = Callable[[float], str]

UNITS = {"µs": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0}
DURATIONS = st.floats(0, 1e9)
NUMBERS = st.floats(1e-9, 1e12)
EDGES = (0.0009994999, 0.0009995, 0.00099951, 0.9994, 0.9995, 0.99951, 0.9999999, 1.0)
LONGER = (119.4, 119.5, 119.51, 999.4, 999.5, 999.51, 7199.4, 7199.5, 7199.51)


def _duration(text: str) -> float:
    """What a duration in words stands for, in seconds."""
    parts = re.findall(r"([\d,.]+) (µs|ms|s|min|h)", text)
    assert " ".join(f"{number} {unit}" for number, unit in parts) == text
    return sum(float(number.replace(",", "")) * UNITS[unit] for number, unit in parts)


@pytest.mark.parametrize("value", [*EDGES, *LONGER])
@pytest.mark.parametrize("show", [seconds, brief_seconds])
def test_duration_at_the_edge_of_a_unit_is_what_it_was(show: Show, value: float) -> None:
    text = show(value)

    assert _duration(text) == pytest.approx(value, rel=0.0051)
    assert not re.match(r"1,000 (µs|ms)", text), "that is one of the next unit"


@given(DURATIONS)
@pytest.mark.parametrize("show", [seconds, brief_seconds])
def test_duration_is_plain_and_precise(show: Show, value: float) -> None:
    text = show(value)

    assert re.fullmatch(r"[\d,.]+ (µs|ms|s|min|h)( [\d,.]+ (s|min))?", text)
    assert _duration(text) == pytest.approx(value, rel=0.0051, abs=1e-6)


@given(DURATIONS, st.floats(0, 0.01))
@pytest.mark.parametrize("show", [seconds, brief_seconds])
def test_longer_is_never_shown_as_shorter(show: Show, value: float, more: float) -> None:
    assert _duration(show(value)) <= _duration(show(value * (1 + more))) * (1 + 1e-12)


@given(value=st.floats(1e-6, 119), factor=st.floats(1e-3, 1e3))
def test_significant_digits_are_three_in_every_unit(value: float, factor: float) -> None:
    number = seconds(value * factor if value * factor < 119 else value).partition(" ")[0]

    assert len(number.replace(".", "").lstrip("0")) == 3


@given(NUMBERS, st.integers(1, 6))
def test_number_has_its_significant_digits_and_no_exponent(value: float, significant: int) -> None:
    text = digits(value, significant)

    assert re.fullmatch(r"[\d,]+(\.\d+)?", text)
    assert float(text.replace(",", "")) == pytest.approx(value, rel=0.51 * 10 ** (1 - significant))
    shown = text.replace(",", "").replace(".", "").lstrip("0")
    assert len(shown) >= significant
    assert "." not in text or len(shown) == significant
    assert float(brief(value, significant).replace(",", "")) == float(text.replace(",", ""))


@given(NUMBERS, st.floats(0, 0.1))
def test_larger_is_never_shown_as_smaller(value: float, more: float) -> None:
    one, other = digits(value), digits(value * (1 + more))

    assert float(one.replace(",", "")) <= float(other.replace(",", ""))


@given(st.floats(0, 1e9))
def test_what_was_asked_for_is_shown_exactly(value: float) -> None:
    assert "e" not in exact(value)
    assert float(exact(value)) == pytest.approx(value, rel=1e-14)
    assert "e" not in setting(value)


@pytest.mark.parametrize(
    ("value", "shown"),
    [(0.025, "25 ms"), (0.0005, "0.5 ms"), (2.0, "2 s"), (0.035, "35 ms"), (86400, "86400 s")],
)
def test_setting_is_as_it_was_typed(value: float, shown: str) -> None:
    assert setting(value) == shown


@pytest.mark.parametrize("value", [0.0, 1.5, 999.6, 999_999.7, 1e15])
def test_no_word_for_a_number_has_an_exponent(value: float) -> None:
    said = (rate(value), percent(value), megabytes(round(value * 2**20)), brief(value))

    assert not any("e+" in each or "e-" in each for each in said)


def test_what_is_not_known_is_a_dash() -> None:
    unknown = (seconds(None), brief_seconds(None), digits(None), rate(None), percent(None))

    assert {*unknown, digits(float("inf"))} == {UNKNOWN}
