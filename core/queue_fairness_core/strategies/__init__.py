"""The queue disciplines, one file each; the table below is all that knows them by name."""

from queue_fairness_core.strategies.base import Claim, Consumer, Lease, Strategy, Task
from queue_fairness_core.strategies.round_robin import RoundRobin
from queue_fairness_core.strategies.scan import Scan

STRATEGIES: dict[str, type[Strategy]] = {each.name: each for each in (Scan, RoundRobin)}

__all__ = ["STRATEGIES", "Claim", "Consumer", "Lease", "Strategy", "Task"]
