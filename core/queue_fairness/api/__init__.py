"""The public API: measures a queue from Python, and gives a frozen result.

```
measure, compare            coroutines, in the caller's own event loop
measure_sync, compare_sync  the same from plain code, in a thread of their own
        │
        ▼
requests ──► engine.Session ──snapshot──► Result, Comparison
```

The names that `queue_fairness` exports are public; what is behind them may change at any time.
"""

from importlib import import_module

from queue_fairness.api.comparison import Comparison
from queue_fairness.api.errors import RunError
from queue_fairness.api.judging import judge
from queue_fairness.api.measuring import compare, compare_sync, measure, measure_sync
from queue_fairness.api.result import InconclusiveError, Result, Rounds, UnfairError
from queue_fairness.errors import FairnessError, PlanError, ServerError, TableError
from queue_fairness.fairness.word import Level as Verdict
from queue_fairness.judge.rows import JobRow
from queue_fairness.plan import Plan

__all__ = [
    "Comparison",
    "FairnessError",
    "InconclusiveError",
    "JobRow",
    "Plan",
    "PlanError",
    "Result",
    "Rounds",
    "RunError",
    "ServerError",
    "TableError",
    "UnfairError",
    "Verdict",
    "compare",
    "compare_sync",
    "judge",
    "measure",
    "measure_sync",
]

# The room of that name has just become an attribute of the package, in the function's place.
vars(import_module("queue_fairness"))["judge"] = judge
