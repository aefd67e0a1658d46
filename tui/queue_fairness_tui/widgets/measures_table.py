"""The measures behind the verdict, each beside its ideal, where there is room for a table."""

from collections.abc import Callable

from queue_fairness.fairness.thresholds import FAIR_DEBT, FAIR_WAIT
from queue_fairness.formatting import numbers
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.report.progress_text import bound_share
from queue_fairness_tui.widgets.panel import Line, WaitPanel

NAME, CELL, MIN_CELL = 13, 11, 8
"""Columns of the name of a measure, and of each value at most and at least."""

Show = Callable[[float | None, Snapshot], str]
Row = tuple[str, str, str, str]


class MeasuresTable(WaitPanel):
    """A row per measure: now, the ideal, and what FAIR allows."""

    DEFAULT_CSS = """
    MeasuresTable {
        border: round $foreground 40%;
        border-title-color: $foreground;
        border-subtitle-color: $muted;
    }
    """

    def __init__(self, before: Snapshot | None = None, head: str = "now") -> None:
        """A table.

        Args:
            before: A run to show beside; None for none.
            head: Of the column of the run itself.
        """
        super().__init__()
        self._before = before
        self._head = head

    def on_mount(self) -> None:
        """Name it in the border."""
        self._entitle()

    def watch_unit(self) -> None:
        """Say in which unit the waits are, then paint."""
        self._entitle()
        super().watch_unit()

    def _entitle(self) -> None:
        self.set_titles(f"In numbers, waits in {self.unit.value}")

    def paint(self, snapshot: Snapshot, width: int, height: int, /) -> list[Line]:
        """A head and a row per measure; nothing before the first pickup."""
        if snapshot.assessment is None or not snapshot.picked_up:
            return []
        rows = measure_rows(snapshot, self.unit.text)
        if self._before is not None and self._before.assessment is not None:
            others = measure_rows(self._before, self.unit.text)
            heads = ("", self._head, "before", "ideal")
            shown = [
                (row[0], row[1], other[1], row[2]) for row, other in zip(rows, others, strict=True)
            ]
        else:
            heads, shown = ("", self._head, "ideal", "for FAIR"), rows
        lines = [_line(heads, width, is_head=True)]
        lines += [_line(row, width, is_head=False) for row in shown]
        if len(lines) < height:
            lines.append([(bound_share(snapshot)[:width], "dim")])
        return lines


def measure_rows(snapshot: Snapshot, show: Show) -> list[Row]:
    """Measure, value now, ideal and what FAIR allows, in words.

    Args:
        snapshot: With an assessment.
        show: A number of rounds in the unit of the screen.
    """
    assert snapshot.assessment is not None
    measures, plan = snapshot.assessment.measures, snapshot.plan
    ideal = show(1, snapshot) if plan.weights == "equal" else numbers.UNKNOWN
    trips = snapshot.per_pop(snapshot.dequeue_cost.round_trips)
    return [
        ("worst wait", show(measures.worst_wait_rounds.max, snapshot), ideal, ""),
        (
            "wait p99",
            show(measures.worst_wait_rounds.p99, snapshot),
            ideal,
            f"≤ {show(FAIR_WAIT, snapshot)}",
        ),
        ("debt in tasks", f"{measures.debt_tasks_max:.1f}", "≤ 1", f"≤ {FAIR_DEBT:g}"),
        ("round Jain", numbers.digits(measures.round_jain, 2), "1", ""),
        ("trips per pop", numbers.digits(trips, 2), "1", ""),
        ("tasks/s", numbers.digits(snapshot.throughput_per_s), _bound(snapshot), ""),
    ]


def _bound(snapshot: Snapshot) -> str:
    bound = snapshot.plan.bound_per_s
    return numbers.digits(bound) if bound != float("inf") else numbers.UNKNOWN


def _line(row: Row, width: int, *, is_head: bool) -> Line:
    """A row whose columns share the width."""
    name, *cells = row
    free = width - NAME
    each = max(MIN_CELL, min(CELL, free // len(cells)))
    # What is left over keeps the last two heads apart.
    last = each + 1 if each < CELL and each * len(cells) < free else each
    *others, end = cells
    text = f"{name:<{NAME}}" + "".join(f"{cell:>{each}}" for cell in others) + f"{end:>{last}}"
    return [(text[:width], "dim" if is_head else "text")]
