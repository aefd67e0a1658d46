"""The chart of arrivals and departures, against the timeline it is drawn from."""

import dataclasses
from collections.abc import Sequence
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st
from script import snapshot

from queue_fairness.metrics.snapshot import Phase, Snapshot
from queue_fairness.metrics.timeline import Annotation, Timeline
from queue_fairness.plan import Plan
from queue_fairness_tui.charts.blocks import HEIGHTS
from queue_fairness_tui.widgets.flow_chart import MARK, WAITING, FlowChart

STEP_S = 0.1
BASE = snapshot(Plan(partitions=2, tasks_per_partition=1, workers=1), Phase.SERVING)


@st.composite
def flows(draw: st.DrawFn) -> tuple[list[int], list[int]]:
    """What came and what was taken, step by step; never more than is there."""
    came = draw(st.lists(st.integers(0, 50), min_size=1, max_size=60))
    went, there = [], 0
    for count in came:
        there += count
        went.append(draw(st.integers(0, there)))
        there -= went[-1]
    return came, went


def _picture(
    came: Sequence[int], went: Sequence[int], *marks: float, steps: int, rate: float = 100
) -> Snapshot:
    plan = Plan(partitions=2, rate=rate, duration=steps * STEP_S)
    timeline = Timeline(
        step_s=STEP_S,
        arrived=came,
        picked_up=went,
        marks=[Annotation(at, "something") for at in marks],
    )
    return dataclasses.replace(BASE, plan=plan, timeline=timeline, left=sum(came) - sum(went))


def _lines(picture: Snapshot, width: int, height: int) -> list[str]:
    lines = FlowChart().paint(picture, width, height)
    return ["".join(text for text, _ in line) for line in lines]


@given(flows(), st.integers(0, 30), st.integers(12, 70), st.integers(4, 30))
def test_each_instant_shows_its_backlog_and_what_was_taken(
    flow: tuple[list[int], list[int]], ahead: int, width: int, height: int
) -> None:
    came, went = flow
    steps = len(came) + ahead
    picture = _picture(came, went, steps=steps)
    rows = _lines(picture, width, height)[: height - 2]
    top = max(sum(came) + 100 * ahead * STEP_S, 1)
    arrived, taken = list(accumulate(came)), list(accumulate(went))

    assert [len(row) for row in rows] == [width] * (height - 2)
    for column in range(width):
        cells = [row[column] for row in rows]
        step = max(0, int((column + 1) * steps / width) - 1)
        if step >= len(came):
            assert set(cells) == {" "}, "what is to come is blank"
            continue
        waiting = (arrived[step] - taken[step]) / top * len(rows)
        done = taken[step] / top * len(rows)
        drawn = sum(HEIGHTS.index(cell) for cell in cells if cell in HEIGHTS) / 8
        assert abs(cells.count(WAITING) - waiting) <= 0.5 + 1e-6
        assert abs(drawn - done) <= 1 + 1e-6
        assert (drawn > 0) >= (done > 0.501), "what was taken shows"
        order = [" ", WAITING, *HEIGHTS[1:]]
        assert cells == sorted(cells, key=order.index), "blank over waiting over taken"


@given(st.integers(1, 60), st.integers(12, 70), st.integers(4, 30))
def test_no_backlog_is_drawn_where_there_is_none(steps: int, width: int, height: int) -> None:
    came = [7] * steps

    assert WAITING not in "".join(_lines(_picture(came, came, steps=steps), width, height))


@given(st.floats(0, 6), st.integers(12, 70), st.integers(4, 30))
def test_mark_stands_on_the_axis_where_it_was_set(at: float, width: int, height: int) -> None:
    came, went = [10] * 60, [0] * 60
    axis = _lines(_picture(came, went, at, steps=60), width, height)[-2]
    column = min(width - 1, int(at / 6 * width))

    assert len(axis) == width
    assert axis.startswith("0")
    assert axis.endswith("6 s")
    if 1 <= column < width - 3:
        assert abs(axis.index(MARK) - column) <= 1, "within the rounding of the instant"
    else:
        assert axis.count(MARK) <= 1


@pytest.mark.parametrize(
    ("width", "words"),
    [
        (60, "backlog 300 grows 50/s, will not drain"),
        (38, "backlog 300 grows 50/s, will not drain"),
        (30, "backlog 300 grows 50/s"),
        (20, "backlog 300"),
        (5, "back…"),
    ],
)
def test_last_line_says_what_it_has_room_for(width: int, words: str) -> None:
    picture = _picture([10] * 60, [5] * 60, steps=60)

    assert _lines(picture, width, 10)[-1].endswith(words)


def test_chart_without_room_or_without_time_is_the_last_line_alone() -> None:
    assert len(_lines(_picture([10] * 60, [5] * 60, steps=60), 30, 3)) == 1
    assert _lines(_picture([], [], steps=60), 30, 10) == ["in –/s · out –/s · backlog 0"]
