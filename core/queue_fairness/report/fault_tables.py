"""What was done to a run, and how it took it, in tables: marks, crashes, retries, arrivals."""

from queue_fairness.analysis.backlog import forecast
from queue_fairness.analysis.recovery import Recovery, recoveries
from queue_fairness.formatting import numbers
from queue_fairness.formatting.table import Table, headed
from queue_fairness.metrics.snapshot import Snapshot

CRASHES_SHOWN = 8
LATE_S = 0.02
"""Lateness (p99) from which the generator did not keep up."""


def fault_tables(snapshot: Snapshot) -> tuple[Table, ...]:
    """The tables that there is something to say in; none for a plain drain."""
    made = (
        _arrivals(snapshot),
        _noise(snapshot),
        _marks(snapshot),
        _crashes(snapshot),
        _failures(snapshot),
    )
    return tuple(each for each in made if each is not None)


def _arrivals(snapshot: Snapshot) -> Table | None:
    plan, late = snapshot.plan, snapshot.lateness
    if plan.is_drain:
        return None
    seconds = snapshot.elapsed_s or 1.0
    assessment = snapshot.assessment
    busy = assessment.measures.conservation.busy if assessment else None
    return Table(
        title="Arrivals and departures",
        rows=(
            ("arrived", f"{numbers.digits(snapshot.arrived / seconds)} tasks/s"),
            ("completed", numbers.rate(snapshot.throughput_per_s)),
            ("backlog at the end", f"{numbers.count(snapshot.left)} tasks"),
            ("trend of the backlog", forecast(snapshot) or numbers.UNKNOWN),
            ("busy share of the workers", numbers.percent(busy)),
            (
                "arrivals late by p50 / p99 / max",
                " / ".join(map(numbers.seconds, (late.p50, late.p99, late.maximum))),
            ),
        ),
        note="the generator did not keep up: tasks came later than they were due"
        if (late.p99 or 0.0) > LATE_S
        else "waits count from when a task was due, however late it was sent",
    )


def _noise(snapshot: Snapshot) -> Table | None:
    if snapshot.quiet_wait_baseline_p95_s is None:
        return None
    return Table(
        title="What the quiet partitions' tasks wait, p95",
        rows=(
            ("with the noise", numbers.seconds(snapshot.quiet_wait_p95_s)),
            ("with the noise, ideal", numbers.seconds(snapshot.quiet_wait_ideal_p95_s)),
            ("without the noise", numbers.seconds(snapshot.quiet_wait_baseline_p95_s)),
        ),
        note="ideal: computed at the end, for the same tasks and workers",
    )


def _marks(snapshot: Snapshot) -> Table | None:
    found = recoveries(snapshot.timeline)
    if not found:
        return None
    return Table(
        title="What was done to it, and how long the quiet partitions felt it",
        columns=headed("at", "back to normal in", "wait up to"),
        rows=tuple(
            (
                each.mark.text,
                numbers.seconds(each.mark.at),
                _back(each),
                numbers.seconds(each.worst_wait_s),
            )
            for each in found
        ),
        note="mean waits; normal: up to 1.5 times the one before the first, or 20 ms",
    )


def _back(recovery: Recovery) -> str:
    if recovery.seconds is None:
        return "not before the end" if recovery.worst_wait_s is not None else numbers.UNKNOWN
    return numbers.seconds(recovery.seconds) if recovery.seconds else "never left it"


def _crashes(snapshot: Snapshot) -> Table | None:
    name = snapshot.plan.partition_name
    rows = [
        (
            f"task {gone.task:,} of {name(gone.partition)}",
            f"w{gone.worker}",
            numbers.seconds(gone.at),
            f"back in the queue after {numbers.seconds(at - gone.at)}",
        )
        for gone, at in snapshot.recovered
    ]
    fate = "its lease has yet to expire" if snapshot.in_lease else "lost"
    rows += [
        (
            f"task {gone.task:,} of {name(gone.partition)}",
            f"w{gone.worker}",
            numbers.seconds(gone.at),
            fate,
        )
        for gone in snapshot.gone
    ]
    if not rows:
        return None
    return Table(
        title="What crashed workers had in hand",
        columns=headed("worker", "crashed at", "what became of it"),
        rows=tuple(rows[:CRASHES_SHOWN]),
    )


def _failures(snapshot: Snapshot) -> Table | None:
    if not (snapshot.failed or snapshot.leases_expired):
        return None
    return Table(
        title="Attempts that came to nothing",
        rows=(
            ("failed attempts", numbers.count(snapshot.failed)),
            ("tasks given up", numbers.count(snapshot.dead)),
            ("leases expired", numbers.count(snapshot.leases_expired)),
        ),
    )
