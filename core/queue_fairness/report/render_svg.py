"""A report as one SVG picture: the answer, the few numbers behind it, and all its pictures."""

import textwrap
from collections.abc import Sequence
from importlib.resources import files

from queue_fairness.formatting.wrapping import BETWEEN, NO_BREAK, wrapped
from queue_fairness.report.drawing.canvas import CHARACTER, FONT, WIDTH, Canvas, cut
from queue_fairness.report.drawing.draw import draw
from queue_fairness.report.model import Figure, Report
from queue_fairness.report.pictures import Picture

COLUMNS = 2
MARGIN = 28.0
GUTTER = 36.0
WHOLE = COLUMNS * WIDTH + (COLUMNS - 1) * GUTTER + 2 * MARGIN
LINE = 19.0
CHARACTERS = 118
"""Of a line across the whole picture."""
ANSWER_LINE = 22.0
ANSWER_CHARACTERS = 84
"""The same of the answer, which is larger and bold."""


def render_svg(report: Report) -> str:
    """The whole picture; it needs no other file, and follows a reader's light or dark."""
    parts = Canvas(0.0, "", width=WHOLE)
    y = _answer(parts, report, MARGIN + 14)
    y = _figures(parts, report.figures, y)
    y = _pictures(parts, report.pictures, y)
    for line in wrapped(f"$ {report.command}", CHARACTERS):
        parts.text((MARGIN, y), line, "dim")
        y += LINE
    title = report.sentence or BETWEEN.join(report.headline)
    whole = Canvas(y + MARGIN - LINE, title, width=WHOLE)
    whole.boxes([(0.0, 0.0, WHOLE, whole.height)], "paper")
    whole.group(parts.shapes, (0.0, 0.0))
    size = f'width="{WHOLE:g}" height="{whole.height:g}"'
    attributes = f'xmlns="http://www.w3.org/2000/svg" {size}'
    return whole.svg(attributes, picture_style(), report.command) + "\n"


def picture_style() -> str:
    """The sheet of classes that pictures use."""
    sheet = files("queue_fairness.report").joinpath("page", "pictures.css")
    return sheet.read_text(encoding="utf-8")


def _answer(parts: Canvas, report: Report, y: float) -> float:
    """The sentence and what was run; returns where the next line begins."""
    for line in wrapped(report.sentence.replace(NO_BREAK, " "), ANSWER_CHARACTERS):
        parts.text((MARGIN, y), line, f"answer tone-{report.tone}")
        y += ANSWER_LINE
    for text in (report.plain, *report.headline, *report.warnings):
        for line in wrapped(text.replace(NO_BREAK, " "), CHARACTERS):
            parts.text((MARGIN, y), line, "ink" if text == report.plain else "dim")
            y += LINE
    return y + 12


def _figures(parts: Canvas, figures: Sequence[Figure], y: float) -> float:
    if not figures:
        return y
    room = (WHOLE - 2 * MARGIN) / len(figures)
    labels = [textwrap.wrap(each.label, int(room / FONT / CHARACTER) - 2) for each in figures]
    tall = max(map(len, labels)) - 1
    for number, (each, label) in enumerate(zip(figures, labels, strict=True)):
        x = MARGIN + number * room
        for line, words in enumerate(label):
            parts.text((x, y + line * LINE), words)
        parts.text((x, y + tall * LINE + 26), each.value, "figure ink")
        parts.text((x, y + tall * LINE + 45), cut(each.beside, room))
    return y + tall * LINE + 82


def _pictures(parts: Canvas, pictures: Sequence[Picture], y: float) -> float:
    for first in range(0, len(pictures), COLUMNS):
        lowest = y
        for column, picture in enumerate(pictures[first : first + COLUMNS]):
            x = MARGIN + column * (WIDTH + GUTTER)
            drawn = draw(picture)
            parts.text((x, y), picture.title, "strong")
            parts.group(drawn.shapes, (x, y + 14))
            lowest = max(lowest, y + 14 + drawn.height)
        y = lowest + 34
    return y
