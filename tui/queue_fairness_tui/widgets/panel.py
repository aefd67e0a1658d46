"""What all panels share: they turn a snapshot into colored lines and redraw only what changed."""

from itertools import zip_longest
from typing import ClassVar, Literal, Self

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness_tui.wait_unit import Unit

Role = Literal["text", "dim", "strong", "bar", "mark", "alert"]
"""The role of a piece of text; the style sheet gives each role its look."""

Line = list[tuple[str, Role]]


class Panel(Widget):
    """A panel that paints lines from a snapshot.

    A subclass implements `paint`. Each line is compared with the one on the screen, so a snapshot
    that looks the same costs no redraw.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "panel--dim",
        "panel--strong",
        "panel--bar",
        "panel--mark",
        "panel--alert",
    }
    """
    | Class | Description |
    | :- | :- |
    | `panel--dim` | Labels, axes and other secondary text. |
    | `panel--strong` | The subject of a line. |
    | `panel--bar` | Amounts. |
    | `panel--mark` | The ideal, to compare with. |
    | `panel--alert` | Problems. |
    """

    DEFAULT_CSS = """
    Panel {
        & > .panel--dim { color: $muted; }
        & > .panel--strong { text-style: bold; }
        & > .panel--bar { color: $primary; }
        & > .panel--mark { color: $accent; text-style: bold; }
        & > .panel--alert { color: $error; text-style: bold; }
    }
    """

    ALLOW_SELECT = False

    snapshot: reactive[Snapshot | None] = reactive(None, repaint=False)
    """The picture to paint; None paints nothing."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._lines: list[Line] = []
        self._sets_titles = False
        self._base: Style | None = None
        """The style of plain text, cached: Textual computes it from all ancestors each time."""

    def paint(self, snapshot: Snapshot, width: int, height: int, /) -> list[Line]:
        """The lines to show, at most `height` of at most `width` cells."""
        raise NotImplementedError

    def titles(self, snapshot: Snapshot, width: int, /) -> tuple[str, str] | None:
        """The title and subtitle that fit into `width` cells; None leaves them as they are."""
        del snapshot, width
        return None

    def watch_snapshot(self) -> None:
        """Paint, and ask for a redraw if something looks different."""
        self.repaint()

    def on_resize(self) -> None:
        """Paint for the new size."""
        self.repaint()

    def set_titles(self, title: str, subtitle: str = "") -> None:
        """Set the titles in the border; Textual would redraw for the same ones too."""
        self._sets_titles = True
        if title != self.border_title:
            self.border_title = title
        if subtitle != (self.border_subtitle or ""):
            self.border_subtitle = subtitle
        self._sets_titles = False

    def refresh(
        self,
        *regions: Region,
        repaint: bool = True,
        layout: bool = False,
        recompose: bool = False,
    ) -> Self:
        """Redraw the regions, or everything; for a new title only the two rows of the border."""
        self._base = None
        if self._sets_titles:
            width, height = self.content_size
            regions = (Region(-1, -1, width + 2, 1), Region(-1, height, width + 2, 1))
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def notify_style_update(self) -> None:
        """Forget the cached style: the theme or a class has changed."""
        self._base = None
        super().notify_style_update()

    def repaint(self) -> None:
        """Paint the current snapshot and its titles; redraw only the lines that changed."""
        width, height = self.content_size
        if self.snapshot is None or not width or not height:
            return
        titles = self.titles(self.snapshot, width)
        if titles is not None:
            self.set_titles(*titles)
        lines = self.paint(self.snapshot, width, height)[:height]
        changed = [
            Region(0, y, width, 1)
            for y, (line, shown) in enumerate(zip_longest(lines, self._lines))
            if line != shown
        ]
        self._lines = lines
        if changed:
            self.refresh(*changed)

    def render_line(self, y: int) -> Strip:
        """A painted line as a strip."""
        base = self._base = self._base or self.rich_style
        width = self.content_size.width
        line = self._lines[y] if y < len(self._lines) else []
        segments = [Segment(text, self._style(role, base)) for text, role in line]
        return Strip(segments).adjust_cell_length(width, base)

    def _style(self, role: Role, base: Style) -> Style:
        if role == "text":
            return base
        return base + self.get_component_rich_style(f"panel--{role}", partial=True)


class WaitPanel(Panel):
    """A panel that shows waits, in the unit of the screen."""

    unit: reactive[Unit] = reactive(Unit.ROUNDS, repaint=False)
    """The unit of every wait it shows."""

    def watch_unit(self) -> None:
        """Paint in the new unit."""
        self.repaint()


def first_that_fits(width: int, *variants: str) -> str:
    """The first variant that fits into the width, else the last one cut short with an ellipsis."""
    for variant in variants:
        if len(variant) <= width:
            return variant
    return variants[-1][: max(0, width - 1)] + "…"


def justify(width: int, left: Line, right: Line) -> Line:
    """A line with one part at each end; without the right one if both do not fit."""
    free = width - _length(left) - _length(right)
    return [*left, (" " * free, "text"), *right] if free >= 1 else left


def _length(line: Line) -> int:
    return sum(len(text) for text, _ in line)


def chunk(text: str, width: int) -> list[str]:
    """A long text in rows of `width` characters, the last one maybe shorter."""
    return [text[start : start + width] for start in range(0, len(text), width)]
