"""All fairness measures of a run, folded from its events: O(log P) an event, O(P) memory.

    Arrived ──► backlog ──┬─► waits        worst wait, first pickup     rounds
    PickedUp ─►  (here)   ├─► debt         owed against the fluid       tasks
    Finished ─►           ├─► jain         evenness of a round          index
    Polled ───►           ├─► conservation idle while there was work    share
                          ├─► mechanism    in progress, emptied
                          └─► heat         served against owed

The backlog is the queue as the events tell it: a tenant is *backlogged* while it has waiting tasks
and *eligible* while it also has fewer in service than its concurrency limit.
"""

from collections.abc import Mapping
from math import inf

from queue_fairness_core.events import (
    Arrived,
    Event,
    Failed,
    Finished,
    Joined,
    LeaseExpired,
    Left,
    PickedUp,
    Polled,
)
from queue_fairness_core.fairness.conservation import ConservationFold
from queue_fairness_core.fairness.debt import DebtFold
from queue_fairness_core.fairness.heat import HeatFold, HeatMap
from queue_fairness_core.fairness.jain import RoundJainFold
from queue_fairness_core.fairness.measures import FairnessMeasures, Spread
from queue_fairness_core.fairness.mechanism import MechanismFold
from queue_fairness_core.fairness.survey import FairnessSurvey, Survey
from queue_fairness_core.fairness.tenant import Tenant
from queue_fairness_core.fairness.waits import WaitFold, open_wait
from queue_fairness_core.fairness.worst import WorstNow


