"""Every key does what the footer says, and the screens say what is true."""

import dataclasses
import re

import pytest
from script import Scene, ScriptedRun, ScriptedSession
from servers import until
from textual.command import CommandPalette
from textual.pilot import Pilot
from textual.widgets import Footer, Input, Select
from tui.stage import DONE, FAILED, MIDDLE, PLAN, stage, text_of

from queue_fairness_core.plan import Plan, plan_fields
from queue_fairness_core.snapshot import Phase
from queue_fairness_core.strategies import STRATEGIES
from queue_fairness_core.strategies.custom import strategy_names
from queue_fairness_tui.app import FairnessApp
from queue_fairness_tui.screens.compare import CompareScreen
from queue_fairness_tui.screens.help import HelpScreen
from queue_fairness_tui.screens.live import LiveScreen
from queue_fairness_tui.screens.partition_detail import PartitionDetail
from queue_fairness_tui.screens.plan_form import PlanForm
from queue_fairness_tui.screens.summary import SummaryScreen
from queue_fairness_tui.widgets.painting import Painting


def _plans(app: FairnessApp) -> list[Plan]:
    assert isinstance(app.session, ScriptedSession)
    return app.session.plans


def _footer(app: FairnessApp) -> set[str]:
    keys = app.screen.query_one(Footer).query("FooterKey")
    return {str(getattr(key, "description", "")) for key in keys}


async def _see(pilot: Pilot[None], kind: type[object]) -> None:
    for _ in range(100):
        await pilot.pause(0.01)
        if isinstance(pilot.app.screen, kind) and isinstance(pilot.app, FairnessApp):
            await pilot.pause()
            if text_of(pilot.app):
                return
    raise AssertionError(f"{kind.__name__} did not come; there is {pilot.app.screen}")


async def test_run_that_ends_freezes_into_its_summary() -> None:
    async with stage(DONE).run_test() as pilot:
        await _see(pilot, SummaryScreen)

        assert isinstance(pilot.app, FairnessApp)
        said = text_of(pilot.app)
        assert "DRAINED  10,000 of 10,000 tasks" in said
        assert "none left, none lost, none twice" in said


async def test_rerun_edit_and_next_strategy_start_the_right_plan() -> None:
    app = stage(DONE)
    async with app.run_test() as pilot:
        await _see(pilot, SummaryScreen)

        await pilot.press("r")
        await _see(pilot, SummaryScreen)
        await pilot.press("d")
        await _see(pilot, SummaryScreen)
        await pilot.press("d")
        await _see(pilot, SummaryScreen)

        strategies = [plan.strategy for plan in _plans(app)]
        assert strategies == ["scan", "scan", *list(STRATEGIES)[1:3]]
        assert len({(plan.seed, plan.partitions) for plan in _plans(app)}) == 1


async def test_form_holds_the_last_values_and_runs_others() -> None:
    app = stage(DONE)
    async with app.run_test(size=(80, 24)) as pilot:
        await _see(pilot, SummaryScreen)
        await pilot.press("e")
        await _see(pilot, PlanForm)

        assert app.screen.query_one("#partitions", Input).value == "1000"
        app.screen.query_one("#partitions", Input).value = "77"
        app.screen.query_one("#strategy", Select).value = "round-robin"
        await pilot.press("enter")
        await _see(pilot, SummaryScreen)

        assert (_plans(app)[-1].partitions, _plans(app)[-1].strategy) == (77, "round-robin")


async def test_form_refuses_and_says_why_beside_the_field() -> None:
    app = stage(DONE)
    async with app.run_test(size=(100, 24)) as pilot:
        await _see(pilot, SummaryScreen)
        await pilot.press("e")
        await _see(pilot, PlanForm)

        app.screen.query_one("#workers", Input).value = "5000"
        await pilot.press("enter")
        await pilot.pause()

        assert isinstance(app.screen, PlanForm)
        assert "✗ 5000 is too large: allowed are 1 to 1,024 workers" in text_of(app)
        assert len(_plans(app)) == 1
        await pilot.press("escape")
        await _see(pilot, SummaryScreen)
        assert len(_plans(app)) == 1


