"""Axes: what is drawn lies between the ends, and the labels of its ticks do not overlap."""

import math

from hypothesis import given
from hypothesis import strategies as st

from queue_fairness_tui.charts.axis import DECADE, Scale, fitting_ticks, scale_for, ticks

POSITIVE = st.floats(1e-4, 1e7)


def test_axis_is_logarithmic_beyond_a_decade() -> None:
    assert not scale_for([1, 5, 10]).is_log
    assert scale_for([1, 10.1]).is_log
    assert scale_for([0, 1000, 10_000]).is_log
    assert not scale_for([0, 1000, 9000]).is_log
    assert not scale_for([0, 0]).is_log
    assert not scale_for([0, 3]).is_log


@given(st.lists(POSITIVE, min_size=2, max_size=6, unique=True), st.booleans())
def test_order_is_kept_and_zero_lies_below_all(values: list[float], with_zero: bool) -> None:
    ordered = sorted([0.0, *values] if with_zero else values)
    places = [scale_for(ordered).position(each) for each in ordered]

    assert places == sorted(places)
    assert places[0] < places[-1] or math.isclose(ordered[0], ordered[-1])


@given(POSITIVE, POSITIVE, st.integers(2, 12))
def test_ticks_enclose_what_is_shown_and_fit(one: float, other: float, most: int) -> None:
    lower, upper = sorted((one, other))
    axis_scale = scale_for([lower, upper])

    named = ticks(lower, upper, axis_scale, most)

    assert 2 <= len(named) <= most
    assert named == sorted(set(named))
    assert named[0] <= lower * (1 + 1e-12)
    assert named[-1] >= upper * (1 - 1e-12)
    if axis_scale.is_log:
        assert upper / lower > DECADE
        assert named[0] > lower / 3
        assert named[-1] < upper * 3
    else:
        assert named[0] == 0
        assert named[-1] <= upper * 3.5


def test_ticks_are_round() -> None:
    assert ticks(1600, 26_000, Scale(is_log=True), 9) == [1000, 2000, 5000, 10_000, 20_000, 50_000]
    assert ticks(1600, 26_000, Scale(is_log=True), 4) == [1000, 5000, 10_000, 50_000]
    assert ticks(1600, 26_000, Scale(is_log=True), 3) == [1000, 10_000, 50_000]
    assert ticks(0.004, 0.6, Scale(is_log=True), 5) == [0.002, 0.01, 0.1, 1]
    assert ticks(1, 5, Scale(is_log=False), 6) == [0, 1, 2, 3, 4, 5]
    assert ticks(1, 5, Scale(is_log=False), 3) == [0, 5]


@given(
    st.lists(st.integers(0, 1_000_000), min_size=1, max_size=12, unique=True), st.integers(12, 90)
)
def test_labels_of_ticks_do_not_overlap(values: list[int], width: int) -> None:
    ordered = sorted(values)
    top = max(ordered) or 1

    def cell_of(position: float) -> float:
        return position / top * width

    kept = fitting_ticks([(float(each), f"{each:,}") for each in ordered], width, cell_of)

    assert kept[-1][0] == ordered[-1]
    ends = [0.0]
    for position, name in kept[:-1]:
        start = max(0.0, cell_of(position) - len(name) / 2)
        assert start >= ends[-1]
        ends.append(start + len(name) + 1)
    if len(kept) > 1:
        name = kept[-1][1]
        assert ends[-1] <= min(cell_of(kept[-1][0]) - len(name) / 2, width - len(name))
