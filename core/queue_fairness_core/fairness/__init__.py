"""Fairness: what a run's events say about how tenants share the workers.

Enter by `FairnessFold`: feed it every event, ask it for `measures()` at any time, live or at the
end, and let `judge` put them into words. `FailIf` checks a limit a user names for CI. Everything
here is arithmetic: no Redis, no screen, no clock of its own.

    events ──► FairnessFold ──► FairnessMeasures ──► judge(measures, integrity, conditions)
                    │                                      └──► Verdict: word, why, not, try
                    ├──► HeatMap
                    └──► WorstNow
"""

from queue_fairness_core.fairness.conservation import Conservation
from queue_fairness_core.fairness.evidence import Evidence
from queue_fairness_core.fairness.fold import FairnessFold
from queue_fairness_core.fairness.gates import (
    KNOWN_MEASURES,
    FailIf,
    GateResult,
    evaluate,
    numeric_names,
    parse_fail_if,
)
from queue_fairness_core.fairness.heat import HeatMap
from queue_fairness_core.fairness.jain import jain_index
from queue_fairness_core.fairness.measures import FairnessMeasures
from queue_fairness_core.fairness.runs import Spread
from queue_fairness_core.fairness.situation import Conditions, Integrity
from queue_fairness_core.fairness.verdict import Verdict, judge
from queue_fairness_core.fairness.word import Word
from queue_fairness_core.fairness.worst import WaitingPartition, WorstNow

__all__ = [
    "KNOWN_MEASURES",
    "Conditions",
    "Conservation",
    "Evidence",
    "FailIf",
    "FairnessFold",
    "FairnessMeasures",
    "GateResult",
    "HeatMap",
    "Integrity",
    "Spread",
    "Verdict",
    "WaitingPartition",
    "Word",
    "WorstNow",
    "evaluate",
    "jain_index",
    "judge",
    "numeric_names",
    "parse_fail_if",
]
