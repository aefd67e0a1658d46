"""Each kind of picture as SVG."""

import itertools
from collections.abc import Sequence

from queue_fairness.report.drawing.canvas import FONT, WIDTH, Canvas, cut, text_width
from queue_fairness.report.drawing.plot import BOTTOM, GAP, Plot, room_for
from queue_fairness.report.pictures import Chart, Curve, Histogram, Map, Picture, Ranking

HEIGHT = 270.0
"""Of a chart, in pixels."""
BAR_HEIGHT = 38.0
"""Of a row of a ranking, its words included."""
SERIES = 6
"""How many curves have colors of their own; later ones begin anew."""
LEVELS = (0.0, 0.35, 0.65, 0.95)
"""Shares from which a cell is darker."""
MOST_NAME = 0.42
"""Part of the width that names of a ranking take at most."""


def draw(picture: Picture) -> Canvas:
    """The picture; its title and note are left to whoever shows it."""
    match picture:
        case Chart():
            return _chart(picture)
        case Histogram():
            return _histogram(picture)
        case Map():
            return _map(picture)
        case Ranking():
            return _ranking(picture)


def _chart(chart: Chart) -> Canvas:
    legend = _legend_rows(chart.curves)
    top = 24.0 + 18.0 * len(legend)
    canvas = Canvas(HEIGHT + 18.0 * (len(legend) - 1), chart.title)
    _draw_legend(canvas, legend)
    plot = Plot(canvas, chart.x, left=room_for(chart.y), top=top)
    plot.draw_y(chart.y)
    plot.draw_x()
    for number, curve in enumerate(chart.curves):
        places = [(plot.at_x(x), plot.at_y(chart.y, y)) for x, y in curve.points]
        kind = _kind(number, curve)
        canvas.path(places, f"curve {kind}")
        if curve.has_dots:
            for place in places:
                canvas.dot(place, f"dot {kind}")
        for x, y in curve.hollow:
            canvas.dot((plot.at_x(x), plot.at_y(chart.y, y)), f"hollow {kind}", radius=4)
    plot.draw_marks(chart.marks)
    return canvas


def _kind(number: int, curve: Curve) -> str:
    return "ideal" if curve.is_ideal else f"s{number % SERIES}"


def _legend_rows(curves: Sequence[Curve]) -> list[list[tuple[float, str, str]]]:
    """Where each name stands, in rows as wide as the picture; at least one row."""
    rows: list[list[tuple[float, str, str]]] = [[]]
    x = 0.0
    for number, curve in enumerate(curves):
        name = cut(curve.name, WIDTH / 2)
        width = 30 + text_width(name) + 2 * GAP
        if x + width > WIDTH and rows[-1]:
            rows.append([])
            x = 0.0
        rows[-1].append((x, name, _kind(number, curve)))
        x += width
    return rows


def _draw_legend(canvas: Canvas, rows: Sequence[Sequence[tuple[float, str, str]]]) -> None:
    for number, row in enumerate(rows):
        y = 12.0 + 18.0 * number
        for x, name, kind in row:
            canvas.line((x, y - 4), (x + 22, y - 4), f"curve {kind}")
            canvas.text((x + 28, y), name, "ink")


def _histogram(picture: Histogram) -> Canvas:
    canvas = Canvas(HEIGHT, picture.title)
    plot = Plot(canvas, picture.x, left=room_for(picture.y), top=28.0)
    plot.draw_y(picture.y)
    boxes = []
    for (low, high), count in zip(itertools.pairwise(picture.edges), picture.counts, strict=True):
        if count:
            x, top = plot.at_x(low), plot.at_y(picture.y, count)
            # One partition alone has to be seen, too.
            height = max(plot.bottom - top, 1.5)
            boxes.append((x + 0.5, plot.bottom - height, plot.at_x(high) - x - 1, height))
    canvas.boxes(boxes, "bar")
    plot.draw_x()
    plot.draw_marks(picture.marks)
    return canvas


def _map(picture: Map) -> Canvas:
    canvas = Canvas(HEIGHT + 24, picture.title)
    plot = Plot(canvas, picture.x, left=1.0, top=20.0)
    canvas.text((0.0, 12.0), cut(f"↓ {picture.first}", WIDTH / 2))
    _draw_shades(canvas)
    plot.bottom -= 18
    total, y = sum(picture.weights) or 1, plot.top
    boxes: dict[int, list[tuple[float, float, float, float]]] = {}
    columns = max(map(len, picture.rows), default=1)
    width = (plot.right - plot.left) / max(1, columns)
    for row, weight in zip(picture.rows, picture.weights, strict=True):
        height = (plot.bottom - plot.top) * weight / total
        at = 0
        for level, same in itertools.groupby(row, _level):
            count = len(list(same))
            if level >= 0:
                box = (plot.left + at * width, y, count * width, height)
                boxes.setdefault(level, []).append(box)
            at += count
        y += height
    for level in sorted(boxes):
        canvas.boxes(boxes[level], f"cell h{level}")
    canvas.text((0.0, plot.bottom + 14), cut(f"↑ {picture.last}", WIDTH))
    plot.bottom += 18
    plot.draw_x()
    return canvas


def _level(share: float | None) -> int:
    """How dark a cell is: -1 where nothing was due, 0 where nothing came of what was."""
    if share is None:
        return -1
    return 0 if share <= 0 else sum(share >= each for each in LEVELS)


def _draw_shades(canvas: Canvas) -> None:
    """What the shades mean, at the top on the right."""
    words = (("h0", "nothing"), ("h2", "part"), ("h4", "all of its share"))
    x = WIDTH - sum(text_width(each) + 22 for _, each in words)
    for kind, each in words:
        canvas.boxes([(x, 3.0, 11.0, 10.0)], f"cell {kind}")
        canvas.text((x + 15, 12.0), each)
        x += text_width(each) + 22


def _ranking(picture: Ranking) -> Canvas:
    canvas = Canvas(BAR_HEIGHT * len(picture.bars) + 22 + BOTTOM, picture.title)
    plot = Plot(canvas, picture.x, left=1.0, top=16.0)
    for value, _ in picture.x.ticks:
        canvas.line((plot.at_x(value), plot.top), (plot.at_x(value), plot.bottom), "grid")
    plot.draw_x()
    for value, words in picture.marks:
        canvas.line((plot.at_x(value), plot.top), (plot.at_x(value), plot.bottom), "mark")
        canvas.text((plot.at_x(value) + 4, 11.0), words, "marked")
    for number, bar in enumerate(picture.bars):
        y = plot.top + number * BAR_HEIGHT + 16
        name = cut(bar.name, WIDTH * MOST_NAME)
        arrow = "→ " if bar.is_advised else ""
        canvas.text(
            (plot.left + 3, y), f"{arrow}{name}", "halo strong" if bar.is_advised else "halo ink"
        )
        said = f"{bar.text}   {bar.label}"
        canvas.text((plot.right, y), said, f"halo tone-{bar.tone}", anchor="end")
        if bar.value is not None:
            length = max(plot.at_x(bar.value) - plot.left, 1.5)
            canvas.boxes([(plot.left, y + FONT / 3, length, 9.0)], f"rank-{bar.tone}")
    return canvas
