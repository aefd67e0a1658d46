"""The form: asks for another plan, filled in with the last one.

┌ what the keys do                                         ┐
│ the fields that people change most, and those of the     │
│ others that are not at their defaults: name, value, what │
│ it was, what is wrong with it                            │
│ the others, folded                                       │
│ the meaning of the focused field                         │
│ how much the plan is, and how long it takes              │
└ keys ────────────────────────────────────────────────────┘
"""

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import ActiveBinding, Binding, BindingType
from textual.containers import VerticalScroll
from textual.events import DescendantFocus
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Footer, Input, Label, Static

from queue_fairness.analysis.comparison import Comparison
from queue_fairness.analysis.duration import planned_s, rough
from queue_fairness.analysis.sweep import Sweep
from queue_fairness.errors import PlanError
from queue_fairness.plan import Plan, parse_plan, plan_field, plan_fields
from queue_fairness.plan.scenarios import load_scenario, scenario_names
from queue_fairness.strategies.custom import find_strategy
from queue_fairness_tui.screens import form_fields
from queue_fairness_tui.screens.form_fields import Choice, FieldRow, More, as_typed, read_typed
from queue_fairness_tui.screens.main_screen import fitting

SCENARIO = "scenario"
"""The field that fills in the others."""
FIRST = (
    "strategy",
    SCENARIO,
    "partitions",
    "tasks_per_partition",
    "workers",
    "work_duration",
    "load",
    "duration",
)
"""What people change most, in that order."""
KEYS = "enter run   esc leave   ↑↓ fields   space open a list   F1 help"
LEAVING = ("run", "leave", "app.quit", "quit")
"""Actions whose keys the footer never cuts."""
CUSTOM = "custom"
"""Stands for no scenario: the fields say what is run."""


class Fields(VerticalScroll, inherit_bindings=False):
    """Scrolls to the focused field: up and down move between fields."""


