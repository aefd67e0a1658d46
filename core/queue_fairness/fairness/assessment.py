"""The fairness measures of a snapshot, and the verdict on them.

Folding is cheap and done at every event; measuring walks over all partitions and is done
periodically. So a live snapshot may carry an assessment that is a little older than its counts; the
final one never does.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from queue_fairness.fairness.heat import ServiceHeatMap
from queue_fairness.fairness.measures import FairnessMeasures
from queue_fairness.fairness.verdict import Verdict
from queue_fairness.fairness.worst import WorstNow


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FairnessAssessment:
    """The fairness of a run at one instant."""

    at: float
    """The instant, in seconds since the workers started."""
    measures: FairnessMeasures
    verdict: Verdict
    worst_now: WorstNow
    heat: ServiceHeatMap
    worst_waits: Mapping[int, float]
    """Each partition's longest wait in rounds, open ones included; only once the run is over."""
