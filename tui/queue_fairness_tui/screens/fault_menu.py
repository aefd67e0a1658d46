"""The menu of what can be done to a run while it goes on."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Footer, Label, OptionList
from textual.widgets.option_list import Option

from queue_fairness.engine.fault import Fault


class Faults(OptionList):
    """The list, whose key is shown."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select", "Do it", tooltip="Do this to the run.", id="fault-choose"),
    ]


class FaultMenu(ModalScreen[Fault | None]):
    """Dismisses itself with the fault that was chosen, or with None."""

    CSS_PATH = "dialog.tcss"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", "Close", tooltip="Do nothing.", id="fault-close"),
    ]

    def compose(self) -> ComposeResult:
        """A line per fault."""
        with Vertical():
            yield Label("Do something to the run, and see how the partitions take it")
            yield Faults(*(Option(each.value, id=each.name) for each in Fault), compact=True)
        yield Footer(compact=True)

    def on_mount(self) -> None:
        """Let the arrow keys choose."""
        self.query_one(Faults).focus()

    @on(OptionList.OptionSelected)
    def choose(self, message: OptionList.OptionSelected) -> None:
        """Dismiss with the fault."""
        assert message.option_id is not None
        self.dismiss(Fault[message.option_id])

    def action_leave(self) -> None:
        """Dismiss without one."""
        self.dismiss(None)
