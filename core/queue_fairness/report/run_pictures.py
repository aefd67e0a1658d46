"""The pictures of a run: who was served when, first tasks, longest waits, the flow of tasks."""

import itertools
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from queue_fairness.fairness.heat import ServiceHeatMap
from queue_fairness.fairness.thresholds import FAIR_WAIT
from queue_fairness.formatting import numbers
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.report import axes
from queue_fairness.report.pictures import Chart, Curve, Histogram, Map, Picture

MOST_POINTS = 160
"""Points of a curve: more than a picture has room to show would only make a file larger."""
BINS = 24
FLOW_STEPS = 60
"""Most steps in which tasks per second are shown: shorter ones show single tasks."""


def run_pictures(snapshot: Snapshot) -> Iterator[Picture]:
    """Those that a run has something to show in; none before its first dispatch."""
    if snapshot.assessment is None or not snapshot.picked_up:
        return
    yield service_map(snapshot)
    if snapshot.plan.is_full_at_start:
        yield _first_tasks(snapshot)
    if snapshot.assessment.worst_waits:
        yield _longest_waits(snapshot)
    if len(snapshot.timeline.completed) > 2:
        yield _flow(snapshot)
    if not snapshot.plan.is_drain and len(snapshot.timeline.arrived) > 2:
        yield _backlog(snapshot)


def service_map(snapshot: Snapshot, title: str = "Who was served when") -> Map:
    """Partitions in the order of their first task, over rounds; an unfinished round is left out."""
    assert snapshot.assessment is not None
    heat = snapshot.assessment.heat
    columns = _whole_columns(snapshot, heat)
    rows = [
        _shares(served[:columns], owed[:columns])
        for served, owed in zip(heat.served, heat.owed, strict=True)
    ]
    served = snapshot.partitions - heat.unserved
    each = heat.partitions_per_row
    weights = [min(each, served - row * each) for row in range(len(rows))]
    if heat.unserved:
        rows.append(_shares([0] * columns, heat.unserved_owed[:columns]))
        weights.append(heat.unserved)
    rounds = columns * heat.rounds_per_column
    ends = (snapshot.partition_by_rank[0], snapshot.partition_by_rank[-1])
    first, last = map(snapshot.plan.partition_name, ends)
    return Map(
        title=title,
        note="A row for each tenant, in the order of their first tasks; a column for each round. "
        "All rows solid throughout: everyone has a turn in every round.",
        x=axes.exactly("rounds: one turn for each tenant that has tasks", float(rounds)),
        rows=tuple(rows),
        weights=tuple(weights),
        first=f"{first}, served first",
        last=f"{heat.unserved:,} never served" if heat.unserved else f"{last}, served last",
    )


def _whole_columns(snapshot: Snapshot, heat: ServiceHeatMap) -> int:
    """How many columns to show: one that has not ended would look as if others had waited."""
    columns = len(heat.served[0]) if heat.served else 0
    if snapshot.plan.is_drain and snapshot.phase.is_complete:
        return columns
    assert snapshot.assessment is not None
    whole = int(snapshot.assessment.measures.rounds) // heat.rounds_per_column
    return max(1, min(columns, whole))


def _shares(served: Sequence[float], owed: Sequence[float]) -> tuple[float | None, ...]:
    return tuple(
        None if want <= 0 and got <= 0 else min(1.0, got / want) if want > 0 else 1.0
        for got, want in zip(served, owed, strict=True)
    )


