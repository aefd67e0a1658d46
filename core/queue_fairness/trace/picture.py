"""The snapshot of a run that is not there any more, put together from what was kept of it."""

from dataclasses import dataclass

from queue_fairness.dispatch_order import OrderEvidence
from queue_fairness.metrics.counters import Counters
from queue_fairness.metrics.phase import Phase
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.metrics.values import (
    NO_POPS,
    NO_STALLS,
    NOT_LATE,
    Lag,
    Lateness,
    PopTimes,
    Stalls,
)
from queue_fairness.plan import Plan
from queue_fairness.server.info import ServerInfo
from queue_fairness.server.watch import Changes

NO_LAG = Lag()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Known:
    """What is known of a run beside its events: `Snapshot` says what each field means."""

    run_id: str = ""
    server: ServerInfo | None = None
    phase: Phase = Phase.STARTING
    failure: str | None = None
    failure_details: str | None = None
    warning: str | None = None
    elapsed_s: float = 0.0
    enqueued: int = 0
    left: int | None = 0
    lost: int | None = 0
    cut_short: int = 0
    in_lease: int = 0
    locks_left: int | None = None
    lag: Lag = NO_LAG
    stalls: Stalls = NO_STALLS
    lateness: Lateness = NOT_LATE
    quiet_wait_p95_s: float | None = None
    quiet_wait_baseline_p95_s: float | None = None
    quiet_wait_ideal_p95_s: float | None = None
    pair_label: str = ""
    server_fault: str | None = None
    server_changes: Changes | None = None
    vanished: int | None = None


def picture(
    plan: Plan, counters: Counters, known: Known, order: OrderEvidence | None = None
) -> Snapshot:
    """The snapshot of an instant, but for its assessment; O(partitions).

    Args:
        plan: The load.
        counters: The totals of its events up to then.
        known: What those do not tell.
        order: How well the order of dispatches is known.
    """
    kept = {name: getattr(known, name) for name in Known.__dataclass_fields__}
    is_final, source, sums = known.phase.is_final, plan.observed, counters.sums
    return Snapshot(
        **kept,
        plan=plan,
        completed=counters.completed,
        in_flight=0 if is_final else counters.in_flight,
        duplicated=counters.duplicated,
        rate_per_s=counters.rate_per_s(known.elapsed_s),
        workers=tuple(counters.by_worker) if source is None or source.knows_workers else (),
        picked_up=counters.picked_up,
        first_pickup_s=counters.first_pickup_s,
        first_pickup_index=counters.first_pickup_index,
        partition_by_rank=counters.partition_by_rank,
        served_by_rank=counters.served_by_rank(),
        wait_sum_by_rank=counters.wait_sum_by_rank(),
        waits=sums.waits(),
        dequeue_cost=sums.cost(),
        pops=_pops(plan, counters),
        arrived=counters.arrived,
        arrival_rate_per_s=counters.arrival_rate_per_s(known.elapsed_s),
        workers_at_work=counters.workers_at_work,
        polls=counters.polls,
        failed=counters.failed,
        dead=counters.dead,
        leases_expired=counters.leases_expired,
        gone=counters.gone,
        recovered=tuple(counters.recovered),
        timeline=sums.timeline(),
        partitions=counters.partitions,
        order=order,
    )


def _pops(plan: Plan, counters: Counters) -> PopTimes:
    """How long workers took from task to task; of somebody else's nobody knows what they did."""
    return counters.sums.pops() if plan.observed is None else NO_POPS
