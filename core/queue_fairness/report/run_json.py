"""The JSON document of a run."""

from dataclasses import asdict
from typing import Any, cast

from queue_fairness.analysis.recovery import recoveries
from queue_fairness.analysis.summary import Distribution, Summary, is_cost_known, summarize
from queue_fairness.metrics import completion
from queue_fairness.metrics.snapshot import Gone, Snapshot, Stall, Waits
from queue_fairness.plan.ignored import ignored_options
from queue_fairness.report.assessment_json import assessment_parts
from queue_fairness.report.command import command
from queue_fairness.report.documents import (
    SCHEMA,
    CostPerPop,
    Crash,
    MarkDocument,
    MeanAndMax,
    Moments,
    NullableCost,
    Percentiles,
    PopTimesDocument,
    Program,
    RunDocument,
    ServerDocument,
    StallDocument,
    StallsDocument,
    TimelineDocument,
    Totals,
    WaitMoments,
    WorkerDocument,
    WorkerFairness,
)
from queue_fairness.report.load_json import plan_document, source_document
from queue_fairness.report.machine import machine
from queue_fairness.report.program import NAME, installed_version
from queue_fairness.server.watch import Changes


def document(snapshot: Snapshot) -> dict[str, Any]:
    """Everything a run has measured, as plain values; see `documents.py`."""
    return cast("dict[str, Any]", run_document(snapshot))


def run_document(snapshot: Snapshot) -> RunDocument:
    """The same, as the type that the JSON Schema is made of."""
    summary = summarize(snapshot)
    fairness, evidence, verdict = assessment_parts(snapshot)
    return {
        "schema": SCHEMA,
        "kind": "run",
        "program": program(),
        "run_id": snapshot.run_id,
        "command": command(snapshot),
        "plan": plan_document(snapshot.plan),
        "source": source_document(snapshot.plan.observed),
        "ignored_options": list(ignored_options(snapshot.plan)),
        "machine": machine(),
        "server": _server(snapshot),
        "library": snapshot.library,
        "phase": snapshot.phase.value,
        "failure": snapshot.failure,
        "failure_details": snapshot.failure_details,
        "warning": snapshot.warning,
        "server_fault": snapshot.server_fault,
        "server_changes": asdict(snapshot.server_changes or Changes()),
        "totals": _totals(snapshot),
        "workers": _workers(snapshot),
        "worker_fairness": _worker_fairness(snapshot),
        "first_pickup_s": _moments(summary.first_pickup_s),
        "first_pickup_share": _shares(summary),
        "partitions_never_served": snapshot.partitions_unserved,
        "fairness": fairness,
        "evidence": evidence,
        "verdict": verdict,
        "cost_per_pop": _cost_per_pop(snapshot),
        "wait_s": _waits(snapshot.waits),
        "pop_s": _pops(snapshot),
        "partition_wait_s": _moments(summary.partition_wait_s),
        "starved_by_median_rule": summary.starved_by_median_rule,
        "event_loop_lag_ms": _lag(snapshot),
        "stalled": snapshot.stalled,
        "stalls": _stalls(snapshot),
        "quiet_wait_p95_s": snapshot.quiet_wait_p95_s,
        "quiet_wait_baseline_p95_s": snapshot.quiet_wait_baseline_p95_s,
        "quiet_wait_ideal_p95_s": snapshot.quiet_wait_ideal_p95_s,
        "quiet_slowdown": snapshot.quiet_slowdown,
        "generator_lateness_s": _lateness(snapshot),
        "crashes": _crashes(snapshot),
        "marks": _marks(snapshot),
        "timeline": _timeline(snapshot),
        "cost_total": _cost(snapshot),
    }


def _shares(summary: Summary) -> MeanAndMax:
    return {"mean": summary.first_pickup_share_mean, "max": summary.first_pickup_share_max}


def program() -> Program:
    """What writes the documents."""
    return {"name": NAME, "version": installed_version()}


def _server(snapshot: Snapshot) -> ServerDocument | None:
    server = snapshot.server
    if server is None:
        return None
    return {"engine": server.engine, "version": server.version, "origin": str(server.origin)}


def _workers(snapshot: Snapshot) -> list[WorkerDocument]:
    total, name = snapshot.completed, snapshot.plan.worker_name
    return [
        {
            "id": name(worker),
            "tasks": tasks,
            "share": tasks / total if total else None,
        }
        for worker, tasks in enumerate(snapshot.workers)
    ]


def _worker_fairness(snapshot: Snapshot) -> WorkerFairness:
    summary = summarize(snapshot)
    ideal = summary.worker_ideal if snapshot.workers else None
    return {"ideal": ideal, "stdev": summary.worker_stdev}


