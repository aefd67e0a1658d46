"""The form: asks for another plan, filled in with the last one.

┌ the fields: name, value, error                 ┐
│ the meaning of the focused field               │
│ the number of tasks in the plan                │
└ keys ──────────────────────────────────────────┘
"""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.events import DescendantFocus
from textual.screen import Screen
from textual.widgets import Footer, Input, Label, Select, Static

from queue_fairness.errors import PlanError
from queue_fairness.formatting import numbers
from queue_fairness.plan import Plan, grouped_fields, parse_plan, plan_field, plan_fields
from queue_fairness.plan.field import PlanField, PlanValue
from queue_fairness.plan.scenarios import load_scenario, scenario_names
from queue_fairness.strategies.custom import find_strategy, strategy_names

SCENARIO = "scenario"
"""The field that fills in the others."""


class Choice(Select[str], inherit_bindings=False):
    """A list that only space opens: up and down move between fields, enter runs the plan."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "show_overlay", "Choose", tooltip="Open the list.", id="form-choose"),
    ]


class Fields(VerticalScroll, inherit_bindings=False):
    """Scrolls to the focused field: up and down move between fields."""


class PlanForm(Screen[Plan | None]):
    """Returns a valid plan, or None."""

    CSS_PATH = "plan_form.tcss"
    AUTO_FOCUS = "#partitions"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (70, "-medium")]  # noqa: RUF012

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "run", "Run", tooltip="Run this plan.", id="form-run"),
        Binding(
            "escape", "leave", "Back", tooltip="Close the form without a run.", id="form-leave"
        ),
        Binding("down", "app.focus_next", "Next", show=False, tooltip="Go to the next field."),
        Binding("up", "app.focus_previous", "Previous", show=False, tooltip="Go one field back."),
    ]

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.plan = plan
        self._is_check_due = False
        """Whether the fields have changed since they were checked."""

    def compose(self) -> ComposeResult:
        """A row per field of the plan."""
        yield Label("Run another plan", id="title")
        with Fields(can_focus=False):
            with Horizontal(classes="field"):
                yield Label("scenario", classes="name")
                names = [(name, name) for name in ("as below", *scenario_names())]
                yield Choice(names, value="as below", allow_blank=False, compact=True, id=SCENARIO)
            for heading, fields in grouped_fields():
                yield Label(heading, classes="heading")
                for each in fields:
                    with Horizontal(classes="field"):
                        yield Label(each.option.removeprefix("--"), classes="name")
                        yield self._input(each)
                        yield Label(
                            "", id=f"complaint-{each.name}", classes="complaint", markup=False
                        )
        yield Static("", id="meaning", markup=False)
        yield Static("", id="amount", markup=False)
        yield Footer(compact=True)

    def on_mount(self) -> None:
        """Show the number of tasks."""
        self.react()

    @on(DescendantFocus)
    def explain(self) -> None:
        """Show the meaning of the focused field."""
        name = self.focused.id if self.focused else None
        if name is None:
            return
        if name == SCENARIO:
            self._say("meaning", self._about())
            return
        each = plan_field(name)
        meaning = f"{each.help} ({each.bounds})"
        if name == "strategy":
            meaning = find_strategy(self._texts()[name]).headline()
        self._say("meaning", meaning)

    @on(Choice.Changed, f"#{SCENARIO}")
    def fill_in(self, message: Choice.Changed) -> None:
        """Fill in the values of a scenario; the strategy and the seed stay."""
        if message.value not in scenario_names():
            return
        asked = load_scenario(str(message.value)).values
        for each in plan_fields():
            if each.name not in ("strategy", "seed"):
                value = asked.get(each.name, _text(each.default))
                field = self.query_one(f"#{each.name}")
                assert isinstance(field, Input | Choice)
                field.value = value

    @on(Input.Changed)
    @on(Choice.Changed)
    def react(self) -> None:
        """Check the fields while the user types: once, however many of them have changed."""
        if not self._is_check_due:
            self._is_check_due = True
            self.call_later(self._catch_up)

    def _catch_up(self) -> None:
        self._is_check_due = False
        if self in self.app.screen_stack:
            self._check()
            self.explain()

    @on(Input.Submitted)
    def action_run(self) -> None:
        """Return the plan, if it is valid."""
        plan = self._check()
        if plan is not None:
            self.dismiss(plan)

    def action_leave(self) -> None:
        """Return None."""
        self.dismiss(None)

    def _input(self, each: PlanField) -> Input | Choice:
        value = _text(getattr(self.plan, each.name))
        if each.choices and (each.name == "strategy" or not each.other_form):
            names = strategy_names() if each.name == "strategy" else each.choices
            options = [(name, name) for name in names]
            return Choice(options, value=value, allow_blank=False, compact=True, id=each.name)
        field = Input(value, compact=True, id=each.name, select_on_focus=False)
        field.cursor_blink = False
        return field

    def _texts(self) -> dict[str, str]:
        fields = [*self.query(Input), *self.query(Choice)]
        return {each.id: str(each.value) for each in fields if each.id and each.id != SCENARIO}

    def _about(self) -> str:
        """What the chosen scenario shows."""
        name = str(self.query_one(f"#{SCENARIO}", Choice).value)
        if name not in scenario_names():
            return "Start from a built-in workload; the fields below change it."
        return load_scenario(name).about

    def _check(self) -> Plan | None:
        """The plan in the fields; None, with an error beside the field, if it is not valid."""
        errors: dict[str, str] = {}
        plan = None
        texts = self._texts()
        for name, text in texts.items():
            try:
                plan_field(name).parse(text)
            except PlanError as error:
                errors[name] = str(error)
        if not errors:
            try:
                plan = parse_plan(texts)
            except PlanError as error:
                errors[error.field] = str(error)
        for name in texts:
            complaint = errors.get(name, "").removeprefix(plan_field(name).option).strip()
            self._say(f"complaint-{name}", f"✗ {complaint}" if complaint else "")
        self._say("amount", _amount(plan))
        return plan

    def _say(self, where: str, text: str) -> None:
        """Show a text; one that stands there already is no reason to lay out the screen anew."""
        place = self.query_one(f"#{where}", Static)
        if place.content != text:
            place.update(text)


def _amount(plan: Plan | None) -> str:
    if plan is None:
        return "Correct the fields marked ✗ to run."
    if not plan.is_drain:
        return f"about {plan.expected_tasks:,.0f} tasks in {numbers.setting(plan.duration)}"
    least = plan.total_tasks / plan.bound_per_s
    ending = f", {numbers.seconds(least)} at least" if least else ""
    return f"{plan.total_tasks:,} tasks{ending}"


def _text(value: PlanValue) -> str:
    """A value as one would type it: `60`, not `60.0`."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    short = numbers.exact(value) if isinstance(value, float) else str(value)
    return short if isinstance(value, str) or float(short) == value else str(value)
