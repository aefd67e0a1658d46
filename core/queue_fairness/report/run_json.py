"""The JSON document of a run."""

from collections.abc import Callable
from dataclasses import asdict
from typing import Any, cast

from queue_fairness.analysis.recovery import recoveries
from queue_fairness.analysis.summary import Distribution, Summary, is_cost_known, summarize
from queue_fairness.fairness.assessment import FairnessAssessment
from queue_fairness.fairness.measures import FairnessMeasures
from queue_fairness.fairness.worker_time import WorkerTime
from queue_fairness.metrics import completion
from queue_fairness.metrics.snapshot import Gone, Snapshot, Stall, Waits
from queue_fairness.plan.ignored import ignored_options
from queue_fairness.report.command import command
from queue_fairness.report.documents import (
    SCHEMA,
    CostPerPop,
    Crash,
    EvidenceDocument,
    Fairness,
    MarkDocument,
    MeanAndMax,
    Moments,
    NullableCost,
    Percentiles,
    PopTimesDocument,
    Program,
    RunDocument,
    ServerDocument,
    Shared,
    StallDocument,
    StallsDocument,
    TimelineDocument,
    Totals,
    Verdict,
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
    fairness, evidence, verdict = _assessment(snapshot)
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


def _assessment(
    snapshot: Snapshot,
) -> tuple[Fairness | None, EvidenceDocument | None, Verdict | None]:
    """The fairness measures, the evidence and the verdict; None for a run not begun.

    Of a queue that handed out nothing there is a verdict, and nothing measured.
    """
    assessment = snapshot.assessment
    if assessment is None:
        return None, None, None
    measures = assessment.measures
    evidence: EvidenceDocument = {
        "integrity": next(
            (each.ok for each in assessment.verdict.evidence if each.name == "integrity"), None
        ),
        "work_conservation": measures.conservation.conserved,
        "rounds": measures.rounds,
        "contended_share": measures.contended_share,
    }
    is_measured = not completion.nothing_handed_out(snapshot)
    fairness = _fairness(measures, snapshot.plan.partition_name) if is_measured else None
    return fairness, evidence, _verdict(assessment)


def _fairness(measures: FairnessMeasures, name_of: Callable[[int], str]) -> Fairness:
    first, worst, shares = (
        measures.first_pickup_rounds,
        measures.worst_wait_rounds,
        measures.shares,
    )
    return {
        "first_pickup_rounds": {
            "mean": first.mean,
            "p50": first.p50,
            "p99": first.p99,
            "max": first.max,
        },
        "worst_wait_rounds": {"p50": worst.p50, "p99": worst.p99, "max": worst.max},
        "debt_tasks": {"now": measures.debt_tasks_now, "max": measures.debt_tasks_max},
        "round_jain": measures.round_jain,
        "window_shares": {
            "observed": shares.observed,
            "short": shares.short,
            "left_out": shares.left_out,
            "longest_turns": shares.longest_turns,
        },
        "worker_time": _worker_time(measures.worker_time, name_of),
        "cost": _worker_time(measures.cost, name_of),
        "partitions_beyond_3_rounds": measures.beyond_three,
        "longest_waits": [
            {
                "partition": name_of(each.partition),
                "rounds": each.rounds,
                "since_s": each.since_s,
                "for_s": each.for_s,
                "open": each.is_open,
            }
            for each in measures.victims
        ],
    }


def _verdict(assessment: FairnessAssessment) -> Verdict:
    verdict = assessment.verdict
    return {
        "word": verdict.word.text,
        "headline": verdict.headline,
        "why": " ".join(verdict.why),
        "not": " ".join(verdict.not_because),
        "try": " ".join(verdict.next_step),
        "fair_by": verdict.fair_by,
        "faults": list(verdict.flaws),
        "aspects": [
            {
                "name": each.name,
                "word": each.word.text,
                "headline": each.headline,
                "why": " ".join(each.why),
            }
            for each in verdict.aspects
        ],
        "evidence": [
            {"name": each.name, "ok": each.ok, "text": each.text} for each in verdict.evidence
        ],
    }


def _worker_time(time: WorkerTime | None, name_of: Callable[[int], str]) -> Shared:
    """What partitions got of the workers' time, or of another cost; null throughout without any."""

    def name(partition: int | None) -> str | None:
        return name_of(partition) if partition is not None else None

    return {
        "least": time.least if time else None,
        "median": time.median if time else None,
        "most": time.most if time else None,
        "largest_share": time.largest if time else None,
        "largest_share_due": time.largest_due if time else None,
        "largest_share_partition": name(time.largest_partition if time else None),
        "lag_max": time.lag_max if time else None,
        "lag_share": time.lag_share if time else None,
        "lag_tasks": time.lag_tasks if time else None,
        "lag_by_chance": time.lag_by_chance if time else None,
        "lag_by_turns": time.lag_by_turns if time else None,
        "lag_partition": name(time.lag_partition if time else None),
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
