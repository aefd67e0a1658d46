"""All fairness measures of a run, folded from its events: O(log P) an event, O(P) memory.

    Arrived ──► backlog ──┬─► waits         worst wait, first pickup     rounds
    PickedUp ─►  (here)   ├─► debt          owed against the fluid       tasks
    Finished ─►           ├─► shares        received in five turns       share
    Polled ───►           ├─► jain          evenness of a round          index
                          ├─► worker time   lag against its fluid        seconds
                          ├─► cost          the same, as tasks tell it   its unit
                          ├─► conservation  idle while there was work    share
                          ├─► mechanism     starts, runs, in progress
                          └─► heat          served against owed

The backlog is the queue as the events tell it: a tenant is *backlogged* while it has waiting tasks
and *eligible* while it also has fewer in service than its concurrency limit; *claimable* are the
tasks that might be taken at once. A dispatch is *contended* if somebody was passed over: two
tenants or more were eligible, and more tasks claimable than workers there to take them.

The end of a task takes effect when the queue hears of it, which is with the next request of the
worker that did it: one script completes a task and claims another. Until then the tenant is at its
limit, if that was its last room, even if the end was reported before.

Two clocks measure the order, and know no seconds:

- *rounds*: a dispatch moves it on by one over the weight of the tenants that are backlogged in the
  queue, or of those that a fair queue would have work for (crowd.py) if that is more. So a round is
  as many dispatches as there are tenants with work, and a drain of m tasks each has m rounds under
  every strategy and limit, the weights being equal.
- *turns*: the same over the tenants that could be served at all. It stands still for a tenant that
  is at its limit. Under strict turns each tenant gets one task per turn of its own.
"""

from collections.abc import Mapping
from math import inf

