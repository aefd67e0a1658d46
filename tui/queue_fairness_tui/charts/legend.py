"""The legend: which marker stands for which strategy. A marker and its name share a line."""

from collections.abc import Sequence

from textual.content import Content
from textual.widget import Widget

from queue_fairness_tui.charts.curve_chart import COLORS, marker

GAP = "   "


class Legend(Widget):
    """The names of the curves beside their markers, on as many lines as the width needs."""

    DEFAULT_CSS = "Legend { height: auto; }"

    def __init__(self, strategies: Sequence[str], note: str = "") -> None:
        """A legend.

        Args:
            strategies: In the order of their curves.
            note: What else has to be known of the marks; empty for nothing.
        """
        super().__init__()
        self._entries = [
            Content.from_markup(
                f"[{COLORS[number % len(COLORS)]}]{marker(number)}[/] $strategy", strategy=strategy
            )
            for number, strategy in enumerate(strategies)
        ]
        if note:
            self._entries.append(Content(note))

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """The number of lines at that width."""
        del container, viewport
        return len(self._lines(width))

    def render(self) -> Content:
        """The lines at the current width."""
        return Content("\n").join(self._lines(self.content_size.width))

    def _lines(self, width: int) -> list[Content]:
        lines: list[Content] = []
        for entry in self._entries:
            longer = Content(GAP).join([lines[-1], entry]) if lines else entry
            if lines and longer.cell_length <= width:
                lines[-1] = longer
            else:
                lines.append(entry)
        return lines
