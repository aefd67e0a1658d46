"""Fairness: what a run's events say about how partitions share the workers.

Enter by `FairnessFold`: feed it every event, ask it for `measures()` at any time, live or at the
end, and let `judge` put them into words. Everything here is arithmetic: no Redis, no screen, no
clock of its own.

    events ──► FairnessFold ──► FairnessMeasures ──► judge(measures, integrity, conditions)
                    │                                      └──► Verdict: word, why, not, try
                    ├──► ServiceHeatMap
                    └──► WorstNow
"""

from queue_fairness.fairness.conservation import Conservation
from queue_fairness.fairness.context import Conditions, Integrity
from queue_fairness.fairness.evidence import Evidence
from queue_fairness.fairness.fold import FairnessFold
from queue_fairness.fairness.heat import ServiceHeatMap
from queue_fairness.fairness.jain import jain_index
from queue_fairness.fairness.measures import FairnessMeasures
from queue_fairness.fairness.sorted_chunks import RoundsSummary
from queue_fairness.fairness.verdict import Verdict, judge
from queue_fairness.fairness.word import Level
from queue_fairness.fairness.worst import WaitingPartition, WorstNow

__all__ = [
    "Conditions",
    "Conservation",
    "Evidence",
    "FairnessFold",
    "FairnessMeasures",
    "Integrity",
    "Level",
    "RoundsSummary",
    "ServiceHeatMap",
    "Verdict",
    "WaitingPartition",
    "WorstNow",
    "jain_index",
    "judge",
]
