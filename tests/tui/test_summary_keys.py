"""The summary screen: its keys, and what it says."""

import pytest
from script import ScriptedRun
from textual.coordinate import Coordinate
from textual.widgets import DataTable
from tui.stage import (
    DONE,
    FAILED,
    MIDDLE,
    OWN_QUEUE_FAILED,
    see,
    see_next,
    stage,
    text_of,
)

from queue_fairness.report import run_report
from queue_fairness_tui.app import FairnessApp
from queue_fairness_tui.screens.live import LiveScreen
from queue_fairness_tui.screens.partition_detail import PartitionDetail
from queue_fairness_tui.screens.summary import SummaryScreen


async def test_run_that_ends_freezes_into_its_summary() -> None:
    async with stage(DONE).run_test() as pilot:
        await see(pilot, SummaryScreen)

        assert isinstance(pilot.app, FairnessApp)
        said = text_of(pilot.app)
        assert "DRAINED  10,000 of 10,000 tasks" in said
        assert "none left, none lost, none twice" in said


async def test_verdict_stands_on_both_screens() -> None:
    app = stage(MIDDLE)
    async with app.run_test(size=(80, 24)) as pilot:
        await see(pilot, LiveScreen)
        live = text_of(app)
        app.session.run = ScriptedRun(app.plan, DONE)
        app.post_message(LiveScreen.Ended(app.session.run))
        await see(pilot, SummaryScreen)
        summary = text_of(app)
        await pilot.press("pagedown")
        await pilot.pause()
        summary += text_of(app)

    assert "✗ UNFAIR so far" in live
    assert "✗ UNFAIR" in summary
    for label in ("why", "not", "try", "evidence"):
        assert f"  {label} " in summary


async def test_partitions_are_sorted_filtered_and_opened() -> None:
    app = stage(DONE)
    async with app.run_test(size=(100, 30)) as pilot:
        await see(pilot, SummaryScreen)
        await pilot.press("2")
        await pilot.pause()
        assert "500 of 1,000 partitions, by worst wait" in text_of(app)
        assert "✗ 9.9" in text_of(app)

        await pilot.press("o")
        await pilot.pause()
        assert "by first pickup" in text_of(app)

        await pilot.press("slash", *"p731")
        await pilot.press("enter")
        await pilot.pause()
        assert "1 of 1,000 partitions" in text_of(app)

        await see_next(pilot, PartitionDetail, "enter")
        assert "Partition p731" in text_of(app)
        assert "partitions that went first" in text_of(app)
        await pilot.press("escape")
        await see(pilot, SummaryScreen)
        await pilot.press("escape")
        await pilot.pause()
        assert "500 of 1,000 partitions" in text_of(app)


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("1", "In numbers, waits in rounds"),
        ("2", "1,000 partitions, by"),
        ("3", "The longest waits"),
        ("4", "Tasks of each worker"),
        ("5", "event loop lag p50"),
        ("6", "tasks-per-partition"),
    ],
)
async def test_each_section_has_its_key(key: str, words: str) -> None:
    app = stage(DONE)
    async with app.run_test(size=(100, 40)) as pilot:
        await see(pilot, SummaryScreen)
        await pilot.press(key)
        await pilot.pause()

        assert words in text_of(app)


async def test_failure_is_said_in_full() -> None:
    app = stage(FAILED)
    async with app.run_test() as pilot:
        await see(pilot, SummaryScreen)

        assert "was lost in mid-run" in text_of(app)
        assert "FAILED" in text_of(app)


async def test_failed_queue_of_ones_own_shows_its_traceback_as_it_is() -> None:
    app = stage(OWN_QUEUE_FAILED)
    async with app.run_test(size=(80, 40)) as pilot:
        await see(pilot, SummaryScreen)
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


async def test_click_on_a_partition_opens_it() -> None:
    app = stage(DONE)
    async with app.run_test(size=(100, 30)) as pilot:
        await see(pilot, SummaryScreen)
        await pilot.press("2")
        await pilot.pause()
        name = str(app.screen.query_one(DataTable).get_cell_at(Coordinate(3, 0)))

        # The first click moves the cursor there, the second one opens.
        await pilot.click(DataTable, offset=(5, 4), times=2)
        await see(pilot, PartitionDetail)

        assert f"Partition {name}" in text_of(app)
