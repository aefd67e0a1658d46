"""The scoreboard as a table that never cuts a column.

Columns that do not fit are on further pages; the left and right keys turn pages, and a `Paged`
message names the hidden columns. Names and verdicts are on every page. With repeats, each number
has its spread below it; on low terminals a key shows the spread in place of the number.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import ClassVar

from rich.style import Style
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.widgets import DataTable

from queue_fairness.analysis.columns import IDEAL, Cell, Column, Rank
from queue_fairness.analysis.ranking import ranked
from queue_fairness.analysis.scoreboard import Row, Scoreboard
from queue_fairness.formatting.table import MARKS
from queue_fairness.formatting.wrapping import short_name
from queue_fairness.report.series_report import spread

ADVISED = "→"
"""Stands before the strategy to take."""
HEAD = 2
"""Lines of the heads."""
MARGIN = 3
"""Terminal columns taken by the padding of the table and a scroll bar."""
BESIDE = 16
"""Rows needed around a table with two lines per strategy, pictures included."""


class ScoreTable(DataTable[Text]):
    """A row per strategy below the ideal; the best values in color, bold and with a `*`."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "score-table--ideal",
        "score-table--good",
        "score-table--best",
        "score-table--alert",
        "score-table--dim",
    }
    """
    | Class | Description |
    | :- | :- |
    | `score-table--ideal` | The ideal, in the first row. |
    | `score-table--good` | A good verdict. |
    | `score-table--best` | The best value of a column. |
    | `score-table--alert` | Any other verdict. |
    | `score-table--dim` | The spread of the repeats. |
    """

    DEFAULT_CSS = """
    ScoreTable {
        height: auto;
        & > .score-table--ideal { color: $muted; text-style: italic; }
        & > .score-table--good { text-style: bold; }
        & > .score-table--best { color: $primary; text-style: bold; }
        & > .score-table--alert { color: $error; text-style: bold; }
        & > .score-table--dim { color: $muted; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "select_cursor",
            "Open",
            tooltip="Open the run of this strategy that failed or has this verdict.",
            id="open-run",
        ),
        Binding(
            "right",
            "page(1)",
            "Columns",
            key_display="→",
            show=False,
            tooltip="Show the columns that did not fit; left goes back.",
            id="columns-next",
        ),
        Binding("left", "page(-1)", "Columns back", show=False),
        Binding(
            "v",
            "spread",
            "Spread",
            show=False,
            tooltip="Switch between the range of the repeats and their median.",
            id="spread",
        ),
    ]

    class Paged(Message):
        """The table shows other columns, or the spread instead of medians, or the reverse."""

        def __init__(self, hidden: Sequence[Column], instead: str) -> None:
            super().__init__()
            self.hidden = hidden
            """The columns on the other pages."""
            self.instead = instead
            """`median` or `spread`: what the key would show instead; empty if both are shown."""

    def __init__(self, board: Scoreboard, advised: str | None = None) -> None:
        """A table.

        Args:
            board: Its numbers.
            advised: The strategy whose row is marked; None for none.
        """
        super().__init__(cursor_type="row", header_height=HEAD, cell_padding=0, fixed_rows=1)
        self._board = board
        self._ranked = ranked(board, advised)
        self._advised = advised
        self._shows_spread = False
        self._page = 0
        self._pages: list[range] = []
        self._room = Size(0, 0)
        self._is_tall = False

    def on_mount(self) -> None:
        """Rebuild the table when the theme changes: its cells hold styles."""
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self._fill())

    def lay_out(self, room: Size) -> None:
        """Choose the columns for a terminal of that size."""
        if room != self._room:
            self._room, self._page = room, 0
            self._fill()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Pages need columns that do not fit, a spread needs repeats."""
        if action == "page":
            return len(self._pages) > 1
        if action == "spread":
            return self._board.comparison.repeats > 1 and not self._is_tall
        return super().check_action(action, parameters)

    def action_page(self, by: int) -> None:
        """Turn to another page of columns."""
        self._page = (self._page + by) % len(self._pages)
        self._fill()

    def action_spread(self) -> None:
        """Show the spread in place of the median, or the median again."""
        self._shows_spread = not self._shows_spread
        self._fill()

    def _fill(self) -> None:
        """Rebuild the table for the current page; the cursor stays in its row."""
        rows = 2 * len(self._ranked) + 1
        self._is_tall = (
            self._board.comparison.repeats > 1 and rows + HEAD + BESIDE <= self._room.height
        )
        grid = list(self._grid())
        is_short, gap, self._pages = self._division(grid)
        if self._is_tall and len(self._pages) > 1:  # all columns come before all spreads
            self._is_tall = False
            grid = list(self._grid())
            is_short, gap, self._pages = self._division(grid)
        self._page = min(self._page, len(self._pages) - 1)
        page, row = self._pages[self._page], max(1, self.cursor_row)
        self.clear(columns=True)
        labels = [each.short_label if is_short else each.label for each in self._ranked]
        names = [f"  {IDEAL}", *map(self._named, self._ranked)]
        self.add_column(Text("\n  strategy"), width=max(map(len, names)) + gap)
        self.add_column(Text("\nverdict"), width=max(len("verdict"), *map(len, labels)) + 1)
        for index in page:
            head = _heads(self._board.columns[index])
            width = max(_width(cells[index]) for cells in (*grid, self._heads()))
            self.add_column(head, width=width + gap)
        ideal = self._style("ideal")
        self.add_row(Text(names[0], ideal), Text(""), *(grid[0][index] for index in page))
        for each, name, label, cells in zip(self._ranked, names[1:], labels, grid[1:], strict=True):
            verdict = Text(label, self._style("good" if each.is_good else "alert"))
            shown = (cells[index] for index in page)
            tall = 2 if self._is_tall else 1
            weight = "bold" if each.strategy == self._advised else ""
            self.add_row(Text(name, weight), verdict, *shown, key=each.strategy, height=tall)
        self.move_cursor(row=row)
        self.refresh_bindings()
        hidden = [each for index, each in enumerate(self._board.columns) if index not in page]
        instead = "median" if self._shows_spread else "spread"
        may = self.check_action("spread", ())
        self.post_message(self.Paged(hidden, instead if may else ""))

    def _division(self, grid: Sequence[Sequence[Text]]) -> tuple[bool, int, list[range]]:
        """Whether verdicts are abbreviated, the gap between columns, and the columns by page.

        The widest layout that needs one page, else the tightest.
        """
        widths = [max(map(_width, cells)) for cells in zip(*grid, self._heads(), strict=True)]
        room = self._room.width - MARGIN
        for is_short, gap in ((False, 2), (False, 1), (True, 1)):
            pages = _paged([width + gap for width in widths], room - self._left(is_short, gap))
            if len(pages) == 1:
                return is_short, gap, pages
        return True, 1, pages

    def _left(self, is_short: bool, gap: int) -> int:
        """Terminal columns taken by names and verdicts."""
        names = max(len(self._named(each)) for each in self._ranked)
        labels = (each.short_label if is_short else each.label for each in self._ranked)
        return max(names, len(IDEAL) + 2) + gap + max(len("verdict"), *map(len, labels)) + 1

    def _named(self, row: Row) -> str:
        """The name of a strategy, behind an arrow if it is the one to take."""
        mark = ADVISED if row.strategy == self._advised else " "
        return f"{mark} {short_name(row.strategy)}"

    def _heads(self) -> list[Text]:
        return [_heads(each) for each in self._board.columns]

    def _grid(self) -> Iterator[list[Text]]:
        """The cells of the ideal and of every row."""
        columns, ideal = self._board.columns, self._style("ideal")
        pairs = zip(columns, self._board.ideal, strict=True)
        yield [_right(f"{column.show(of)} ", ideal) for column, of in pairs]
        for row in self._ranked:
            yield [self._cell(*pair) for pair in zip(columns, row.cells, strict=True)]

    def _cell(self, column: Column, cell: Cell) -> Text:
        style = self._style("best") if cell.mark is Rank.BEST else Style.null()
        if self._shows_spread and not self._is_tall:
            return _right(f"{spread(cell, column)}{MARKS[cell.mark.value]}", style)
        text = _right(f"{column.show(cell.median)}{MARKS[cell.mark.value]}", style)
        if self._is_tall:
            agree = column.show(cell.minimum) == column.show(cell.maximum)
            text.append("" if agree else f"\n{spread(cell, column)} ", self._style("dim"))
        return text

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"score-table--{name}", partial=True)


def _paged(widths: Sequence[int], room: int) -> list[range]:
    """Columns in as few pages as the room allows, at least one per page."""
    starts, used = [0], 0
    for index, width in enumerate(widths):
        if used and used + width > room:
            starts.append(index)
            used = 0
        used += width
    return [range(*each) for each in pairwise((*starts, len(widths)))]


def _heads(column: Column) -> Text:
    return _right(f"{column.head} ".replace("\n", " \n"), Style.null())


def _right(text: str, style: Style) -> Text:
    whole = Text(justify="right", no_wrap=True)
    return whole.append(text, style)


def _width(text: Text) -> int:
    return max(map(len, text.plain.split("\n")))
