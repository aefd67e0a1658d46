"""The sweep screen: how it looks, its keys, and the way to it and back."""

from collections.abc import Awaitable, Callable
from typing import Protocol

import pytest
from hypothesis import given
from hypothesis import strategies as st
from script import ScriptedSession
from servers import until
from sweeps import asked, made, slower_by_scan
from textual.pilot import Pilot
from textual.widgets import DataTable
from tui.stage import DONE, MIDDLE, PLAN, see, see_next, stage, text_of

from queue_fairness.analysis.sweep import Sweep
from queue_fairness.cli.commands import SweepCommand
from queue_fairness.cli.signals import SignalHandler
from queue_fairness.strategies import STRATEGIES
from queue_fairness_tui.app import FairnessApp
from queue_fairness_tui.charts.curve_chart import CurveChart, dodge, marker
from queue_fairness_tui.charts.plot import LINE
from queue_fairness_tui.screens.help import HelpScreen
from queue_fairness_tui.screens.live import LiveScreen
from queue_fairness_tui.screens.summary import SummaryScreen
from queue_fairness_tui.screens.sweep import SweepScreen

NAMES = ("scan", "scan-resume", "round-robin")
Size = tuple[int, int]
Before = Callable[[Pilot[None]], Awaitable[None]]
SIZES = [
    pytest.param((80, 24), id="80x24"),
    pytest.param((120, 40), id="120x40"),
    pytest.param((200, 50), id="200x50"),
]


class Compare(Protocol):
    def __call__(
        self, app: FairnessApp, *, terminal_size: Size, run_before: Before | None = None
    ) -> bool: ...


def _screen(sweep: Sweep, *keys: str) -> Before:
    async def show(pilot: Pilot[None]) -> None:
        await see(pilot, SummaryScreen)
        assert isinstance(pilot.app, FairnessApp)
        pilot.app.push_screen(SweepScreen(sweep))
        await see(pilot, SweepScreen)
        await pilot.press(*keys)
        await pilot.pause()

    return show


def _swept(sweep: Sweep) -> FairnessApp:
    """The application as `sweep` starts it."""
    return FairnessApp(
        ScriptedSession(DONE), PLAN, SignalHandler(), command=SweepCommand(sweep=sweep)
    )


@pytest.mark.parametrize("size", SIZES)
def test_sweep(snap_compare: Compare, size: Size) -> None:
    sweep = made(asked(strategies=NAMES), slower_by_scan)

    assert snap_compare(stage(DONE), terminal_size=size, run_before=_screen(sweep))


