"""Load: when tasks arrive, whose they are, and how long they take. Seeded; no Redis, no clock.

Everything random is drawn from a `stream` of its own, so that one plan's seed gives the same
arrivals, partitions and service times under every strategy.

    stream(seed, "arrivals") ──► arrival_times ──► 0.013 s, 0.021 s, ...
    stream(seed, "tenants")  ──► partition_chooser(pattern.values(n)) ──► 7, 0, 3, ...
    stream(seed, "service")  ──► service_sampler ──► 0.025 s, 0.004 s, ...
                                 counts(pattern, n, tasks) ──► a drain's tasks per partition
"""

from queue_fairness.load.arrivals import (
    ARRIVAL_PROCESSES,
    BURST_CVS,
    arrival_times,
    partition_chooser,
)
from queue_fairness.load.pattern import Pattern, counts, parse_pattern
from queue_fairness.load.random_streams import stream
from queue_fairness.load.service import MAX_CV2, SERVICE_DISTRIBUTIONS, service_sampler

__all__ = [
    "ARRIVAL_PROCESSES",
    "BURST_CVS",
    "MAX_CV2",
    "SERVICE_DISTRIBUTIONS",
    "Pattern",
    "arrival_times",
    "counts",
    "parse_pattern",
    "partition_chooser",
    "service_sampler",
    "stream",
]
