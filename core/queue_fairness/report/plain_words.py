"""The answer of a run for those who do not know what a round is, and the few numbers behind it."""

from collections.abc import Iterator

from queue_fairness.formatting import numbers
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.report.model import Figure
from queue_fairness.report.progress_text import bound_share

WORTH_SAYING = 1.5
"""Times the ideal from which it is said how many times it is."""


def in_plain_words(snapshot: Snapshot) -> str:
    """What became of the tenant that fared worst.

    Empty where there is none, where all of several began in a load that goes on (the verdict's own
    sentence says it then), and before the first dispatch.
    """
    if not snapshot.picked_up or snapshot.assessment is None or snapshot.partitions < 2:
        return ""
    served, tenants = snapshot.first_pickup_s, numbers.plural(snapshot.partitions, "tenant")
    if snapshot.partitions_unserved:
        after = numbers.seconds(snapshot.elapsed_s)
        return f"{snapshot.partitions_unserved:,} of {tenants} got nothing within {after}."
    turn_s = snapshot.round_s or 0.0
    if turn_s == 0 or not snapshot.plan.is_full_at_start:
        return ""
    said = f"The last of {tenants} got its first task after {numbers.seconds(served[-1])}"
    by_turns = f"by strict turns ({numbers.seconds(turn_s)})"
    if served[-1] <= WORTH_SAYING * turn_s:
        return f"{said}, as {by_turns}."
    return f"{said}: {numbers.digits(served[-1] / turn_s, 2)} times as long as {by_turns}."


def key_figures(snapshot: Snapshot) -> tuple[Figure, ...]:
    """At most four; none before the first dispatch."""
    if not snapshot.picked_up or snapshot.assessment is None:
        return ()
    return tuple(_figures(snapshot))


def _figures(snapshot: Snapshot) -> Iterator[Figure]:
    assert snapshot.assessment is not None
    worst = snapshot.assessment.measures.worst_wait_rounds.max
    if snapshot.partitions_unserved:
        whole = f"of {numbers.plural(snapshot.partitions, 'tenant')}"
        yield Figure(label="never served", value=f"{snapshot.partitions_unserved:,}", beside=whole)
    elif snapshot.plan.is_full_at_start:
        yield Figure(
            label="until every tenant had its first task",
            value=numbers.seconds(snapshot.first_pickup_s[-1]),
            beside=f"by strict turns {numbers.seconds(snapshot.round_s)}",
        )
    is_equal = snapshot.plan.weights == "equal"
    yield Figure(
        label="the longest wait, in turns of everyone",
        value=numbers.digits(worst, 2 if (worst or 0) < 10 else 3),
        beside="ideal: 1" if is_equal else "",
    )
    yield Figure(
        label="throughput",
        value=numbers.rate(snapshot.throughput_per_s),
        beside=bound_share(snapshot),
    )
    trips = snapshot.per_pop(snapshot.dequeue_cost.round_trips)
    yield Figure(
        label="round trips to Redis per task", value=numbers.digits(trips), beside="1 is the least"
    )