class PlanForm(Screen[Plan | None]):
    """Returns a valid plan, or None."""

    CSS_PATH = "plan_form.tcss"
    AUTO_FOCUS = ""
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (70, "-medium"), (110, "-wide")]  # noqa: RUF012

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "run", "Run", tooltip="Run this plan.", id="form-run"),
        Binding(
            "escape", "leave", "Leave", tooltip="Close the form without a run.", id="form-leave"
        ),
        # First of all, so that what is typed after them goes to the field that they go to.
        Binding("down", "app.focus_next", "Next", show=False, priority=True),
        Binding("up", "app.focus_previous", "Previous", show=False, priority=True),
        Binding("f1", "app.help", "Help", key_display="F1", tooltip="Explain it.", id="form-help"),
    ]

    def __init__(self, plan: Plan, series: Comparison | Sweep | None = None) -> None:
        """A form.

        Args:
            plan: What the fields are filled in with.
            series: The comparison or sweep whose load is changed; what it varies has no field.
        """
        super().__init__()
        self.plan = plan
        self._series = series
        self._varied = _varied(series)
        self._shown = [each for each in FIRST if each not in self._varied]
        changed = (each.name for each in plan_fields() if getattr(plan, each.name) != each.default)
        self._shown += [
            name for name in changed if name not in self._shown and name not in self._varied
        ]
        self._values = {
            each.name: as_typed(each, getattr(plan, each.name)) for each in plan_fields()
        }
        """What stands in each field, those that are folded included."""
        self._is_check_due = False
        """Whether the fields have changed since they were checked."""

    @property
    def active_bindings(self) -> dict[str, ActiveBinding]:
        """The keys that work now, of which the footer shows as many as fit; leaving comes first."""
        found = super().active_bindings.items()
        first = sorted(found, key=lambda item: item[1].binding.action not in LEAVING)
        return dict(fitting(first, self.app.size.width))

    def on_resize(self) -> None:
        """Let the footer offer what fits."""
        self.refresh_bindings()

    def compose(self) -> ComposeResult:
        """The first fields, and a line that unfolds the others."""
        yield Label(KEYS, id="keys")
        with Fields(can_focus=False):
            yield from self._rows(self._shown)
            folded = len(self._folded())
            yield More(f"{folded} more, all at their defaults: space shows them", id="more")
        yield Static("", id="meaning", markup=False)
        yield Static("", id="amount", markup=False)
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Show the number of tasks."""
        self._check_soon()

    def focus_first(self) -> None:
        """Give the keys to the first field, at once."""
        self.set_focus(next(iter(self.query("Choice, Input"))))

    @on(DescendantFocus)
    def explain(self) -> None:
        """Show the meaning of the focused field."""
        name = self.focused.id if self.focused else None
        if name is None:
            return
        self._say("meaning", self._meaning(name))

    @on(Choice.Changed, f"#{SCENARIO}")
    def fill_in(self, message: Choice.Changed) -> None:
        """Fill in the values of a scenario; the strategy and the seed stay."""
        if message.value not in scenario_names():
            return
        asked = load_scenario(message.value).values
        for each in plan_fields():
            if each.name in ("strategy", "seed") or each.name in self._varied:
                continue
            value = asked.get(each.name)
            text = as_typed(each, each.default if value is None else each.parse(value))
            self._values[each.name] = text
            for field in self.query(f"#{each.name}"):
                assert isinstance(field, Input | Choice)
                field.value = text
        self._unfold(
            [each.name for each in self._folded() if self._values[each.name] != _default(each.name)]
        )

    @on(More.Unfolded)
    def unfold(self) -> None:
        """Show all fields."""
        self._unfold([each.name for each in self._folded()])

    @on(Input.Changed)
    @on(Choice.Changed)
    def react(self, message: Input.Changed | Choice.Changed) -> None:
        """Take what is typed; check the fields once, however many of them have changed."""
        name = message.control.id
        if name is not None and name != SCENARIO:
            self._values[name] = message.value
        self._check_soon()

    def _check_soon(self) -> None:
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

    def _rows(self, names: Iterable[str]) -> Iterable[Widget]:
        for name in names:
            if name == SCENARIO:
                options = (CUSTOM, *scenario_names())
                yield FieldRow(SCENARIO, Choice(options, CUSTOM, id=SCENARIO), "")
            else:
                each = plan_field(name)
                field = form_fields.field_for(each, self._values[name])
                yield FieldRow(each.option.removeprefix("--"), field, form_fields.about(each))

    def _folded(self) -> list[form_fields.PlanField]:
        return [
            each
            for each in plan_fields()
            if each.name not in self._shown and each.name not in self._varied
        ]

    def _unfold(self, names: list[str]) -> None:
        """Show these fields, too; the line of those that stay folded goes last."""
        if not names:
            return
        rows = list(self._rows(names))
        self._shown += names
        more = self.query_one("#more", More)
        self.query_one(Fields).mount_all(rows, before=more)
        folded = len(self._folded())
        more.display = bool(folded)
        more.update(f"{folded} more, all at their defaults: space shows them")
        first = rows[0]
        if more.has_focus:
            self.call_after_refresh(lambda: self.set_focus(first.query("Choice, Input").first()))
        self.call_after_refresh(self._check)

    def _meaning(self, name: str) -> str:
        if name == "more":
            return "Everything else that a plan can say."
        if name == SCENARIO:
            chosen = self.query_one(f"#{SCENARIO}", Choice).value
            if chosen not in scenario_names():
                return "Start from a ready-made load; the fields below change it."
            return load_scenario(chosen).about
        if name == "strategy":
            return find_strategy(self._values[name]).headline()
        return form_fields.about(plan_field(name))

    def _check(self) -> Plan | None:
        """The plan in the fields; None, with an error beside the field, if it is not valid."""
        errors: dict[str, str] = {}
        texts: dict[str, str] = {}
        for name, typed in self._values.items():
            each = plan_field(name)
            texts[name] = read_typed(each, typed)
            try:
                each.parse(texts[name])
            except PlanError as error:
                errors[name] = str(error)
        plan = None
        if not errors:
            try:
                plan = parse_plan(texts)
            except PlanError as error:
                errors[error.field] = str(error)
        for row in self.query(FieldRow):
            name = row.field.id or ""
            if name != SCENARIO:
                was = as_typed(plan_field(name), getattr(self.plan, name))
                complaint = errors.get(name, "").removeprefix(plan_field(name).option).strip()
                row.mark(was if was != self._values[name] else "", complaint)
        self._say("amount", _amount(plan, self._series))
        return plan

    def _say(self, where: str, text: str) -> None:
        """Show a text; one that stands there already is no reason to lay out the screen anew."""
        place = self.query_one(f"#{where}", Static)
        if place.content != text:
            place.update(text)


def _default(name: str) -> str:
    return as_typed(plan_field(name), plan_field(name).default)


def _varied(series: Comparison | Sweep | None) -> tuple[str, ...]:
    """The fields that a series varies, and so decides."""
    if series is None:
        return ()
    if isinstance(series, Comparison):
        return ("strategy",)
    shared = ("tasks_per_partition",) if series.total_tasks is not None else ()
    return ("strategy", series.name, *shared)


def _amount(plan: Plan | None, series: Comparison | Sweep | None) -> str:
    if plan is None:
        return "Fix the fields marked ✗, then press enter."
    many = f"{series.planned} runs; each: " if series is not None else ""
    if not plan.is_drain:
        return f"{many}about {plan.expected_tasks:,.0f} tasks in {as_typed_s(plan.duration)}"
    least = planned_s(plan)
    ending = f", takes at least {rough(least)}" if least is not None else ""
    return f"{many}{plan.total_tasks:,} tasks{ending}"


def as_typed_s(value: float) -> str:
    """A time as it stands in a field."""
    return form_fields.time_text(value)
