"""All fairness measures of a run, folded from its events: O(log P) an event, O(P) memory.

    Arrived ──► backlog ──┬─► waits         worst wait, first pickup     rounds
    PickedUp ─►  (here)   ├─► debt          owed against the fluid       tasks
    Finished ─►           ├─► shares        received in five turns       share
    Polled ───►           ├─► jain          Jain's index of a round      index
                          ├─► worker time   lag against its fluid        seconds
                          ├─► cost          the same, as tasks tell it   its unit
                          ├─► conservation  idle while there was work    share
                          ├─► mechanism     starts, runs, in progress
                          └─► heat          served against owed

Terms of the backlog are defined in backlog.py, the two clocks (rounds and turns) in partition.py. A
dispatch is *contended* if some partition was passed over: two or more were eligible, and more tasks
claimable than workers there to take them.

The end of a task takes effect when the queue hears of it, which is with the next request of the
worker that did it: one script completes a task and claims another. Until then the partition is at
its limit, if that was its last room, even if the end was reported before.
"""

from collections.abc import Mapping

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
from queue_fairness.fairness.backlog import Backlog
from queue_fairness.fairness.conservation import ConservationFold
from queue_fairness.fairness.cost import CostFold
from queue_fairness.fairness.debt import DebtFold
from queue_fairness.fairness.fair_backlog import FairBacklogFold
from queue_fairness.fairness.heat import HeatFold, ServiceHeatMap
from queue_fairness.fairness.jain import RoundJainFold
from queue_fairness.fairness.measures import FairnessMeasures
from queue_fairness.fairness.mechanism import MechanismFold
from queue_fairness.fairness.partition import Partition
from queue_fairness.fairness.shares import ShareFold
from queue_fairness.fairness.survey import FairnessSurvey, Instant, Survey
from queue_fairness.fairness.waits import WaitFold, open_wait
from queue_fairness.fairness.worker_time import WorkerTimeFold
from queue_fairness.fairness.worst import WorstNow


