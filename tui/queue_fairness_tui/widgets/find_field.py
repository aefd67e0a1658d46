"""A line to type the name of a partition into; hidden until it is asked for."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input


class FindField(Input):
    """Takes the keys from the moment at which it is opened; escape empties and closes it."""

    DEFAULT_CSS = """
    FindField { display: none; height: 1; }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "All", tooltip="Close it, and show all again.", id="find-leave"),
    ]

    def __init__(self, placeholder: str = "part of a partition's name") -> None:
        super().__init__(placeholder=placeholder, compact=True)
        self.cursor_blink = False
        self.can_focus = False
        self._back_to: Widget | None = None

    def open(self) -> None:
        """Show it, and let it have the keys that follow at once."""
        if self.screen.focused is not self:
            self._back_to = self.screen.focused
        self.display = self.can_focus = True
        # Not `focus()`: that waits for a refresh, and the keys until then would be lost.
        self.screen.set_focus(self)

    def close(self) -> None:
        """Hide it, and give the keys back; what was typed is kept."""
        if self.has_focus:
            self.screen.set_focus(self._back_to)
        self.display = self.can_focus = False

    def action_leave(self) -> None:
        """Empty and hide it."""
        self.value = ""
        self.close()