from queue_fairness.events import (
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
from queue_fairness.fairness.conservation import ConservationFold
from queue_fairness.fairness.cost import CostFold
from queue_fairness.fairness.crowd import CrowdFold
from queue_fairness.fairness.debt import DebtFold
from queue_fairness.fairness.heat import HeatFold, ServiceHeatMap
from queue_fairness.fairness.jain import RoundJainFold
from queue_fairness.fairness.measures import FairnessMeasures
from queue_fairness.fairness.mechanism import MechanismFold
from queue_fairness.fairness.shares import ShareFold
from queue_fairness.fairness.survey import FairnessSurvey, Instant, Survey
from queue_fairness.fairness.tenant import Tenant
from queue_fairness.fairness.waits import WaitFold, open_wait
from queue_fairness.fairness.worker_time import WorkerTimeFold
from queue_fairness.fairness.worst import WorstNow


class FairnessFold:
    """Folds events into measures.

    Events are expected in the order in which the queue made them; the end of a task takes effect
    when the queue heard of it, and may carry an earlier time. They may come a little out of order
    all the same: a pickup before its arrival, a pickup of a tenant before the end of its previous
    task. A task picked up while it is in another worker's hands has been redelivered; the first
    worker's end of it is then ignored.

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
        self._has_spare_room = concurrency_limit > 1
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
        self._rounds = 0.0
        self._turns = 0.0
        self._ending: dict[int, Tenant] = {}
        """By worker: whose task it was, if the queue has not heard of its end."""
        self._eligible = 0
        self._eligible_weight = 0.0
        self._waiting = 0
        self._spare_room = 0
        """Claimable tasks beyond one for each eligible tenant, under a limit of several."""
        self._backlogged = 0
        self._backlogged_weight = 0.0
        self._peak_backlogged = 0
        self._waits = WaitFold()
        self._crowd = CrowdFold()
        self._debt = DebtFold()
        self._shares = ShareFold()
        self._jain = RoundJainFold()
        self._conservation = ConservationFold(workers)
        self._worker_time = WorkerTimeFold(self._limit)
        self._cost = CostFold()
        # Under a limit the first tasks of the workers are of as many tenants under every order.
        self._mechanism = MechanismFold(1 if self._unlimited else workers)
        self._heat = HeatFold()
        self._survey: Survey | None = None

    def apply(self, event: Event) -> None:
        """Fold one event."""
        if isinstance(event, PickedUp):
            self._pick_up(event)
        elif isinstance(event, Finished):
            at, worker, partition, task, _, cost = event
            if cost is not None and self._workers_of.get(task) == worker:
                self._cost.finish(self._tenants[partition], cost)
            self._end(at, worker, partition, task)
        elif isinstance(event, Arrived):
            self._arrive(event.at, event.partition, event.tasks, event.again)
        elif isinstance(event, Polled):
            self._advance(event.at)
            self._hear_of_end(event.worker)
            self._conservation.poll(event.worker, self._claimable)
        elif isinstance(event, Failed):
            self._end(event.at, event.worker, event.partition, event.task)
        elif isinstance(event, LeaseExpired):
            self._expire(event)
        elif isinstance(event, Joined):
            self._advance(event.at)
            self._conservation.join()
        elif isinstance(event, Left):
            self._advance(event.at)
            self._hear_of_end(event.worker)
            self._conservation.leave(event.worker)

    def survey(self, listed: int = 5) -> "FairnessSurvey":
        """Begin to measure the tenants as they stand now; O(P) with a tiny constant.

        A survey not yet at its end is given up for the new one.

        Args:
            listed: How many of the longest open waits to list, at least 1.
        """
        survey = Survey(list(self._tenants.values()), self._instant(), listed)
        self._survey = survey
        return FairnessSurvey(survey, self._end_survey)

    def worst_now(self, count: int = 5) -> WorstNow:
        """The longest waits open now; O(P)."""
        return self.survey(count).finish()[1]

    def worst_waits(self) -> dict[int, float]:
        """Each partition's longest wait in rounds, open ones included; O(P)."""
        return {
            partition: max(tenant.worst_wait, open_wait(tenant, self._rounds))
            for partition, tenant in self._tenants.items()
        }

    def heat_map(self) -> ServiceHeatMap:
        """The time x tenant heat map; O(rows x columns)."""
        return self._heat.picture(len(self._tenants) - self._mechanism.started)

    def measures(self) -> FairnessMeasures:
        """The numbers now; O(P log P) with a small constant."""
        return self.survey().finish()[0]

    @property
    def _claimable(self) -> int:
        return self._waiting if self._unlimited else self._eligible + self._spare_room

    def _instant(self) -> Instant:
        """How things stand, but for what each tenant has to be asked for."""
        dispatches, known = self._dispatches, len(self._tenants)
        conservation = self._conservation
        return Instant(
            at=conservation.at,
            rounds=self._rounds,
            dispatches=dispatches,
            contended=self._contended,
            tenants=known,
            peak_backlogged=self._peak_backlogged,
            tasks_per_tenant=self._arrived / known if known else 0.0,
            turns=self._turns,
            fluid_rounds=self._debt.rounds,
            first_waits=tuple(self._waits.first_waits()),
            repeat_wait=self._waits.mean_repeat(),
            jain=self._jain.mean(),
            dispersion=self._jain.dispersion(),
            is_weighted=bool(self._weights),
            conservation=conservation.shares(),
            mechanism=self._mechanism.mechanism(dispatches),
            shares=self._shares.copy(),
            time=self._worker_time.instant(conservation.busy_s, conservation.at),
            cost=self._cost.worker_time(self._tenants, self._jain.dispersion()),
        )

    def _end_survey(self, survey: Survey) -> None:
        assert survey is self._survey, "a survey was stepped on after it had been given up"
        self._survey = None

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
        if tenant.settled_at < 0 and was_waiting + tasks > 0:
            self._become_active(tenant)
        room = self._spare_of(tenant) if self._has_spare_room else 0
        tenant.waiting = was_waiting + tasks
        if self._has_spare_room:
            self._spare_room += self._spare_of(tenant) - room
        self._waiting += tasks
        self._crowd.arrive(tenant, tasks)
        self._debt.arrive(tenant, tasks)
        if was_waiting <= 0 < tenant.waiting:
            self._become_backlogged(tenant)

    def _become_active(self, tenant: Tenant) -> None:
        conservation = self._conservation
        self._worker_time.begin(tenant, conservation.at, conservation.busy_s)
        self._cost.begin(tenant)

    def _become_backlogged(self, tenant: Tenant) -> None:
        tenant.backlogged_at = self._dispatches
        own_turns = (tenant.away_from if tenant.away_from >= 0 else self._turns) - tenant.away
        tenant.backlogged_from = own_turns
        self._backlogged += 1
        self._backlogged_weight += tenant.weight
        if self._backlogged > self._peak_backlogged:
            self._peak_backlogged = self._backlogged
        self._heat.begin(tenant, self._rounds)
        self._shares.begin(tenant, own_turns, self._turns)
        if tenant.in_service < self._limit:
            self._become_eligible(tenant)

    def _become_eligible(self, tenant: Tenant) -> None:
        self._eligible += 1
        self._eligible_weight += tenant.weight
        if tenant.served:
            self._mechanism.begun_eligible += 1
        tenant.since = self._rounds
        tenant.since_s = self._conservation.at

    def _pick_up(self, event: PickedUp) -> None:
        at, worker, partition, task, _, _, _, _ = event
        conservation = self._conservation
        if at > conservation.at:
            conservation.advance(
                at, self._waiting if self._unlimited else self._eligible + self._spare_room
            )
        ended = self._ending.pop(worker, None)
        if ended is not None:
            self._release(ended)
        tenant = self._tenants.get(partition)
        if tenant is None:
            tenant = self._meet(partition)
        workers_of = self._workers_of
        redelivered = task in workers_of
        if tenant.in_service >= self._limit:
            self._hear_of_others(tenant)
            if tenant.in_service >= self._limit and not redelivered:
                # The end of its task is yet to be reported.
                self._regain_room(tenant)
        workers_of[task] = worker
        free = conservation.pick_up(worker)
        if redelivered:
            self._worker_time.began[worker] = conservation.at
            self._early[task] = self._early.get(task, 0) + 1
            return

        if self._survey is not None:
            self._survey.visit((tenant,))
        eligible = self._eligible
        claimable = self._waiting if self._unlimited else eligible + self._spare_room
        self._dispatch(tenant, worker, eligible > 1 and claimable > (free if free > 1 else 1))

    def _dispatch(self, tenant: Tenant, worker: int, contended: bool) -> None:
        """Let the folds see a pickup in the state before it, then change the state.

        One function for all of it: as several, they would cost a quarter more.
        """
        backlogged, rounds, turns = self._backlogged, self._rounds, self._turns
        dispatches, at, debt = self._dispatches, self._conservation.at, self._debt
        own_turns = turns - tenant.away
        served = tenant.served
        if tenant.settled_at < 0:
            self._become_active(tenant)
        crowd = self._crowd
        in_round, is_sequential_drain = crowd.weight, debt.open_weight
        if not served & 3:
            busy_s = self._conservation.busy_s
            self._worker_time.forget(dispatches, busy_s)
            self._worker_time.settle(tenant, at, busy_s)
        if backlogged:
            weight = self._backlogged_weight
            self._jain.dispatch(tenant, dispatches, backlogged, weight, contended)
            if weight > in_round:
                in_round = weight
            if self._eligible_weight > is_sequential_drain:
                is_sequential_drain = self._eligible_weight
        if contended:
            self._contended += 1
        self._mechanism.pick_up(tenant, worker, dispatches)
        self._heat.pick_up(tenant, rounds, not served)
        self._shares.pick_up(tenant, own_turns, turns, at)
        crowd.dispatch()
        debt.dispatch(tenant, tenant.turns_before + own_turns - tenant.backlogged_from)
        self._waits.end(tenant, rounds, at)

        self._dispatches = dispatches + 1
        if in_round > 0:
            self._rounds = rounds + 1 / in_round
        if is_sequential_drain > 0:
            turns = self._turns = turns + 1 / is_sequential_drain
        room = self._spare_of(tenant) if self._has_spare_room else 0
        tenant.served = served + 1
        waiting = tenant.waiting = tenant.waiting - 1
        in_service = tenant.in_service = tenant.in_service + 1
        tenant.working += 1
        tenant.service_s -= at
        self._worker_time.began[worker] = at
        self._waiting -= 1
        if self._has_spare_room:
            self._spare_room += self._spare_of(tenant) - room
        was_eligible = tenant.since >= 0
        if in_service < self._limit and waiting > 0 and was_eligible:
            # Still eligible: but for its wait, which begins anew, nothing changes.
            tenant.since = self._rounds
            tenant.since_s = at
            if not served:
                self._mechanism.begun_eligible += 1
        elif was_eligible:
            tenant.since = -1.0
            eligible = self._eligible = self._eligible - 1
            # No residue of rounding where there is nobody.
            self._eligible_weight = self._eligible_weight - tenant.weight if eligible else 0.0
            if served:
                self._mechanism.begun_eligible -= 1
        if in_service >= self._limit:
            tenant.away_from = turns
            debt.pause(tenant)
        if waiting == 0:
            self._end_backlog(tenant, own_turns, rounds)

    def _end_backlog(self, tenant: Tenant, own_turns: float, rounds: float) -> None:
        """The tenant has nothing waiting any more."""
        self._backlogged -= 1
        self._backlogged_weight = (
            self._backlogged_weight - tenant.weight if self._backlogged else 0.0
        )
        tenant.turns_before += own_turns - tenant.backlogged_from
        self._shares.end(tenant, own_turns)
        self._heat.end(tenant, rounds)

    def _spare_of(self, tenant: Tenant) -> int:
        """Tasks of a tenant that might be taken at once, beyond the first."""
        return max(0, min(tenant.waiting, int(self._limit) - tenant.in_service) - 1)

    def _end(self, at: float, worker: int, partition: int, task: int) -> None:
        """The work on a task has ended, well or not."""
        conservation = self._conservation
        if at > conservation.at:
            conservation.advance(
                at, self._waiting if self._unlimited else self._eligible + self._spare_room
            )
        began = self._worker_time.began.get(worker, at)
        if at < began:
            # A pickup is told in the order of dispatches, and so perhaps after later events.
            at = began
        conservation.finish(worker, at)
        workers_of = self._workers_of
        if workers_of.get(task) != worker:
            return
        del workers_of[task]
        tenant = self._tenants[partition]
        if self._survey is not None:
            self._survey.visit((tenant,))
        self._worker_time.finish(worker, at)
        tenant.working -= 1
        tenant.service_s += at
        if self._unlimited:
            # There is no limit to be at: whether the queue knows makes no difference.
            tenant.in_service -= 1
            if tenant.waiting <= 0 and tenant.in_service == 0:
                self._become_idle(tenant)
        else:
            self._ending[worker] = tenant

    def _hear_of_end(self, worker: int) -> None:
        """The queue hears from a worker, and so of the end of what it did last."""
        ended = self._ending.pop(worker, None)
        if ended is not None:
            self._release(ended)

    def _hear_of_others(self, tenant: Tenant) -> None:
        """A tenant at its limit is served, so that the queue must have heard of an end before."""
        for worker, each in list(self._ending.items()):
            if each is tenant and tenant.in_service >= self._limit:
                self._hear_of_end(worker)

    def _expire(self, event: LeaseExpired) -> None:
        """A task is back in the queue, because its worker was silent for too long."""
        if self._early.get(event.task):
            # Its next pickup was reported before this.
            self._early[event.task] -= 1
            return
        if event.task in self._workers_of:
            self._advance(event.at)
            tenant = self._tenants[event.partition]
            if self._survey is not None:
                self._survey.visit((tenant,))
            worker = self._workers_of.pop(event.task)
            # What the silent worker spent on it counts as received.
            self._worker_time.began.pop(worker, None)
            tenant.working -= 1
            tenant.service_s += self._conservation.at
            self._release(tenant)
        self._arrive(event.at, event.partition, 1, True)

    def _release(self, tenant: Tenant) -> None:
        """A task is in nobody's hands any more, and the queue knows."""
        if self._survey is not None:
            self._survey.visit((tenant,))
        room = self._spare_of(tenant) if self._has_spare_room else 0
        in_service = tenant.in_service = tenant.in_service - 1
        if self._has_spare_room:
            self._spare_room += self._spare_of(tenant) - room
        if tenant.away_from >= 0 and in_service < self._limit:
            turns = self._turns
            tenant.away += turns - tenant.away_from
            tenant.away_from = -1.0
            self._debt.resume(tenant)
            if tenant.waiting > 0 and tenant.since < 0:
                self._eligible += 1
                self._eligible_weight += tenant.weight
                self._mechanism.begun_eligible += 1
                tenant.since = self._rounds
                tenant.since_s = self._conservation.at
        if tenant.waiting <= 0 and in_service == 0:
            self._become_idle(tenant)

    def _regain_room(self, tenant: Tenant) -> None:
        """The tenant was at its limit, and is below it again."""
        if self._survey is not None:
            self._survey.visit((tenant,))
        tenant.away += self._turns - tenant.away_from
        tenant.away_from = -1.0
        self._debt.resume(tenant)

    def _become_idle(self, tenant: Tenant) -> None:
        """The tenant has nothing waiting and nothing in service any more."""
        self._worker_time.leave(tenant, self._dispatches, self._conservation.busy_s)
        self._cost.leave(tenant)
        self._mechanism.empty(tenant)

    def _advance(self, at: float) -> None:
        """Account for the time up to `at` in the state before the event."""
        self._conservation.advance(at, self._claimable)

    def _meet(self, partition: int) -> Tenant:
        tenant = Tenant(partition, len(self._tenants), self._weights.get(partition, 1.0))
        if self._survey is not None:
            tenant.surveyed = self._survey.number  # it was not there at that instant
        self._tenants[partition] = tenant
        return tenant
