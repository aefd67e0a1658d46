"""A box of text over another screen."""

from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Footer, Static


class Dialog(ModalScreen[None]):
    """Shows texts one below the other; they scroll where they do not fit."""

    CSS_PATH = "dialog.tcss"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,enter,q", "dismiss", "Close", tooltip="Close this.", id="close"),
    ]

    def texts(self) -> list[Text]:
        """The texts to show."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        """The texts in a box, the keys below."""
        with VerticalScroll():
            for text in self.texts():
                yield Static(text)
        yield Footer(compact=True)

    def on_mount(self) -> None:
        """Focus the texts, so that the arrow keys scroll."""
        self.query_one(VerticalScroll).focus()
