"""The half that rests on what workers do: their time, the mechanism, Jain's index of a round."""

from collections.abc import Sequence

from queue_fairness.fairness.conservation import ConservationFold, Moment
from queue_fairness.fairness.cost import CostFold
from queue_fairness.fairness.jain import RoundJainFold
from queue_fairness.fairness.mechanism import MechanismFold
from queue_fairness.fairness.partition import Partition
from queue_fairness.fairness.past.columns import Past
from queue_fairness.fairness.steps import ARRIVED, EMPTIED, ENDED, Service, Steps
from queue_fairness.fairness.worker_time import WorkerTimeFold


class TimePast:
    """Folds the steps of a past; O(1) a step.

    Args:
        past: Whose steps they are.

    Attributes:
        partitions: Those that are known, in the order in which they became known; of each what
            worker_time.py, mechanism.py and jain.py keep.
        dispatches: Tasks that were taken.
        contended: Dispatches at which somebody was passed over.
        peak_backlogged: The most partitions that had tasks waiting at once.
    """

    def __init__(self, past: Past) -> None:
        self.partitions: list[Partition] = []
        self.dispatches = 0
        self.contended = 0
        self.peak_backlogged = 0
        self.conservation = ConservationFold(past.workers)
        self.worker_time = WorkerTimeFold()
        self.mechanism = MechanismFold(1, past.workers)
        self.jain = RoundJainFold()
        self.cost = CostFold()
        self._whose: Sequence[int] = past.partition
        self._hands: Sequence[int] = past.worker
        self._of: list[Partition | None] = [None] * past.partitions
        self._began = [0.0] * past.workers
        self._work_began = [0.0] * past.workers
        self._backlogged = self._begun = 0

    def take(self, steps: Steps) -> None:
        """Fold some steps."""
        before = self.dispatches
        moments = self.conservation.take_all(steps, self._hands, self._began)
        services = self._replay(steps, moments)
        self.jain.take_all(services, before)
        self.mechanism.take_all(services, before)

    def let_go(self) -> None:
        """Keep only what measures are made of: there are no more steps."""
        self._whose = self._hands = ()
        self._of = []

    def _replay(self, steps: Steps, moments: list[Moment]) -> list[Service]:
        """Replay the queue; who was served, and who had nothing left."""
        # One function: the counts change at every step, and are at hand as locals.
        whose, hands, of, began = self._whose, self._hands, self._of, self._work_began
        backlogged, begun, dispatches = self._backlogged, self._begun, self.dispatches
        time, services = self.worker_time, list[Service]()
        for kind, task, (at, busy_s, is_crowded) in zip(
            steps.kinds, steps.tasks, moments, strict=True
        ):
            partition = of[whose[task]] or self._meet(whose[task])
            waiting = partition.waiting
            if kind == ARRIVED:
                if partition.settled_at < 0:
                    time.begin(partition, at, busy_s)
                if not waiting:
                    backlogged += 1
                    partition.backlogged_at = dispatches
                    if partition.served:
                        begun += 1
                    if backlogged > self.peak_backlogged:
                        self.peak_backlogged = backlogged
                partition.waiting = waiting + 1
            elif kind == ENDED:
                time.count(at - began[hands[task]])
                partition.service_s += at
                partition.working = working = partition.working - 1
                if not working and not waiting:
                    time.leave(partition, dispatches, busy_s)
                    services.append((partition, EMPTIED, 0, False, 0, 0))
            else:
                served, since = partition.served, partition.backlogged_at
                contended = is_crowded and backlogged > 1
                services.append((partition, hands[task], backlogged, contended, since, begun))
                self.contended += contended
                if not served & 3:
                    time.forget(dispatches, busy_s)
                    time.settle(partition, at, busy_s)
                dispatches += 1
                partition.served = served + 1
                partition.working += 1
                partition.service_s -= at
                began[hands[task]] = at
                partition.waiting = waiting - 1
                if waiting == 1:
                    backlogged -= 1
                    begun -= served > 0
                elif not served:
                    begun += 1
        self._backlogged, self._begun, self.dispatches = backlogged, begun, dispatches
        return services

    def _meet(self, index: int) -> Partition:
        partition = self._of[index] = Partition(index, len(self.partitions), 1.0)
        self.partitions.append(partition)
        return partition
