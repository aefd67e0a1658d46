"""The limits of the gate on the summary screen."""

import dataclasses

import pytest
from script import Scene, ScriptedSession
from servers import until
from tui.stage import PLAN, SUSTAINED, text_of

from queue_fairness.cli.signals import SignalHandler
from queue_fairness.metrics.snapshot import Phase
from queue_fairness.plan import Plan
from queue_fairness.report.limit import parse_require
from queue_fairness.report.limits import Limits
from queue_fairness_tui.app import FairnessApp
from queue_fairness_tui.screens.summary import SummaryScreen

GATE = Limits(limits=(parse_require("FAIR"),))


@pytest.mark.parametrize(
    ("plan", "scene", "said"),
    [
        pytest.param(
            PLAN,
            Scene(Phase.DRAINED, 1.0),
            ["✗ fail if verdict < FAIR   measured: UNFAIR"],
            id="verdict",
        ),
        pytest.param(
            dataclasses.replace(SUSTAINED, load=0.0, rate=1, duration=0.1),
            Scene(Phase.ENDED, 1.0),
            [
                "No task was taken: there is nothing to judge.",
                "– fail if verdict < FAIR   no verdict",
                "– fail if hardly anything was done   no task arrived",
            ],
            id="nothing-arrived",
        ),
    ],
)
async def test_summary_shows_what_became_of_each_limit(
    plan: Plan, scene: Scene, said: list[str]
) -> None:
    app = FairnessApp(ScriptedSession(scene), plan, SignalHandler(), GATE, clock=lambda: 0.0)

    async with app.run_test(size=(100, 40)) as pilot:
        await until(lambda: isinstance(app.screen, SummaryScreen))
        await pilot.pause()

        shown = text_of(app)
    for line in said:
        assert line in shown
