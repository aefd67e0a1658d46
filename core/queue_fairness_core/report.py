"""A run's picture in words: the tables that every face shows, and the plain text of them.

The summary screen, the text report and the scrollback all print `tables(snapshot)`, so that they
cannot disagree.
"""

import math
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version

from queue_fairness_core import words
from queue_fairness_core.plan import plan_fields
from queue_fairness_core.snapshot import Phase, Snapshot
from queue_fairness_core.strategies.base import batched
from queue_fairness_core.summary import Spread, Summary, summarize

WIDTH = 80
ROUND_ROBIN = "round robin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A titled grid of words: the first column is a label, the others are right-aligned."""

    title: str
    columns: tuple[str, ...] = ()
    """Heads of the columns after the first; empty for a table without a head."""
    rows: tuple[tuple[str, ...], ...]
    note: str = ""
    """What has to be known to read it."""


def headline(snapshot: Snapshot) -> str:
    """What runs: strategy, load, workers, work and seed on one line."""
    plan = snapshot.plan
    return (
        f"{plan.strategy} · {plan.partitions:,} × {plan.tasks_per_partition:,} "
        f"{plan.arrival_order} · {words.plural(plan.workers, 'worker')} · "
        f"{words.setting(plan.work_duration)} · seed {plan.seed}"
    )


def server_line(snapshot: Snapshot) -> str:
    """Which engine, which version, from where."""
    server = snapshot.server
    return f"{server.engine} {server.version} ({server.origin})" if server else "no server yet"


def outcome(snapshot: Snapshot) -> str:
    """How it ended, or how far it is, in one sentence."""
    done = f"{snapshot.completed:,} of {snapshot.enqueued:,} tasks"
    if snapshot.elapsed_s:
        done += f" in {words.seconds(snapshot.elapsed_s)}"
    words_for = {
        Phase.DRAINED: "DRAINED",
        Phase.STOPPED: "STOPPED EARLY",
        Phase.FAILED: "FAILED",
    }
    return f"{words_for.get(snapshot.phase, snapshot.phase.value.upper())}  {done}"


