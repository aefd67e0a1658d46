"""Where the tasks of a run are: done, in flight, in a lease, waiting, or lost."""

from dataclasses import dataclass

from queue_fairness.engine.outcome import Outcome
from queue_fairness.engine.reaper import REAP_S
from queue_fairness.metrics.counters import Counters


@dataclass(frozen=True, slots=True)
class TaskBalance:
    """Adds up a run's tasks at one instant."""

    counters: Counters
    outcome: Outcome
    lease_ttl_s: float
    """The queue's lease time; 0 for none."""

    @property
    def enqueued(self) -> int:
        """Tasks that have entered the queue, those of other programs included."""
        counters = self.counters
        return max(
            self.outcome.enqueued,
            counters.arrived - self.outcome.not_enqueued,
            counters.completed + (self.outcome.left or 0),
        )

    @property
    def out_of_queue(self) -> int:
        """Tasks that are done, given up, in flight or gone with a worker."""
        counters = self.counters
        return counters.completed + counters.dead + counters.in_flight + len(counters.gone)

    @property
    def waiting(self) -> int:
        """Tasks that wait in the queue, as far as events tell."""
        return max(0, self.enqueued - self.out_of_queue)

    def in_lease(self, now: float) -> int:
        """Tasks of crashed workers that will be back when their leases expire; `now` in seconds."""
        if not self.lease_ttl_s:
            return 0
        patience_s = self.lease_ttl_s + REAP_S
        return sum(now - each.at <= patience_s for each in self.counters.gone)

    @property
    def may_be_lost(self) -> int:
        """Tasks that may have left the queue by replies that were lost, in mid-run: at most."""
        return min(self.counters.replies_lost, self.waiting)

    def lost(self) -> int | None:
        """Tasks that left the queue and were not done; None if Redis cannot be asked.

        Where all are done, none is lost, whatever Redis would say.
        """
        counters = self.counters
        if self.outcome.left is None:
            return None if counters.completed + counters.dead < self.enqueued else 0
        known = counters.completed + counters.dead + self.outcome.left
        return self.enqueued - known - self.in_lease(self.outcome.elapsed_s)

    def missing(self) -> int | None:
        """Tasks gone that no crash and no stop of ours explains; None if they cannot be counted."""
        lost = self.lost()
        if lost is None:
            return None
        gone = max(0, len(self.counters.gone) - self.in_lease(self.outcome.elapsed_s))
        return max(0, lost - self.counters.in_flight - gone)
