"""A live server of others: who waits longest, who has the workers, what is wrong.

┌ the headline: a word, a sentence, the server, the flow ─┐  3 rows
├ tenants by longest wait, with a map over time ──────────┤  the rest
├ who has the workers, and stuck locks ───────────────────┤  a third, or at the right
├ what cannot be known ───────────────────────────────────┤  1 row
└ keys ───────────────────────────────────────────────────┘  1 row
"""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.reactive import reactive
from textual.screen import Screen
from textual.widgets import Footer, Input, Static

from queue_fairness.attach.picture import Picture
from queue_fairness_tui.screens.lane_detail import (
    LaneDetail,
    UnknownDialog,
    incident_line,
    standing,
)
from queue_fairness_tui.widgets.attach_headline import AttachHeadline
from queue_fairness_tui.widgets.hands_panel import HandsPanel, UnknownLine
from queue_fairness_tui.widgets.lane_table import LaneTable


class AttachScreen(Screen[None]):
    """Shows the newest picture. It looks at nothing itself."""

    CSS_PATH = "attach.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (130, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-low"), (18, "-high")]  # noqa: RUF012

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "slash",
            "find",
            "Find",
            key_display="/",
            tooltip="Find one tenant by its name.",
            priority=True,  # before the next key is read, which belongs into the field
            id="find",
        ),
        Binding(
            "y",
            "copy",
            "Copy",
            tooltip="Copy a line about the tenant under the cursor, for the incident channel.",
            id="copy",
        ),
        Binding(
            "n", "unknown", "Not known", tooltip="What cannot be known here, and why.", id="unknown"
        ),
        Binding("space", "freeze", "Freeze", tooltip="Freeze the display, or resume.", id="freeze"),
        Binding("escape", "show_all", "All", show=False, tooltip="Show all tenants.", id="all"),
    ]

    picture: reactive[Picture | None] = reactive(None, repaint=False)
    """The newest picture; all panels show it."""

    def __init__(self) -> None:
        super().__init__()
        self.is_frozen = False
        # Kept, and not looked up: a picture may come while the screen is put together or away.
        self.table = LaneTable()
        self._standing = Static(id="standing", markup=False)
        self._wanted = Input(placeholder="a part of the tenant's name; escape for all", id="wanted")
        self._wanted.display = False

    def compose(self) -> ComposeResult:
        """The panels; `attach.tcss` places them."""
        yield AttachHeadline().data_bind(AttachScreen.picture)
        yield self._wanted
        yield self._standing
        with Container(id="panels"):
            yield self.table.data_bind(AttachScreen.picture)
            yield HandsPanel().data_bind(AttachScreen.picture)
        yield UnknownLine().data_bind(AttachScreen.picture)
        yield Footer(compact=True)

    def on_mount(self) -> None:
        """Let the arrow keys move in the table."""
        self.table.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A slash within the field is a part of the name."""
        if action == "find":
            return self.focused is not self._wanted
        return super().check_action(action, parameters)

    def show(self, picture: Picture) -> None:
        """Show a picture, unless the display is frozen."""
        if not self.is_frozen:
            self.picture = picture
            self._show_standing()

    def action_find(self) -> None:
        """Ask for a part of a name."""
        # At once, and not by a class and a message: the name may be typed in the same breath.
        self._wanted.display = True
        self.set_focus(self._wanted)

    def action_show_all(self) -> None:
        """Show all tenants again."""
        self._wanted.value = ""
        self._wanted.display = False
        self.table.focus()

    def action_copy(self) -> None:
        """Copy a line about a tenant."""
        lane = self.table.chosen
        if lane is not None and self.picture is not None:
            line = incident_line(lane, self.picture)
            self.app.copy_to_clipboard(line)
            self.notify(f"copied: {line}", timeout=4, markup=False)

    def action_unknown(self) -> None:
        """Show what cannot be known."""
        if self.picture is not None:
            self.app.push_screen(UnknownDialog(self.picture))

    def action_freeze(self) -> None:
        """Freeze the display, or resume; looking goes on."""
        self.is_frozen = not self.is_frozen
        self.notify("frozen" if self.is_frozen else "resumed", timeout=2)

    @on(Input.Changed)
    def narrow(self, event: Input.Changed) -> None:
        """Show only tenants with this in their names."""
        table = self.table
        table.wanted = event.value
        table.watch_picture(table.picture)
        self._show_standing()

    @on(Input.Submitted)
    def leave_field(self) -> None:
        """Go on in the table."""
        self.table.focus()

    @on(LaneTable.Chosen)
    def open_lane(self, message: LaneTable.Chosen) -> None:
        """Show everything about a tenant."""
        if self.picture is not None:
            self.app.push_screen(LaneDetail(message.lane, self.picture))

    def _show_standing(self) -> None:
        table, line = self.table, self._standing
        lane = table.chosen if table.wanted else None
        line.set_class(lane is not None, "-open")
        if lane is not None and self.picture is not None:
            line.update(standing(lane, self.picture))
