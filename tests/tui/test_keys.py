"""Every key does what the footer says, and the screens say what is true."""

import dataclasses
import functools
import re

import pytest
from rich.text import Span
from script import Scene, ScriptedRun, ScriptedSession
from servers import until
from textual.command import CommandPalette
from textual.pilot import Pilot
from textual.widgets import Footer, Input, Select
from tui.stage import (
    DONE,
    ENDED,
    FAILED,
    MIDDLE,
    OWN_QUEUE_FAILED,
    PLAN,
    SERVING,
    SUSTAINED,
    compared,
    stage,
    text_of,
)

from queue_fairness.analysis.columns import COLUMNS
from queue_fairness.engine.fault import Fault
from queue_fairness.metrics.snapshot import Phase
from queue_fairness.plan import Plan, plan_fields
from queue_fairness.plan.scenarios import scenario_names
from queue_fairness.report import run_report
from queue_fairness.strategies import STRATEGIES
from queue_fairness.strategies.custom import compared_names, strategy_names
from queue_fairness_tui import theme
from queue_fairness_tui.app import FairnessApp
from queue_fairness_tui.screens.comparison import CompareScreen
from queue_fairness_tui.screens.fault_menu import FaultMenu
from queue_fairness_tui.screens.help import HelpScreen
from queue_fairness_tui.screens.live import LiveScreen
from queue_fairness_tui.screens.partition_detail import PartitionDetail
from queue_fairness_tui.screens.plan_form import PlanForm
from queue_fairness_tui.screens.summary import SummaryScreen
from queue_fairness_tui.widgets.panel import Panel
from queue_fairness_tui.widgets.score_table import ScoreTable


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
        ("1", "Fairness: waits in rounds"),
        ("2", "1,000 partitions, by"),
        ("3", "The longest waits"),
        ("4", "Tasks of each worker"),
        ("5", "DequeueCost of a pop"),
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
        panels = list(app.screen.query(Panel))
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

        assert tuple(plan.strategy for plan in _plans(app)[1:]) == compared_names(
            strategy_names(), "turns", "scan"
        )
        said = text_of(app)
        assert " is FAIR at 1.0 round trips a pop" in said
        assert "✗ UNFAIR" in said
        assert "ideal" in said

        await pilot.press("enter")
        await _see(pilot, SummaryScreen)
        assert f"{next(iter(STRATEGIES))} · 1,000 partitions × 10 tasks" in text_of(app)
        await pilot.press("escape")
        await _see(pilot, CompareScreen)
        assert app.last_result is app.comparison is not None


async def test_run_of_its_own_ends_a_comparison_and_c_goes_back_to_the_last() -> None:
    app = stage(DONE)
    async with app.run_test(size=(100, 40)) as pilot:
        await _see(pilot, SummaryScreen)
        await pilot.press("D")
        await _see(pilot, CompareScreen)
        await pilot.press("r")
        await _see(pilot, SummaryScreen)
        assert app.last_result is None

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


HEADS = [column.head.split("\n") for column in COLUMNS]


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
    at = next(number for number, line in enumerate(lines) if line.startswith(" strategy"))
    return lines[at - 1], lines[at]


@pytest.mark.parametrize("repeats", [1, 3])
@pytest.mark.parametrize("size", [(60, 30), (80, 24), (100, 30), (120, 40), (200, 50)])
async def test_every_column_of_the_comparison_is_whole_on_some_page(
    size: tuple[int, int], repeats: int
) -> None:
    app = stage(DONE)
    async with app.run_test(size=size) as pilot:
        await _see(pilot, SummaryScreen)
        app._show(CompareScreen(compared(repeats=repeats)))
        await _see(pilot, CompareScreen)
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
        await _see(pilot, SummaryScreen)
        app._show(CompareScreen(compared(repeats=3)))
        await _see(pilot, CompareScreen)
        medians = text_of(app)
        await pilot.press("s")
        await pilot.pause()
        spreads = text_of(app)

        assert "s: spread of the repeats" in medians
        assert "318–322" not in medians
        assert "318–322" in spreads
        assert "s: median of the repeats" in spreads
        await pilot.press("s")
        await pilot.pause()
        assert text_of(app) == medians


async def test_spread_stands_below_the_median_where_there_is_room() -> None:
    app = stage(DONE)
    async with app.run_test(size=(200, 50)) as pilot:
        await _see(pilot, SummaryScreen)
        app._show(CompareScreen(compared(repeats=3)))
        await _see(pilot, CompareScreen)

        lines = text_of(app).splitlines()
        at = next(number for number, line in enumerate(lines) if "318–322" in line)
        assert "320" in lines[at - 1]
        assert "s: spread" not in text_of(app)


