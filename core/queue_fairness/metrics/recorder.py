"""Buffers a run's events, folds them in batches, and re-measures fairness periodically.

emit ──► unfolded ──128 at a time──┬──► counters
             ▲                     └──► order ──► fairness fold ──periodically──► assessment
             └ reading totals folds the rest first
"""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence

from queue_fairness.dispatch_order import OrderEvidence, OrderKind, order_by
from queue_fairness.events import Event
from queue_fairness.fairness.assessment import FairnessAssessment
from queue_fairness.fairness.fold import FairnessFold
from queue_fairness.metrics.assessor import Assessor, assess
from queue_fairness.metrics.completion import nothing_handed_out
from queue_fairness.metrics.counters import Counters
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.plan import Plan

ASSESSMENT_PERIOD_S = 0.25
"""How often the fairness measures are taken while a run goes on, at most."""
ASSESSMENT_SHARE = 0.02
"""Share of the event loop's time that taking them may cost."""
FOLD_AT = 128
"""Most events folded in one go. Folding a batch takes a third of the time that its events take one
by one (4.3 and 13.5 us a task), and holds up the loop for 0.3 ms."""


class Recorder:
    """The record of one run.

    Args:
        plan: What is asked for.
        limit: Tasks of one partition that may be in service at once; 0 for no limit.
        shares: Weight per partition, > 0; 1 for those not named.
        ordered_by: What tells in which order the queue handed out the tasks.
    """

    def __init__(
        self, plan: Plan, limit: int, shares: Mapping[int, float], ordered_by: OrderKind
    ) -> None:
        self.tap: Callable[[Sequence[Event]], None] | None = None
        """Told of the events that are about to be folded together; None for nobody."""
        self._unfolded: list[Event] = []
        self._counters = Counters(plan)
        self._order = order_by(ordered_by, plan.workers, limit)
        self._fold = FairnessFold(plan.workers, limit, shares)
        self._assessment: FairnessAssessment | None = None
        self._assessor: Assessor | None = None
        """The measuring that is under way."""
        self._assess_again = 0.0

    def record(self, event: Event) -> None:
        """Record an event. A plain call: nothing in it waits."""
        self._unfolded.append(event)
        if len(self._unfolded) >= FOLD_AT:
            self.take_in()

    @property
    def counters(self) -> Counters:
        """The totals up to this instant."""
        self.take_in()
        return self._counters

    @property
    def fold(self) -> FairnessFold:
        """The fairness measures, a few milliseconds behind the totals until `flush`."""
        self.take_in()
        return self._fold

    @property
    def order(self) -> OrderEvidence:
        """How well the order of dispatches behind the fairness measures is known."""
        self.take_in()
        return self._order.evidence(self._counters.picked_up)

    def flush(self) -> None:
        """The run is over: what was withheld for the order's sake is folded as well."""
        self.take_in()
        for event in self._order.flush():
            self._fold.apply(event)

    def latest_assessment(self, snapshot: Snapshot) -> FairnessAssessment | None:
        """What was measured last; begins to measure the partitions if it is time to.

        Measuring holds up the workers, so it is done in parts, and less often the longer it takes.

        Args:
            snapshot: The run at this instant; a final one is measured at once and for good.
        """
        if not snapshot.picked_up and not nothing_handed_out(snapshot):
            return self._assessment
        if snapshot.phase.is_final:
            self._assessor = None
            self._assessment = assess(self.fold, snapshot)
        elif self._assessor is None and time.monotonic() >= self._assess_again:
            self._assessor = Assessor(self.fold, snapshot)
            self._measure_on()
        return self._assessment

    def take_in(self) -> None:
        """Fold the events that wait for it; whoever reads totals need not ask for it."""
        if not self._unfolded:
            return
        events, self._unfolded = self._unfolded, []
        if self.tap is not None:
            self.tap(events)
        for event in events:
            self._counters.apply(event)
        self._counters.sums.flush()
        for event in self._order.take(events):
            self._fold.apply(event)

    def _measure_on(self) -> None:
        """Measure the next partitions."""
        if self._assessor is None:
            return  # the run has ended meanwhile
        started = time.monotonic()
        assessment = self._assessor.step()
        rest_s = (time.monotonic() - started) / ASSESSMENT_SHARE
        if assessment is None:
            asyncio.get_running_loop().call_later(rest_s, self._measure_on)
            return
        self._assessor, self._assessment = None, assessment
        self._assess_again = started + max(ASSESSMENT_PERIOD_S, rest_s)
