"""Both halves where there is a limit, costs, or partitions are due different shares.

The order that is kept here is that of `FairnessFold`, and so are the calls of the measures: what is
saved is that each half makes only its own.
"""

from queue_fairness.fairness.backlog import Backlog
from queue_fairness.fairness.debt import DebtFold
from queue_fairness.fairness.fair_backlog import FairBacklogFold
from queue_fairness.fairness.mechanism import MechanismFold
from queue_fairness.fairness.partition import Partition
from queue_fairness.fairness.past.columns import Past
from queue_fairness.fairness.past.order import OrderPast
from queue_fairness.fairness.past.time import TimePast
from queue_fairness.fairness.steps import (
    ARRIVED,
    BEGUN,
    EMPTIED,
    ENDED,
    SERVED,
    SERVED_LAST,
    Mark,
    Service,
    Steps,
)
from queue_fairness.fairness.worker_time import WorkerTimeFold


class LimitedOrderPast(OrderPast):
    """Folds what rests on the order of dispatches; O(log P) a step.

    Args:
        past: Whose steps they are.
    """

    def __init__(self, past: Past) -> None:
        super().__init__(past)
        self._weights = past.weights
        self._backlog = Backlog(past.limit)
        self._debt, self._fair_backlog = DebtFold(), FairBacklogFold()

    def take(self, steps: Steps) -> None:
        """Fold some steps."""
        self.heat.take_all(self._replay(steps))
        self.backlogged, self.fluid = self._backlog.backlogged, self._debt.rounds

    def _replay(self, steps: Steps) -> list[Mark]:
        whose, of, now = self._whose, self._of, self._now
        marks: list[Mark] = []
        for kind, task, at in zip(*steps, strict=True):
            if at > now:
                now = at
            partition = of[whose[task]] or self._meet(whose[task])
            if kind == ARRIVED:
                if self._arrive(partition, now):
                    marks.append((BEGUN, partition, self.rounds, now))
            elif kind == ENDED:
                self._release(partition, now)
            else:
                rounds = self.rounds
                self._dispatch(partition, now)
                mark = SERVED if partition.waiting else SERVED_LAST
                marks.append((mark, partition, rounds, now))
        self._now = now
        return marks

    def _arrive(self, partition: Partition, now: float) -> bool:
        """A task arrives; returns whether its partition has had none waiting."""
        backlog = self._backlog
        partition.arrived += 1
        is_newly_backlogged = backlog.arrive(partition, 1)
        self._fair_backlog.arrive(partition, 1)
        self._debt.arrive(partition, 1)
        if is_newly_backlogged:
            stands_at = partition.away_from if partition.away_from >= 0 else self.turns
            partition.backlogged_from = own_turns = stands_at - partition.away
            backlog.begin(partition)
            self.shares.begin(partition, own_turns, self.turns)
            if partition.in_service < backlog.limit:
                backlog.admit(partition, self.rounds, now)
        return is_newly_backlogged

    def _dispatch(self, partition: Partition, now: float) -> None:
        backlog, debt, fair_backlog = self._backlog, self._debt, self._fair_backlog
        rounds, turns = self.rounds, self.turns
        own_turns = turns - partition.away
        in_round, in_turn = fair_backlog.weight, debt.open_weight
        self.shares.pick_up(partition, own_turns, turns, now)
        fair_backlog.dispatch()
        debt.dispatch(partition, partition.turns_before + own_turns - partition.backlogged_from)
        self.waits.end(partition, rounds, now)
        self.rounds = rounds + 1 / (in_round if in_round > backlog.weight else backlog.weight)
        eligible = backlog.eligible_weight
        self.turns = turns + 1 / (in_turn if in_turn > eligible else eligible)
        backlog.take(partition, self.rounds, now)
        if partition.in_service >= backlog.limit:
            partition.away_from = self.turns
            debt.pause(partition)
        if not partition.waiting:
            backlog.end(partition)
            partition.turns_before += own_turns - partition.backlogged_from
            self.shares.end(partition, own_turns)

    def _release(self, partition: Partition, now: float) -> None:
        backlog = self._backlog
        backlog.release(partition)
        if partition.away_from >= 0 and partition.in_service < backlog.limit:
            partition.away += self.turns - partition.away_from
            partition.away_from = -1.0
            self._debt.resume(partition)
            if partition.waiting > 0 and partition.since < 0:
                backlog.admit(partition, self.rounds, now)

    def _meet(self, index: int) -> Partition:
        partition = super()._meet(index)
        partition.weight = self._weights.get(index, 1.0)
        return partition


