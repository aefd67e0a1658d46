"""A strategy is one file and one line: then every face knows it."""

import json
import os
import subprocess
import sys

PRELUDE = """
import sys
from queue_fairness.strategies import STRATEGIES
from queue_fairness.strategies.round_robin import RoundRobin

class Newcomer(RoundRobin):
    "A new discipline that nobody has heard of."
    name = "newcomer"

STRATEGIES[Newcomer.name] = Newcomer
"""

COMMAND = """
from queue_fairness_tui.__main__ import main
sys.exit(main())
"""

PICKER = """
import asyncio
from textual.app import App
from queue_fairness.plan.plan import Plan
from queue_fairness_tui import theme
from queue_fairness_tui.screens.form_fields import Choice
from queue_fairness_tui.screens.plan_form import PlanForm

class Bare(App):
    def get_theme_variable_defaults(self):
        return theme.own_colors(self.current_theme)

async def look():
    app = Bare()
    async with app.run_test() as pilot:
        await app.push_screen(PlanForm(Plan()))
        app.screen.query_one("#strategy", Choice).value = "newcomer"
        await pilot.pause()
        print(app.screen._check().strategy)

asyncio.run(look())
"""


def _run(program: str, *arguments: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "REDIS_URL"}
    done = subprocess.run(
        [sys.executable, "-c", PRELUDE + program, *arguments],
        capture_output=True,
        text=True,
        env=environment,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_new_strategy_is_known_to_help_picker_compare_and_json() -> None:
    assert "A new discipline that nobody has heard of." in _run(COMMAND, "--help-all")
    assert _run(PICKER).strip() == "newcomer"
    load = [
        "-P",
        "60",
        "-t",
        "4",
        "-w",
        "4",
        "--work-duration",
        "0.001",
        "--headless",
        "--json",
        "-",
    ]
    alone = json.loads(_run(COMMAND, *load, "--strategy", "newcomer"))
    assert alone["plan"]["strategy"] == "newcomer"
    assert alone["verdict"]["word"] == "FAIR"
    compared = json.loads(_run(COMMAND, "compare", "--strategies", "scan,newcomer", *load))
    assert [run["plan"]["strategy"] for run in compared["runs"]] == ["scan", "newcomer"]