def integrity(snapshot: Snapshot) -> str:
    """What became of every task that was enqueued, in one sentence."""
    parts = []
    if snapshot.left is None:
        parts.append("what is left in Redis is unknown")
        parts.append(f"at least {snapshot.lost:,} lost")
    else:
        parts.append(f"{snapshot.left:,} left" if snapshot.left else "none left")
        parts.append(f"{snapshot.lost:,} lost" if snapshot.lost else "none lost")
    parts.append(f"{snapshot.duplicated:,} twice" if snapshot.duplicated else "none twice")
    if snapshot.locks_left:
        parts.append(f"{words.plural(snapshot.locks_left, 'lock')} left behind")
    return ", ".join(parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """Every number of a run beside the value that round robin would have, by section."""

    partitions: tuple[Table, ...]
    waits: tuple[Table, ...]
    workers: tuple[Table, ...]
    throughput: tuple[Table, ...]
    parameters: tuple[Table, ...]


def tables(snapshot: Snapshot) -> Tables:
    """Work out and word every number of a run."""
    summary = summarize(snapshot)
    return Tables(
        partitions=(_first_pickups(snapshot, summary), _partition_waits(summary)),
        waits=(_waits(snapshot, summary),),
        workers=(_workers(snapshot, summary),),
        throughput=(_throughput(snapshot), _price(snapshot)),
        parameters=(_plan(snapshot), _environment(snapshot)),
    )


def text(snapshot: Snapshot) -> str:
    """The whole report as plain text, at most 80 columns wide but for the last line."""
    lines = [
        headline(snapshot),
        server_line(snapshot),
        "",
        outcome(snapshot),
        integrity(snapshot),
    ]
    lines += (line for line in (snapshot.failure, snapshot.warning) if line)
    shown = tables(snapshot)
    for table in (*shown.partitions, *shown.waits, *shown.workers, *shown.throughput):
        lines += ("", *render(table))
    lines += ("", f"$ {snapshot.plan.command}")
    return "\n".join(lines) + "\n"


def render(table: Table) -> list[str]:
    """A table as aligned lines of text."""
    grid = [("", *table.columns)] if table.columns else []
    grid += table.rows
    widths = [max(map(len, column)) for column in zip(*grid, strict=True)]
    lines = [
        "  "
        + "  ".join(
            cell.rjust(width) if index else cell.ljust(width)
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in grid
    ]
    return [table.title, *lines, *([f"  ({table.note})"] if table.note else [])]


def _spread_rows(seen: Spread, ideal: Spread, names: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    labels = {"minimum": "min", "maximum": "max"}
    return tuple(
        (
            labels.get(name, name),
            words.seconds(getattr(seen, name)),
            words.seconds(getattr(ideal, name)),
        )
        for name in names
    )


def _first_pickups(snapshot: Snapshot, summary: Summary) -> Table:
    names = ("mean", "median", "stdev", "minimum", "maximum", "spread")
    return Table(
        title="First pickup of each partition, after the start",
        columns=("this run", ROUND_ROBIN),
        rows=(
            *_spread_rows(summary.first_pickup_s, summary.first_pickup_ideal_s, names),
            (
                "mean, share of all dispatches",
                words.percent(summary.first_pickup_share_mean, 1),
                words.percent(summary.first_pickup_share_ideal_mean, 1),
            ),
            (
                "max, share of all dispatches",
                words.percent(summary.first_pickup_share_max, 1),
                words.percent(summary.first_pickup_share_ideal_max, 1),
            ),
            ("partitions never served", words.count(snapshot.partitions_unserved), "0"),
            (
                "later than 2 × median (the original's rule)",
                words.count(summary.starved_by_median_rule),
                "0",
            ),
        ),
    )


def _partition_waits(summary: Summary) -> Table:
    return Table(
        title="Average wait of a partition's tasks",
        columns=("this run", ROUND_ROBIN),
        rows=_spread_rows(
            summary.partition_wait_s, summary.partition_wait_ideal_s, ("mean", "stdev", "spread")
        ),
    )


def _waits(snapshot: Snapshot, summary: Summary) -> Table:
    waits, ideal = snapshot.waits, summary.wait_ideal_s
    rows = (
        ("mean", waits.mean, ideal.mean),
        ("median", waits.median, ideal.median),
        ("stdev", waits.stdev, ideal.stdev),
        ("min", waits.minimum, ideal.minimum),
        ("max", waits.maximum, ideal.maximum),
        ("p95", waits.p95, summary.wait_ideal_p95_s),
        ("p99", waits.p99, summary.wait_ideal_p99_s),
    )
    return Table(
        title="Wait of a task, all partitions together",
        columns=("this run", ROUND_ROBIN),
        rows=tuple((name, words.seconds(seen), words.seconds(want)) for name, seen, want in rows),
        note="in a drain these are the same for every order of service",
    )


def _throughput(snapshot: Snapshot) -> Table:
    bound = snapshot.plan.bound_per_s
    seen = snapshot.throughput_per_s
    rows = [("throughput", words.rate(seen))]
    if math.isfinite(bound):
        rows.append(("its bound: workers / work duration", words.rate(bound)))
        rows.append(("share of the bound", words.percent(seen / bound if seen else None, 1)))
    return Table(title="Throughput", rows=tuple(rows))


def _price(snapshot: Snapshot) -> Table:
    price, pops = snapshot.price, snapshot.picked_up

    def per_pop(value: int) -> str:
        return words.digits(value / pops if pops else None)

    lag = snapshot.lag
    return Table(
        title="Price of a pop, and the meter's own error",
        rows=(
            ("round trips per pop", per_pop(price.round_trips)),
            ("SCANs per pop", per_pop(price.scans)),
            ("locks lost to another worker, per pop", per_pop(price.lost_locks)),
            ("lock races (list emptied before the lock)", words.count(price.lock_races)),
            (
                "event loop lag p50 / p99 / max",
                " / ".join(map(words.seconds, (lag.p50, lag.p99, lag.maximum))),
            ),
        ),
    )


def _workers(snapshot: Snapshot, summary: Summary) -> Table:
    total = snapshot.completed
    cells = [
        f"w{worker} {tasks:,} {words.percent(tasks / total if total else None, 1)}"
        for worker, tasks in enumerate(snapshot.workers)
    ]
    width = max(map(len, cells))
    per_line = max(1, (WIDTH - 2) // (width + 3))
    return Table(
        title=(
            f"Tasks of each worker: ideal {words.digits(summary.worker_ideal)}, "
            f"stdev {words.digits(summary.worker_stdev)}"
        ),
        rows=tuple(
            ("   ".join(cell.ljust(width) for cell in line).rstrip(),)
            for line in batched(cells, per_line)
        ),
        note="even by construction where all tasks take the same time",
    )


def _plan(snapshot: Snapshot) -> Table:
    plan = snapshot.plan
    return Table(
        title="Parameters",
        rows=tuple(
            (each.option.removeprefix("--"), f"{getattr(plan, each.name)} {each.unit}".strip())
            for each in plan_fields()
        ),
    )


def _environment(snapshot: Snapshot) -> Table:
    return Table(
        title="Environment",
        rows=(
            ("server", server_line(snapshot)),
            ("program", f"queue-fairness-tui {version('queue-fairness-tui')}"),
            ("Python", platform.python_version()),
            ("machine", f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors"),
            ("run", snapshot.run_id),
        ),
        note=f"run it again: {snapshot.plan.command}",
    )
