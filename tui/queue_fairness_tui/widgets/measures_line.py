"""The measures behind the verdict, and the cost of a pop, on one line."""

from queue_fairness.fairness.worker_time import WorkerTime
from queue_fairness.formatting import numbers
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.report.progress_text import bound_share
from queue_fairness_tui.widgets.panel import Line, WaitPanel, first_that_fits


def _worker_time(time: WorkerTime) -> str:
    """The least and the most worker time that partitions got, as shares of their due."""
    if time.least is None or time.most is None:
        return "worker time –"
    return f"worker time {time.least * 100:,.0f}–{time.most * 100:,.0f} % of due"


class MeasuresLine(WaitPanel):
    """Worst wait, debt, round Jain, worker time, round trips per pop; as many as fit."""

    DEFAULT_CSS = "MeasuresLine { height: 1; }"

    def paint(self, snapshot: Snapshot, width: int, _height: int, /) -> list[Line]:
        """One line; the numbers that decide the verdict come first."""
        if snapshot.assessment is None or not snapshot.picked_up:
            return []
        measures = snapshot.assessment.measures
        worst = self.unit.labelled(measures.worst_wait_rounds.max, snapshot)
        trips = snapshot.per_pop(snapshot.dequeue_cost.round_trips)
        parts = [
            f"worst wait {worst}",
            f"debt {measures.debt_tasks_max:.1f} tasks",
            f"round Jain {numbers.digits(measures.round_jain, 2)}",
            _worker_time(measures.worker_time),
            f"{numbers.digits(trips, 2)} round trips/pop",
            bound_share(snapshot),
        ]
        variants = (" " + "   ".join(parts[:count]) for count in range(len(parts), 0, -1))
        return [[(first_that_fits(width, *variants), "text")]]