class LimitedTimePast(TimePast):
    """Folds what rests on what workers do; O(1) a step.

    Args:
        past: Whose steps they are.
    """

    def __init__(self, past: Past) -> None:
        super().__init__(past)
        self._weights = past.weights
        self._backlog = Backlog(past.limit)
        self._costs = past.cost
        self.worker_time = WorkerTimeFold(self._backlog.limit)
        if past.limit:
            # The first tasks of the workers are of as many partitions under every order.
            self.mechanism = MechanismFold(past.workers, past.workers)

    def take(self, steps: Steps) -> None:
        """Fold some steps."""
        before = self.dispatches
        services = self._replay_limited(steps)
        self.mechanism.take_all(services, before)
        self.peak_backlogged = self._backlog.peak_backlogged

    def let_go(self) -> None:
        """Keep only what measures are made of, as in `TimePast`."""
        super().let_go()
        self._costs = ()

    def _replay_limited(self, steps: Steps) -> list[Service]:
        whose, hands, of = self._whose, self._hands, self._of
        conservation, backlog, costs = self.conservation, self._backlog, self._costs
        services: list[Service] = []
        for kind, task, at in zip(*steps, strict=True):
            if at > conservation.at:
                conservation.advance(at, backlog.claimable)
            partition = of[whose[task]] or self._meet(whose[task])
            if kind == ARRIVED:
                if partition.settled_at < 0:
                    self.worker_time.begin(partition, conservation.at, conservation.busy_s)
                    self.cost.begin(partition)
                if backlog.arrive(partition, 1):
                    partition.backlogged_at = self.dispatches
                    backlog.begin(partition)
                    if partition.in_service < backlog.limit:
                        backlog.admit(partition, 0.0, 0.0)
            elif kind == ENDED:
                if costs and costs[task] == costs[task]:  # NaN for none
                    self.cost.finish(partition, costs[task])
                self._end(partition, hands[task], at)
                if not partition.waiting and not partition.in_service:
                    self.worker_time.leave(partition, self.dispatches, conservation.busy_s)
                    self.cost.leave(partition)
                    services.append((partition, EMPTIED, 0, False, 0, 0))
            else:
                begun = backlog.begun_eligible
                self._dispatch(partition, hands[task])
                services.append((partition, hands[task], 0, False, 0, begun))
        return services

    def _dispatch(self, partition: Partition, worker: int) -> None:
        conservation, backlog, time = self.conservation, self._backlog, self.worker_time
        free = conservation.pick_up(worker)
        contended = backlog.eligible > 1 and backlog.claimable > (free if free > 1 else 1)
        self.contended += contended
        if not partition.served & 3:
            time.forget(self.dispatches, conservation.busy_s)
            time.settle(partition, conservation.at, conservation.busy_s)
        self.jain.dispatch(
            partition, self.dispatches, backlog.backlogged, backlog.weight, contended
        )
        self.dispatches += 1
        backlog.take(partition, 0.0, 0.0)
        partition.working += 1
        partition.service_s -= conservation.at
        time.began[worker] = conservation.at
        if not partition.waiting:
            backlog.end(partition)

    def _end(self, partition: Partition, worker: int, at: float) -> None:
        backlog, time = self._backlog, self.worker_time
        at = max(at, time.began[worker])
        self.conservation.finish(worker, at)
        time.finish(worker, at)
        partition.working -= 1
        partition.service_s += at
        was_full = partition.in_service >= backlog.limit
        backlog.release(partition)
        if was_full and partition.waiting > 0 and partition.since < 0:
            backlog.admit(partition, 0.0, 0.0)

    def _meet(self, index: int) -> Partition:
        partition = super()._meet(index)
        partition.weight = self._weights.get(index, 1.0)
        return partition


def order_of(past: Past) -> OrderPast:
    """The half that rests on the order of dispatches, as quick as the case allows."""
    return OrderPast(past) if past.is_plain else LimitedOrderPast(past)


def time_of(past: Past) -> TimePast:
    """The half that rests on what workers do, as quick as the case allows."""
    return TimePast(past) if past.is_plain and not past.cost else LimitedTimePast(past)
