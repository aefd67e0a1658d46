"""Keys act on the run in view, and nothing of the session is lost by one of them."""

import dataclasses
from pathlib import Path

import pytest
from servers import until
from tui.stage import DONE, FEW, MIDDLE, PLAN, footer_of, plans_of, see, see_next, stage, text_of

from queue_fairness_tui.screens.comparison import ComparisonScreen
from queue_fairness_tui.screens.live import LiveScreen
from queue_fairness_tui.screens.plan_form import PlanForm
from queue_fairness_tui.screens.save_menu import SaveMenu
from queue_fairness_tui.screens.summary import SummaryScreen


async def test_what_is_advised_is_run_and_shown_beside_the_run_before() -> None:
    app = stage(DONE)
    async with app.run_test(size=(80, 24)) as pilot:
        await see(pilot, SummaryScreen)
        assert "Try round-robin" in footer_of(app)
        await see_next(pilot, SummaryScreen, "t")
        said = text_of(app)

    assert plans_of(app) == [PLAN, dataclasses.replace(PLAN, strategy="round-robin")]
    assert "before: strategy scan (now round-robin)" in said
    head = next(line for line in said.splitlines() if "before" in line and "ideal" in line)
    assert head.index("this run") < head.index("before") < head.index("ideal")
    jain = next(line for line in said.splitlines() if "round Jain" in line)
    assert jain.split("round Jain")[1].partition("│")[0].split() == ["1.0", "0.12", "1"]


async def test_keys_over_an_opened_run_act_on_it_and_not_on_another() -> None:
    app = stage(DONE, plan=FEW)
    async with app.run_test(size=(100, 40)) as pilot:
        await see(pilot, SummaryScreen)
        await see_next(pilot, ComparisonScreen, "D")
        made = len(plans_of(app))
        await pilot.press("down", "down")
        await see_next(pilot, SummaryScreen, "enter")
        assert isinstance(app.screen, SummaryScreen)
        opened = app.screen.plan
        assert opened.strategy != app.plan.strategy

        await see_next(pilot, SummaryScreen, "r")

        assert plans_of(app)[made:] == [opened]


async def test_rerun_of_a_comparison_makes_all_of_it_again() -> None:
    app = stage(DONE, plan=FEW)
    async with app.run_test(size=(100, 40)) as pilot:
        await see(pilot, SummaryScreen)
        await see_next(pilot, ComparisonScreen, "D")
        made = plans_of(app)[1:]
        assert f"Rerun all {len(made)}" in footer_of(app)
        await see_next(pilot, ComparisonScreen, "r")

        assert plans_of(app)[1 + len(made) :] == made


async def test_change_of_a_comparison_changes_its_load_and_compares_again() -> None:
    app = stage(DONE, plan=FEW)
    async with app.run_test(size=(100, 40)) as pilot:
        await see(pilot, SummaryScreen)
        await see_next(pilot, ComparisonScreen, "D")
        made = len(plans_of(app)) - 1
        await see_next(pilot, PlanForm, "e")
        assert "strategy" not in text_of(app).split()
        await see_next(pilot, ComparisonScreen, "down", "5", "0", "enter")

        again = plans_of(app)[1 + made :]
        assert len(again) == made
        assert {plan.partitions for plan in again} == {50}


async def test_results_of_the_session_can_be_gone_back_to() -> None:
    app = stage(DONE, DONE, MIDDLE, plan=FEW)
    async with app.run_test(size=(100, 30)) as pilot:
        await see(pilot, SummaryScreen)
        await see_next(pilot, SummaryScreen, "t")
        await see_next(pilot, SummaryScreen, "left_square_bracket")
        assert "✗ UNFAIR" in text_of(app)
        await see_next(pilot, SummaryScreen, "right_square_bracket")
        assert "✓ FAIR" in text_of(app)

        await see_next(pilot, LiveScreen, "r")
        await see_next(pilot, SummaryScreen, "left_square_bracket")
        assert "before: strategy scan (now round-robin)" in text_of(app)
        await see_next(pilot, LiveScreen, "right_square_bracket")
        await see_next(pilot, SummaryScreen, "left_square_bracket")
        assert app.session.run is not None
        app.session.run.stop()
        await until(lambda: len(app.results.entries) == 3)
        await see_next(pilot, SummaryScreen, "right_square_bracket")
        assert "STOPPED EARLY" in text_of(app)


