"""Takes the README's pictures: real runs on the bundled server, the real screens, no hand.

    uv run python screenshots/take.py

Each run takes half a minute. The pictures are PNG, because a browser that lacks the terminal's
font would tear an SVG's columns apart; the font named below has to be installed.
"""

from pathlib import Path

import cairosvg
from textual.pilot import Pilot

from queue_fairness import event_loop
from queue_fairness.cli.commands import CompareCommand
from queue_fairness.cli.signals import SignalHandler
from queue_fairness.engine.session import Session
from queue_fairness.plan import Plan, parse_plan
from queue_fairness.plan.scenarios import load_scenario
from queue_fairness.server.choice import ServerChoice
from queue_fairness.strategies import STRATEGIES
from queue_fairness.strategies.custom import compared_names
from queue_fairness_tui.app import FairnessApp
from queue_fairness_tui.screens.comparison import ComparisonScreen
from queue_fairness_tui.screens.summary import SummaryScreen

FOLDER = Path(__file__).parent
FONT = "DejaVu Sans Mono"
FONT_SIZE = "20.27px"
"""Makes this font's columns as wide as those that the export was laid out for."""
WIDTH = 2928
SIZE = (120, 40)
COMPARE_SIZE = (120, 52)
MIDDLE = 0.58
"""Share of the run at which the live screen is taken."""


async def screens() -> dict[str, str]:
    """Drains by SCAN and by turns, an overload, and a comparison of all, as SVG by name.

    They become PNG when all runs are over: that would hold up the loop, and be seen as lag.
    """
    taken: dict[str, str] = {}
    async with Session(ServerChoice(redis_server="bundled")) as session:
        for strategy in ("scan", "round-robin"):
            plan = Plan(partitions=1000, tasks_per_partition=10, workers=8, strategy=strategy)
            app = FairnessApp(session, plan, SignalHandler())
            async with app.run_test(size=SIZE) as pilot:
                await _until_middle(pilot, app)
                taken[f"live-{strategy}"] = app.export_screenshot(title="queue-fairness-tui")
                await session.wait()
                while not isinstance(app.screen, SummaryScreen):
                    await pilot.pause(0.1)
                await pilot.pause(0.5)
                taken[f"summary-{strategy}"] = app.export_screenshot(title="queue-fairness-tui")
        overload = parse_plan(load_scenario("overload").values)
        app = FairnessApp(session, overload, SignalHandler())
        async with app.run_test(size=SIZE) as pilot:
            await _until_middle(pilot, app)
            taken["live-overload"] = app.export_screenshot(title="queue-fairness-tui")
            await session.stop()
        load = Plan(partitions=1000, work_duration=0.005)
        app = FairnessApp(
            session,
            load,
            SignalHandler(),
            command=CompareCommand(
                plan=load, strategies=compared_names(tuple(STRATEGIES), "turns", "scan")
            ),
        )
        async with app.run_test(size=COMPARE_SIZE) as pilot:
            while not isinstance(app.screen, ComparisonScreen):
                await pilot.pause(0.1)
            await pilot.pause(0.5)
            taken["compare"] = app.export_screenshot(title="queue-fairness-tui")
    return taken


async def _until_middle(pilot: Pilot[None], app: FairnessApp) -> None:
    run = app.session.run
    assert run is not None
    while run.snapshot().progress < MIDDLE or not run.snapshot().completed:
        await pilot.pause(0.1)


def save(picture: str, name: str) -> None:
    """Write a screen as PNG."""
    picture = picture.replace("Fira Code, monospace", FONT).replace("Fira Code", FONT)
    picture = picture.replace("font-size: 20px", f"font-size: {FONT_SIZE}")
    path = FOLDER / f"{name}.png"
    cairosvg.svg2png(bytestring=picture.encode(), write_to=str(path), output_width=WIDTH)
    print(path)


if __name__ == "__main__":
    for title, taken_screen in event_loop.run(screens()).items():
        save(taken_screen, title)
