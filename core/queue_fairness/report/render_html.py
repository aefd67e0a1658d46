"""A report as one HTML file: no script, no request, light and dark, to be read and printed.

Every text goes through the escaping of the template engine; only our own SVG and style sheets do
not. The page forbids by its own policy what it does not need.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

from queue_fairness.formatting.table import Cell, Column, Entry, Table
from queue_fairness.report.drawing.draw import draw
from queue_fairness.report.model import Block, Literal, Report, Section, Sentences
from queue_fairness.report.render_svg import picture_style

if TYPE_CHECKING:
    from jinja2 import Template

WIDE = 8
"""Columns from which a table takes the whole width of the page."""


def render_html(report: Report, limits: Sequence[str] = (), now: datetime | None = None) -> str:
    """The whole page.

    Args:
        report: What it shows.
        limits: What became of the limits of the runs, a line each.
        now: When it is written; None for this moment.
    """
    # Not before: only this format needs it.
    from markupsafe import Markup

    sections = [each for each in report.sections if each.blocks]
    if limits:
        sections.insert(0, Section(title="Limits", blocks=(Sentences(tuple(limits)),)))
    pictures = [(each.title, each.note, Markup(draw(each).svg())) for each in report.pictures]
    written = (now or datetime.now(UTC)).strftime("%Y-%m-%d %H:%M UTC")
    page = _template().render(
        report=report,
        answer=answer(report.rest_of_sentence),
        sections=sections,
        pictures=pictures,
        picture_style=Markup(picture_style()),
        page_style=Markup(_file("page.css")),
        written=written,
    )
    return f"{page.rstrip()}\n"


@lru_cache(maxsize=1)
def _template() -> "Template":
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.globals |= {"kind_of": kind_of, "columns_of": columns_of, "is_wide": is_wide}
    environment.tests["cell"] = lambda entry: isinstance(entry, Cell)
    return environment.from_string(_file("page.html"))


def answer(text: str) -> tuple[str, str]:
    """The first sentence of a text, and what follows it."""
    first, end, rest = text.partition(". ")
    return (f"{first}.", rest) if end else (text, "")


def kind_of(block: Block) -> str:
    """Which part of the template shows a block."""
    match block:
        case Sentences():
            return "sentences"
        case Literal():
            return "literal"
        case Table():
            return "table"


def columns_of(table: Table) -> Sequence[Column]:
    """The columns of a table, as many as its rows have entries; without heads for some."""
    widest: tuple[Entry, ...] = max(table.rows, key=len, default=())
    return table.columns or (Column(is_label=True), *(Column() for _ in widest[1:]))


def is_wide(table: Table) -> bool:
    """Whether a table needs the whole width of the page, or holds lines of its own."""
    return len(columns_of(table)) >= WIDE or all(len(row) == 1 for row in table.rows)


def _file(name: str) -> str:
    return files("queue_fairness.report").joinpath("page", name).read_text(encoding="utf-8")
