"""The menu of what can be kept of the screen in view: a picture, a report, a copy."""

from collections.abc import Mapping
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Footer, Label, OptionList
from textual.widgets.option_list import Option


class Kinds(OptionList):
    """The list, with its key in the footer."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "select", "Save", tooltip="Save the selected one.", id="save-choose"),
    ]


class SaveMenu(ModalScreen[str | None]):
    """Returns the key of what was chosen, or None."""

    CSS_PATH = "dialog.tcss"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,s", "leave", "Close", tooltip="Close without saving.", id="save-close"),
    ]

    def __init__(self, kinds: Mapping[str, str]) -> None:
        """Nothing is saved yet.

        Args:
            kinds: What can be saved, in words, by key.
        """
        super().__init__()
        self._kinds = kinds

    def compose(self) -> ComposeResult:
        """One line per kind."""
        with Vertical():
            yield Label("Save in the working directory, or copy")
            yield Kinds(*(Option(text, id=key) for key, text in self._kinds.items()), compact=True)
        yield Footer(compact=True)

    def on_mount(self) -> None:
        """Focus the list."""
        self.query_one(Kinds).focus()

    @on(OptionList.OptionSelected)
    def choose(self, message: OptionList.OptionSelected) -> None:
        """Return what was chosen."""
        self.dismiss(message.option_id)

    def action_leave(self) -> None:
        """Return None."""
        self.dismiss(None)
