"""A run's numbers in words: the tables that every face shows.

The summary screen, the text report and the scrollback all print `tables(snapshot)`, so that they
cannot disagree.
"""

import heapq
import math
import os
import platform
from collections.abc import Sequence
from dataclasses import dataclass

from queue_fairness.analysis.columns import IDEAL
from queue_fairness.analysis.partitions import partitions
from queue_fairness.analysis.summary import (
    Distribution,
    Summary,
    is_cost_known,
    summarize,
)
from queue_fairness.errors import PlanError
from queue_fairness.formatting import numbers
from queue_fairness.formatting.slices import batched
from queue_fairness.formatting.table import Table, headed
from queue_fairness.formatting.wrapping import WIDTH
from queue_fairness.metrics.snapshot import Snapshot, Stall
from queue_fairness.plan import ALWAYS_SAID, plan_fields
from queue_fairness.report.fairness_table import fairness_table
from queue_fairness.report.fault_tables import fault_tables
from queue_fairness.report.program import NAME, installed_version
from queue_fairness.report.progress_text import bound_share
from queue_fairness.report.waits_in import ROUNDS, WaitsIn
from queue_fairness.strategies.custom import find_strategy

WORST_SHOWN = 5
PICKED_UP_ONLY = "of those that were picked up; a backlog hides the longest ones"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """Every number of a run beside its ideal, by section."""

    fairness: tuple[Table, ...]
    faults: tuple[Table, ...]
    """What was done to the run and how it took it; empty for a plain drain."""
    starvation: tuple[Table, ...]
    workers: tuple[Table, ...]
    throughput: tuple[Table, ...]
    parameters: tuple[Table, ...]
    unit: str = ROUNDS.unit
    """Of all waits in the first and the third."""


def tables(snapshot: Snapshot, waits: WaitsIn = ROUNDS) -> Tables:
    """Work out and word every number of a run; the measures' own waits in the unit given."""
    summary = summarize(snapshot)
    assessment = snapshot.assessment
    return Tables(
        fairness=(fairness_table(snapshot, assessment, waits),)
        if assessment and snapshot.picked_up
        else (),
        faults=fault_tables(snapshot),
        starvation=(*_worst(snapshot, waits), *_original(snapshot, summary)),
        workers=(_workers(snapshot, summary),) if snapshot.workers else (),
        throughput=(
            _throughput(snapshot),
            *((_price(snapshot),) if snapshot.plan.observed is None else ()),
            _waits(snapshot, summary),
        ),
        parameters=(_plan(snapshot), _environment(snapshot)),
        unit=waits.unit,
    )


def server_line(snapshot: Snapshot) -> str:
    """Which engine, which version, from where; of jobs of others how many were read."""
    server, source = snapshot.server, snapshot.plan.observed
    if source is not None:
        return next((value for label, value in source.facts if label == "read"), "")
    return f"{server.engine} {server.version} ({server.origin})" if server else "no server yet"


def _spread_rows(
    seen: Distribution, ideal: Distribution, names: Sequence[str]
) -> tuple[tuple[str, ...], ...]:
    labels = {"minimum": "min", "maximum": "max"}
    return tuple(
        (
            labels.get(name, name),
            numbers.seconds(getattr(seen, name)),
            numbers.seconds(getattr(ideal, name)),
        )
        for name in names
    )


def _worst(snapshot: Snapshot, waits: WaitsIn) -> tuple[Table, ...]:
    """The partitions with the longest waits, those that are open at the end included."""
    assessment = snapshot.assessment
    if assessment is None or not assessment.worst_waits:
        return ()
    worst = heapq.nlargest(WORST_SHOWN, assessment.worst_waits.items(), key=lambda item: item[1])
    row_of = {row.partition: row for row in partitions(snapshot)}
    return (
        Table(
            title="The longest waits",
            columns=headed(waits.unit, "first pickup", "mean wait", "served"),
            rows=tuple(
                (
                    snapshot.plan.partition_name(partition),
                    numbers.digits(rounds) if waits is ROUNDS else waits.show(rounds),
                    numbers.seconds(row_of[partition].first_pickup_s),
                    numbers.seconds(row_of[partition].mean_wait_s),
                    f"{row_of[partition].served:,}",
                )
                for partition, rounds in worst
            ),
            note=_unserved(snapshot.partitions_unserved),
        ),
    )


def _unserved(number: int) -> str:
    were = "was" if number == 1 else "were"
    return f"{numbers.plural(number, 'partition')} {were} never served"


