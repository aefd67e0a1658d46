"""Worker time per partition against the fair fluid's: slowly, from the whole list of events.

A partition is active while it has a task waiting or in service. At every instant the workers that
are busy are shared out among the active ones in proportion to their weights, none getting more than
its limit. A partition's lag is what it was given there less what it has had in reality: positive is
owed to it. When it leaves, a positive lag is forgiven and a negative one is kept.

Sources: the lag of EEVDF (Stoica, Abdel-Wahab, TR 95-22) in the wall-clock time of the busy
workers; max-min sharing under caps (Bertsekas, Gallager, Data Networks, 6.5.2).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf

from fairness.gps import shares

from queue_fairness.events import Arrived, Event, Failed, Finished, LeaseExpired, PickedUp


@dataclass
class ServiceLag:
    """Per partition, in worker-seconds."""

    served_s: dict[int, float] = field(default_factory=dict)
    """In service, tasks still in hand at the last event included."""
    due_s: dict[int, float] = field(default_factory=dict)
    """What the fluid would have given it of the busy workers."""
    lag_s: dict[int, float] = field(default_factory=dict)
    """At the last event."""
    lag_max_s: dict[int, float] = field(default_factory=dict)
    """The most that was ever owed to it; at least 0."""


def service_lag(events: Sequence[Event], limit: int, weights: Mapping[int, float]) -> ServiceLag:
    """Worker time and lag of every partition at the last event.

    Args:
        events: All of a run, in order of time.
        limit: Tasks of one partition in service at once; 0 for no limit.
        weights: Fair share per partition; 1 for those not named.
    """
    names = sorted({e.partition for e in events if isinstance(e, Arrived | PickedUp)})
    weight = {p: weights.get(p, 1.0) for p in names}
    cap = limit or inf
    waiting = dict.fromkeys(names, 0)
    in_service = dict.fromkeys(names, 0)
    holders: dict[int, int] = {}
    lag = ServiceLag(*(dict.fromkeys(names, 0.0) for _ in range(4)))
    now = 0.0

    def active() -> list[int]:
        return [p for p in names if waiting[p] > 0 or in_service[p] > 0]

    def settle(p: int) -> None:
        if waiting[p] <= 0 and in_service[p] <= 0:
            lag.lag_s[p] = min(0.0, lag.lag_s[p])

    for event in events:
        span, now = max(0.0, event.at - now), max(now, event.at)
        rates = shares(dict.fromkeys(active(), cap), weight, sum(in_service.values()))
        for p, rate in rates.items():
            lag.served_s[p] += span * in_service[p]
            lag.due_s[p] += span * rate
            lag.lag_s[p] += span * (rate - in_service[p])
            lag.lag_max_s[p] = max(lag.lag_max_s[p], lag.lag_s[p])
        if isinstance(event, Arrived):
            waiting[event.partition] += event.tasks
        elif isinstance(event, PickedUp):
            waiting[event.partition] -= 1
            in_service[event.partition] += 1
            holders[event.task] = event.worker
        elif isinstance(event, Finished | Failed):
            if holders.get(event.task) == event.worker:
                del holders[event.task]
                in_service[event.partition] -= 1
                settle(event.partition)
        elif isinstance(event, LeaseExpired):
            if event.task in holders:
                del holders[event.task]
                in_service[event.partition] -= 1
            waiting[event.partition] += 1
    return lag