def test_sweep_without_color(snap_compare: Compare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    sweep = made(asked(strategies=NAMES), slower_by_scan)

    assert snap_compare(stage(DONE), terminal_size=(120, 40), run_before=_screen(sweep))


def test_sweep_of_ten_strategies_and_repeats(snap_compare: Compare) -> None:
    def rate(plan: object, repeat: int) -> float:
        del plan
        return 1000.0 + 100 * repeat

    sweep = made(asked("workers", (1, 8, 64), list(STRATEGIES), repeats=2), rate)

    assert snap_compare(stage(DONE), terminal_size=(120, 40), run_before=_screen(sweep))


def test_stopped_sweep_and_its_round_trips(snap_compare: Compare) -> None:
    sweep = made(asked(strategies=NAMES), slower_by_scan, runs=5)

    assert snap_compare(stage(DONE), terminal_size=(80, 24), run_before=_screen(sweep, "m"))


async def test_each_run_is_shown_and_then_what_they_say() -> None:
    sweep = asked("workers", (2, 4), work_duration=0.001)
    app = _swept(sweep)
    async with app.run_test(size=(120, 40)) as pilot:
        await see(pilot, SweepScreen)

        assert isinstance(app.session, ScriptedSession)
        assert app.session.plans == list(sweep.plans)
        said = text_of(app)
        assert "from 2 to 4 workers" in said
        assert "2 strategies · 50 partitions × 5 tasks, block · 2–4 workers" in said
        assert isinstance(app.series.latest, Sweep)
        assert app.series.latest.is_complete


async def test_live_screen_says_which_run_of_how_many_goes_on() -> None:
    app = stage(DONE, DONE, MIDDLE)
    async with app.run_test(size=(100, 40)) as pilot:
        await see(pilot, SummaryScreen)
        app.begin_series(asked("workers", (2, 4), work_duration=0.001))
        await until(lambda: app.series.runner is not None and app.series.runner.step is not None)
        await until(lambda: isinstance(app.screen, LiveScreen) and "RUN 2 of 4" in text_of(app))

        await see_next(pilot, SweepScreen, "X")
        assert "– stopped early" in text_of(app)
        assert "– not run" in text_of(app)


async def test_enter_opens_the_run_of_the_row_and_escape_comes_back() -> None:
    app = _swept(asked("workers", (2, 4), work_duration=0.001))
    async with app.run_test(size=(120, 40)) as pilot:
        await see(pilot, SweepScreen)
        await pilot.press("down", "down", "down", "enter")
        await see(pilot, SummaryScreen)
        assert "round-robin · 50 partitions × 5 tasks, block · 4 workers" in text_of(app)

        await pilot.press("escape")
        await see(pilot, SweepScreen)
        await see_next(pilot, SummaryScreen, "enter")
        await see_next(pilot, SummaryScreen, "r")
        assert app.series.latest is None
        await see_next(pilot, SweepScreen, "c")


async def test_row_of_a_point_without_run_opens_nothing() -> None:
    app = stage(DONE)
    async with app.run_test(size=(120, 40)) as pilot:
        await _screen(made(asked(), slower_by_scan, runs=1))(pilot)
        await pilot.press(*["down"] * 5, "enter")
        await pilot.pause()

        assert app.screen.query_one(DataTable).row_count == 6
        assert isinstance(app.screen, SweepScreen)


async def test_m_goes_through_the_quantities_where_there_is_room_for_one() -> None:
    app = stage(DONE)
    async with app.run_test(size=(80, 24)) as pilot:
        await _screen(made(asked(), slower_by_scan))(pilot)
        seen = []
        for _ in range(4):
            seen += [chart.border_title for chart in app.screen.query(CurveChart) if chart.display]
            await pilot.press("m")
            await pilot.pause()

        assert seen == [
            "throughput, tasks/s",
            "round trips per pop",
            "worst wait max, rounds",
            "throughput, tasks/s",
        ]
        await see_next(pilot, HelpScreen, "question_mark")
        assert "Show the rate, the round trips per pop or the worst wait." in text_of(app)


async def test_wide_terminal_shows_all_and_has_nothing_to_choose() -> None:
    app = stage(DONE)
    async with app.run_test(size=(120, 40)) as pilot:
        await _screen(made(asked(), slower_by_scan))(pilot)

        assert all(chart.display for chart in app.screen.query(CurveChart))
        assert "quantity" not in {
            binding.action
            for _, binding, enabled, _ in app.screen.active_bindings.values()
            if enabled
        }


@pytest.mark.sample(5)
@pytest.mark.parametrize("size", [(1, 1), (10, 3), (40, 10), (79, 24), (300, 100)])
@pytest.mark.parametrize("runs", [0, 1, None])
async def test_no_size_is_refused(size: Size, runs: int | None) -> None:
    app = stage(DONE)
    async with app.run_test(size=size) as pilot:
        await _screen(made(asked(), slower_by_scan, runs=runs), "m", "down", "question_mark")(pilot)

        assert app.is_running


# At 120 columns a chart is 34 wide: room for three points each of ten, not of eleven.
@pytest.mark.sample(3)
@pytest.mark.parametrize("names", [NAMES, tuple(STRATEGIES)[:10]], ids=["three", "ten"])
@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 50)])
async def test_every_point_stands_in_its_chart(size: Size, names: tuple[str, ...]) -> None:
    def same(plan: object, repeat: int) -> float:
        del plan, repeat
        return 700.0

    app = stage(DONE)
    async with app.run_test(size=size) as pilot:
        await _screen(made(asked(strategies=names), same))(pilot)
        for chart in app.screen.query(CurveChart):
            if not chart.display:
                continue
            rows = [chart.render_line(row).text for row in range(chart.content_size.height)]
            picture = "\n".join(rows)

            for number in range(len(names)):
                assert picture.count(marker(number)) == 3, picture
            assert not [each for each in picture if LINE <= ord(each) < 0xF900]
            for value in ("50", "200", "1,000"):
                assert value in rows[-1]


async def test_mark_and_name_stand_on_one_line() -> None:
    app = stage(DONE)
    async with app.run_test(size=(80, 30)) as pilot:
        await _screen(asked(strategies=list(STRATEGIES)))(pilot)
        said = text_of(app)

    for number, name in enumerate(STRATEGIES):
        assert f"{marker(number)} {name}" in said


@given(
    st.lists(st.lists(st.integers(0, 9), min_size=2, max_size=2), min_size=1, max_size=10),
    st.floats(0.1, 5),
)
def test_points_of_one_cell_are_moved_apart(heights: list[list[int]], width: float) -> None:
    curves = [[(100.0 * x, float(y)) for x, y in enumerate(each)] for each in heights]

    moved = dodge(curves, (width, 1.0))

    cells = [(round(x / width, 6), y) for points in moved for x, y in points]
    assert len(set(cells)) == len(cells)
    for before, after in zip(curves, moved, strict=True):
        for (x, y), (new_x, new_y) in zip(before, after, strict=True):
            assert new_y == y
            assert abs(new_x - x) <= len(curves) / 2 * width + 1e-9
