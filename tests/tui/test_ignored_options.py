"""The screens say which options a strategy ignores."""

import dataclasses

import pytest
from tui.stage import DONE, MIDDLE, PLAN, see, stage, text_of

from queue_fairness.analysis.comparison import Comparison
from queue_fairness.plan import Plan
from queue_fairness_tui.screens.comparison import ComparisonScreen
from queue_fairness_tui.screens.summary import SummaryScreen

UNLIMITED = dataclasses.replace(PLAN, concurrency_limit=0)
SENTENCE = "scan ignores --concurrency-limit 0: still 1 at a time"


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
async def test_live_header_says_the_limit_that_holds(size: tuple[int, int]) -> None:
    async with (app := stage(MIDDLE, plan=UNLIMITED)).run_test(size=size) as pilot:
        await pilot.pause()

        assert "limit 1 (0 is ignored)" in text_of(app)
        assert "no limit" not in text_of(app)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)], ids=["80x24", "120x40"])
async def test_summary_says_what_was_ignored(size: tuple[int, int]) -> None:
    async with (app := stage(DONE, plan=UNLIMITED)).run_test(size=size) as pilot:
        await see(pilot, SummaryScreen)

        assert SENTENCE in text_of(app)


async def test_comparison_says_who_ignores_what() -> None:
    def screen(plan: Plan) -> ComparisonScreen:
        return ComparisonScreen(
            Comparison(plan=plan, strategies=("scan", "round-robin"), repeats=1, runs=())
        )

    async with (app := stage(DONE)).run_test(size=(120, 40)) as pilot:
        app.push_screen(screen(UNLIMITED))
        await pilot.pause()

        said = " ".join(text_of(app).split())
        assert "no limit (not scan)" in said
        assert SENTENCE in said
