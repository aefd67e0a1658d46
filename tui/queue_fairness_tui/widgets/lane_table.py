"""The tenants of a live server by longest wait, with a cursor and their recent past.

Each figure shows how it is known: `12 s`, `≥ 12 s`, `–`. At the right, where there is room, a map:
a column a look, a row a tenant; served, waiting, or nothing to do.
"""

from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.text import Text
from textual.app import RenderResult
from textual.binding import Binding, BindingType
from textual.events import Click, MouseScrollDown, MouseScrollUp
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from queue_fairness.attach.headline import duration
from queue_fairness.attach.picture import LaneView, Picture
from queue_fairness.formatting import numbers
from queue_fairness.report.attach_report import counted, known

STRIPES = {"s": "█", "w": "▒", "e": " "}
LEAST_STRIPES = 8
MOST_STRIPES = 60
NAME_WIDTHS = (12, 28)


class LaneTable(Widget, can_focus=True):
    """A row for each tenant; the one under the cursor stays under it when the order changes."""

    DEFAULT_CSS = """
    LaneTable {
        height: 1fr;
        border: round $foreground 40%;
        border-title-color: $foreground;
        border-subtitle-color: $foreground 60%;
        &:focus { border: round $primary; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home", "move(-1000000)", "First", show=False),
        Binding("end", "move(1000000)", "Last", show=False),
        Binding(
            "enter",
            "choose",
            "Detail",
            tooltip="Show everything that is known of the tenant under the cursor.",
            id="detail",
        ),
    ]

    picture: reactive[Picture | None] = reactive(None)
    wanted: reactive[str] = reactive("")
    """Only tenants with this in their names; empty for all."""

    class Chosen(Message):
        """The user opened a tenant."""

        def __init__(self, lane: LaneView) -> None:
            super().__init__()
            self.lane = lane

    def __init__(self) -> None:
        super().__init__()
        self._name: str | None = None
        """The tenant under the cursor; None for the first one."""
        self._top = 0

    @property
    def lanes(self) -> list[LaneView]:
        """Those that are wanted."""
        if self.picture is None:
            return []
        wanted = self.wanted.lower()
        return [each for each in self.picture.lanes if wanted in each.name.lower()]

    @property
    def cursor(self) -> int:
        """The row under the cursor; 0 if its tenant is gone."""
        return next((n for n, each in enumerate(self.lanes) if each.name == self._name), 0)

    @property
    def chosen(self) -> LaneView | None:
        """The tenant under the cursor; None if there is none."""
        lanes = self.lanes
        return lanes[self.cursor] if lanes else None

    def watch_picture(self, picture: Picture | None) -> None:
        """Say in the border how many there are."""
        if picture is None:
            return
        shown = len(self.lanes)
        of = f"{shown:,} of {picture.known:,}" if self.wanted else f"{picture.known:,}"
        self.border_title = f"Tenants by longest wait: {of}"
        self.border_subtitle = (
            f"{picture.with_work:,} wait, {picture.starved:,} starved"
            if picture.starved
            else f"{picture.with_work:,} wait"
        )

    def render(self) -> RenderResult:
        """A head, and as many rows as fit around the cursor."""
        picture, lanes = self.picture, self.lanes
        if picture is None:
            return Text("looking …", "dim")
        if not lanes:
            return Text("no tenant of that name" if self.wanted else "no queue was found", "dim")
        width, height = self.content_size
        room = max(1, height - 1)
        cursor = self.cursor
        self._top = max(min(self._top, cursor), cursor - room + 1, 0)
        self._top = min(self._top, max(0, len(lanes) - room))
        columns = _Columns(picture, lanes[self._top : self._top + room], width)
        text = columns.head()
        for number, lane in enumerate(lanes[self._top : self._top + room], self._top):
            row = columns.row(lane)
            if number == cursor and self.has_focus:
                row.stylize("reverse", 0, columns.fixed_width)
            text.append("\n")
            text.append_text(row)
        return text

    def action_move(self, rows: int) -> None:
        """Move the cursor."""
        lanes = self.lanes
        if lanes:
            place = max(0, min(len(lanes) - 1, self.cursor + rows))
            self._name = lanes[place].name
            self.refresh()

    def action_page(self, pages: int) -> None:
        """Move it by what is shown."""
        self.action_move(pages * max(1, self.content_size.height - 2))

    def action_choose(self) -> None:
        """Open the tenant under the cursor."""
        lane = self.chosen
        if lane is not None:
            self.post_message(self.Chosen(lane))

    def on_click(self, event: Click) -> None:
        """Move the cursor to where it was clicked."""
        lanes = self.lanes
        place = self._top + event.y - 2
        if 0 <= place < len(lanes) and event.y >= 2:
            self._name = lanes[place].name
            self.refresh()

    def on_mouse_scroll_down(self, _: MouseScrollDown) -> None:
        """Move the cursor down."""
        self.action_move(3)

    def on_mouse_scroll_up(self, _: MouseScrollUp) -> None:
        """Move it up."""
        self.action_move(-3)


class _Columns:
    """How wide each column is, and what stands in it."""

    def __init__(self, picture: Picture, lanes: list[LaneView], width: int) -> None:
        self._picture = picture
        longest = max((cell_len(each.name) for each in lanes), default=0)
        room = NAME_WIDTHS[1] if width >= 90 else max(NAME_WIDTHS[0], width - 62)
        self._name_width = max(NAME_WIDTHS[0], min(longest, room))
        heads = [("waiting", 9), ("oldest", 9), ("trend/s", 8), ("busy", 6), ("share", 6)]
        heads += [("taken", 7), ("lock", 10), ("empties", 9)]
        while heads and 2 + self._name_width + sum(size for _, size in heads) > width:
            heads.pop()
        self._heads = heads
        self.fixed_width = 2 + self._name_width + sum(size for _, size in heads)
        stripes = min(MOST_STRIPES, width - self.fixed_width - 2)
        self._stripes = stripes if stripes >= LEAST_STRIPES else 0

    def head(self) -> Text:
        """The names of the columns."""
        text = Text(no_wrap=True)
        text.append("  " + set_cell_size("tenant", self._name_width), "dim")
        text.append("".join(f"{name:>{size}}" for name, size in self._heads), "dim")
        if self._stripes:
            text.append(f"  {'served, waiting: look by look':.{self._stripes}}", "dim")
        return text

    def row(self, lane: LaneView) -> Text:
        """One tenant."""
        is_bad = lane.is_starved or (lane.lock is not None and lane.lock.is_stuck)
        name = lane.name
        if cell_len(name) > self._name_width:
            name = f"{set_cell_size(name, self._name_width - 1)}…"
        text = Text(no_wrap=True)
        text.append("✗ " if is_bad else "  ", "bold")
        text.append(set_cell_size(name, self._name_width), "bold" if is_bad else "")
        cells = self._cells(lane)
        text.append("".join(f"{cells[head]:>{size}}" for head, size in self._heads))
        if self._stripes:
            first = self._picture.looks - self._stripes + 1
            seen = dict(lane.stripes)
            text.append("  ")
            text.append(
                "".join(
                    STRIPES.get(seen.get(look, ""), "·" if look > 0 else " ")
                    for look in range(first, self._picture.looks + 1)
                ),
                "" if is_bad else "dim",
            )
        return text

    def _cells(self, lane: LaneView) -> dict[str, str]:
        now = self._picture.at
        lock = ""
        if lane.lock is not None:
            lock = f"{known(lane.lock.held, now)}{'!' if lane.lock.is_stuck else ''}"
        drain = numbers.UNKNOWN
        if not lane.waiting.value:
            drain = ""
        elif lane.drain_s is not None:
            drain = "never" if lane.drain_s == float("inf") else duration(lane.drain_s)
        trend = numbers.UNKNOWN if lane.trend_per_s is None else f"{lane.trend_per_s:+.1f}"
        return {
            "waiting": counted(lane.waiting),
            "oldest": known(lane.oldest, now) if lane.waiting.value else "",
            "trend/s": trend,
            "busy": numbers.count(lane.in_service),
            "share": numbers.percent(lane.share),
            "taken": f"{lane.taken:,}",
            "lock": lock,
            "empties": drain,
        }