def _original(snapshot: Snapshot, summary: Summary) -> tuple[Table, ...]:
    if not snapshot.plan.is_drain:
        return ()
    names = ("mean", "median", "stdev", "minimum", "maximum", "spread")
    return (
        Table(
            title="What the original benchmark reports: first pickup of each partition",
            columns=headed("this run", IDEAL),
            rows=(
                *_spread_rows(summary.first_pickup_s, summary.first_pickup_ideal_s, names),
                (
                    "mean, share of all dispatches",
                    numbers.percent(summary.first_pickup_share_mean, 1),
                    numbers.percent(summary.first_pickup_share_ideal_mean, 1),
                ),
                (
                    "max, share of all dispatches",
                    numbers.percent(summary.first_pickup_share_max, 1),
                    numbers.percent(summary.first_pickup_share_ideal_max, 1),
                ),
                ("partitions never served", numbers.count(snapshot.partitions_unserved), "0"),
                (
                    '"starved": later than 2 × median',
                    numbers.count(summary.starved_by_median_rule),
                    "0",
                ),
            ),
            note="that rule is blind: the later the median, the less it can find",
        ),
        Table(
            title="and: average wait of a partition's tasks",
            columns=headed("this run", IDEAL),
            rows=_spread_rows(
                summary.partition_wait_s,
                summary.partition_wait_ideal_s,
                ("mean", "stdev", "spread"),
            ),
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
    title = "Wait of a task, all partitions together"
    if not snapshot.plan.is_drain:
        strategy = snapshot.plan.strategy
        return Table(
            title=title,
            rows=tuple((name, numbers.seconds(seen)) for name, seen, _ in rows),
            note="\n".join(filter(None, (PICKED_UP_ONLY, _polling(strategy)))),
        )
    return Table(
        title=title,
        columns=headed("this run", IDEAL),
        rows=tuple(
            (name, numbers.seconds(seen), numbers.seconds(want)) for name, seen, want in rows
        ),
        note="in a drain these are the same for every order of service",
    )


def _polling(strategy: str) -> str:
    """How the strategy polls, in words; empty if it does not, or is not to be found here."""
    try:
        return find_strategy(strategy).polling
    except PlanError:
        return ""


def _throughput(snapshot: Snapshot) -> Table:
    bound = snapshot.plan.bound_per_s
    seen = snapshot.throughput_per_s
    distrust = " (stood still: do not trust it)" if snapshot.stalled else ""
    rows = [("throughput", f"{numbers.rate(seen)}{distrust}")]
    if math.isfinite(bound):
        rows.append(("its bound: workers / work duration", numbers.rate(bound)))
        rows.append(("share of the bound", numbers.percent(seen / bound if seen else None, 1)))
    return Table(title="Throughput", rows=tuple(rows), note=bound_share(snapshot))


def _price(snapshot: Snapshot) -> Table:
    price = snapshot.dequeue_cost

    def per_pop(value: int) -> str:
        return numbers.digits(snapshot.per_pop(value))

    races = price.lock_races if is_cost_known(snapshot) else None
    lag, pops, stalls = snapshot.lag, snapshot.pops, snapshot.stalls
    return Table(
        title="Cost per pop, and the meter's own error",
        rows=(
            ("round trips per pop", per_pop(price.round_trips)),
            *_commands(snapshot),
            ("polls that found nothing, per pop", per_pop(snapshot.polls)),
            ("SCANs per pop", per_pop(price.scans)),
            ("locks lost to another worker, per pop", per_pop(price.lost_locks)),
            ("lock races (list emptied before the lock)", numbers.count(races)),
            (
                "pop p50 / p99 / max",
                " / ".join(map(numbers.seconds, (pops.p50, pops.p99, pops.maximum))),
            ),
            ("workers' time in pops over 0.1 s, in all", numbers.seconds(pops.long_total)),
            (
                "event loop lag p50 / p99 / max",
                " / ".join(map(numbers.seconds, (lag.p50, lag.p99, lag.maximum))),
            ),
            ("the program stood still, in all / at most", _stall(stalls.program)),
            ("the server stood still, in all / at most", _stall(stalls.server)),
        ),
    )


def _commands(snapshot: Snapshot) -> tuple[tuple[str, str], ...]:
    """What the server did, where only it can tell: a line of a public library's report."""
    if snapshot.library is None:
        return ()
    return (("Redis commands per task, in all", numbers.digits(snapshot.commands_per_task)),)


def _stall(stall: Stall) -> str:
    if not stall.total_s or stall.longest_at is None:
        return numbers.seconds(stall.total_s)
    total, longest = numbers.seconds(stall.total_s), numbers.seconds(stall.longest_s)
    return f"{total} / {longest}, at {numbers.seconds(stall.longest_at)}"


def _workers(snapshot: Snapshot, summary: Summary) -> Table:
    total, name = snapshot.completed, snapshot.plan.worker_name
    cells = [
        f"{name(worker)} {tasks:,} {numbers.percent(tasks / total if total else None, 1)}"
        for worker, tasks in enumerate(snapshot.workers)
    ]
    width = max(map(len, cells))
    per_line = max(1, (WIDTH - 2) // (width + 3))
    return Table(
        title=(
            f"Tasks of each worker: ideal {numbers.digits(summary.worker_ideal)}, "
            f"stdev {numbers.digits(summary.worker_stdev)}"
        ),
        rows=tuple(
            ("   ".join(cell.ljust(width) for cell in line).rstrip(),)
            for line in batched(cells, per_line)
        ),
        note="even by construction: in a closed loop equal tasks come out even"
        if snapshot.plan.is_drain and not snapshot.timeline.marks
        else "who works does not decide who is served",
    )


def _plan(snapshot: Snapshot) -> Table:
    plan = snapshot.plan
    if plan.observed is not None:
        return Table(title="What was read", rows=tuple(plan.observed.facts))
    return Table(
        title="Parameters",
        rows=tuple(
            (
                each.option.removeprefix("--"),
                f"{each.text(getattr(plan, each.name))} {each.unit}".strip(),
            )
            for each in plan_fields()
            if each.name in ALWAYS_SAID or getattr(plan, each.name) != each.default
        ),
        note="all others as they are by default",
    )


def _environment(snapshot: Snapshot) -> Table:
    plan = snapshot.plan
    return Table(
        title="Environment",
        rows=(
            *((("server", server_line(snapshot)),) if plan.observed is None else ()),
            *((("library", snapshot.library),) if snapshot.library else ()),
            ("program", f"{NAME} {installed_version()}"),
            ("Python", platform.python_version()),
            ("machine", f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors"),
            *((("run", snapshot.run_id),) if plan.observed is None else ()),
        ),
    )
