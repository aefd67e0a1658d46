"""The heat map as text: rows of partitions, columns of rounds, shaded by served against owed."""

from queue_fairness.fairness.heat import ServiceHeatMap
from queue_fairness.formatting.shades import shade

MET = 0.95
"""Share of what was owed from which a cell counts as served in full."""


def whole_part(heat: ServiceHeatMap, rounds: int, width: int) -> tuple[int, int]:
    """Where the rounds that are over end in a panel, and where the one that goes on ends, in cells.

    Args:
        heat: Served and owed turns; its last column is the one that goes on.
        rounds: Length of the whole run.
        width: Of the panel.
    """
    done = len(heat.served[0]) if heat.served else 0
    columns = _columns(heat, rounds)
    # The cell of column n begins where `_cells` lets it begin.
    starts = [-(-number * width // columns) for number in (max(0, done - 1), done)]
    return starts[0], starts[1]


def _columns(heat: ServiceHeatMap, rounds: int) -> int:
    done = len(heat.served[0]) if heat.served else 0
    return max(1, -(-rounds // heat.rounds_per_column), done)


def grid(
    heat: ServiceHeatMap,
    partitions: int,
    rounds: int,
    width: int,
    height: int,
    *,
    is_over: bool = True,
) -> list[str]:
    """The map's cells for a panel, a string per row.

    Args:
        heat: Served and owed turns.
        partitions: How many there are; the rows divide them.
        rounds: Length of the whole run; the columns divide it.
        width: Of the panel, in cells.
        height: Of the panel, in rows.
        is_over: Whether the last column is over: in one that is not, who got nothing is blank.
    """
    columns = _columns(heat, rounds)
    ranked = partitions - heat.unserved
    unserved_each = [owed / max(1, heat.unserved) for owed in heat.unserved_owed]
    cells = _cells(columns, width)
    rows = []
    for row in range(height):
        first = row * partitions // height
        last = max(first + 1, (row + 1) * partitions // height)
        if first >= ranked:
            served = [0.0] * len(unserved_each)
            owed = unserved_each
        else:
            some = slice(
                first // heat.partitions_per_row, -(-min(last, ranked) // heat.partitions_per_row)
            )
            served = [float(sum(cells)) for cells in zip(*heat.served[some], strict=True)]
            owed = [sum(cells) for cells in zip(*heat.owed[some], strict=True)]
        if not is_over and served and not served[-1]:
            owed = [*owed[:-1], 0.0]
        rows.append(_row(served, owed, cells))
    return rows


def _cells(columns: int, width: int) -> list[tuple[slice, int]]:
    """The columns of the map behind the cells of a row, and how many cells share them."""
    cells: list[tuple[slice, int]] = []
    for place in range(width):
        first = place * columns // width
        some = slice(first, max(first + 1, (place + 1) * columns // width))
        if cells and cells[-1][0] == some:
            cells[-1] = (some, cells[-1][1] + 1)
        else:
            cells.append((some, 1))
    return cells


def _row(served: list[float], owed: list[float], cells: list[tuple[slice, int]]) -> str:
    return "".join(
        (_cell(sum(served[some]), sum(owed[some])) if some.start < len(owed) else " ") * count
        for some, count in cells
    )


def _cell(served: float, owed: float) -> str:
    if served <= 0 and owed <= 0:
        return " "
    share = served / owed if owed > 0 else 1.0
    return shade(1.0 if share >= MET else share)
