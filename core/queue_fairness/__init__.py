"""Measures whether a partitioned work queue shares its workers fairly among its tenants.

```python
from queue_fairness import measure_sync

result = measure_sync(MyQueue, partitions=20, tasks_per_partition=5, workers=4, work_duration=0.001)
print(result.verdict, result.worst_wait_rounds.p99)
result.assert_fair()
```

The names below are the whole public API; `queue_fairness/api/README.md` explains it and says how
long it holds. Importing this package loads none of it: each name is loaded when it is first used.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from queue_fairness.api import (
        Comparison,
        FairnessError,
        InconclusiveError,
        JobRow,
        Plan,
        PlanError,
        Result,
        Rounds,
        RunError,
        ServerError,
        TableError,
        UnfairError,
        Verdict,
        compare,
        compare_sync,
        judge,
        measure,
        measure_sync,
    )

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


def __getattr__(name: str) -> object:
    """Load a name of the API when it is first asked for (PEP 562)."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    found: object = getattr(import_module("queue_fairness.api"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    """What can be asked for, loaded or not."""
    return sorted({*globals(), *__all__})
