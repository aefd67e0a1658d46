"""The fields of the form: how a value stands in one, and what stands beside it."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.reactive import reactive
from textual.screen import ModalScreen
from textual.widgets import Footer, Input, Label, OptionList, Static
from textual.widgets.option_list import Option

from queue_fairness.formatting import numbers
from queue_fairness.plan.field import PlanField, PlanValue
from queue_fairness.strategies.custom import strategy_names

__all__ = ["Choice", "FieldRow", "More", "PlanField", "about", "as_typed", "field_for"]

NOTHING = ("none", "never", "drain", "off")
"""What stands for 0 where 0 switches something off; each is understood in each such field."""


def as_typed(each: PlanField, value: PlanValue) -> str:
    """A value as one would type it: `25 ms`, `60 s`, `never`, `16`; `read_typed` reads it."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if value == 0 and _is_off_at_0(each):
        return _nothing(each)
    if each.unit == "seconds":
        return time_text(value)
    short = numbers.exact(value) if isinstance(value, float) else str(value)
    return f"{short}/s" if each.unit == "tasks/s" else short


def read_typed(each: PlanField, text: str) -> str:
    """What the table of fields understands: the words for 0 are its own business no more."""
    return "0" if text.strip().lower() in NOTHING and _is_off_at_0(each) else text


def time_text(value: float) -> str:
    """`25 ms`, `60 s`; with all digits."""
    return numbers.setting(value) if value else "0 s"


def about(each: PlanField) -> str:
    """The meaning and the range of a field."""
    return f"{each.help} ({each.bounds})"


def _is_off_at_0(each: PlanField) -> bool:
    return each.minimum == 0 and each.default == 0 and not isinstance(each.default, bool)


def _nothing(each: PlanField) -> str:
    if each.name in ("rate", "load"):
        return "drain"
    return "never" if each.name.endswith("_at") else "none"


class Choice(Static, can_focus=True):
    """One of several names. Left and right choose, space opens the list; enter runs the plan.

    Lighter than Textual's own list, which the form would wait for.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "open", "List", tooltip="Open the list.", id="form-choose"),
        Binding("right", "step(1)", "Next one", show=False, tooltip="Choose the next one."),
        Binding("left", "step(-1)", "One back", show=False, tooltip="Choose the one before."),
    ]

    DEFAULT_CSS = """
    Choice { width: 1fr; height: 1; }
    Choice:focus { background: $primary; color: $background; }
    """

    value: reactive[str] = reactive("", init=False)
    """The name that is chosen."""

    class Changed(Message):
        """Another one was chosen."""

        def __init__(self, choice: "Choice", value: str) -> None:
            super().__init__()
            self.choice = choice
            self.value = value

        @property
        def control(self) -> "Choice":
            """Where."""
            return self.choice

    def __init__(self, names: Sequence[str], value: str, *, id: str) -> None:
        super().__init__(f"{value} ▾", id=id, markup=False)
        self.names = names
        self.set_reactive(Choice.value, value)

    def watch_value(self) -> None:
        """Show it, and tell the form."""
        self.update(f"{self.value} ▾")
        self.post_message(self.Changed(self, self.value))

    async def on_click(self) -> None:
        """Open the list by mouse, too."""
        await self.action_open()

    def action_step(self, by: int) -> None:
        """Choose the next name, or the one before."""
        at = self.names.index(self.value) if self.value in self.names else 0
        self.value = self.names[(at + by) % len(self.names)]

    async def action_open(self) -> None:
        """Open the list."""
        chooser = Chooser(self.names, self.value)
        await self.app.push_screen(chooser, self._take)

    def _take(self, name: str | None) -> None:
        if name is not None:
            self.value = name


class Chooser(ModalScreen[str | None]):
    """A list of names; returns one, or None."""

    CSS_PATH = "dialog.tcss"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", "Back", tooltip="Keep the one there is.", id="choose-leave"),
    ]

    def __init__(self, names: Sequence[str], value: str) -> None:
        super().__init__()
        self._names = names
        self._value = value

    def compose(self) -> ComposeResult:
        """A line per name."""
        with Vertical():
            yield Names(*(Option(name) for name in self._names), compact=True, markup=False)
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        """Mark the one there is, and focus the list."""
        names = self.query_one(Names)
        if self._value in self._names:
            names.highlighted = self._names.index(self._value)
        self.set_focus(names)

    @on(OptionList.OptionSelected)
    def choose(self, message: OptionList.OptionSelected) -> None:
        """Return the name."""
        self.dismiss(self._names[message.option_index])

    def action_leave(self) -> None:
        """Return None."""
        self.dismiss(None)


class Names(OptionList):
    """The list, with its key in the footer."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select", "Choose", tooltip="Choose the selected one.", id="choose-it"),
    ]