def _first_tasks(snapshot: Snapshot) -> Chart:
    """How many partitions have had their first task, over time, beside strict turns."""
    first, partitions = snapshot.first_pickup_s, snapshot.partitions
    end = snapshot.elapsed_s
    turn_s = (snapshot.round_s or end) if snapshot.partitions else end
    known = [(at, float(number)) for number, at in enumerate(first, 1)]
    curve = [(0.0, 0.0), *_thinned(known), (end, float(len(first)))]
    ideal = [(0.0, 0.0), (min(turn_s, end), float(partitions)), (end, float(partitions))]
    return Chart(
        title="How long until each tenant got its first task",
        note=f"By strict turns all {partitions:,} would have begun after "
        f"{numbers.seconds(turn_s)}.",
        x=axes.exactly("seconds", end),
        y=axes.counting("tenants that have been served", float(partitions)),
        curves=(
            Curve(name="this run", points=tuple(curve)),
            Curve(name="ideal: strict turns", points=tuple(ideal), is_ideal=True),
        ),
    )


def _longest_waits(snapshot: Snapshot) -> Histogram:
    """Partitions by the longest time for which they waited, in rounds."""
    assert snapshot.assessment is not None
    waits = sorted(snapshot.assessment.worst_waits.values())
    x = axes.linear("rounds", max(waits[-1], 2.0))
    edges = [x.high * number / BINS for number in range(BINS + 1)]
    below = [0, *(bisect_right(waits, edge) for edge in edges[1:-1]), len(waits)]
    counts = tuple(after - before for before, after in itertools.pairwise(below))
    return Histogram(
        title="The longest wait of each tenant",
        note=f"One round is ideal. FAIR is up to {FAIR_WAIT:g} for 99 of 100 tenants"
        " where turns are strict.",
        x=x,
        y=axes.counting("tenants", float(max(counts))),
        edges=tuple(edges),
        counts=counts,
        marks=((1.0, "ideal"),) if snapshot.plan.weights == "equal" else (),
    )


def _flow(snapshot: Snapshot) -> Chart:
    """Tasks that came and tasks that were done, per second, step by step."""
    line = snapshot.timeline
    group = -(-len(line.completed) // FLOW_STEPS)
    width = group * line.step_s
    done = _per_second(line.completed, group, width)
    curves = [Curve(name="tasks done", points=tuple(_thinned(done)))]
    if not snapshot.plan.is_drain:
        came = _per_second(line.arrived, group, width)
        curves.append(Curve(name="tasks arriving", points=tuple(_thinned(came)), is_ideal=True))
    top = max(y for curve in curves for _, y in curve.points)
    return Chart(
        title="Tasks per second",
        x=axes.exactly("seconds", snapshot.elapsed_s),
        y=axes.linear("tasks/s", top),
        curves=tuple(curves),
        marks=tuple((each.at, each.text) for each in line.marks if each.at <= snapshot.elapsed_s),
    )


def _per_second(counts: Sequence[int], group: int, width_s: float) -> list[tuple[float, float]]:
    """Each step's rate at its middle; the last one, which may be cut short, is left out."""
    whole = max(1, len(counts) // group - (len(counts) % group == 0))
    return [
        ((number + 0.5) * width_s, sum(counts[number * group : (number + 1) * group]) / width_s)
        for number in range(whole)
    ]


def _backlog(snapshot: Snapshot) -> Chart:
    """Tasks that waited, at the end of each step."""
    line = snapshot.timeline
    waiting = itertools.accumulate(
        came - taken for came, taken in zip(line.arrived, line.picked_up, strict=True)
    )
    points = [
        (min((number + 1) * line.step_s, snapshot.elapsed_s), float(max(0, count)))
        for number, count in enumerate(waiting)
    ]
    top = max(y for _, y in points)
    return Chart(
        title="Tasks that wait",
        x=axes.exactly("seconds", snapshot.elapsed_s),
        y=axes.counting("tasks", top),
        curves=(Curve(name="backlog", points=tuple(_thinned(points))),),
    )


def _thinned(points: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """At most `MOST_POINTS` of them, both ends included."""
    if len(points) <= MOST_POINTS:
        return list(points)
    last = len(points) - 1
    chosen = dict.fromkeys(
        round(number * last / (MOST_POINTS - 1)) for number in range(MOST_POINTS)
    )
    return [points[each] for each in chosen]
