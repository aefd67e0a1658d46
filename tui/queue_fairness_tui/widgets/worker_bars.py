"""The tasks that each worker has done."""

from collections.abc import Sequence

from queue_fairness.formatting import numbers
from queue_fairness.formatting.slices import batched
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness_tui.charts.blocks import bar, vertical_cell
from queue_fairness_tui.widgets.panel import Line, Panel, chunk, first_that_fits

NARROWEST = 18
"""Smallest width, in cells, for the name, bar and count of a worker."""
FEW_ROWS, MOST_ROWS = 4, 12
"""Rows that the panel takes at most while the counts are even, and once they differ."""
FEW, UNEVEN = 3, 0.1
"""Counts that are this many tasks apart, or by this share of the most, count as even."""


class WorkerBars(Panel):
    """A bar per worker, or a cell per worker where bars do not fit.

    All bars share one scale, from 0 to an even share of the whole load, so that they grow with the
    run. The class `-differ` says that the counts differ by more than the order of a closed loop
    makes them: then they tell something, and the panel is given more room.
    """

    DEFAULT_CSS = """
    WorkerBars {
        border: round $foreground 40%;
        border-title-color: $foreground;
        border-subtitle-color: $muted;
    }
    """

    def get_content_height(self, container: object, viewport: object, width: int) -> int:
        """Few rows while the counts are even; once they differ a row per worker, if they fit."""
        del container, viewport
        count = len(self.snapshot.workers) if self.snapshot is not None else 1
        per_row = max(1, width // NARROWEST)
        rows = -(-count // per_row)
        if self.has_class("-differ"):
            return min(count, MOST_ROWS) if rows <= MOST_ROWS else MOST_ROWS
        return rows if rows <= FEW_ROWS else FEW_ROWS

    def watch_snapshot(self) -> None:
        """Paint, and say in the title how even the workers are."""
        if self.snapshot is not None and not self.snapshot.workers:
            self.set_titles("Tasks of each worker", "not told")
        elif self.snapshot is not None:
            workers = self.snapshot.workers
            is_even = are_even(self.snapshot)
            if is_even == self.has_class("-differ"):
                self.set_class(not is_even, "-differ")
                self.refresh(layout=True)
            # Few titles change with every frame: drawing them is half of what this panel costs.
            why = "even by construction" if _is_plain(self.snapshot) else ""
            title = f"Tasks of {numbers.plural(len(workers), 'worker')}"
            self.set_titles(title, why if is_even else _range(workers))
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


def are_even(snapshot: Snapshot) -> bool:
    """Whether the workers' counts differ by no more than the order of their turns makes them.

    In a closed loop of equal tasks all have done as many, but for what each has in hand and how
    far the work of a task varies. A worker that joined, left, crashed or is slow shows.
    """
    workers = snapshot.workers
    least, most = min(workers), max(workers)
    return most - least <= max(FEW, UNEVEN * most)


def _is_plain(snapshot: Snapshot) -> bool:
    """Whether even counts prove nothing: a drain in which nothing was done to a worker."""
    plan = snapshot.plan
    return plan.is_drain and plan.slow_worker == 1 and not snapshot.timeline.marks


def _range(workers: Sequence[int]) -> str:
    least, most = min(workers), max(workers)
    return f"{least:,} each" if least == most else f"{least:,} to {most:,}"


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
