"""The menu of faults and changes that a run in progress can be given."""

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
    """The list of faults, with its key in the footer."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter", "select", "Inject", tooltip="Inject the selected fault.", id="fault-choose"
        ),
    ]


class FaultMenu(ModalScreen[Fault | None]):
    """Returns the fault that was chosen, or None."""

    CSS_PATH = "dialog.tcss"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q", "leave", "Close", tooltip="Close without a fault.", id="fault-close"),
    ]

    def compose(self) -> ComposeResult:
        """One line per fault."""
        with Vertical():
            yield Label("Inject a fault and see how it affects the partitions")
            yield Faults(*(Option(each.value, id=each.name) for each in Fault), compact=True)
        yield Footer(compact=True)

    def on_mount(self) -> None:
        """Focus the list."""
        self.query_one(Faults).focus()

    @on(OptionList.OptionSelected)
    def choose(self, message: OptionList.OptionSelected) -> None:
        """Return the fault."""
        assert message.option_id is not None
        self.dismiss(Fault[message.option_id])

    def action_leave(self) -> None:
        """Return None."""
        self.dismiss(None)
