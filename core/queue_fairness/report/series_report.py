"""What the reports of a comparison and of a sweep have in common."""

from queue_fairness.analysis.columns import Cell as Reduced
from queue_fairness.analysis.columns import Column as Quantity
from queue_fairness.analysis.scoreboard import Row
from queue_fairness.analysis.series import Series
from queue_fairness.formatting import numbers
from queue_fairness.formatting.table import Cell
from queue_fairness.report.model import Measure
from queue_fairness.report.run_tables import server_line


def headline(series: Series, load: str) -> str:
    """What is run: strategies, repeats and load on one line."""
    count = len(series.strategies)
    often = f", {series.repeats} runs each" if series.repeats > 1 else ""
    return f"{count} {'strategy' if count == 1 else 'strategies'}{often} · {load}"


def server(series: Series) -> list[str]:
    """Which server; nothing before the first run."""
    return [server_line(run) for run in series.runs[-1:]]


def spread(cell: Reduced, quantity: Quantity) -> str:
    """The smallest and the largest of the repeats: `9.8–10.1`, `1.2–1.4 ms`; one if they agree."""
    if cell.minimum is None:
        return numbers.UNKNOWN
    low, high = quantity.show(cell.minimum), quantity.show(cell.maximum)
    if low == high:
        return low
    parts, other = low.split(" "), high.split(" ")
    one_unit = len(parts) == len(other) == 2 and parts[1] == other[1]
    return f"{parts[0] if one_unit else low}–{high}"


def both(cell: Reduced, quantity: Quantity) -> str:
    """The median, and in parentheses how far its repeats spread: `9.9 (9.8–10.1)`."""
    shown, ends = quantity.show(cell.median), spread(cell, quantity)
    return shown if shown == ends else f"{shown} ({ends})"


def entry(cell: Reduced, quantity: Quantity) -> Cell:
    """A reduced number as a cell of a table."""
    return Cell(
        text=quantity.show(cell.median), rank=cell.mark.value, spread=spread(cell, quantity)
    )


def measure(
    row: Row,
    cell: Reduced,
    quantity: Quantity,
    *,
    field: str = "",
    field_value: float | None = None,
    ideal: float | None = None,
) -> Measure:
    """A reduced number for programs."""
    return Measure(
        strategy=row.strategy,
        verdict=row.word.text if row.word else "",
        field=field,
        field_value=field_value,
        runs=len(row.runs),
        measure=quantity.name,
        unit=quantity.unit,
        median=cell.median,
        min=cell.minimum,
        max=cell.maximum,
        ideal=ideal,
    )