async def test_form_picks_from_lists_by_keyboard() -> None:
    app = stage(DONE)
    async with app.run_test(size=(80, 24)) as pilot:
        await _see(pilot, SummaryScreen)
        await pilot.press("e")
        await _see(pilot, PlanForm)

        strategy = app.screen.query_one("#strategy", Select)
        for _ in plan_fields():
            if app.focused is not strategy:
                await pilot.press("down")
        assert app.focused is strategy
        await pilot.press("space", "down", "enter")
        await pilot.pause()
        assert isinstance(app.screen, PlanForm), "enter chose from the list"
        await pilot.press("enter")
        await _see(pilot, SummaryScreen)

        assert _plans(app)[-1].strategy == list(STRATEGIES)[1]


async def test_freeze_holds_the_picture_while_the_run_goes_on() -> None:
    app = stage(MIDDLE)
    async with app.run_test() as pilot:
        await _see(pilot, LiveScreen)
        await pilot.press("space")
        run = app.session.run
        assert isinstance(run, ScriptedRun)
        run._phase = Phase.DRAINED
        await pilot.pause(0.3)

        assert isinstance(app.screen, LiveScreen), "frozen: not even the end is shown"
        assert "FROZEN" in text_of(app)
        await pilot.press("space")
        await _see(pilot, SummaryScreen)


async def test_stop_shows_what_was_measured() -> None:
    app = stage(MIDDLE)
    async with app.run_test() as pilot:
        await _see(pilot, LiveScreen)
        await pilot.press("x")
        await _see(pilot, SummaryScreen)

        assert "STOPPED EARLY" in text_of(app)


async def test_unit_goes_round_on_every_panel() -> None:
    app = stage(MIDDLE)
    async with app.run_test(size=(120, 40)) as pilot:
        await _see(pilot, LiveScreen)
        rounds = text_of(app)
        await pilot.press("u")
        await pilot.pause()
        seconds = text_of(app)
        await pilot.press("u")
        await pilot.pause()
        tasks = text_of(app)
        await pilot.press("u")
        await pilot.pause()

        assert "worst wait 5.8 rounds" in rounds
        assert "worst wait 18.1 s" in seconds
        assert re.search(r"worst wait 5,[78]\d\d tasks", tasks)
        assert text_of(app) == rounds


async def test_verdict_stands_on_both_screens() -> None:
    app = stage(MIDDLE)
    async with app.run_test(size=(80, 24)) as pilot:
        await _see(pilot, LiveScreen)
        live = text_of(app)
        app.session.run = ScriptedRun(app.plan, DONE)
        app.post_message(LiveScreen.Ended(app.session.run))
        await _see(pilot, SummaryScreen)
        summary = text_of(app)

    assert "✗ UNFAIR so far" in live
    assert "✗ UNFAIR" in summary
    for label in ("why", "not", "try", "evidence"):
        assert f"  {label} " in summary


async def test_partitions_are_sorted_filtered_and_looked_into() -> None:
    app = stage(DONE)
    async with app.run_test(size=(100, 30)) as pilot:
        await _see(pilot, SummaryScreen)
        await pilot.press("2")
        await pilot.pause()
        assert "500 of 1,000 partitions, by worst wait" in text_of(app)
        assert "✗ 9.9" in text_of(app)

        await pilot.press("s")
        await pilot.pause()
        assert "by first pickup" in text_of(app)

        await pilot.press("slash")
        await pilot.press(*"p731")
        await pilot.press("enter")
        await pilot.pause()
        assert "1 of 1,000 partitions" in text_of(app)

        await pilot.press("enter")
        await _see(pilot, PartitionDetail)
        assert "Partition p731" in text_of(app)
        assert "partitions that went first" in text_of(app)
        await pilot.press("escape")
        await _see(pilot, SummaryScreen)
        await pilot.press("escape")
        await pilot.pause()
        assert "500 of 1,000 partitions" in text_of(app)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("1", "Fairness between the partitions"),
        ("2", "1,000 partitions, by"),
        ("3", "The longest waits"),
        ("4", "Tasks of each worker"),
        ("5", "Price of a pop"),
        ("6", "tasks-per-partition"),
    ],
)
async def test_each_section_has_its_key(key: str, words: str) -> None:
    app = stage(DONE)
    async with app.run_test(size=(100, 40)) as pilot:
        await _see(pilot, SummaryScreen)
        await pilot.press(key)
        await pilot.pause()

        assert words in text_of(app)


