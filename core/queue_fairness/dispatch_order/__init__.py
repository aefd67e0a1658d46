"""Restores the order in which the queue acted from the order in which its replies arrived.

```
emit ──► heard ──┬────────────────────────────────────────────► counters: times, totals
                 └──► NumberOrder   by the queue's own number ─┬─► fairness fold: who before whom
                      TimeOrder     by time, with its error ───┘
```

Several workers ask at once, and the event loop reads their replies in an order of its own: half of
them are out of place, by up to one less than there are workers, so that a partition seems to wait
for tasks dispatched after its own. Here events are held back for some milliseconds and passed on
in order; `flush` passes on the rest.
"""

from queue_fairness.dispatch_order.by_number import NumberOrder
from queue_fairness.dispatch_order.by_time import TimeOrder
from queue_fairness.dispatch_order.evidence import OrderEvidence, OrderKind

__all__ = ["NumberOrder", "OrderEvidence", "OrderKind", "TimeOrder", "order_by"]


def order_by(kind: OrderKind, workers: int, limit: int) -> NumberOrder | TimeOrder:
    """An empty order of a run.

    Args:
        kind: What the queue's decisions are ordered by.
        workers: How many ask from the start, >= 1.
        limit: Tasks of one partition that may be in service at once; 0 for no limit.
    """
    return NumberOrder(workers) if kind == "number" else TimeOrder(kind, workers, limit)
