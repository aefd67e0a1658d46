"""The queue disciplines, one file each; the table below is all that knows them by name."""

from queue_fairness.strategies.base import Claim, Consumer, Lease, Strategy, Task
from queue_fairness.strategies.fifo import Fifo
from queue_fairness.strategies.key_shard import KeyShard
from queue_fairness.strategies.least_in_flight import LeastInFlight
from queue_fairness.strategies.random_ready import RandomReady
from queue_fairness.strategies.round_robin import RoundRobin
from queue_fairness.strategies.scan import Scan
from queue_fairness.strategies.scan_resume import ScanResume
from queue_fairness.strategies.streams import Streams
from queue_fairness.strategies.stride_tag import StrideTag
from queue_fairness.strategies.virtual_time import VirtualTime
from queue_fairness.strategies.virtual_time_by_cost import VirtualTimeByCost

STRATEGIES: dict[str, type[Strategy]] = {
    each.name: each
    for each in (
        Scan,
        ScanResume,
        RandomReady,
        RoundRobin,
        VirtualTime,
        VirtualTimeByCost,
        Fifo,
        StrideTag,
        KeyShard,
        LeastInFlight,
        Streams,
    )
}

__all__ = ["STRATEGIES", "Claim", "Consumer", "Lease", "Strategy", "Task"]