async def test_footer_shows_the_keys_that_work_now() -> None:
    app = stage(MIDDLE)
    async with app.run_test(size=(100, 30)) as pilot:
        await _see(pilot, LiveScreen)
        await pilot.pause()
        live = _footer(app)
        await pilot.press("x")
        await _see(pilot, SummaryScreen)
        await pilot.pause()
        summary = _footer(app)

    assert {"Freeze", "Unit", "Stop", "Rerun", "Edit", "Next", "All", "Help", "Quit"} <= live
    assert {"Unit", "Rerun", "Edit", "Next", "Help", "Quit"} <= summary
    assert not {"Freeze", "Stop"} & summary


async def test_help_lists_every_key_that_is_bound_here() -> None:
    app = stage(MIDDLE)
    async with app.run_test(size=(100, 50)) as pilot:
        await _see(pilot, LiveScreen)
        active = app.screen.active_bindings.values()
        bound = [each for each in active if each.binding.id and each.binding.show]
        await pilot.press("question_mark")
        await _see(pilot, HelpScreen)
        said = " ".join(text_of(app).replace("│", " ").split())

        assert len(bound) == 10
        for each in bound:
            assert f"{app.get_key_display(each.binding)}" in said
            assert each.tooltip in said
        await pilot.press("escape")
        await _see(pilot, LiveScreen)


async def test_palette_runs_what_the_keys_run() -> None:
    app = stage(DONE)
    async with app.run_test() as pilot:
        await _see(pilot, SummaryScreen)
        screen = app.screen
        await pilot.press("ctrl+p")
        await _see(pilot, CommandPalette)
        titles = {command.title for command in app.get_system_commands(screen)}
        await pilot.press(*"next")
        await pilot.pause(0.5)
        await pilot.press("enter")
        await pilot.pause(0.2)
        await pilot.press("enter")
        await until(lambda: len(_plans(app)) == 2)

    assert {"Rerun", "Edit", "Next", "Help", "Quit", "Theme", "Screenshot"} <= titles
    assert _plans(app)[-1].strategy == list(STRATEGIES)[1]


async def test_end_behind_the_form_waits_for_the_form() -> None:
    app = stage(MIDDLE)
    async with app.run_test() as pilot:
        await _see(pilot, LiveScreen)
        await pilot.press("e")
        await _see(pilot, PlanForm)
        assert app.session.run is not None
        app.session.run.stop()
        await pilot.pause(0.3)
        assert isinstance(app.screen, PlanForm)

        await pilot.press("escape")
        await _see(pilot, SummaryScreen)


async def test_failure_is_said_in_full() -> None:
    app = stage(FAILED)
    async with app.run_test() as pilot:
        await _see(pilot, SummaryScreen)

        assert "was lost in mid-run" in text_of(app)
        assert "FAILED" in text_of(app)


async def test_same_looks_cost_no_redraw(monkeypatch: pytest.MonkeyPatch) -> None:
    app = stage(MIDDLE)
    async with app.run_test() as pilot:
        await _see(pilot, LiveScreen)
        await pilot.pause(0.3)
        panels = list(app.screen.query(Painting))
        drawn: list[str] = []
        for panel in panels:
            monkeypatch.setattr(panel, "refresh", lambda *_, **__: drawn.append("drawn"))
        for _ in range(5):
            assert isinstance(app.screen, LiveScreen)
            app.screen.tick()
        await pilot.pause()

        assert len(panels) == 7
        assert drawn == []


