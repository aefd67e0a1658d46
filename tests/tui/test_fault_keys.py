"""Faults at a key, and the menu of faults."""

import functools

import pytest
from servers import until
from tui.stage import (
    ENDED,
    SERVING,
    SUSTAINED,
    footer_of,
    injected_into,
    see,
    see_next,
    stage,
    text_of,
)

from queue_fairness.engine.fault import Fault
from queue_fairness_tui.app import FairnessApp
from queue_fairness_tui.screens.fault_menu import FaultMenu
from queue_fairness_tui.screens.live import LiveScreen
from queue_fairness_tui.screens.summary import SummaryScreen


def _has_done(app: FairnessApp, fault: Fault) -> bool:
    return injected_into(app)[-1:] == [fault]


@pytest.mark.parametrize(
    ("key", "fault"), [("plus", Fault.ADD_WORKER), ("minus", Fault.REMOVE_WORKER)]
)
async def test_workers_are_added_and_removed_at_a_key(key: str, fault: Fault) -> None:
    app = stage(SERVING, plan=SUSTAINED)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await see(pilot, LiveScreen)
        await pilot.press(key)
        await until(lambda: f"done: {fault.value}" in text_of(app))

        assert injected_into(app) == [fault]


async def test_menu_does_what_was_chosen_and_nothing_if_it_is_left() -> None:
    app = stage(SERVING, plan=SUSTAINED)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await see(pilot, LiveScreen)
        await see_next(pilot, FaultMenu, "exclamation_mark")
        said = text_of(app)
        await pilot.press("escape")
        await see(pilot, LiveScreen)
        assert injected_into(app) == []

        for place, fault in enumerate(Fault):
            await see_next(pilot, FaultMenu, "exclamation_mark")
            await pilot.press(*["down"] * place, "enter")
            await see(pilot, LiveScreen)
            await until(functools.partial(_has_done, app, fault))

        assert injected_into(app) == list(Fault)
        assert all(fault.value in said for fault in Fault)


async def test_menu_of_faults_shows_its_keys() -> None:
    app = stage(SERVING, plan=SUSTAINED)
    async with app.run_test(size=(80, 24)) as pilot:
        await see(pilot, LiveScreen)
        await see_next(pilot, FaultMenu, "exclamation_mark")
        await pilot.pause()

        assert {"Inject", "Close"} <= footer_of(app)


async def test_nothing_can_be_done_to_a_run_that_is_over() -> None:
    app = stage(ENDED, plan=SUSTAINED)
    async with app.run_test(size=(100, 30)) as pilot:
        await see(pilot, SummaryScreen)
        await pilot.pause()
        footer = footer_of(app)
        await pilot.press("exclamation_mark", "plus", "minus")
        await pilot.pause()

        assert "Rerun round-robin" in footer
        assert "Fault" not in footer
        assert isinstance(app.screen, SummaryScreen)
        assert injected_into(app) == []
