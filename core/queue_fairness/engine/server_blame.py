"""Whether the server is to blame for how a run ended."""

from queue_fairness.engine.outcome import Outcome
from queue_fairness.engine.run_parts import RunParts
from queue_fairness.engine.task_balance import TaskBalance
from queue_fairness.metrics.counters import Counters
from queue_fairness.server.damage import Damage, server_fault, suspicion
from queue_fairness.server.server import Server
from queue_fairness.strategies import STRATEGIES, Strategy


def charge_server(parts: RunParts, outcome: Outcome, server: Server) -> None:
    """Make the server's fault the run's failure, where it has one; a fault found stays."""
    _warn_of_failover(outcome, server)
    if outcome.server_fault is not None:
        return
    damage = _damage(parts, outcome)
    outcome.server_fault = server_fault(server.name, outcome.changes, damage)
    if outcome.server_fault is not None:
        outcome.failure = outcome.server_fault
        return
    if not server.is_ours:
        outcome.warn(suspicion(server.name, outcome.changes, damage))
    if outcome.changes is not None and outcome.changes.restarted:
        outcome.warn(
            f"{server.name} was restarted in mid-run and no task is missing: only times suffer"
        )


def _warn_of_failover(outcome: Outcome, server: Server) -> None:
    """A replica that went away may be the primary now, with a copy of each of the run's keys."""
    changes = outcome.changes
    if changes is None or not (changes.replicas_left or changes.became_replica):
        return
    what = "became a replica" if changes.became_replica else "lost a replica"
    outcome.warn(
        f"{server.name} {what} in mid-run: if another server is primary now, it has copies of this"
        " run's keys, which queue-fairness-tui clean --redis-url of that server removes"
    )


def _damage(parts: RunParts, outcome: Outcome) -> Damage:
    counters = parts.recorder.counters
    balance = TaskBalance(counters, outcome, parts.strategy.lease_ttl_s)
    held = counters.in_flight + balance.in_lease(outcome.elapsed_s)
    return Damage(
        missing=balance.missing(),
        replies_lost=counters.replies_lost,
        duplicated=counters.duplicated,
        locks_left=max(0, (outcome.locks_left or 0) - held),
        failure=outcome.failure,
        failed_by_server=outcome.failed_by_server,
        own_removals=_own_removals(counters, parts.strategy),
        is_atomic=parts.plan.strategy in STRATEGIES,
    )


def _own_removals(counters: Counters, strategy: Strategy) -> int:
    """DELs of locks, where there are no leases: one for each task that was done or failed."""
    if strategy.lease_ttl_s:
        return 0
    return counters.completed + counters.failed + counters.sums.cost().lock_races