@pytest.mark.parametrize("size", [(1, 1), (10, 3), (40, 10), (79, 24), (300, 100)])
@pytest.mark.parametrize("scene", [MIDDLE, DONE], ids=["live", "summary"])
async def test_no_size_is_refused(size: tuple[int, int], scene: Scene) -> None:
    app = stage(scene)
    async with app.run_test(size=size) as pilot:
        await _see(pilot, LiveScreen if scene is MIDDLE else SummaryScreen)
        await pilot.pause()
        await pilot.press("question_mark")
        await pilot.pause()
        await pilot.press("escape", "e")
        await pilot.pause()

        assert app.is_running


async def test_forty_by_ten_still_says_the_essentials() -> None:
    app = stage(MIDDLE)
    async with app.run_test(size=(40, 10)) as pilot:
        await _see(pilot, LiveScreen)
        await pilot.pause()
        said = text_of(app)

    assert "scan · 1,000 × 10" in said
    assert "58 %" in said
    assert "█" in said
    assert "·" in said


async def test_headline_names_engine_version_origin_and_lag() -> None:
    app = stage(MIDDLE)
    async with app.run_test(size=(120, 40)) as pilot:
        await _see(pilot, LiveScreen)
        await pilot.pause()
        first = text_of(app).splitlines()[0]

    assert "Valkey 9.1.2 (bundled) · lag 2.10 ms" in first


async def test_all_strategies_are_run_and_compared() -> None:
    app = stage(DONE)
    async with app.run_test(size=(100, 40)) as pilot:
        await _see(pilot, SummaryScreen)
        await pilot.press("D")
        await _see(pilot, CompareScreen)

        assert tuple(plan.strategy for plan in _plans(app)[1:]) == strategy_names()
        said = text_of(app)
        assert " is FAIR at 1.0 round trips a pop" in said
        assert "✗ UNFAIR" in said
        assert "by turns" in said

        await pilot.press("enter")
        await _see(pilot, SummaryScreen)
        assert f"{next(iter(STRATEGIES))} · 1,000 × 10" in text_of(app)
        await pilot.press("escape")
        await _see(pilot, CompareScreen)
        assert app.shown_last is app.comparison is not None


async def test_run_of_its_own_ends_a_comparison_and_c_goes_back_to_the_last() -> None:
    app = stage(DONE)
    async with app.run_test(size=(100, 40)) as pilot:
        await _see(pilot, SummaryScreen)
        await pilot.press("D")
        await _see(pilot, CompareScreen)
        await pilot.press("r")
        await _see(pilot, SummaryScreen)
        assert app.shown_last is None

        await pilot.press("c")
        await _see(pilot, CompareScreen)


async def test_stopped_comparison_shows_what_was_measured() -> None:
    app = stage(DONE, DONE, MIDDLE)
    async with app.run_test(size=(100, 40)) as pilot:
        await _see(pilot, SummaryScreen)
        await pilot.press("D")
        await until(lambda: len(_plans(app)) == 3)
        await _see(pilot, LiveScreen)
        assert "RUN 2 of" in text_of(app)

        await pilot.press("x")
        await _see(pilot, CompareScreen)

        assert "stopped early" in text_of(app)


async def test_queue_of_the_users_own_is_a_strategy_like_any_other() -> None:
    own = "custom.example_queue:NewestFirst"
    app = stage(DONE, plan=dataclasses.replace(PLAN, strategy=own))
    async with app.run_test(size=(100, 40)) as pilot:
        await _see(pilot, SummaryScreen)
        await pilot.press("e")
        await _see(pilot, PlanForm)
        picker = app.screen.query_one("#strategy", Select)
        assert picker.value == own
        picker.focus()
        await pilot.pause()
        assert "The task pushed last is served first" in text_of(app)

        await pilot.press("escape")
        await _see(pilot, SummaryScreen)
        await pilot.press("d")
        await _see(pilot, SummaryScreen)
        names = strategy_names()
        following = names[(names.index(own) + 1) % len(names)]
        assert [plan.strategy for plan in _plans(app)] == [own, following]
