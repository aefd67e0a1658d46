"""The snapshot of a run at this instant, put together from what is known of it."""

from queue_fairness.engine.outcome import Outcome
from queue_fairness.engine.run_parts import RunParts
from queue_fairness.engine.task_balance import TaskBalance
from queue_fairness.engine.worker_pool import Pool
from queue_fairness.metrics.snapshot import Lateness, Phase, Snapshot, Stalls
from queue_fairness.server.info import ServerInfo


def observe(
    parts: RunParts,
    outcome: Outcome,
    phase: Phase,
    *,
    pool: Pool | None = None,
    server: ServerInfo | None = None,
) -> Snapshot:
    """A run as it is now, but for its assessment; O(partitions).

    Args:
        parts: What the run works with.
        outcome: What is known beside its events.
        phase: Where it stands; once it is final, what the recorder withheld is folded as well.
        pool: The workers; None before they start.
        server: None before there is one.
    """
    is_final = phase.is_final
    if is_final:
        parts.recorder.flush()
    counters = parts.recorder.counters
    balance = TaskBalance(counters, outcome, parts.strategy.lease_ttl_s)
    elapsed_s = outcome.elapsed_s or (pool.elapsed_s if pool else 0.0)
    return Snapshot(
        run_id=parts.keys.run_id,
        plan=parts.plan,
        server=server,
        phase=phase,
        failure=outcome.failure,
        failure_details=outcome.failure_details,
        warning="; ".join(outcome.warnings) or None,
        elapsed_s=elapsed_s,
        enqueued=balance.enqueued,
        completed=counters.completed,
        in_flight=0 if is_final else counters.in_flight,
        left=outcome.left if is_final else balance.waiting,
        lost=balance.lost() if is_final else balance.may_be_lost,
        cut_short=counters.in_flight if is_final else 0,
        duplicated=counters.duplicated,
        locks_left=outcome.locks_left,
        rate_per_s=counters.rate_per_s(elapsed_s),
        workers=tuple(counters.by_worker),
        picked_up=counters.picked_up,
        first_pickup_s=counters.first_pickup_s,
        first_pickup_index=counters.first_pickup_index,
        partition_by_rank=counters.partition_by_rank,
        served_by_rank=counters.served_by_rank(),
        wait_sum_by_rank=counters.wait_sum_by_rank(),
        waits=counters.sums.waits(),
        dequeue_cost=counters.sums.cost(),
        lag=parts.lag.lag(),
        stalls=Stalls(program=parts.lag.stall(), server=parts.pulse.stall()),
        silent_s=None if is_final else parts.patience.told_s,
        pops=counters.sums.pops(),
        arrived=counters.arrived,
        arrival_rate_per_s=counters.arrival_rate_per_s(elapsed_s),
        lateness=pool.generator.lateness if pool else Lateness(),
        workers_at_work=counters.workers_at_work,
        polls=counters.polls,
        failed=counters.failed,
        dead=counters.dead,
        leases_expired=counters.leases_expired,
        gone=counters.gone,
        recovered=tuple(counters.recovered),
        quiet_wait_p95_s=_quiet_wait_p95_s(parts, elapsed_s if is_final else None),
        quiet_wait_baseline_p95_s=outcome.quiet_wait_baseline_s,
        quiet_wait_ideal_p95_s=outcome.quiet_wait_ideal_s,
        pair_label=outcome.pair_label,
        timeline=counters.sums.timeline(),
        partitions=counters.partitions,
        in_lease=balance.in_lease(elapsed_s),
        library=parts.strategy.library or None,
        commands=outcome.commands,
        server_fault=outcome.server_fault,
        server_changes=outcome.changes,
        vanished=balance.missing() if outcome.server_fault else None,
        order=parts.recorder.order,
    )


def _quiet_wait_p95_s(parts: RunParts, ended_at: float | None) -> float | None:
    """Of all tasks of quiet partitions; in mid-run, at None, of those that were taken."""
    counters = parts.recorder.counters
    if ended_at is None:
        return counters.sums.quiet_wait_p95_s(())
    waits = parts.task_log.open_quiet_waits(ended_at, counters.was_taken)
    return counters.sums.quiet_wait_p95_s(waits)
