"""The live screen: its keys, and what it says."""

import re

import pytest
from script import ScriptedRun
from servers import until
from tui.stage import (
    MIDDLE,
    SERVING,
    SUSTAINED,
    see,
    see_next,
    stage,
    text_of,
)

from queue_fairness_tui.screens.live import CHART_EVERY, LiveScreen
from queue_fairness_tui.screens.summary import SummaryScreen
from queue_fairness_tui.widgets.panel import Panel


async def test_freeze_holds_the_picture_while_the_run_goes_on() -> None:
    app = stage(MIDDLE)
    async with app.run_test() as pilot:
        await see(pilot, LiveScreen)
        await pilot.press("space")
        run = app.session.run
        assert isinstance(run, ScriptedRun)
        run.stop()
        await until(lambda: "run ended" in text_of(app))

        assert isinstance(app.screen, LiveScreen), "frozen: not even the end is shown"
        assert "FROZEN" in text_of(app)
        await see_next(pilot, SummaryScreen, "space")


async def test_stop_shows_what_was_measured() -> None:
    app = stage(MIDDLE)
    async with app.run_test() as pilot:
        await see(pilot, LiveScreen)
        await see_next(pilot, SummaryScreen, "x")

        assert "STOPPED EARLY" in text_of(app)


async def test_unit_goes_round_on_every_panel() -> None:
    app = stage(MIDDLE)
    async with app.run_test(size=(120, 40)) as pilot:
        await see(pilot, LiveScreen)
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


async def test_same_looks_cost_no_redraw(monkeypatch: pytest.MonkeyPatch) -> None:
    app = stage(MIDDLE)
    async with app.run_test() as pilot:
        await see(pilot, LiveScreen)
        assert isinstance(app.screen, LiveScreen)
        for _ in range(2 * CHART_EVERY + 1):
            app.screen.tick()
        await pilot.pause()
        panels = list(app.screen.query(Panel))
        drawn: list[str] = []
        for panel in panels:
            monkeypatch.setattr(panel, "refresh", lambda *_, **__: drawn.append("drawn"))
        for _ in range(5):
            app.screen.tick()
        await pilot.pause()

        assert len(panels) == 9
        assert drawn == []


async def test_forty_by_ten_still_says_the_essentials() -> None:
    app = stage(MIDDLE)
    async with app.run_test(size=(40, 10)) as pilot:
        await see(pilot, LiveScreen)
        await pilot.pause()
        said = text_of(app)

    assert "scan · 1,000 × 10" in said
    assert "58 %" in said
    assert "█" in said
    assert "·" in said


async def test_headline_names_engine_version_origin_and_lag() -> None:
    app = stage(MIDDLE)
    async with app.run_test(size=(120, 40)) as pilot:
        await see(pilot, LiveScreen)
        await pilot.pause()
        first = text_of(app).splitlines()[0]

    assert "Valkey 9.1.2 (bundled) · lag 2.10 ms" in first


async def test_unit_and_freeze_work_under_sustained_load() -> None:
    app = stage(SERVING, plan=SUSTAINED)
    async with app.run_test(size=(120, 40)) as pilot:
        await see(pilot, LiveScreen)
        rounds = text_of(app)
        await pilot.press("u")
        await pilot.pause()
        seconds = text_of(app)
        await pilot.press("u", "u", "space")
        await pilot.pause()
        frozen = text_of(app)
        run = app.session.run
        assert isinstance(run, ScriptedRun)
        run.stop()
        await until(lambda: "run ended" in text_of(app))

        assert "worst wait 0.9 rounds" in rounds
        assert re.search(r"worst wait [\d.]+ m?s ", seconds)
        assert "FROZEN" in frozen
        assert isinstance(app.screen, LiveScreen), "frozen: not even the end is shown"
        await see_next(pilot, SummaryScreen, "space")


async def test_sustained_load_shows_what_comes_and_what_goes() -> None:
    app = stage(SERVING, plan=SUSTAINED)
    async with app.run_test(size=(120, 40)) as pilot:
        await see(pilot, LiveScreen)
        said = text_of(app)

    assert "12.0 s of 20 s · 3,711/4,608 tasks" in said
    assert "Arrivals and departures" in said
    assert "backlog 889 grows 65/s, will not drain" in said
    axis = next(line for line in said.splitlines() if "20 s│" in line)
    assert axis.count("┊") == 2, "a crash, and a worker that joined"
