"""Measures and judges a run: from its folded events to an assessment of its fairness."""

from dataclasses import replace

from queue_fairness.fairness.assessment import FairnessAssessment
from queue_fairness.fairness.context import Conditions, Integrity
from queue_fairness.fairness.fold import FairnessFold
from queue_fairness.fairness.measures import FairnessMeasures
from queue_fairness.fairness.verdict import judge
from queue_fairness.metrics import completion
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.metrics.stall_sentences import stall_sentences
from queue_fairness.plan import Source
from queue_fairness.plan.alternative import alternative, time_alternative
from queue_fairness.plan.ignored import held_limit

GONE_NAMED = 3
"""How many of the tasks that crashed workers had in hand are named."""
WORST_LISTED = 40
"""How many of the longest open waits an assessment lists."""


def assess(fold: FairnessFold, snapshot: Snapshot) -> FairnessAssessment:
    """Measure and judge in one go; O(P log P) in the number of partitions."""
    assessor = Assessor(fold, snapshot)
    while True:
        assessment = assessor.step()
        if assessment is not None:
            return assessment


class Assessor:
    """Measures and judges the instant at which it is made, some partitions per step.

    Events may be folded between the steps without changing the outcome. A later assessor of the
    same fold replaces an earlier one, whose `step` must not be called any more.
    """

    def __init__(self, fold: FairnessFold, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._survey = fold.survey(WORST_LISTED)
        self._heat = fold.heat_map()
        self._worst_waits = fold.worst_waits() if snapshot.phase.is_final else {}

    def step(self) -> FairnessAssessment | None:
        """Go on for about a millisecond; returns the assessment when it is there."""
        outcome = self._survey.step()
        if outcome is None:
            return None
        measures, worst_now = outcome
        snapshot = self._snapshot
        if snapshot.plan.observed is not None:
            measures = _as_observed(measures, snapshot.plan.observed)
        return FairnessAssessment(
            at=snapshot.elapsed_s,
            measures=measures,
            verdict=judge(measures, _integrity(snapshot), _conditions(snapshot, measures)),
            worst_now=worst_now,
            heat=self._heat,
            worst_waits=self._worst_waits,
        )


def _as_observed(measures: FairnessMeasures, source: Source) -> FairnessMeasures:
    """Without what only our own workers can tell: who polled in vain, and, maybe, who did what."""
    conservation = replace(measures.conservation, conserved=None, idle_refused=None)
    measures = replace(measures, conservation=conservation)
    if source.knows_workers:
        return measures
    return replace(
        measures,
        own_worker_share=None,
        mechanism=replace(measures.mechanism, other_worker_share=0.0),
        victims=tuple(replace(each, worker=None) for each in measures.victims),
    )


def _integrity(snapshot: Snapshot) -> Integrity:
    """Where the tasks are. What a worker had in hand when we ended the run is our doing.

    Where the server let tasks or locks go, no count says anything about the queue.
    """
    if snapshot.server_fault is not None:
        return Integrity(
            enqueued=snapshot.enqueued,
            completed=snapshot.completed + snapshot.dead,
            waiting=None,
            in_flight=0,
        )
    is_final = snapshot.phase.is_final
    locks = snapshot.locks_left
    ours = snapshot.cut_short + snapshot.in_lease
    names = snapshot.plan.partition_name
    return Integrity(
        enqueued=snapshot.enqueued,
        completed=snapshot.completed + snapshot.dead,
        waiting=snapshot.left,
        in_flight=(snapshot.cut_short if is_final else snapshot.in_flight) + snapshot.in_lease,
        # Where Redis cannot be asked any more, what it lost with itself is not the queue's fault.
        lost=snapshot.lost - snapshot.cut_short if is_final and snapshot.lost is not None else 0,
        never_taken=bool(snapshot.enqueued) and not snapshot.picked_up,
        duplicated=snapshot.duplicated,
        gone=tuple(
            f"task {each.task:,} of {names(each.partition)}, in w{each.worker}'s hands"
            for each in snapshot.gone[:GONE_NAMED]
        )
        if not snapshot.in_lease
        else (),
        locks_left=None if locks is None else max(0, locks - ours),
    )


def _conditions(snapshot: Snapshot, measures: FairnessMeasures) -> Conditions:
    plan = snapshot.plan
    # Before the end there is nothing to hold a wait beside the noise against.
    alone_s = snapshot.quiet_wait_baseline_p95_s if snapshot.phase.is_final else None
    dequeuing_s = measures.conservation.idle_dequeuing * snapshot.elapsed_s * plan.workers
    source = plan.observed
    return Conditions(
        ended=snapshot.phase.is_final,
        is_ours=source is None,
        unreadable=source.unreadable if source is not None else "",
        drain=plan.is_drain,
        workers=plan.workers,
        alternative=alternative(plan),
        time_alternative=time_alternative(plan),
        limit=plan.concurrency_limit
        if source is not None
        else held_limit(plan.strategy, plan.concurrency_limit) or 0,
        is_weighted=plan.weights != "equal",
        elapsed_s=snapshot.elapsed_s,
        last_first_pickup_s=snapshot.first_pickup_s[-1] if snapshot.first_pickup_s else None,
        fair_by=plan.fair_by,
        name_of=plan.partition_name,
        stalled=next(iter(stall_sentences(snapshot)), ""),
        order=snapshot.order.text if snapshot.order else "",
        order_error_rounds=(snapshot.order.error_rounds if snapshot.order else None) or 0.0,
        order_unknown=snapshot.order.unknown_share if snapshot.order else 0.0,
        server_fault=snapshot.server_fault,
        undone=completion.remark(snapshot),
        work_s=plan.mean_work_s,
        redis_s_per_pop=dequeuing_s / snapshot.picked_up
        if snapshot.picked_up and source is None
        else None,
        scans_per_pop=snapshot.per_pop(snapshot.dequeue_cost.scans),
        event_loop_lag_p99_s=snapshot.lag.p99 or 0.0,
        # Where nobody was ever served, all have waited for the whole run.
        typical_wait_s=(snapshot.waits.median if snapshot.picked_up else snapshot.elapsed_s) or 0.0,
        quiet_wait_s=snapshot.quiet_wait_p95_s,
        quiet_wait_baseline_s=alone_s,
        quiet_wait_ideal_s=snapshot.quiet_wait_ideal_p95_s,
    )
