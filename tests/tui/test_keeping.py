"""Results of a screen are kept as they come, each once."""

from functools import partial
from pathlib import Path

from servers import until
from tui.stage import DONE, FEW, MIDDLE, see, see_next, stage

from queue_fairness.cli.keeping import keep
from queue_fairness.cli.options import parse
from queue_fairness.history.store import Store
from queue_fairness_tui.screens.live import LiveScreen
from queue_fairness_tui.screens.summary import SummaryScreen


async def test_each_run_that_came_to_its_end_is_kept_once(tmp_path: Path) -> None:
    store = Store(tmp_path / "history")
    options = parse([], {"QUEUE_FAIRNESS_HISTORY": str(store.path)})
    app = stage(DONE, DONE, MIDDLE, plan=FEW)
    app.keep = lambda result: keep(result, options)
    async with app.run_test() as pilot:
        await see(pilot, SummaryScreen)
        await until(lambda: len(store.entries()) == 1)
        await see_next(pilot, SummaryScreen, "d")
        await until(lambda: len(store.entries()) == 2)
        await see_next(pilot, LiveScreen, "r")
        await see_next(pilot, SummaryScreen, "x")
        last = app.session.run
        assert last is not None

    keep(last.snapshot(), options)
    assert [each.strategy for each in store.entries()] == ["scan-resume", "scan"]


async def test_what_cannot_be_kept_is_said_on_the_screen(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    options = parse([], {"QUEUE_FAIRNESS_HISTORY": str(tmp_path / "file" / "history")})
    app = stage(DONE)
    app.keep = partial(lambda options, result: keep(result, options), options)
    async with app.run_test(notifications=True) as pilot:
        await see(pilot, SummaryScreen)
        await until(lambda: len(app._notifications) > 0)

        assert "this result is not kept" in next(iter(app._notifications)).message
