"""The order in which the queue made its decisions, out of the order in which we heard of them.

```
emit ──► heard ──┬────────────────────────────────────────────► counters: times, totals
                 └──► NumberOrder   by the queue's own number ─┬─► fairness fold: who before whom
                      TimeOrder     by time, with its error ───┘
```

Several workers ask at once, and the event loop hears of the answers in an order of its own: half
of them are out of place, by up to one less than there are workers, and a partition then seems to
wait for others who came after it. So the fold hears a fact later than it was told, by milliseconds,
but in its place; `flush` gives it the rest.
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