async def test_stop_ends_one_run_of_a_series_and_shift_x_all() -> None:
    app = stage(MIDDLE)
    async with app.run_test(size=(100, 30)) as pilot:
        await see(pilot, LiveScreen)
        await see_next(pilot, LiveScreen, "D")
        assert "all done in ~" in text_of(app)
        await see_next(pilot, LiveScreen, "x")
        assert "RUN 2 of 10" in text_of(app)
        await see_next(pilot, ComparisonScreen, "X")

        assert len(plans_of(app)) == 3
        rows = [line for line in text_of(app).splitlines() if "stopped early" in line]
    assert any("5.8" in line for line in rows), "half a run is kept"


async def test_a_picture_lands_where_the_program_was_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    app = stage(DONE)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await see(pilot, SummaryScreen)
        for name in ("scan-1000x10-unfair.svg", "scan-1000x10-unfair-2.svg"):
            await see_next(pilot, SaveMenu, "s")
            await pilot.press("down", "enter")
            await until(lambda name=name: f"./{name}" in text_of(app))  # type: ignore[misc]
            assert "✗" in (tmp_path / name).read_text()
        await see_next(pilot, SaveMenu, "s")
        await pilot.press("down", "down", "enter")
        await until((tmp_path / "scan-1000x10-unfair.txt").exists)


async def test_a_picture_is_saved_on_a_machine_without_any_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    monkeypatch.setenv("HOME", str(tmp_path / "none"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    app = stage(DONE)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await see(pilot, SummaryScreen)
        await see_next(pilot, SaveMenu, "s")
        await pilot.press("down", "enter")
        await until((tmp_path / "scan-1000x10-unfair.svg").exists)
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "neither"))
        await see_next(pilot, SaveMenu, "s")
        await pilot.press("enter")
        await until(lambda: any("no folder" in each.message for each in app._notifications))


async def test_a_report_is_copied_through_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    app = stage(DONE)
    copied: list[str] = []
    monkeypatch.setattr(app, "copy_to_clipboard", copied.append)
    async with app.run_test(size=(80, 24)) as pilot:
        await see(pilot, SummaryScreen)
        await see_next(pilot, SaveMenu, "s")
        await pilot.press("up", "enter")
        await until(lambda: bool(copied))

    assert copied[0].startswith("scan · 1,000 partitions")


async def test_a_partition_is_kept_on_top_live() -> None:
    app = stage(MIDDLE)
    async with app.run_test(size=(100, 30)) as pilot:
        await see(pilot, LiveScreen)
        await pilot.press("slash", *"p012", "enter")
        await pilot.pause()
        await until(lambda: "▸ p012" in text_of(app))
        line = next(each for each in text_of(app).splitlines() if "▸ p012" in each)
        assert "10 served" in line
        await pilot.press("slash", "z")
        await until(lambda: "no partition is called 'z'" in text_of(app))
        await pilot.press("escape")
        await until(lambda: "▸" not in text_of(app))


async def test_a_filter_that_finds_nothing_says_so_and_takes_its_first_key() -> None:
    app = stage(DONE)
    async with app.run_test(size=(80, 24)) as pilot:
        await see(pilot, SummaryScreen)
        await pilot.press("2", "slash", *"p13zz")
        await until(lambda: "no partition is called 'p13zz' · esc shows all" in text_of(app))
        await pilot.press("escape")
        await until(lambda: "10 of 10" in text_of(app))
