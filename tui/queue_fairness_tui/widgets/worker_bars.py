"""The tasks that each worker has done."""

from queue_fairness.formatting import numbers
from queue_fairness.formatting.slices import batched
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness_tui.charts.blocks import bar, vertical_cell
from queue_fairness_tui.widgets.panel import Line, Panel, chunk, first_that_fits

NARROWEST = 18
"""Smallest width, in cells, for the name, bar and count of a worker."""


class WorkerBars(Panel):
    """A bar per worker, or a cell per worker where bars do not fit.

    All bars share one scale, from 0 to an even share of the whole load, so that they grow with the
    run.
    """

    DEFAULT_CSS = """
    WorkerBars { border: round $foreground 40%; border-title-color: $foreground; }
    """

    def watch_snapshot(self) -> None:
        """Paint, and say in the title how even the workers are."""
        if self.snapshot is not None and not self.snapshot.workers:
            self.set_titles("Tasks of each worker", "not told")
        elif self.snapshot is not None:
            workers = self.snapshot.workers
            self.set_titles(
                f"Tasks of {numbers.plural(len(workers), 'worker')}",
                f"{min(workers):,} to {max(workers):,}{_why_even(self.snapshot)}",
            )
        self.repaint()

    def paint(self, snapshot: Snapshot, width: int, height: int) -> list[Line]:
        """Bars in as many columns as needed; cells if those would be too narrow."""
        workers = snapshot.workers
        if not workers:
            return []
        scale = max(*workers, (snapshot.plan.total_tasks or snapshot.completed) / len(workers), 1)
        columns = -(-len(workers) // height)
        if width // columns >= NARROWEST:
            return _bars(snapshot, width // columns, min(height, len(workers)), scale)
        return _cells(snapshot, width, height, scale)


def _why_even(snapshot: Snapshot) -> str:
    """A warning where even counts prove nothing; empty where they need not be even."""
    plan = snapshot.plan
    is_plain = plan.is_drain and plan.slow_worker == 1 and not snapshot.timeline.marks
    return ": even by construction" if is_plain else ""


def _bars(snapshot: Snapshot, width: int, height: int, scale: float) -> list[Line]:
    lines: list[Line] = [[] for _ in range(height)]
    names = [snapshot.plan.worker_name(each) for each in range(len(snapshot.workers))]
    name_width = min(width // 3, max(map(len, names)))
    done = max(1, snapshot.completed)
    count_width = len(f"{int(scale):,}")
    for worker, tasks in enumerate(snapshot.workers):
        share = numbers.percent(tasks / done, 1) if width >= 26 + count_width else ""
        figures = f" {tasks:>{count_width},}" + (f" {share:>6}" if share else "")
        room = width - name_width - 2 - len(figures)
        lines[worker % height] += [
            (names[worker][:name_width].ljust(name_width) + " ", "dim"),
            (bar(tasks / scale, room), "bar"),
            (figures + " ", "text"),
        ]
    return lines


def _cells(snapshot: Snapshot, width: int, height: int, scale: float) -> list[Line]:
    """One cell per worker, or per equal group of workers, its height the mean number of tasks."""
    workers = snapshot.workers
    group = -(-len(workers) // (max(1, height - 3) * width))
    cells = "".join(
        vertical_cell(sum(some) / len(some) / scale) for some in batched(workers, group)
    )
    ordered = sorted(workers)
    low, high = workers.index(ordered[0]), workers.index(ordered[-1])
    whose = "worker" if group == 1 else f"{group} workers"
    return [
        *_solid(chunk(cells, width)),
        [
            (
                first_that_fits(
                    width, f"a cell per {whose}, as high as its tasks", f"a cell per {whose}"
                ),
                "dim",
            )
        ],
        [(_extremes(ordered[0], low, ordered[-1], high, width), "text")],
        [(f"median {ordered[len(ordered) // 2]:,}", "text")],
    ]


def _extremes(fewest: int, low: int, most: int, high: int, width: int) -> str:
    return first_that_fits(
        width,
        f"fewest {fewest:,} (w{low})  most {most:,} (w{high})",
        f"{fewest:,} (w{low}) to {most:,} (w{high})",
        f"{fewest:,} to {most:,}",
    )


def _solid(texts: list[str]) -> list[Line]:
    return [[(text, "bar")] for text in texts]