async def test_pictures_take_the_whole_screen_and_give_it_back() -> None:
    app = stage(DONE)
    async with app.run_test(size=(80, 24)) as pilot:
        await _see(pilot, SummaryScreen)
        app._show(CompareScreen(compared()))
        await _see(pilot, CompareScreen)
        before = text_of(app)
        await pilot.press("p")
        await pilot.pause()
        pictures = text_of(app)
        await pilot.press("p")
        await pilot.pause()

        assert pictures.count("█") > before.count("█")
        assert "verdict" not in pictures
        assert text_of(app) == before
        assert {"Open", "Pictures"} <= _footer(app)


async def test_failed_queue_of_ones_own_shows_its_traceback_as_it_is() -> None:
    app = stage(OWN_QUEUE_FAILED)
    async with app.run_test(size=(80, 40)) as pilot:
        await _see(pilot, SummaryScreen)
        said = text_of(app)

    assert "my.module:Queue: pop() raised ValueError: [bold]no[/bold] [/x]" in said
    assert app.session.run is not None
    details = run_report.details(app.session.run.snapshot())
    assert len(details) == 4
    for line in details[:3]:
        assert line in said
    assert "ValueError: [bold]no[/bold] [/x] \\x1b[31m and so on" in said
    words = " ".join(said.replace("▌", " ").split())
    assert words.count("and so on") == 12, "a long line goes on below"


async def test_enter_opens_the_run_that_failed_and_says_where_there_is_none() -> None:
    app = stage(DONE, DONE, OWN_QUEUE_FAILED)
    async with app.run_test(size=(100, 40), notifications=True) as pilot:
        await _see(pilot, SummaryScreen)
        await pilot.press("D")
        await _see(pilot, CompareScreen)
        assert "✗ FAILED" in text_of(app)

        await pilot.press("down", "enter")
        await _see(pilot, SummaryScreen)
        assert "Traceback (most recent call last):" in text_of(app)
        await pilot.press("escape")
        await _see(pilot, CompareScreen)

        await pilot.press("down", "enter")
        await pilot.pause(0.1)
        assert isinstance(app.screen, CompareScreen)
        assert "was not run" in text_of(app)