def _cost_per_pop(snapshot: Snapshot) -> CostPerPop:
    return {
        "round_trips": snapshot.per_pop(snapshot.dequeue_cost.round_trips),
        "scans": snapshot.per_pop(snapshot.dequeue_cost.scans),
        "lost_locks": snapshot.per_pop(snapshot.dequeue_cost.lost_locks),
        "commands": snapshot.commands_per_task,
    }


def _pops(snapshot: Snapshot) -> PopTimesDocument:
    pops = snapshot.pops
    return {
        "p50": pops.p50,
        "p99": pops.p99,
        "max": pops.maximum,
        "long_total": pops.long_total,
    }


def _lag(snapshot: Snapshot) -> Percentiles:
    lag = snapshot.lag
    return {
        "p50": _milliseconds(lag.p50),
        "p99": _milliseconds(lag.p99),
        "max": _milliseconds(lag.maximum),
    }


def _lateness(snapshot: Snapshot) -> Percentiles:
    late = snapshot.lateness
    return {"p50": late.p50, "p99": late.p99, "max": late.maximum}


def _marks(snapshot: Snapshot) -> list[MarkDocument]:
    return [
        {
            "at_s": each.mark.at,
            "text": each.mark.text,
            "back_to_normal_after_s": each.seconds,
            "worst_mean_wait_s": each.worst_wait_s,
        }
        for each in recoveries(snapshot.timeline)
    ]


def _timeline(snapshot: Snapshot) -> TimelineDocument:
    timeline = snapshot.timeline
    return {
        "step_s": timeline.step_s,
        "arrived": list(timeline.arrived),
        "picked_up": list(timeline.picked_up),
        "completed": list(timeline.completed),
    }


def _totals(snapshot: Snapshot) -> Totals:
    source = snapshot.plan.observed
    tells = source is None or source.knows_attempts
    return {
        "enqueued": snapshot.enqueued,
        "completed": snapshot.completed,
        "left": snapshot.left,
        "lost": snapshot.lost,
        "vanished": snapshot.vanished,
        "dead": snapshot.dead if tells else None,
        "share_done": completion.share_done(snapshot),
        "failed_attempts": snapshot.failed if tells else None,
        "leases_expired": snapshot.leases_expired if tells else None,
        "arrived": snapshot.arrived,
        "polls": snapshot.polls if source is None else None,
        "duplicated": snapshot.duplicated if tells else None,
        "locks_left": snapshot.locks_left,
        "lock_races": _cost(snapshot)["lock_races"],
        "elapsed_s": snapshot.elapsed_s,
        "throughput_per_s": snapshot.throughput_per_s,
    }


def _waits(waits: Waits) -> WaitMoments:
    return {
        "mean": waits.mean,
        "median": waits.median,
        "stdev": waits.stdev,
        "min": waits.minimum,
        "max": waits.maximum,
        "p95": waits.p95,
        "p99": waits.p99,
    }


def _crashes(snapshot: Snapshot) -> list[Crash]:
    """What crashed workers had in hand, and when the queue got it back; null for never."""
    came_back = [(gone, at) for gone, at in snapshot.recovered]
    never: list[tuple[Gone, float | None]] = [(gone, None) for gone in snapshot.gone]
    return [
        {
            "at_s": gone.at,
            "worker": snapshot.plan.worker_name(gone.worker),
            "partition": snapshot.plan.partition_name(gone.partition),
            "task": gone.task,
            "back_in_queue_at_s": at,
        }
        for gone, at in [*came_back, *never]
    ]


def _cost(snapshot: Snapshot) -> NullableCost:
    """What all attempts to dequeue cost together; null throughout where that was not counted."""
    cost, known = snapshot.dequeue_cost, is_cost_known(snapshot)
    return {
        "round_trips": cost.round_trips if known else None,
        "scans": cost.scans if known else None,
        "lost_locks": cost.lost_locks if known else None,
        "lock_races": cost.lock_races if known else None,
    }


def _moments(spread: Distribution) -> Moments:
    return {
        "mean": spread.mean,
        "median": spread.median,
        "stdev": spread.stdev,
        "min": spread.minimum,
        "max": spread.maximum,
        "spread": spread.spread,
    }


def _stalls(snapshot: Snapshot) -> StallsDocument:
    stalls = snapshot.stalls
    return {"program": _stall(stalls.program), "server": _stall(stalls.server)}


def _stall(stall: Stall) -> StallDocument:
    return {
        "longest_s": stall.longest_s,
        "longest_at_s": stall.longest_at,
        "total_s": stall.total_s,
    }


def _milliseconds(value: float | None) -> float | None:
    return value * 1e3 if value is not None else None
