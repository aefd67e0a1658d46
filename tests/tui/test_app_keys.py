"""Keys that work on every screen: rerun, next strategy, help, palette; and the footer."""

import pytest
from script import Scene
from servers import until
from textual.command import CommandList, CommandPalette
from textual.widgets import Footer
from tui.stage import (
    DONE,
    ENDED,
    FEW,
    MIDDLE,
    SERVING,
    SUSTAINED,
    footer_of,
    plans_of,
    see,
    see_next,
    stage,
    text_of,
)

from queue_fairness.strategies import STRATEGIES
from queue_fairness_tui.app import FairnessApp
from queue_fairness_tui.screens.help import HelpScreen
from queue_fairness_tui.screens.live import LiveScreen
from queue_fairness_tui.screens.summary import SummaryScreen


async def test_rerun_edit_and_next_strategy_start_the_right_plan() -> None:
    app = stage(DONE, plan=FEW)
    async with app.run_test() as pilot:
        await see(pilot, SummaryScreen)

        await see_next(pilot, SummaryScreen, "r")
        await see_next(pilot, SummaryScreen, "d")
        await see_next(pilot, SummaryScreen, "d")

        strategies = [plan.strategy for plan in plans_of(app)]
        assert strategies == ["scan", "scan", *list(STRATEGIES)[1:3]]
        assert len({(plan.seed, plan.partitions) for plan in plans_of(app)}) == 1


async def test_footer_shows_the_keys_that_work_now() -> None:
    app = stage(MIDDLE)
    async with app.run_test(size=(100, 30)) as pilot:
        await see(pilot, LiveScreen)
        await pilot.pause()
        live = footer_of(app)
        await see_next(pilot, SummaryScreen, "x")
        await pilot.pause()
        summary = footer_of(app)

    assert {"Freeze", "Stop", "Rerun scan", "Change", "Save", "Help", "Quit"} <= live
    assert {"Try round-robin", "Rerun scan", "Change", "Help", "Quit"} <= summary
    assert not {"Freeze", "Stop"} & summary


@pytest.mark.sample(2)
@pytest.mark.parametrize("width", [24, 40, 60, 70, 80, 120])
@pytest.mark.parametrize("scene", [MIDDLE, DONE], ids=["live", "summary"])
async def test_footer_is_cut_at_no_width_and_begins_with_quit_and_help(
    scene: Scene, width: int
) -> None:
    app = stage(scene)
    async with app.run_test(size=(width, 24)) as pilot:
        await see(pilot, LiveScreen if scene is MIDDLE else SummaryScreen)
        await pilot.pause()
        keys = list(app.screen.query_one(Footer).query("FooterKey"))

        assert text_of(app).splitlines()[-1].startswith("q Quit ? Help")
        assert all(key.region.right <= width for key in keys)


async def test_a_frozen_display_says_resume() -> None:
    app = stage(MIDDLE)
    async with app.run_test(size=(100, 30)) as pilot:
        await see(pilot, LiveScreen)
        await pilot.press("space")
        await until(lambda: "Resume" in footer_of(app))
        assert "Freeze" not in footer_of(app)


async def test_help_lists_every_key_that_is_bound_here() -> None:
    app = stage(MIDDLE)
    async with app.run_test(size=(100, 50)) as pilot:
        await see(pilot, LiveScreen)
        active = app.screen.active_bindings.values()
        bound = [each for each in active if each.binding.id and each.binding.show]
        await see_next(pilot, HelpScreen, "question_mark")
        said = " ".join(text_of(app).replace("│", " ").split())

        assert len(bound) >= 8
        for each in bound:
            assert f"{app.get_key_display(each.binding)}" in said
            assert each.tooltip in said
        await pilot.press("escape")
        await see(pilot, LiveScreen)


def _found(app: FairnessApp) -> list[str]:
    """What the palette offers for the text typed so far."""
    options = app.screen.query_one(CommandList).options
    return [str(option.prompt).split("\n")[0] for option in options]


async def test_palette_runs_what_the_keys_run() -> None:
    app = stage(DONE, plan=FEW)
    async with app.run_test() as pilot:
        await see(pilot, SummaryScreen)
        screen = app.screen
        await see_next(pilot, CommandPalette, "ctrl+p")
        titles = {command.title for command in app.get_system_commands(screen)}
        await pilot.press(*"next strategy")
        await until(lambda: _found(app) == ["Run the next strategy of the list on this load"])
        await pilot.press("enter", "enter")
        await until(lambda: len(plans_of(app)) == 2)

    assert {
        "Run scan again: the same plan and seed",
        "Change the plan of this run, then run it",
        "Save a picture of the screen",
        "Theme",
    } <= titles
    assert any(
        title.startswith("Compare all strategies on this load: 10 runs, about") for title in titles
    )
    assert all(" " in title for title in titles - {"Theme", "Maximize"}), "phrases"
    assert not any(title.startswith("Back") for title in titles), "there is nothing to go back to"
    assert plans_of(app)[-1].strategy == list(STRATEGIES)[1]


@pytest.mark.sample(3)
@pytest.mark.parametrize("size", [(1, 1), (10, 3), (40, 10), (79, 24), (300, 100)])
@pytest.mark.parametrize("scene", [MIDDLE, DONE], ids=["live", "summary"])
async def test_no_size_is_refused(size: tuple[int, int], scene: Scene) -> None:
    app = stage(scene)
    async with app.run_test(size=size) as pilot:
        await see(pilot, LiveScreen if scene is MIDDLE else SummaryScreen)
        await pilot.pause()
        await pilot.press("question_mark")
        await pilot.pause()
        await pilot.press("escape", "e")
        await pilot.pause()

        assert app.is_running


@pytest.mark.sample(3)
@pytest.mark.parametrize("size", [(1, 1), (10, 3), (40, 10), (79, 24), (300, 100)])
@pytest.mark.parametrize("scene", [SERVING, ENDED], ids=["live", "summary"])
async def test_no_size_is_refused_under_sustained_load(size: tuple[int, int], scene: Scene) -> None:
    app = stage(scene, plan=SUSTAINED)
    async with app.run_test(size=size) as pilot:
        await see(pilot, LiveScreen if scene is SERVING else SummaryScreen)
        await pilot.press("exclamation_mark", "escape", "question_mark", "escape", "e")
        await pilot.pause()

        assert app.is_running
