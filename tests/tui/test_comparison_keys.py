"""The comparison screen: the way to it and back, its pages of columns, and its pictures."""

import re

import pytest
from rich.text import Span
from servers import until
from tui.stage import (
    DONE,
    FEW,
    MIDDLE,
    OWN_QUEUE_FAILED,
    compared,
    footer_of,
    plans_of,
    see,
    see_next,
    stage,
    text_of,
)

from queue_fairness.analysis.columns import COLUMNS
from queue_fairness.strategies.custom import compared_names, strategy_names
from queue_fairness_tui import theme
from queue_fairness_tui.app import FairnessApp
from queue_fairness_tui.screens.comparison import ComparisonScreen
from queue_fairness_tui.screens.live import LiveScreen
from queue_fairness_tui.screens.summary import SummaryScreen
from queue_fairness_tui.widgets.score_table import ScoreTable

HEADS = [column.head.split("\n") for column in COLUMNS]


async def test_all_strategies_are_run_and_compared() -> None:
    app = stage(DONE, plan=FEW)
    async with app.run_test(size=(100, 40)) as pilot:
        await see(pilot, SummaryScreen)
        await see_next(pilot, ComparisonScreen, "D")

        assert tuple(plan.strategy for plan in plans_of(app)[1:]) == compared_names(
            strategy_names(), "turns", "scan"
        )
        said = text_of(app)
        assert " is FAIR at 1.0 round trips a pop" in said
        assert "✗ UNFAIR" in said
        assert "ideal" in said

        await see_next(pilot, SummaryScreen, "enter")
        assert "100 partitions × 10 tasks" in text_of(app)
        assert "✓ FAIR" in text_of(app), "the best stands first"
        await pilot.press("escape")
        await see(pilot, ComparisonScreen)
        assert app.series.latest is app.series.result is not None


async def test_run_of_its_own_ends_a_comparison_and_c_goes_back_to_the_last() -> None:
    app = stage(DONE, plan=FEW)
    async with app.run_test(size=(100, 40)) as pilot:
        await see(pilot, SummaryScreen)
        await see_next(pilot, ComparisonScreen, "D")
        await see_next(pilot, SummaryScreen, "t")
        assert app.series.latest is None

        await see_next(pilot, ComparisonScreen, "c")


async def test_run_started_during_a_comparison_is_the_last_result() -> None:
    app = stage(DONE, MIDDLE, plan=FEW)
    async with app.run_test(size=(100, 40)) as pilot:
        await see(pilot, SummaryScreen)
        await see_next(pilot, LiveScreen, "D")
        assert "RUN 1 of" in text_of(app)

        app.call_later(app.begin, app.plan)
        await until(lambda: app.series.result is not None)
        await pilot.pause()

        assert app.series.latest is None
        assert "RUN 1 of" not in text_of(app)


async def test_stopped_comparison_shows_what_was_measured() -> None:
    app = stage(DONE, DONE, MIDDLE, plan=FEW)
    async with app.run_test(size=(100, 40)) as pilot:
        await see(pilot, SummaryScreen)
        await pilot.press("D")
        await until(lambda: len(plans_of(app)) == 3)
        await see(pilot, LiveScreen)
        assert "RUN 2 of" in text_of(app)

        await see_next(pilot, ComparisonScreen, "X")

        assert "stopped early" in text_of(app)


def _columns_shown(app: FairnessApp) -> list[list[str]]:
    """The heads that can be read in full, both lines of them above each other."""
    upper, lower = (
        [(match.group(), match.end()) for match in re.finditer(r"\S+( \S+)?", line)]
        for line in _head_lines(app)
    )
    under = {end: word for word, end in lower}
    return [[word, under[end]] for word, end in upper if end in under]


def _head_lines(app: FairnessApp) -> tuple[str, str]:
    lines = text_of(app).splitlines()
    at = next(
        number for number, line in enumerate(lines) if line.split()[:2] == ["strategy", "verdict"]
    )
    return lines[at - 1], lines[at]


@pytest.mark.sample(4)
@pytest.mark.parametrize("repeats", [1, 3])
@pytest.mark.parametrize("size", [(60, 30), (80, 24), (100, 30), (120, 40), (200, 50)])
async def test_every_column_of_the_comparison_is_whole_on_some_page(
    size: tuple[int, int], repeats: int
) -> None:
    app = stage(DONE)
    async with app.run_test(size=size) as pilot:
        await see(pilot, SummaryScreen)
        app.show(ComparisonScreen(compared(repeats=repeats)))
        await see(pilot, ComparisonScreen)
        table = app.screen.query_one(ScoreTable)
        seen: list[list[str]] = []
        for page in range(len(table._pages)):
            shown = _columns_shown(app)
            said = " ".join(text_of(app).split())
            if len(table._pages) > 1:
                hidden = len(HEADS) - len(shown)
                assert f"→ {hidden} more column" in said, page
            assert table.max_scroll_x == 0
            assert "✗ UNFAIR" in said, "the verdicts are on every page"
            seen += shown
            await pilot.press("right")
            await pilot.pause()

        assert seen == HEADS
        assert _columns_shown(app) == seen[: len(_columns_shown(app))], "the pages go round"


