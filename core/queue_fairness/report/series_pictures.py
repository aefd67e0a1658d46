"""The pictures of a comparison and of a sweep."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from queue_fairness.analysis.columns import Column as Quantity
from queue_fairness.analysis.curves import QUANTITIES, Point
from queue_fairness.analysis.curves import Curve as Numbers
from queue_fairness.analysis.recommendation import recommend
from queue_fairness.analysis.scoreboard import Row, Scoreboard
from queue_fairness.analysis.sweep import Sweep
from queue_fairness.fairness.word import Level
from queue_fairness.report import axes
from queue_fairness.report.pictures import Bar, Chart, Curve, Picture, Ranking, Tone
from queue_fairness.report.run_pictures import service_map
from queue_fairness.report.tones import tone_of

MOST_MAPS = 12
"""So many strategies get a map each."""


def comparison_pictures(board: Scoreboard) -> Iterator[Picture]:
    """Waits and price of each strategy, then a map of each; none before the first whole run."""
    if not any(row.runs for row in board.rows):
        return
    yield _ranking(board, "worst_wait_rounds_max", "The longest wait, by strategy", "rounds")
    yield _ranking(board, "round_trips_per_pop", "What a task costs, by strategy", "round trips")
    is_first = True
    for row in board.rows[:MOST_MAPS]:
        run = board.picture(row)
        if run is not None and run.assessment is not None and run.picked_up:
            found = service_map(run, f"{row.strategy}: {row.label}")
            yield found if is_first else replace(found, note="")
            is_first = False


def _ranking(board: Scoreboard, name: str, title: str, unit: str) -> Ranking:
    quantity = next(each for each in board.columns if each.name == name)
    advised = recommend(board).strategy
    rows = sorted(board.rows, key=lambda row: _place(board.cell(row, name).median))
    values = [value for row in rows if (value := board.cell(row, name).median) is not None]
    ideal = board.ideal_of(name)
    ends = [*values, *([ideal] if ideal is not None else [])]
    return Ranking(
        title=title,
        note="The shorter, the better; an arrow marks what is advised.",
        x=axes.linear(unit, max(ends, default=1.0)),
        bars=tuple(
            Bar(
                name=row.strategy,
                value=board.cell(row, name).median,
                text=quantity.show(board.cell(row, name).median),
                label=row.short_label,
                tone=_row_tone(row),
                is_advised=row.strategy == advised,
            )
            for row in rows
        ),
        marks=((ideal, "ideal"),) if ideal is not None else (),
    )


def _row_tone(row: Row) -> Tone:
    return tone_of(row.word, failed=row.failed)


def _place(value: float | None) -> tuple[bool, float]:
    return value is None, value or 0.0


def sweep_pictures(sweep: Sweep, found: Sequence[Numbers]) -> Iterator[Picture]:
    """A chart for each quantity that is known at a point at least."""
    for quantity in QUANTITIES:
        known = [
            point
            for curve in found
            for point in curve.points
            if point.cell(quantity.name).median is not None
        ]
        if known:
            yield _growth(sweep, found, quantity)


def _growth(sweep: Sweep, found: Sequence[Numbers], quantity: Quantity) -> Chart:
    curves = tuple(
        Curve(
            name=curve.strategy,
            points=_points(curve.points, quantity, judged=True),
            hollow=_points(curve.points, quantity, judged=False),
            has_dots=True,
        )
        for curve in found
    )
    shown = [y for curve in curves for _, y in (*curve.points, *curve.hollow)]
    title = f"{quantity.title[0].upper()}{quantity.title[1:]}"
    unit = quantity.title.rpartition(", ")[2]
    return Chart(
        title=f"{title}, by {sweep.noun}",
        note="Hollow: a run that could not be judged." if any(c.hollow for c in curves) else "",
        x=axes.marked_at(sweep.noun, [(float(each), sweep.show(each)) for each in sweep.values]),
        y=axes.fitting(unit, shown),
        curves=curves,
    )


def _points(
    points: Sequence[Point], quantity: Quantity, *, judged: bool
) -> tuple[tuple[float, float], ...]:
    return tuple(
        (float(point.value), value)
        for point in points
        if (value := point.cell(quantity.name).median) is not None
        and (point.counts and point.row.word is not Level.INCONCLUSIVE) is judged
    )
