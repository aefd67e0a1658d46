"""The application on a stage: real screens and keys, over a scripted run that stands still."""

from script import Scene, ScriptedSession

from queue_fairness_core.interruption import Interruption
from queue_fairness_core.plan import Plan
from queue_fairness_core.snapshot import Phase
from queue_fairness_tui.app import FairnessApp

PLAN = Plan(partitions=1000, tasks_per_partition=10, workers=8, work_duration=0.025)

START = Scene(Phase.ENQUEUEING, 0.0)
MIDDLE = Scene(Phase.DRAINING, 0.58)
DONE = Scene(Phase.DRAINED, 1.0)
FAILED = Scene(
    Phase.FAILED, 0.3, "redis://localhost:6379/0 was lost in mid-run: see whether it still runs"
)


def stage(*scenes: Scene, plan: Plan = PLAN) -> FairnessApp:
    """The application, about to show these scenes, one a run."""
    return FairnessApp(ScriptedSession(*scenes), plan, Interruption(), clock=lambda: 0.0)


def text_of(app: FairnessApp) -> str:
    """What is on the screen, as a stranger reads it."""
    width, height = app.size
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.crop(0, width).text for strip in strips[:height])