async def test_marks_and_glyphs_carry_the_comparison_without_color(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = stage(DONE)
    async with app.run_test(size=(120, 40)) as pilot:
        await _see(pilot, SummaryScreen)
        app._show(CompareScreen(compared(repeats=3)))
        await _see(pilot, CompareScreen)
        said = text_of(app)

    assert re.search(r"round-robin +✓ FAIR +[\d.]+\*", said)
    assert re.search(r"scan +✗ UNFAIR", said)
    assert "=: same as the best, the repeats overlap" in said


async def test_comparison_keeps_its_place_and_colors_in_another_theme() -> None:
    app = stage(DONE)
    async with app.run_test(size=(80, 24)) as pilot:
        await _see(pilot, SummaryScreen)
        app._show(CompareScreen(compared()))
        await _see(pilot, CompareScreen)
        table = app.screen.query_one(ScoreTable)
        await pilot.press("down", "right")
        await pilot.pause()
        dark, page = table._style("best"), _columns_shown(app)

        app.theme = theme.LIGHT.name
        await pilot.pause(0.1)

        assert table._style("best") != dark
        assert any(span.style == table._style("best") for span in _spans(table))
        assert (table.cursor_row, _columns_shown(app)) == (2, page)


def _spans(table: ScoreTable) -> list[Span]:
    cells = [cell for row in table.rows for cell in table.get_row(row)]
    return [span for cell in cells for span in cell.spans]


@pytest.mark.parametrize("size", [(1, 1), (10, 3), (40, 10), (79, 24), (300, 100)])
async def test_no_size_is_refused_by_the_comparison(size: tuple[int, int]) -> None:
    app = stage(DONE)
    async with app.run_test(size=size) as pilot:
        await _see(pilot, SummaryScreen)
        app._show(CompareScreen(compared(repeats=3)))
        await _see(pilot, CompareScreen)
        await pilot.press("right", "left", "s", "p", "p", "question_mark", "escape")
        await pilot.pause()

        assert app.is_running


def _injected(app: FairnessApp) -> list[Fault]:
    assert isinstance(app.session.run, ScriptedRun)
    return app.session.run.injected


def _has_done(app: FairnessApp, fault: Fault) -> bool:
    return _injected(app)[-1:] == [fault]


@pytest.mark.parametrize(
    ("key", "fault"), [("plus", Fault.ADD_WORKER), ("minus", Fault.REMOVE_WORKER)]
)
async def test_workers_are_added_and_removed_at_a_key(key: str, fault: Fault) -> None:
    app = stage(SERVING, plan=SUSTAINED)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await _see(pilot, LiveScreen)
        await pilot.press(key)
        await until(lambda: f"done: {fault.value}" in text_of(app))

        assert _injected(app) == [fault]


async def test_menu_does_what_was_chosen_and_nothing_if_it_is_left() -> None:
    app = stage(SERVING, plan=SUSTAINED)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await _see(pilot, LiveScreen)
        await pilot.press("exclamation_mark")
        await _see(pilot, FaultMenu)
        said = text_of(app)
        await pilot.press("escape")
        await _see(pilot, LiveScreen)
        assert _injected(app) == []

        for place, fault in enumerate(Fault):
            await pilot.press("exclamation_mark")
            await _see(pilot, FaultMenu)
            await pilot.press(*["down"] * place, "enter")
            await _see(pilot, LiveScreen)
            await until(functools.partial(_has_done, app, fault))

        assert _injected(app) == list(Fault)
        assert all(fault.value in said for fault in Fault)


async def test_menu_of_faults_shows_its_keys() -> None:
    app = stage(SERVING, plan=SUSTAINED)
    async with app.run_test(size=(80, 24)) as pilot:
        await _see(pilot, LiveScreen)
        assert "Fault" in _footer(app)
        await pilot.press("exclamation_mark")
        await _see(pilot, FaultMenu)
        await pilot.pause()

        assert {"Do it", "Close"} <= _footer(app)


async def test_nothing_can_be_done_to_a_run_that_is_over() -> None:
    app = stage(ENDED, plan=SUSTAINED)
    async with app.run_test(size=(100, 30)) as pilot:
        await _see(pilot, SummaryScreen)
        await pilot.pause()
        footer = _footer(app)
        await pilot.press("exclamation_mark", "plus", "minus")
        await pilot.pause(0.1)

        assert "Rerun" in footer
        assert "Fault" not in footer
        assert isinstance(app.screen, SummaryScreen)
        assert _injected(app) == []


async def test_scenario_fills_the_fields_but_strategy_and_seed() -> None:
    plan = dataclasses.replace(PLAN, strategy="round-robin", seed=7, failure_rate=0.5)
    app = stage(DONE, ENDED, plan=plan)
    async with app.run_test(size=(80, 24)) as pilot:
        await _see(pilot, SummaryScreen)
        await pilot.press("e")
        await _see(pilot, PlanForm)
        app.screen.query_one("#scenario", Select).focus()
        downs = 1 + list(scenario_names()).index("overload")
        await pilot.press("space", *["down"] * downs, "enter")
        await pilot.pause()
        assert "A fifth more arrives than the workers can do" in text_of(app)
        assert "about 11,520 tasks in 30 s" in text_of(app)

        await pilot.press("enter")
        await _see(pilot, SummaryScreen)

    ran = _plans(app)[-1]
    assert (ran.strategy, ran.seed) == ("round-robin", 7)
    assert (ran.partitions, ran.load, ran.duration) == (200, 1.2, 30)
    assert ran.failure_rate == 0, "what the scenario does not ask for is as ever"


async def test_unit_and_freeze_work_under_sustained_load() -> None:
    app = stage(SERVING, plan=SUSTAINED)
    async with app.run_test(size=(120, 40)) as pilot:
        await _see(pilot, LiveScreen)
        rounds = text_of(app)
        await pilot.press("u")
        await pilot.pause()
        seconds = text_of(app)
        await pilot.press("u", "u", "space")
        await pilot.pause()
        frozen = text_of(app)
        run = app.session.run
        assert isinstance(run, ScriptedRun)
        run._phase = Phase.ENDED
        await pilot.pause(0.3)

        assert "worst wait 0.9 rounds" in rounds
        assert re.search(r"worst wait [\d.]+ m?s ", seconds)
        assert "FROZEN" in frozen
        assert isinstance(app.screen, LiveScreen), "frozen: not even the end is shown"
        await pilot.press("space")
        await _see(pilot, SummaryScreen)


async def test_sustained_load_shows_what_comes_and_what_goes() -> None:
    app = stage(SERVING, plan=SUSTAINED)
    async with app.run_test(size=(120, 40)) as pilot:
        await _see(pilot, LiveScreen)
        said = text_of(app)

    assert "12.0 s of 20 s · 3,711/4,608 tasks" in said
    assert "Arrivals and departures" in said
    assert "in 384/s · out 319/s · backlog 889 grows 65/s, will not drain" in said
    axis = next(line for line in said.splitlines() if "20 s│" in line)
    assert axis.count("┊") == 2, "a crash, and a worker that joined"


@pytest.mark.parametrize("size", [(1, 1), (10, 3), (40, 10), (79, 24), (300, 100)])
@pytest.mark.parametrize("scene", [SERVING, ENDED], ids=["live", "summary"])
async def test_no_size_is_refused_under_sustained_load(size: tuple[int, int], scene: Scene) -> None:
    app = stage(scene, plan=SUSTAINED)
    async with app.run_test(size=size) as pilot:
        await _see(pilot, LiveScreen if scene is SERVING else SummaryScreen)
        await pilot.press("exclamation_mark", "escape", "question_mark", "escape", "e")
        await pilot.pause()

        assert app.is_running
