"""The application on a stage: real screens and keys, over a scripted run that stands still.

Beside it what tests of screens wait for and ask about.
"""

import dataclasses
import time

from script import Scene, ScriptedRun, ScriptedSession, snapshot
from servers import DEADLINE_S, until
from textual.pilot import Pilot
from textual.widgets import Footer

from queue_fairness.analysis.comparison import Comparison
from queue_fairness.cli.signals import SignalHandler
from queue_fairness.engine.fault import Fault
from queue_fairness.metrics.snapshot import Phase, PopTimes
from queue_fairness.plan import Plan
from queue_fairness_tui.app import FairnessApp
from queue_fairness_tui.screens.live import LiveScreen

PLAN = Plan(partitions=1000, tasks_per_partition=10, workers=8, work_duration=0.025)

FEW = dataclasses.replace(PLAN, partitions=100)
"""For what depends on no figure: a tenth of the events to play for each strategy."""

START = Scene(Phase.ENQUEUEING, 0.0)
MIDDLE = Scene(Phase.DRAINING, 0.58)
DONE = Scene(Phase.DRAINED, 1.0)
FAILED = Scene(
    Phase.FAILED, 0.3, "redis://localhost:6379/0 was lost in mid-run: see whether it still runs"
)

SUSTAINED = Plan(
    partitions=50,
    workers=8,
    work_duration=0.025,
    strategy="round-robin",
    load=1.2,
    duration=20,
    lease_ttl=2,
)
"""More comes than can be done; see `script.sustained_events` for what else happens."""

SERVING = Scene(Phase.SERVING, 0.6)
ENDED = Scene(Phase.ENDED, 1.0)

OWN_QUEUE_FAILED = Scene(
    Phase.FAILED,
    0.3,
    "my.module:Queue: pop() raised ValueError: [bold]no[/bold] [/x]",
    "Traceback (most recent call last):\n"
    '  File "/home/me/my/module.py", line 12, in pop\n'
    '    raise ValueError("[bold]no[/bold] [/x] \\x1b[31m")\n'
    "ValueError: [bold]no[/bold] [/x] \x1b[31m " + "and so on " * 12 + "\n",
)


def stage(*scenes: Scene, plan: Plan = PLAN) -> FairnessApp:
    """The application, about to show these scenes, one a run."""
    return FairnessApp(ScriptedSession(*scenes), plan, SignalHandler(), clock=lambda: 0.0)


def compared(*, repeats: int = 1) -> Comparison:
    """A comparison of four strategies, two of which may be told apart only by chance."""
    names = ("scan", "round-robin", "virtual-time", "random-ready")
    runs = []
    for turn in range(repeats):
        for place, name in enumerate(names):
            run = snapshot(dataclasses.replace(PLAN, strategy=name))
            rate = 320 + 2 * (turn - repeats // 2) + place / 2
            pops = PopTimes(p50=(300 + 10 * turn + 5 * place) / 1e6, p99=(1 + turn) / 1e3)
            elapsed = PLAN.total_tasks / rate
            runs.append(dataclasses.replace(run, pops=pops, elapsed_s=elapsed))
    return Comparison(plan=PLAN, strategies=names, repeats=repeats, runs=tuple(runs))


def text_of(app: FairnessApp) -> str:
    """What is on the screen, as a stranger reads it."""
    width, height = app.size
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.crop(0, width).text for strip in strips[:height])


async def see(pilot: Pilot[None], kind: type[object]) -> None:
    """Wait until a screen of that kind is open and drawn."""
    app = pilot.app
    assert isinstance(app, FairnessApp)
    await until(lambda: isinstance(app.screen, kind))
    await pilot.pause()
    await pilot.pause()
    await until(lambda: bool(text_of(app).strip()) or min(app.size) < 2)


async def settled(pilot: Pilot[None]) -> None:
    """Wait until the screen stands still: a run that has ended is summed up, and all is drawn."""
    app = pilot.app
    assert isinstance(app, FairnessApp)
    seen: list[object] = []
    deadline = time.monotonic() + DEADLINE_S
    while len(seen) < 3:
        assert time.monotonic() < deadline, "the screen does not come to rest"
        await pilot.pause()
        run = app.session.run
        is_passing = isinstance(app.screen, LiveScreen) and run and run.snapshot().phase.is_final
        shown = (app.screen, app.screen._compositor.render_strips())
        seen = [] if is_passing else [*(each for each in seen if each == shown), shown]


async def see_next(pilot: Pilot[None], kind: type[object], *keys: str) -> None:
    """Press keys, and wait for a screen of that kind that was not there before."""
    before = set(pilot.app.screen_stack)
    await pilot.press(*keys)
    await until(lambda: pilot.app.screen not in before)
    await see(pilot, kind)
    assert pilot.app.screen not in before


def plans_of(app: FairnessApp) -> list[Plan]:
    """The plans that were started, in order."""
    assert isinstance(app.session, ScriptedSession)
    return app.session.plans


def footer_of(app: FairnessApp) -> set[str]:
    """The descriptions of the keys in the footer."""
    keys = app.screen.query_one(Footer).query("FooterKey")
    return {str(getattr(key, "description", "")) for key in keys}


def injected_into(app: FairnessApp) -> list[Fault]:
    """The faults that the run was given, in order."""
    assert isinstance(app.session.run, ScriptedRun)
    return app.session.run.injected
