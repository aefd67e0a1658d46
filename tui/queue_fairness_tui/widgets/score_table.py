"""The scoreboard as a table that never cuts a column.

Columns that do not fit are on further pages of the table, which left and right turn; which they
are is said in a `Paged`. Names and verdicts are on every page. Where repeats were made, each
number has its spread below it, or, on low terminals, in its place when asked for.
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
from queue_fairness.analysis.scoreboard import Scoreboard
from queue_fairness.formatting.table import MARKS
from queue_fairness.formatting.wrapping import short_name
from queue_fairness.report.series_report import spread

HEAD = 2
"""Lines of the heads."""
MARGIN = 3
"""Columns beside the table: its padding, and a scroll bar."""
BESIDE = 16
"""Rows that a terminal needs beside a table with two lines a strategy, pictures included."""


class ScoreTable(DataTable[Text]):
    """A row per strategy, the ideal on top; the best in color, bold and with a `*`."""

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
    | `score-table--ideal` | The row to compare with. |
    | `score-table--good` | A verdict to be content with. |
    | `score-table--best` | The best of a column. |
    | `score-table--alert` | Any other verdict. |
    | `score-table--dim` | How far the repeats spread. |
    """

    DEFAULT_CSS = """
    ScoreTable {
        height: auto;
        & > .score-table--ideal { color: $accent; }
        & > .score-table--good { text-style: bold; }
        & > .score-table--best { color: $primary; text-style: bold; }
        & > .score-table--alert { color: $error; text-style: bold; }
        & > .score-table--dim { text-style: dim; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter",
            "select_cursor",
            "Open",
            tooltip="Open a run of this strategy: the one that failed or has this verdict.",
            id="open-run",
        ),
        Binding(
            "right",
            "page(1)",
            "Columns",
            key_display="→",
            show=False,
            tooltip="Show the columns that do not fit; left goes back.",
            id="columns-next",
        ),
        Binding("left", "page(-1)", "Columns back", show=False),
        Binding(
            "s",
            "spread",
            "Spread",
            show=False,
            tooltip="Show the smallest and the largest of the repeats, or their median.",
            id="spread",
        ),
    ]

    class Paged(Message):
        """Something else is shown than before."""

        def __init__(self, hidden: Sequence[Column], instead: str) -> None:
            super().__init__()
            self.hidden = hidden
            """Those on the other pages."""
            self.instead = instead
            """What of the repeats could be shown in place of what is; empty if all is."""

    def __init__(self, board: Scoreboard) -> None:
        super().__init__(cursor_type="row", header_height=HEAD, cell_padding=0, fixed_rows=1)
        self._board = board
        self._shows_spread = False
        self._page = 0
        self._pages: list[range] = []
        self._room = Size(0, 0)
        self._is_tall = False

    def on_mount(self) -> None:
        """Take on the colors of every theme."""
        self.app.theme_changed_signal.subscribe(self, lambda _theme: self._fill())

    def lay_out(self, room: Size) -> None:
        """Choose the columns for a terminal of that size."""
        if room != self._room:
            self._room, self._page = room, 0
            self._fill()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """There are pages only where columns do not fit, and a spread only of repeats."""
        if action == "page":
            return len(self._pages) > 1
        if action == "spread":
            return self._board.comparison.repeats > 1 and not self._is_tall
        return super().check_action(action, parameters)

    def action_page(self, by: int) -> None:
        """Turn to other columns."""
        self._page = (self._page + by) % len(self._pages)
        self._fill()

    def action_spread(self) -> None:
        """Show the spread in place of the median, or the median again."""
        self._shows_spread = not self._shows_spread
        self._fill()

    def _fill(self) -> None:
        """Write the table for the present page; the cursor stays in its row."""
        rows = 2 * len(self._board.rows) + 1
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
        labels = [each.short_label if is_short else each.label for each in self._board.rows]
        names = [IDEAL, *(short_name(each.strategy) for each in self._board.rows)]
        self.add_column(Text("\nstrategy"), width=max(map(len, names)) + gap)
        self.add_column(Text("\nverdict"), width=max(len("verdict"), *map(len, labels)) + 1)
        for index in page:
            head = _heads(self._board.columns[index])
            width = max(_width(cells[index]) for cells in (*grid, self._heads()))
            self.add_column(head, width=width + gap)
        ideal = self._style("ideal")
        self.add_row(Text(IDEAL, ideal), Text(""), *(grid[0][index] for index in page))
        for each, name, label, cells in zip(
            self._board.rows, names[1:], labels, grid[1:], strict=True
        ):
            verdict = Text(label, self._style("good" if each.is_good else "alert"))
            shown = (cells[index] for index in page)
            tall = 2 if self._is_tall else 1
            self.add_row(Text(name), verdict, *shown, key=each.strategy, height=tall)
        self.move_cursor(row=row)
        self.refresh_bindings()
        hidden = [each for index, each in enumerate(self._board.columns) if index not in page]
        instead = "median" if self._shows_spread else "spread"
        may = self.check_action("spread", ())
        self.post_message(self.Paged(hidden, instead if may else ""))

    def _division(self, grid: Sequence[Sequence[Text]]) -> tuple[bool, int, list[range]]:
        """Whether verdicts are abbreviated, the gap between columns, and the columns by page.

        The widest way that needs one page, else the one that gets most on a page.
        """
        widths = [max(map(_width, cells)) for cells in zip(*grid, self._heads(), strict=True)]
        room = self._room.width - MARGIN
        for is_short, gap in ((False, 2), (False, 1), (True, 1)):
            pages = _paged([width + gap for width in widths], room - self._left(is_short, gap))
            if len(pages) == 1:
                return is_short, gap, pages
        return True, 1, pages

    def _left(self, is_short: bool, gap: int) -> int:
        """Columns that names and verdicts take."""
        names = max(len(short_name(each.strategy)) for each in self._board.rows)
        labels = (each.short_label if is_short else each.label for each in self._board.rows)
        return max(names, len(IDEAL)) + gap + max(len("verdict"), *map(len, labels)) + 1

    def _heads(self) -> list[Text]:
        return [_heads(each) for each in self._board.columns]

    def _grid(self) -> Iterator[list[Text]]:
        """The cells of the ideal and of every row."""
        columns, ideal = self._board.columns, self._style("ideal")
        pairs = zip(columns, self._board.ideal, strict=True)
        yield [_right(f"{column.show(of)} ", ideal) for column, of in pairs]
        for row in self._board.rows:
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
    """Columns in as few pages as the room allows, at least one a page."""
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
