"""The snapshot: a frozen instant of a run, all that reports and screens ever see.

Screens, the text report, JSON and tests all read a `Snapshot`; none of them reads the engine.
"""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from queue_fairness.dispatch_order import OrderEvidence
from queue_fairness.fairness.assessment import FairnessAssessment
from queue_fairness.metrics.phase import Phase
from queue_fairness.metrics.timeline import Timeline
from queue_fairness.metrics.values import (
    NO_POPS,
    NO_STALLS,
    NOT_LATE,
    Gone,
    Lag,
    Lateness,
    PopTimes,
    Stall,
    Stalls,
    TotalCost,
    Waits,
)
from queue_fairness.plan import Plan
from queue_fairness.server.info import ServerInfo
from queue_fairness.server.watch import Changes

__all__ = [
    "Gone",
    "Lag",
    "Lateness",
    "Phase",
    "PopTimes",
    "Snapshot",
    "Stall",
    "Stalls",
    "TotalCost",
    "Waits",
    "blank_snapshot",
]

NO_TIMELINE = Timeline()
YOUNG_S = 5.0
"""Before this a run in progress is taken for one of this length: pauses at its start look large."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Snapshot:
    """A frozen instant of a run.

    Two snapshots are equal only if they are the same object: comparing the contents would cost
    more than painting them.

    The *rank* of a partition is its place in the order of first pickups, from 0.
    """

    run_id: str
    plan: Plan
    server: ServerInfo | None
    """None until a server has answered."""
    phase: Phase
    failure: str | None
    """Why the run failed, and what to do; None unless it did."""
    warning: str | None
    """Something the user has to clean up or know, such as keys that could not be removed."""
    elapsed_s: float
    """Seconds since the workers started; 0 before."""
    enqueued: int
    completed: int
    in_flight: int
    """Tasks in workers' hands."""
    left: int | None
    """Tasks still in the queue; None if Redis cannot be asked any more."""
    lost: int | None
    """Tasks that left the queue and were never done, by whose doing ever; None if Redis cannot be
    asked any more."""
    cut_short: int
    """How many of those a worker had in hand when the run was ended."""
    duplicated: int
    """Pickups of a task that had been picked up before."""
    locks_left: int | None
    """Partitions still locked after the workers had left; None if it could not be counted."""
    rate_per_s: float | None
    """Completions per second over the last two seconds; None before there is a sample."""
    workers: Sequence[int]
    """Tasks completed by each worker."""
    picked_up: int
    """Dispatches: tasks taken out of the queue so far."""
    first_pickup_s: Sequence[float]
    """When each served partition was first served, by rank, so in ascending order."""
    first_pickup_index: Sequence[int]
    """How many tasks had been dispatched before each of those, by rank, in ascending order."""
    partition_by_rank: Sequence[int]
    """Which partition has each rank."""
    served_by_rank: Sequence[int]
    """Tasks dispatched so far from each served partition, by rank."""
    wait_sum_by_rank: Sequence[float]
    """Sum of those tasks' waits, seconds, by rank."""
    waits: Waits
    dequeue_cost: TotalCost
    lag: Lag
    pops: PopTimes = NO_POPS
    assessment: FairnessAssessment | None = None
    """The fairness measures and the verdict; None before the first dispatch."""
    arrived: int = 0
    """Tasks that have arrived; each counts once, however often it is tried."""
    arrival_rate_per_s: float | None = None
    """Arrivals per second over the last two seconds; None before any, in a drain too."""
    lateness: Lateness = NOT_LATE
    """Of the generator that lets tasks arrive."""
    workers_at_work: int = 0
    """Workers that have not left."""
    polls: int = 0
    """Dequeue attempts that found no task."""
    failed: int = 0
    """Attempts that failed."""
    dead: int = 0
    """Tasks given up after their last attempt."""
    leases_expired: int = 0
    """Tasks that went back to the queue because their worker was silent for too long."""
    gone: Sequence[Gone] = ()
    """What crashed workers had in hand and the queue has not got back."""
    recovered: Sequence[tuple[Gone, float]] = ()
    """What crashed workers had in hand, and when, in seconds, the queue got it back."""
    quiet_wait_p95_s: float | None = None
    """95th percentile of the waits of tasks of the partitions that are not noisy; once the run is
    over, those of tasks not picked up included."""
    quiet_wait_baseline_p95_s: float | None = None
    """The same in the run without the noise that came before; None if there was none."""
    quiet_wait_ideal_p95_s: float | None = None
    """The same had turns been fair beside the same noise; None before the end of a paired run, and
    for any other."""
    pair_label: str = ""
    """Which part of a paired run this is, in words; empty for a run of one part."""
    timeline: Timeline = NO_TIMELINE
    partitions: int = 0
    """Partitions that have had a task."""
    in_lease: int = 0
    """Tasks that crashed workers had in hand and whose leases have yet to expire."""
    failure_details: str | None = None
    """The traceback of a user's own queue, several lines; None if the failure has none."""
    stalls: Stalls = NO_STALLS
    silent_s: float | None = None
    """For how long the server has not answered by now, seconds; None where that is no news, and
    once the run has ended."""
    library: str | None = None
    """The public library under test with its version, as `rq 3.0.0`; None for any other queue."""
    commands: int | None = None
    """Commands that the server carried out from the first push to the end, those in scripts
    included; None before the end, and where they are not counted."""
    server_fault: str | None = None
    """What the server did to the run, in a sentence: it let keys go, was emptied or restarted,
    refused to serve. Such a run has failed, and says nothing about the queue. None otherwise."""
    server_changes: Changes | None = None
    """What the server counted during the run; None until it is over, or if it cannot be asked."""
    vanished: int | None = None
    """How many of the lost ones are charged to the server; None where there is no `server_fault`,
    or they cannot be counted."""
    order: OrderEvidence | None = None
    """Which order of dispatches the fairness measures rest on; None if no run stands behind it."""

    def broken_off(self, phase: Phase) -> "Snapshot":
        """The run as it was last seen, where nobody could count how it ended; a final one stays.

        Args:
            phase: How it is to count as ended.
        """
        if self.phase.is_final:
            return self
        rest = 0 if self.completed + self.dead >= self.enqueued else None
        return dataclasses.replace(
            self,
            phase=phase,
            in_flight=0,
            cut_short=self.in_flight,
            left=rest,
            lost=rest,
            locks_left=None,
            silent_s=None,
        )

    @property
    def is_baseline(self) -> bool:
        """Whether this is the part without the noise of a paired run, which is not judged."""
        return bool(self.pair_label) and not self.plan.noisy

    @property
    def program_stalled(self) -> bool:
        """Whether our own event loop stood still for too long to trust a rate or a time."""
        return self.stalls.program.spoils(self._judged_s)

    @property
    def server_stalled(self) -> bool:
        """Whether the server did."""
        return self.stalls.server.spoils(self._judged_s)

    @property
    def stalled(self) -> bool:
        """Whether no rate and no time in seconds can be trusted; what is in rounds holds."""
        return self.program_stalled or self.server_stalled

    @property
    def _judged_s(self) -> float:
        return self.elapsed_s if self.phase.is_final else max(self.elapsed_s, YOUNG_S)

    @property
    def quiet_slowdown(self) -> float | None:
        """How many times as long quiet partitions wait because of the noise; None if unknown."""
        verdict = self.assessment.verdict if self.assessment else None
        return verdict.quiet_slowdown if verdict else None

    @property
    def quiet_times_ideal(self) -> float | None:
        """Wait of the quiet partitions divided by the ideal one; None if unknown.

        The ideal wait counts for at least one task's work.
        """
        if self.quiet_wait_p95_s is None or self.quiet_wait_ideal_p95_s is None:
            return None
        floor = max(self.quiet_wait_ideal_p95_s, self.plan.mean_work_s)
        return max(self.quiet_wait_p95_s, floor) / floor if floor else None

    @property
    def rounds(self) -> int:
        """Rounds in the whole run: tasks of the largest partition, or so far if more may come."""
        if self.plan.is_drain:
            return max(self.plan.sizes_of_all())
        return max(1, round(self.assessment.measures.rounds)) if self.assessment else 1

    @property
    def partitions_served(self) -> int:
        """Partitions of which at least one task was picked up."""
        return len(self.first_pickup_s)

    @property
    def partitions_unserved(self) -> int:
        """Partitions still waiting for their first pickup."""
        return self.partitions - self.partitions_served

    @property
    def tasks_in_all(self) -> int:
        """Tasks of a drain; of a sustained load those that have arrived so far."""
        return self.plan.total_tasks if self.plan.is_drain else self.arrived

    @property
    def progress(self) -> float:
        """Share of the run that is behind us, 0 to 1: of tasks, of time, or of the enqueueing."""
        plan = self.plan
        if self.phase is Phase.ENQUEUEING:
            return self.enqueued / (sum(plan.sizes_at_start()) or 1)
        if plan.is_drain:
            return self.completed / plan.total_tasks
        return min(1.0, self.elapsed_s / plan.duration)

    @property
    def throughput_per_s(self) -> float | None:
        """Completions per second since the workers started; None before the first."""
        return self.completed / self.elapsed_s if self.elapsed_s and self.completed else None

    @property
    def round_s(self) -> float | None:
        """How long one round takes on average, seconds; None before the first dispatch.

        A round is as many dispatches as there are partitions. At the end of a drain this is the
        elapsed time / tasks per partition: when turns would have served everyone once.
        """
        if not self.picked_up:
            return None
        return self.partitions * self.elapsed_s / self.picked_up

    def per_pop(self, total: int) -> float | None:
        """A total over all dequeue attempts, per task taken; None if that is not known.

        It is not before the first, nor for a queue of the user's own, which does not tell what it
        sends: no pop can do without any round trip.
        """
        return total / self.picked_up if self.picked_up and self.dequeue_cost.round_trips else None

    @property
    def commands_per_task(self) -> float | None:
        """What the server did for a task, pushing and completing it included; None if unknown."""
        return self.commands / self.picked_up if self.commands and self.picked_up else None

    @property
    def time_left_s(self) -> float | None:
        """Seconds until the run is over at the present rate; None while that is unknown."""
        if self.phase is Phase.SERVING:
            return max(0.0, self.plan.duration - self.elapsed_s)
        if self.phase is not Phase.DRAINING or not self.rate_per_s:
            return None
        return (self.plan.total_tasks - self.completed - self.dead) / self.rate_per_s


def blank_snapshot(plan: Plan) -> Snapshot:
    """The snapshot of a run that has not begun: nothing was counted, nothing is known."""
    return Snapshot(
        run_id="",
        plan=plan,
        server=None,
        phase=Phase.STARTING,
        failure=None,
        warning=None,
        elapsed_s=0.0,
        enqueued=0,
        completed=0,
        in_flight=0,
        left=0,
        lost=0,
        cut_short=0,
        duplicated=0,
        locks_left=None,
        rate_per_s=None,
        workers=(0,) * plan.workers,
        picked_up=0,
        first_pickup_s=(),
        first_pickup_index=(),
        partition_by_rank=(),
        served_by_rank=(),
        wait_sum_by_rank=(),
        waits=Waits(),
        dequeue_cost=TotalCost(),
        lag=Lag(),
    )
