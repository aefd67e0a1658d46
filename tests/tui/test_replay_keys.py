"""A recording on the live screen: its keys, and that it ends as the run did."""

from pathlib import Path

import pytest
from recordings import final_of, recorded
from servers import until
from tui.stage import see, see_next, text_of

from queue_fairness.cli.commands import JudgeCommand
from queue_fairness.cli.signals import SignalHandler
from queue_fairness.engine.file_session import FileSession
from queue_fairness.engine.replayed_run import ReplayedRun
from queue_fairness.judge.options import TableOptions
from queue_fairness.metrics.phase import Phase
from queue_fairness.plan import Plan, Source
from queue_fairness.plan.observed import ObservedPlan
from queue_fairness_tui.app import FairnessApp
from queue_fairness_tui.file_run import file_run
from queue_fairness_tui.screens.replay import ReplayScreen, SeekDialog
from queue_fairness_tui.screens.summary import SummaryScreen

PLAN = Plan(partitions=40, tasks_per_partition=5, workers=4, work_duration=0.04)


def replaying(tmp_path: Path, speed: float = 0.001) -> tuple[FairnessApp, ReplayedRun]:
    path = recorded(PLAN, tmp_path / "run.jsonl")
    run = ReplayedRun(str(path), PLAN, speed=speed)
    return FairnessApp(FileSession(lambda: run), PLAN, SignalHandler()), run


async def test_it_is_paused_hurried_and_stepped_through(tmp_path: Path) -> None:
    app, run = replaying(tmp_path)
    async with app.run_test(size=(120, 36)) as pilot:
        await see(pilot, ReplayScreen)
        await until(lambda: run.length_s is not None)

        await pilot.press("space")
        await until(lambda: "PAUSED" in text_of(app))
        await pilot.press("right", "right", "right")
        assert run.length_s is not None
        length = run.length_s
        third = 3 * length / 50
        await until(lambda: abs(run.at - third) < length / 50)
        after_three = run.snapshot().picked_up
        await pilot.press("left")
        await until(lambda: run.at < third * 0.9)
        assert 0 < run.snapshot().picked_up < after_three

        await pilot.press("right_square_bracket")
        assert run.speed == 0.1
        await pilot.press("left_square_bracket")
        assert run.speed == 0.1, "there is no slower one in the list"
        await pilot.press("x")
        await see(pilot, SummaryScreen)
        final = run.snapshot()
        assert final.phase is Phase.DRAINED
        assert final.completed == PLAN.total_tasks
        assert final.waits.mean == pytest.approx(final_of(PLAN).waits.mean)


async def test_it_goes_to_a_time_and_to_the_worst_moment(tmp_path: Path) -> None:
    app, run = replaying(tmp_path)
    async with app.run_test(size=(120, 36)) as pilot:
        await see(pilot, ReplayScreen)
        await until(lambda: run.worst_at is not None)

        await pilot.press("w")
        worst = run.worst_at
        assert worst is not None
        await until(lambda: abs(run.at - worst) < 1e-6)
        assert run.is_paused
        await see_next(pilot, SeekDialog, "g")
        await pilot.press("1", "enter")
        await until(lambda: abs(run.at - 1.0) < 1e-6)
        await see_next(pilot, SummaryScreen, "x")


async def test_nothing_can_be_done_to_what_has_happened(tmp_path: Path) -> None:
    app, _ = replaying(tmp_path)
    async with app.run_test(size=(120, 36)) as pilot:
        await see(pilot, ReplayScreen)
        screen = app.screen

        await pilot.press("r", "e", "d", "D", "exclamation_mark", "plus")
        await pilot.pause()
        assert app.screen is screen
        await pilot.press("x")
        await see(pilot, SummaryScreen)


async def test_it_ends_by_itself(tmp_path: Path) -> None:
    app, _ = replaying(tmp_path, speed=1000)
    async with app.run_test(size=(120, 36)) as pilot:
        await see(pilot, SummaryScreen)


async def test_a_table_opens_at_its_summary(tmp_path: Path) -> None:
    path = tmp_path / "jobs.csv"
    lines = [f"t{at % 9},0,{at},{at + 3}" for at in range(200)]
    path.write_text("\n".join(["tenant,ready,started,finished", *lines]))
    plan = ObservedPlan(source=Source(name="jobs.csv", command=""), names=())
    command = JudgeCommand(path=str(path), table=TableOptions(), plan=plan)
    app = FairnessApp(FileSession(lambda: file_run(command)), plan, SignalHandler())
    async with app.run_test(size=(120, 36)) as pilot:
        await see(pilot, SummaryScreen)

        assert "200 jobs of 9 tenants" in text_of(app)
        for section in "23456":
            await pilot.press(section)
            await pilot.pause()