class FairnessFold:
    """Folds events into measures.

    Events may come a little out of order, as several workers report them: a pickup before its
    arrival, a pickup of a tenant before the end of its previous task. A task picked up while it is
    in another worker's hands has been redelivered; the first worker's end of it is then ignored.

    Args:
        workers: Number of workers, >= 1.
        concurrency_limit: Tasks of one tenant that may be in service at once: 1 is the partition
            lock, 0 no limit.
        weights: Fair share per partition, > 0; 1 for those not named. One round serves a tenant
            of weight w about w times, so let the smallest weight be 1.
    """

    def __init__(
        self, workers: int, concurrency_limit: int = 1, weights: Mapping[int, float] | None = None
    ) -> None:
        self._unlimited = concurrency_limit == 0
        self._limit = concurrency_limit or inf
        self._weights = dict(weights or {})
        self._tenants: dict[int, Tenant] = {}
        self._workers_of: dict[int, int] = {}
        """The worker that holds each task in service."""
        self._early: dict[int, int] = {}
        """By task: pickups by others while it was in somebody's hands."""
        self._arrived = 0
        self._dispatches = 0
        self._contended = 0
        self._eligible = 0
        self._waiting = 0
        self._backlogged = 0
        self._backlogged_weight = 0.0
        self._peak_backlogged = 0
        self._waits = WaitFold()
        self._debt = DebtFold()
        self._jain = RoundJainFold()
        self._conservation = ConservationFold(workers)
        self._mechanism = MechanismFold()
        self._heat = HeatFold()
        self._survey: Survey | None = None

    def apply(self, event: Event) -> None:
        """Fold one event."""
        if isinstance(event, PickedUp):
            self._pick_up(event)
        elif isinstance(event, Finished):
            at, worker, partition, task, _ = event
            self._end(at, worker, partition, task)
        elif isinstance(event, Arrived):
            self._arrive(event.at, event.partition, event.tasks, event.again)
        elif isinstance(event, Polled):
            self._advance(event.at)
            self._conservation.poll(event.worker)
        elif isinstance(event, Failed):
            self._end(event.at, event.worker, event.partition, event.task)
        elif isinstance(event, LeaseExpired):
            self._expire(event)
        elif isinstance(event, Joined):
            self._advance(event.at)
            self._conservation.join()
        elif isinstance(event, Left):
            self._advance(event.at)
            self._conservation.leave(event.worker)

    def survey(self, listed: int = 5) -> "FairnessSurvey":
        """Begin to measure the tenants as they stand now; O(P) with a tiny constant.

        A survey not yet at its end is given up for the new one.

        Args:
            listed: How many of the longest open waits to list, at least 1.
        """
        survey = Survey(
            list(self._tenants.values()),
            dispatches=self._dispatches,
            rounds=self._debt.rounds,
            round_now=self._backlogged_weight,
            first_waits=tuple(self._waits.first_waits()),
            listed=listed,
        )
        self._survey = self._waits.survey = survey
        return FairnessSurvey(survey, self._rest(), self._end_survey)

    def worst_now(self, count: int = 5) -> WorstNow:
        """The longest waits open now; O(P)."""
        return self.survey(count).finish()[1]

    def worst_waits(self) -> dict[int, float]:
        """Each partition's longest wait in rounds, open ones included; O(P)."""
        return {
            partition: max(
                tenant.worst_wait,
                open_wait(tenant, self._dispatches, self._backlogged_weight),
            )
            for partition, tenant in self._tenants.items()
        }

    def heat_map(self) -> HeatMap:
        """The time x tenant heat map; O(rows x columns)."""
        return self._heat.picture(len(self._tenants) - self._mechanism.started)

    def measures(self) -> FairnessMeasures:
        """The numbers now; O(P log P) with a small constant."""
        return self.survey().finish()[0]

    def _rest(self) -> FairnessMeasures:
        """What can be said without a look at each tenant; the rest is 0."""
        dispatches, known = self._dispatches, len(self._tenants)
        nothing = Spread(mean=0.0, p50=0.0, p99=0.0, max=0.0)
        return FairnessMeasures(
            worst_wait_rounds=nothing,
            first_pickup_rounds=nothing,
            repeat_pickup_rounds=self._waits.mean_repeat(),
            debt_tasks_now=0.0,
            debt_tasks_max=self._debt.worst(0.0),
            round_jain=self._jain.mean(),
            conservation=self._conservation.shares(),
            rounds=self._debt.rounds + self._debt.rounds_alone,
            dispatches=dispatches,
            contended_share=self._contended / dispatches if dispatches else 0.0,
            tenants=known,
            peak_backlogged=self._peak_backlogged,
            tasks_per_tenant=self._arrived / known if known else 0.0,
            served_tenants=self._mechanism.started,
            never_served=0,
            starving=0,
            worst_partition=None,
            peak_in_progress=self._mechanism.peak_in_progress,
            emptied_before_median=self._mechanism.emptied_before_median(known),
        )

    def _end_survey(self, survey: Survey) -> None:
        assert survey is self._survey, "a survey was stepped on after it had been given up"
        self._survey = self._waits.survey = None

    def _arrive(self, at: float, partition: int, tasks: int, again: bool) -> None:
        self._advance(at)
        tenant = self._tenants.get(partition)
        if tenant is None:
            tenant = self._meet(partition)
        if self._survey is not None:
            self._survey.visit((tenant,))
        # A task that is tried again is owed one more dispatch, but is no more work to be done.
        tenant.arrived += tasks
        if not again:
            self._arrived += tasks
        was_waiting = tenant.waiting
        tenant.waiting = was_waiting + tasks
        self._waiting += tasks
        self._debt.arrive(tenant, tasks)
        if was_waiting <= 0 < tenant.waiting:
            self._become_backlogged(tenant)

    def _become_backlogged(self, tenant: Tenant) -> None:
        tenant.backlogged_at = self._dispatches
        self._backlogged += 1
        self._backlogged_weight += tenant.weight
        if self._backlogged > self._peak_backlogged:
            self._peak_backlogged = self._backlogged
        self._heat.begin(tenant, self._debt.rounds)
        if tenant.in_service < self._limit:
            self._eligible += 1
            self._waits.begin(tenant, self._dispatches)

    def _pick_up(self, event: PickedUp) -> None:
        at, worker, partition, task, _, _, _, _ = event
        conservation = self._conservation
        conservation.advance(at, self._waiting if self._unlimited else self._eligible)
        tenant = self._tenants.get(partition)
        if tenant is None:
            tenant = self._meet(partition)
        redelivered = task in self._workers_of
        self._workers_of[task] = worker
        idle = conservation.pick_up(worker)
        if redelivered:
            self._early[task] = self._early.get(task, 0) + 1
            return

        if self._survey is not None:
            self._survey.visit((tenant,))
        rounds = self._debt.rounds
        self._measure(tenant, contended=self._eligible > (idle if idle > 1 else 1))
        if tenant.since >= 0:
            self._eligible -= 1
        self._waits.end(tenant, self._dispatches, self._backlogged_weight)
        self._dispatches += 1
        tenant.served += 1
        tenant.in_service += 1
        self._waiting -= 1
        tenant.waiting -= 1
        if tenant.waiting > 0:
            if tenant.in_service < self._limit:
                self._eligible += 1
                self._waits.begin(tenant, self._dispatches)
        elif tenant.waiting == 0:
            self._backlogged -= 1
            self._backlogged_weight = (
                self._backlogged_weight - tenant.weight if self._backlogged else 0.0
            )
            self._heat.end(tenant, rounds)

    def _measure(self, tenant: Tenant, contended: bool) -> None:
        """Let the folds see a pickup, in the state before it.

        Args:
            tenant: The tenant picked up.
            contended: Whether somebody was passed over: more tenants eligible than workers idle.
        """
        backlogged = self._backlogged
        if backlogged:
            self._waits.fix_rounds(self._backlogged_weight)
            self._jain.dispatch(
                tenant, self._dispatches, backlogged, self._backlogged_weight, contended
            )
        if contended:
            self._contended += 1
        first = tenant.rank < 0
        self._mechanism.pick_up(tenant, len(self._tenants))
        self._heat.pick_up(tenant, self._debt.rounds, first)
        self._debt.dispatch(tenant, alone=not contended and backlogged > 1)

    def _end(self, at: float, worker: int, partition: int, task: int) -> None:
        """The work on a task has ended, well or not."""
        conservation = self._conservation
        conservation.advance(at, self._waiting if self._unlimited else self._eligible)
        conservation.finish(worker)
        if self._workers_of.get(task) == worker:
            self._release(partition, task)

    def _expire(self, event: LeaseExpired) -> None:
        """A task is back in the queue, because its worker was silent for too long."""
        if self._early.get(event.task):
            # Its next pickup was reported before this.
            self._early[event.task] -= 1
            return
        if event.task in self._workers_of:
            self._advance(event.at)
            self._release(event.partition, event.task)
        self._arrive(event.at, event.partition, 1, True)

    def _release(self, partition: int, task: int) -> None:
        """A task is in nobody's hands any more."""
        tenant = self._tenants[partition]
        if self._survey is not None:
            self._survey.visit((tenant,))
        del self._workers_of[task]
        tenant.in_service -= 1
        if tenant.waiting > 0:
            if tenant.since < 0 and tenant.in_service < self._limit:
                self._eligible += 1
                self._waits.begin(tenant, self._dispatches)
        elif tenant.in_service == 0:
            self._mechanism.empty(tenant)

    def _advance(self, at: float) -> None:
        """Account for the time up to `at` in the state before the event."""
        self._conservation.advance(at, self._waiting if self._unlimited else self._eligible)

    def _meet(self, partition: int) -> Tenant:
        tenant = Tenant(partition, len(self._tenants), self._weights.get(partition, 1.0))
        if self._survey is not None:
            tenant.surveyed = self._survey.number  # it was not there at that instant
        self._tenants[partition] = tenant
        return tenant
