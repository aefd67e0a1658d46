"""Totals of what is over, from columns and not event by event."""

from queue_fairness.fairness.past import Past
from queue_fairness.fairness.steps import ARRIVED, TAKEN, Steps
from queue_fairness.metrics.counters import Counters
from queue_fairness.plan import Plan

NS = 1e-9


class PastCounters(Counters):
    """The totals of a past, taken in some thousand steps at a time.

    Args:
        plan: Under which it was done.
        past: Whose steps they are.
    """

    def __init__(self, plan: Plan, past: Past) -> None:
        super().__init__(plan)
        self._past = past

    def take(self, steps: Steps) -> None:
        """Count some steps."""
        sums, past = self.sums, self._past
        whose, ready, zero, hands = past.partition, past.ready, past.zero, past.worker
        arrivals: list[float] = []
        ends: list[float] = []
        by_worker, known, ranks, until = self.by_worker, self._known, self._ranks, sums.until
        rank_of, picked_up, wait_sum_s = ranks.rank, ranks.picked_up, ranks.wait_sum_s
        for kind, task, at in zip(*steps, strict=True):
            if kind == ARRIVED:
                if not known[whose[task]]:
                    known[whose[task]] = 1
                    self.partitions += 1
                arrivals.append(at)
                continue
            if at >= until:
                sums.start_bin(at)
                until = sums.until
            if kind == TAKEN:
                wait = at - (ready[task] - zero) * NS
                sums.quiet_waits.append(wait)
                rank = rank_of[whose[task]]
                if rank < 0:
                    rank = ranks.first_pickup(whose[task], at, self.picked_up)
                picked_up[rank] += 1
                wait_sum_s[rank] += wait
                self.picked_up += 1
            else:
                sums.completions += 1
                by_worker[hands[task]] += 1
                ends.append(at)
        self._arrive_all(arrivals)
        self._rate.add_all(ends)
        self.completed += len(ends)
        self.ended += len(ends)

    def _arrive_all(self, arrivals: list[float]) -> None:
        self.arrived += len(arrivals)
        self._arrival_rate.add_all([at for at in arrivals if at])
        arrive = self.sums.arrive
        first, until = 0, 0.0
        for number, at in enumerate(arrivals):
            if at >= until:
                if number > first:
                    arrive(arrivals[first], number - first)
                first, until = number, self.sums.end_of_bin(at)
        if len(arrivals) > first:
            arrive(arrivals[first], len(arrivals) - first)