class More(Static, can_focus=True):
    """A line that stands for folded fields."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "unfold", "Show all", tooltip="Show all fields.", id="form-unfold"),
    ]

    DEFAULT_CSS = """
    More { height: 1; color: $muted; }
    More:focus { background: $primary; color: $background; }
    """

    class Unfolded(Message):
        """The user wants to see all fields."""

    def action_unfold(self) -> None:
        """Ask for all fields."""
        self.post_message(self.Unfolded())

    def on_click(self) -> None:
        """By mouse, too."""
        self.action_unfold()


class FieldRow(Horizontal):
    """A field between its name and what there is to say of it: an error, what it was, its meaning.

    Attributes:
        field: Where the value stands.
    """

    DEFAULT_CSS = """
    FieldRow {
        height: auto;
        min-height: 1;
        & > .name { width: 22; }
        & > .note { width: 1fr; height: auto; padding: 0 1; color: $muted; }
        &.-changed > .name { text-style: bold; }
        &.-changed > .note { color: $foreground; }
        &.-wrong > .note { color: $error; text-style: bold; }
    }
    """

    def __init__(self, name: str, field: Input | Choice, meaning: str) -> None:
        super().__init__()
        self._label = name
        self.field = field
        self._meaning = meaning
        self._note = Label("", classes="note", markup=False)

    def compose(self) -> ComposeResult:
        """Name, value, note."""
        yield Label(f"  {self._label}", classes="name", markup=False)
        yield self.field
        yield self._note

    def on_resize(self) -> None:
        """Say what it means where there is room."""
        self._say()

    def mark(self, was: str, complaint: str) -> None:
        """Say what is wrong with the value, or what it was before.

        Args:
            was: The value that the form was opened with; empty if it is still that.
            complaint: What is wrong; empty if nothing is.
        """
        self._was, self._complaint = was, complaint
        self.set_class(bool(was), "-changed")
        self.set_class(bool(complaint), "-wrong")
        self.query_one(".name", Label).update(f"{'●' if was else ' '} {self._label}")
        self._say()

    _was = ""
    _complaint = ""

    def _say(self) -> None:
        has_room = self.size.width >= BESIDE
        meaning = self._meaning if has_room else ""
        said = f"✗ {self._complaint}" if self._complaint else ""
        said = said or (f"was {self._was}" if self._was else meaning)
        self._note.update(said)
        self.set_class(not said, "-plain")


BESIDE = 106
"""Columns from which the meaning of every field stands beside it."""


def field_for(each: PlanField, value: str) -> Input | Choice:
    """A list where only names are understood, else a line to type into."""
    if each.name == "strategy":
        return Choice(strategy_names(), value, id=each.name)
    if each.is_flag:
        return Choice(("no", "yes"), value, id=each.name)
    if each.choices and not each.other_form:
        return Choice(each.choices, value, id=each.name)
    field = Input(value, compact=True, id=each.name, select_on_focus=True)
    field.cursor_blink = False
    return field
