"""Keys that are typed faster than a screen opens: none is lost, and none goes elsewhere."""

import dataclasses

from servers import until
from textual import events
from tui.stage import DONE, MIDDLE, PLAN, plans_of, see, stage, text_of

from queue_fairness_tui.app import FairnessApp
from queue_fairness_tui.screens.live import LiveScreen
from queue_fairness_tui.screens.summary import SummaryScreen


def type_at_once(app: FairnessApp, *keys: str) -> None:
    """All keys are there before the first one is looked at, as from a terminal that was behind."""
    for key in keys:
        app.post_message(events.Key(key, key if len(key) == 1 else None))


async def test_the_form_takes_each_key_that_follows_its_own() -> None:
    app = stage(DONE)
    async with app.run_test(size=(80, 24)) as pilot:
        await see(pilot, SummaryScreen)
        type_at_once(app, "e", *["down"] * 4, "1", "6", "enter")
        await until(lambda: len(plans_of(app)) == 2)
        await see(pilot, SummaryScreen)

    assert plans_of(app)[1] == dataclasses.replace(PLAN, workers=16)


async def test_the_field_of_a_partition_takes_each_key_that_follows_its_own() -> None:
    app = stage(MIDDLE)
    async with app.run_test(size=(100, 30)) as pilot:
        await see(pilot, LiveScreen)
        type_at_once(app, "slash", *"p012", "enter")
        await until(lambda: "▸ p012" in text_of(app))


async def test_the_filter_takes_each_key_that_follows_its_own() -> None:
    app = stage(DONE)
    async with app.run_test(size=(80, 24)) as pilot:
        await see(pilot, SummaryScreen)
        await pilot.press("2")
        await pilot.pause()
        type_at_once(app, "slash", *"p73e1")
        await until(lambda: "no partition is called 'p73e1'" in text_of(app))