class FairnessFold:
    """Folds events into measures.

    Events are expected in the order in which the queue made them; the end of a task takes effect
    when the queue heard of it, and may carry an earlier time. They may come a little out of order
    all the same: a pickup before its arrival, a pickup of a partition before the end of its
    previous task. A task picked up while it is in another worker's hands has been redelivered; the
    first worker's end of it is then ignored.

    Args:
        workers: Number of workers, >= 1.
        concurrency_limit: Tasks of one partition that may be in service at once: 1 is the partition
            lock, 0 no limit.
        weights: Fair share per partition, > 0; 1 for those not named. The smallest should be 1:
            one round serves a partition of weight w about w times.

    Attributes:
        hears_at_once: Whether the end of a task takes effect when it is told, as without a limit.
    """

    def __init__(
        self, workers: int, concurrency_limit: int = 1, weights: Mapping[int, float] | None = None
    ) -> None:
        backlog = self._backlog = Backlog(concurrency_limit)
        self.hears_at_once = backlog.is_unlimited
        self._weights = dict(weights or {})
        self._partitions: dict[int, Partition] = {}
        self._workers_of: dict[int, int] = {}
        """The worker that holds each task in service."""
        self._early: dict[int, int] = {}
        """By task: pickups by others while a worker had it in hand."""
        self._arrived = 0
        self._dispatches = 0
        self._contended = 0
        self._rounds = 0.0
        self._turns = 0.0
        self._ending: dict[int, Partition] = {}
        """By worker: whose task it was, if the queue has not heard of its end."""
        self._waits = WaitFold()
        self._fair_backlog = FairBacklogFold()
        self._debt = DebtFold()
        self._shares = ShareFold()
        self._jain = RoundJainFold()
        self._conservation = ConservationFold(workers)
        self._worker_time = WorkerTimeFold(backlog.limit)
        self._cost = CostFold()
        # Under a limit the first tasks of the workers are of as many partitions under every order.
        self._mechanism = MechanismFold(1 if backlog.is_unlimited else workers, workers)
        self._heat = HeatFold()
        self._survey: Survey | None = None

    def apply(self, event: Event) -> None:
        """Fold one event."""
        # A ladder and no table as in `metrics.counters`: almost all events are of the first two
        # kinds, which are found sooner so, and five of the thirteen kinds change nothing here.
        if isinstance(event, PickedUp):
            self._pick_up(event)
        elif isinstance(event, Finished):
            at, worker, index, task, _, cost = event
            if cost is not None and self._workers_of.get(task) == worker:
                self._cost.finish(self._partitions[index], cost)
            self._end(at, worker, index, task)
        elif isinstance(event, Arrived):
            self._arrive(event.at, event.partition, event.tasks, event.again)
        elif isinstance(event, Polled):
            self._advance(event.at)
            self._hear_of_end(event.worker)
            self._conservation.poll(event.worker, self._backlog.claimable)
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
        """Begin to measure the partitions as they are now; O(P). An unfinished survey is given up.

        Args:
            listed: How many of the longest open waits to list, at least 1.
        """
        survey = Survey(list(self._partitions.values()), self._instant(), listed)
        self._survey = survey
        return FairnessSurvey(survey, self._end_survey)

    def worst_now(self, count: int = 5) -> WorstNow:
        """The longest waits open now; O(P)."""
        return self.survey(count).finish()[1]

    def worst_waits(self) -> dict[int, float]:
        """Each partition's longest wait in rounds, open ones included; O(P)."""
        return {
            index: max(partition.worst_wait, open_wait(partition, self._rounds))
            for index, partition in self._partitions.items()
        }

    def heat_map(self) -> ServiceHeatMap:
        """The time x partition heat map; O(rows x columns)."""
        return self._heat.picture(len(self._partitions) - self._mechanism.started)

    def measures(self) -> FairnessMeasures:
        """The numbers now; O(P log P) with a small constant."""
        return self.survey().finish()[0]

    def _instant(self) -> Instant:
        """The state at this instant, except for what is read from each partition."""
        dispatches, known = self._dispatches, len(self._partitions)
        conservation = self._conservation
        return Instant(
            at=conservation.at,
            rounds=self._rounds,
            dispatches=dispatches,
            contended=self._contended,
            partitions=known,
            peak_backlogged=self._backlog.peak_backlogged,
            tasks_per_partition=self._arrived / known if known else 0.0,
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
            cost=self._cost.worker_time(self._partitions, self._jain.dispersion()),
        )

    def _end_survey(self, survey: Survey) -> None:
        assert survey is self._survey, "a survey was stepped on after it had been given up"
        self._survey = None

    def _arrive(self, at: float, index: int, tasks: int, again: bool) -> None:
        self._advance(at)
        partition = self._partitions.get(index) or self._meet(index)
        if self._survey is not None:
            self._survey.visit((partition,))
        # A task that is tried again is owed one more dispatch, but is no more work to be done.
        partition.arrived += tasks
        if not again:
            self._arrived += tasks
        if partition.settled_at < 0 and partition.waiting + tasks > 0:
            self._become_active(partition)
        is_newly_backlogged = self._backlog.arrive(partition, tasks)
        self._fair_backlog.arrive(partition, tasks)
        self._debt.arrive(partition, tasks)
        if is_newly_backlogged:
            self._become_backlogged(partition)

    def _become_active(self, partition: Partition) -> None:
        conservation = self._conservation
        self._worker_time.begin(partition, conservation.at, conservation.busy_s)
        self._cost.begin(partition)

    def _become_backlogged(self, partition: Partition) -> None:
        partition.backlogged_at = self._dispatches
        own_turns = (
            partition.away_from if partition.away_from >= 0 else self._turns
        ) - partition.away
        partition.backlogged_from = own_turns
        backlog = self._backlog
        backlog.begin(partition)
        self._heat.begin(partition, self._rounds)
        self._shares.begin(partition, own_turns, self._turns)
        if partition.in_service < backlog.limit:
            backlog.admit(partition, self._rounds, self._conservation.at)

    def _pick_up(self, event: PickedUp) -> None:
        at, worker, index, task, _, _, _, _ = event
        conservation, backlog = self._conservation, self._backlog
        if at > conservation.at:
            conservation.advance(at, backlog.claimable)
        ended = self._ending.pop(worker, None)
        if ended is not None:
            self._release(ended)
        partition = self._partitions.get(index) or self._meet(index)
        workers_of = self._workers_of
        redelivered = task in workers_of
        if partition.in_service >= backlog.limit:
            self._hear_of_others(partition)
            if partition.in_service >= backlog.limit and not redelivered:
                # The end of its task is yet to be reported.
                self._regain_room(partition)
        workers_of[task] = worker
        free = conservation.pick_up(worker)
        if redelivered:
            self._worker_time.began[worker] = conservation.at
            self._early[task] = self._early.get(task, 0) + 1
            return

        if self._survey is not None:
            self._survey.visit((partition,))
        several = backlog.eligible > 1
        contended = several and backlog.claimable > (free if free > 1 else 1)
        self._dispatch(partition, worker, contended)

    def _dispatch(self, partition: Partition, worker: int, contended: bool) -> None:
        """Let the folds see a pickup in the state before it, then change the state."""
        # One function: split into several, it took a quarter longer.
        backlog, fair_backlog, debt = self._backlog, self._fair_backlog, self._debt
        rounds, turns, dispatches = self._rounds, self._turns, self._dispatches
        at = self._conservation.at
        own_turns = turns - partition.away
        served = partition.served
        if partition.settled_at < 0:
            self._become_active(partition)
        in_round, in_turn = fair_backlog.weight, debt.open_weight
        if not served & 3:
            busy_s = self._conservation.busy_s
            self._worker_time.forget(dispatches, busy_s)
            self._worker_time.settle(partition, at, busy_s)
        if backlogged := backlog.backlogged:
            weight = backlog.weight
            self._jain.dispatch(partition, dispatches, backlogged, weight, contended)
            if weight > in_round:
                in_round = weight
            if backlog.eligible_weight > in_turn:
                in_turn = backlog.eligible_weight
        if contended:
            self._contended += 1
        self._mechanism.pick_up(partition, worker, dispatches, backlog.begun_eligible)
        self._heat.pick_up(partition, rounds, not served)
        self._shares.pick_up(partition, own_turns, turns, at)
        fair_backlog.dispatch()
        debt.dispatch(partition, partition.turns_before + own_turns - partition.backlogged_from)
        self._waits.end(partition, rounds, at)

        self._dispatches = dispatches + 1
        if in_round > 0:
            self._rounds = rounds + 1 / in_round
        if in_turn > 0:
            self._turns = turns + 1 / in_turn
        backlog.take(partition, self._rounds, at)
        partition.working += 1
        partition.service_s -= at
        self._worker_time.began[worker] = at
        if partition.in_service >= backlog.limit:
            partition.away_from = self._turns
            debt.pause(partition)
        if partition.waiting == 0:
            self._end_backlog(partition, own_turns, rounds)

    def _end_backlog(self, partition: Partition, own_turns: float, rounds: float) -> None:
        """The partition has nothing waiting any more."""
        self._backlog.end(partition)
        partition.turns_before += own_turns - partition.backlogged_from
        self._shares.end(partition, own_turns)
        self._heat.end(partition, rounds)

    def _end(self, at: float, worker: int, index: int, task: int) -> None:
        """The work on a task has ended, well or not."""
        conservation = self._conservation
        if at > conservation.at:
            conservation.advance(at, self._backlog.claimable)
        began = self._worker_time.began.get(worker, at)
        if at < began:
            # A pickup is told in the order of dispatches, and so perhaps after later events.
            at = began
        conservation.finish(worker, at)
        workers_of = self._workers_of
        if workers_of.get(task) != worker:
            return
        del workers_of[task]
        partition = self._partitions[index]
        if self._survey is not None:
            self._survey.visit((partition,))
        self._worker_time.finish(worker, at)
        partition.working -= 1
        partition.service_s += at
        if self.hears_at_once:
            self._release(partition)
        else:
            self._ending[worker] = partition

    def _hear_of_end(self, worker: int) -> None:
        """The queue hears from a worker, and so of the end of what it did last."""
        ended = self._ending.pop(worker, None)
        if ended is not None:
            self._release(ended)

    def _hear_of_others(self, partition: Partition) -> None:
        """A partition at its limit is served: the queue must have heard of the end of a task."""
        for worker, each in list(self._ending.items()):
            if each is partition and partition.in_service >= self._backlog.limit:
                self._hear_of_end(worker)

    def _expire(self, event: LeaseExpired) -> None:
        """A task is back in the queue, because its worker was silent for too long."""
        if self._early.get(event.task):
            # Its next pickup was reported before this.
            self._early[event.task] -= 1
            return
        if event.task in self._workers_of:
            self._advance(event.at)
            partition = self._partitions[event.partition]
            if self._survey is not None:
                self._survey.visit((partition,))
            worker = self._workers_of.pop(event.task)
            # What the silent worker spent on it counts as received.
            self._worker_time.began.pop(worker, None)
            partition.working -= 1
            partition.service_s += self._conservation.at
            self._release(partition)
        self._arrive(event.at, event.partition, 1, True)

    def _release(self, partition: Partition) -> None:
        """A task has left service, and the queue knows."""
        if self._survey is not None:
            self._survey.visit((partition,))
        backlog = self._backlog
        backlog.release(partition)
        if partition.away_from >= 0 and partition.in_service < backlog.limit:
            self._regain_room(partition)
            if partition.waiting > 0 and partition.since < 0:
                backlog.admit(partition, self._rounds, self._conservation.at)
        if partition.waiting <= 0 and partition.in_service == 0:
            self._become_idle(partition)

    def _regain_room(self, partition: Partition) -> None:
        """The partition is below its limit again."""
        if self._survey is not None:
            self._survey.visit((partition,))
        partition.away += self._turns - partition.away_from
        partition.away_from = -1.0
        self._debt.resume(partition)

    def _become_idle(self, partition: Partition) -> None:
        """The partition has nothing waiting and nothing in service any more."""
        self._worker_time.leave(partition, self._dispatches, self._conservation.busy_s)
        self._cost.leave(partition)
        self._mechanism.empty(partition)

    def _advance(self, at: float) -> None:
        """Account for the time up to `at` in the state before the event."""
        self._conservation.advance(at, self._backlog.claimable)

    def _meet(self, index: int) -> Partition:
        partition = Partition(index, len(self._partitions), self._weights.get(index, 1.0))
        if self._survey is not None:
            partition.surveyed = self._survey.number  # it was not there at that instant
        self._partitions[index] = partition
        return partition