async def test_spread_takes_the_place_of_the_median_where_there_is_no_room_below() -> None:
    app = stage(DONE)
    async with app.run_test(size=(80, 24)) as pilot:
        await see(pilot, SummaryScreen)
        app.show(ComparisonScreen(compared(repeats=3)))
        await see(pilot, ComparisonScreen)
        medians = text_of(app)
        await pilot.press("v")
        await pilot.pause()
        spreads = text_of(app)

        assert "v: spread of the repeats" in medians
        assert "318–322" not in medians
        assert "318–322" in spreads
        assert "v: median of the repeats" in spreads
        await pilot.press("v")
        await pilot.pause()
        assert text_of(app) == medians


async def test_spread_stands_below_the_median_where_there_is_room() -> None:
    app = stage(DONE)
    async with app.run_test(size=(200, 50)) as pilot:
        await see(pilot, SummaryScreen)
        app.show(ComparisonScreen(compared(repeats=3)))
        await see(pilot, ComparisonScreen)

        lines = text_of(app).splitlines()
        at = next(number for number, line in enumerate(lines) if "318–322" in line)
        assert "320" in lines[at - 1]
        assert "v: spread" not in text_of(app)


async def test_pictures_take_the_whole_screen_and_give_it_back() -> None:
    app = stage(DONE)
    async with app.run_test(size=(80, 24)) as pilot:
        await see(pilot, SummaryScreen)
        app.show(ComparisonScreen(compared()))
        await see(pilot, ComparisonScreen)
        before = text_of(app)
        await pilot.press("p")
        await pilot.pause()
        pictures = text_of(app)
        await pilot.press("p")
        await pilot.pause()

        assert pictures.count("█") > before.count("█")
        assert "verdict" not in pictures
        assert text_of(app) == before
        assert {"Open", "Quit", "Help"} <= footer_of(app)


async def test_enter_opens_the_run_that_failed_and_says_where_there_is_none() -> None:
    app = stage(DONE, DONE, OWN_QUEUE_FAILED, plan=FEW)
    async with app.run_test(size=(100, 40), notifications=True) as pilot:
        await see(pilot, SummaryScreen)
        await see_next(pilot, ComparisonScreen, "D")
        assert "✗ FAILED" in text_of(app)

        await pilot.press("down", "enter")
        await see(pilot, SummaryScreen)
        assert "Traceback (most recent call last):" in text_of(app)
        await pilot.press("escape")
        await see(pilot, ComparisonScreen)

        await pilot.press("down", "enter")
        await until(lambda: "was not run" in text_of(app))
        assert isinstance(app.screen, ComparisonScreen)


async def test_marks_and_glyphs_carry_the_comparison_without_color(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = stage(DONE)
    async with app.run_test(size=(120, 40)) as pilot:
        await see(pilot, SummaryScreen)
        app.show(ComparisonScreen(compared(repeats=3)))
        await see(pilot, ComparisonScreen)
        said = text_of(app)

    assert re.search(r"round-robin +✓ FAIR +[\d.]+\*", said)
    assert re.search(r"scan +✗ UNFAIR", said)
    assert "=: same as the best, the repeats overlap" in said


async def test_comparison_keeps_its_place_and_colors_in_another_theme() -> None:
    app = stage(DONE)
    async with app.run_test(size=(80, 24)) as pilot:
        await see(pilot, SummaryScreen)
        app.show(ComparisonScreen(compared()))
        await see(pilot, ComparisonScreen)
        table = app.screen.query_one(ScoreTable)
        await pilot.press("down", "right")
        await pilot.pause()
        dark, page = table._style("best"), _columns_shown(app)

        app.theme = theme.LIGHT.name
        await until(lambda: table._style("best") != dark)
        await pilot.pause()

        assert any(span.style == table._style("best") for span in _spans(table))
        assert (table.cursor_row, _columns_shown(app)) == (2, page)


def _spans(table: ScoreTable) -> list[Span]:
    cells = [cell for row in table.rows for cell in table.get_row(row)]
    return [span for cell in cells for span in cell.spans]


@pytest.mark.sample(2)
@pytest.mark.parametrize("size", [(1, 1), (10, 3), (40, 10), (79, 24), (300, 100)])
async def test_no_size_is_refused_by_the_comparison(size: tuple[int, int]) -> None:
    app = stage(DONE)
    async with app.run_test(size=size) as pilot:
        await see(pilot, SummaryScreen)
        app.show(ComparisonScreen(compared(repeats=3)))
        await see(pilot, ComparisonScreen)
        await pilot.press("right", "left", "v", "p", "p", "question_mark", "escape")
        await pilot.pause()

        assert app.is_running
