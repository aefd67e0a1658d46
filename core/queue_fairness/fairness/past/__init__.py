"""The measures of what is over, from columns and not event by event.

```
Past ──merged──► OrderPast   rounds, waits, debt, shares, heat     (no seconds but for labels)
             └─► TimePast    worker time, idle workers, mechanism, Jain's index
                     both ──► FairnessFold, as if it had folded each event
```

The two halves need nothing of each other, so that each may have a processor of its own. Within one,
a loop replays the queue for some thousand steps and writes columns, which each measure goes through
by itself: a loop with everything at hand costs a third of a call per measure and event.

Tasks arrive before they are taken, and are taken once, by a worker that has ended its task before.
Without a limit and with equal weights the fluid with limits and the one without
(debt.py, fair_backlog.py) are the same, and so are rounds and turns: `order.py` and `time.py` make
use of it. In any other case (limited.py) each half calls the measures as `FairnessFold` does.
"""

from queue_fairness.fairness.past.columns import Past
from queue_fairness.fairness.past.limited import order_of, time_of
from queue_fairness.fairness.past.order import OrderPast
from queue_fairness.fairness.past.time import TimePast
from queue_fairness.fairness.past.together import PastFold

__all__ = ["OrderPast", "Past", "PastFold", "TimePast", "order_of", "time_of"]
