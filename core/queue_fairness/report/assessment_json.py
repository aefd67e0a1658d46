"""The parts of a run's document that say how fair it was: measures, evidence, verdict."""

from collections.abc import Callable

from queue_fairness.fairness.assessment import FairnessAssessment
from queue_fairness.fairness.measures import FairnessMeasures
from queue_fairness.fairness.worker_time import WorkerTime
from queue_fairness.metrics import completion
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.report.documents import EvidenceDocument, Fairness, Shared, Verdict


def assessment_parts(
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
