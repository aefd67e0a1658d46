"""The form: its fields, what it refuses, and what it starts."""

import dataclasses

import pytest
from servers import until
from textual.widgets import Input
from tui.stage import (
    DONE,
    ENDED,
    MIDDLE,
    PLAN,
    plans_of,
    see,
    see_next,
    stage,
    text_of,
)

from queue_fairness.plan import Plan, parse_plan, plan_fields
from queue_fairness.plan.scenarios import scenario_names
from queue_fairness.strategies import STRATEGIES
from queue_fairness.strategies.custom import strategy_names
from queue_fairness_tui.screens import plan_form
from queue_fairness_tui.screens.form_fields import Choice
from queue_fairness_tui.screens.live import LiveScreen
from queue_fairness_tui.screens.plan_form import PlanForm
from queue_fairness_tui.screens.summary import SummaryScreen


async def test_form_holds_the_last_values_and_runs_others() -> None:
    app = stage(DONE)
    async with app.run_test(size=(80, 24)) as pilot:
        await see(pilot, SummaryScreen)
        await see_next(pilot, PlanForm, "e")

        assert app.screen.query_one("#partitions", Input).value == "1000"
        app.screen.query_one("#partitions", Input).value = "77"
        app.screen.query_one("#strategy", Choice).value = "round-robin"
        await see_next(pilot, SummaryScreen, "enter")

        assert (plans_of(app)[-1].partitions, plans_of(app)[-1].strategy) == (77, "round-robin")


async def test_form_refuses_and_says_why_beside_the_field() -> None:
    app = stage(DONE)
    async with app.run_test(size=(100, 24)) as pilot:
        await see(pilot, SummaryScreen)
        await see_next(pilot, PlanForm, "e")

        app.screen.query_one("#workers", Input).value = "5000"
        await pilot.press("enter")
        await pilot.pause()

        assert isinstance(app.screen, PlanForm)
        assert "✗ 5000 is too large: allowed are 1 to 1,024 workers" in text_of(app)
        assert len(plans_of(app)) == 1
        await pilot.press("escape")
        await see(pilot, SummaryScreen)
        assert len(plans_of(app)) == 1


async def test_form_picks_from_lists_by_keyboard() -> None:
    app = stage(DONE)
    async with app.run_test(size=(80, 24)) as pilot:
        await see(pilot, SummaryScreen)
        await see_next(pilot, PlanForm, "e")

        strategy = app.screen.query_one("#strategy", Choice)
        for _ in plan_fields():
            if app.focused is not strategy:
                await pilot.press("down")
        assert app.focused is strategy
        await pilot.press("space", "down", "enter")
        await pilot.pause()
        assert isinstance(app.screen, PlanForm), "enter chose from the list"
        await see_next(pilot, SummaryScreen, "enter")

        assert plans_of(app)[-1].strategy == list(STRATEGIES)[1]


async def test_end_behind_the_form_waits_for_the_form() -> None:
    app = stage(MIDDLE)
    async with app.run_test() as pilot:
        await see(pilot, LiveScreen)
        await see_next(pilot, PlanForm, "e")
        live = app.screen_stack[-2]
        assert isinstance(live, LiveScreen)
        live.run.stop()
        await until(lambda: live.snapshot is not None and live.snapshot.phase.is_final)
        await pilot.pause()
        assert isinstance(app.screen, PlanForm)

        await pilot.press("escape")
        await see(pilot, SummaryScreen)


async def test_queue_of_the_users_own_is_a_strategy_like_any_other() -> None:
    own = "custom.example_queue:NewestFirst"
    app = stage(DONE, plan=dataclasses.replace(PLAN, strategy=own))
    async with app.run_test(size=(100, 40)) as pilot:
        await see(pilot, SummaryScreen)
        await see_next(pilot, PlanForm, "e")
        picker = app.screen.query_one("#strategy", Choice)
        assert picker.value == own
        picker.focus()
        await pilot.pause()
        assert "The task pushed last is served first" in text_of(app)

        await pilot.press("escape")
        await see(pilot, SummaryScreen)
        await see_next(pilot, SummaryScreen, "d")
        names = strategy_names()
        following = names[(names.index(own) + 1) % len(names)]
        assert [plan.strategy for plan in plans_of(app)] == [own, following]


async def test_scenario_fills_the_fields_but_strategy_and_seed() -> None:
    plan = dataclasses.replace(PLAN, strategy="round-robin", seed=7, failure_rate=0.5)
    app = stage(DONE, ENDED, plan=plan)
    async with app.run_test(size=(80, 24)) as pilot:
        await see(pilot, SummaryScreen)
        await see_next(pilot, PlanForm, "e")
        app.screen.query_one("#scenario", Choice).focus()
        downs = 1 + list(scenario_names()).index("overload")
        await pilot.press("space", *["down"] * downs, "enter")
        await pilot.pause()
        assert "A fifth more tasks arrive than the workers can serve" in text_of(app)
        assert "about 11,520 tasks in 30 s" in text_of(app)
        assert "was drain" in text_of(app), "what has changed is marked"

        await see_next(pilot, SummaryScreen, "enter")

    ran = plans_of(app)[-1]
    assert (ran.strategy, ran.seed) == ("round-robin", 7)
    assert (ran.partitions, ran.load, ran.duration) == (200, 1.2, 30)
    assert ran.failure_rate == 0, "what the scenario does not ask for is as ever"


async def test_fields_that_change_together_are_checked_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    checked: list[dict[str, str]] = []

    def parse(texts: dict[str, str]) -> Plan:
        checked.append(texts)
        return parse_plan(texts)

    monkeypatch.setattr(plan_form, "parse_plan", parse)
    app = stage(DONE)
    async with app.run_test(size=(80, 24)) as pilot:
        await see(pilot, SummaryScreen)
        await see_next(pilot, PlanForm, "e")
        opened = len(checked)
        for each, value in {"#partitions": "77", "#workers": "3", "#load": "0.9"}.items():
            app.screen.query_one(each, Input).value = value
        await until(lambda: checked[-1]["load"] == "0.9")

    assert 1 <= opened <= 3, "not once per field"
    assert len(checked) == opened + 1
    assert (checked[-1]["partitions"], checked[-1]["workers"]) == ("77", "3")
