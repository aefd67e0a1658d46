"""How long tasks have to wait: exactly, for given arrivals, and on average, by closed forms.

Without limits and on a queue that costs nothing, every order of service that lets no worker stand
idle has the same waits on average, if it does not know how long the tasks take.
"""

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from math import factorial, sqrt

from queue_fairness.engine.schedule import TaskLog, scheduled_arrivals
from queue_fairness.plan import Plan
from queue_fairness.strategies.key_shard import KeyShard


def waits_of(arrivals: Iterable[tuple[float, float]], servers: int) -> Iterator[float]:
    """The waits of tasks that are served in the order of their arrival by the first who is free.

    Source: Kiefer, Wolfowitz, Trans. AMS 78 (1955); for one server Lindley (1952).

    Args:
        arrivals: When each task arrives, ascending, and how long it takes, both in seconds.
        servers: At least 1.
    """
    free_at = [0.0] * servers
    for at, work_s in arrivals:
        start = max(at, free_at[0])
        heapq.heapreplace(free_at, start + work_s)
        yield start - at


def mean_wait_of(plan: Plan, worked_s: Mapping[int, float] | None = None) -> float:
    """The mean wait, s, of this plan's own arrivals; by shards, if workers share no tasks.

    Only of tasks that are served before the end. At least one task must be.

    Args:
        plan: Of a sustained load.
        worked_s: How long the work took in a run, s, by task; as planned for those not named.
    """
    task_log = TaskLog(plan)
    lines: dict[str, list[tuple[float, float]]] = {}
    names = [plan.partition_name(each) for each in range(plan.partitions)]
    shards = KeyShard("theory", names, workers=plan.workers)
    is_sharded = plan.strategy == "key-shard"
    for due in scheduled_arrivals(plan):
        task = task_log.enter(due.partition, due.at)
        line = shards.lane(due.partition) if is_sharded else ""
        work_s = (worked_s or {}).get(task.number, task_log.work_s(task))
        lines.setdefault(line, []).append((due.at, work_s))
    servers = 1 if is_sharded else plan.workers
    waits = [
        wait
        for line in lines.values()
        for (at, _), wait in zip(line, waits_of(line, servers), strict=True)
        if at + wait < plan.duration
    ]
    return sum(waits) / len(waits)


def mean_lateness_of(plan: Plan, worked_s: Mapping[int, float]) -> float:
    """How much longer than planned the tasks of a run took, on average, s.

    Args:
        plan: Of a sustained load.
        worked_s: How long the work took, s, by task; at least one of this plan's.
    """
    task_log = TaskLog(plan)
    tasks = [task_log.enter(due.partition, due.at) for due in scheduled_arrivals(plan)]
    late = [
        worked_s[task.number] - task_log.work_s(task) for task in tasks if task.number in worked_s
    ]
    return mean(late)


def mm1(load: float, work_s: float) -> float:
    """Mean wait of M/M/1, s: rho S / (1 - rho), for 0 <= rho < 1."""
    return mmc(load, work_s, 1)


def mmc(load: float, work_s: float, servers: int) -> float:
    """Mean wait of M/M/c, s, for 0 <= rho < 1. Source: Erlang (1917), his formula C."""
    offered = load * servers
    queues = offered**servers / factorial(servers) / (1 - load)
    all_busy = queues / (sum(offered**k / factorial(k) for k in range(servers)) + queues)
    return all_busy * work_s / (servers * (1 - load))


def md1(load: float, work_s: float) -> float:
    """Mean wait of M/D/1, s: half of M/M/1's. Source: Pollaczek (1930), Khinchine (1932)."""
    return mm1(load, work_s) / 2


def mdc(load: float, work_s: float, servers: int) -> float:
    """Mean wait of M/D/c, s, for 0 < rho < 1, within 2 % for rho >= 0.5; exact for c = 1.

    Source: Cosmetatos, "Approximate explicit formulae for the average queueing time in the
    processes (M/D/r) and (D/M/r)", INFOR 13 (1975).
    """
    more = (1 - load) * (servers - 1) * (sqrt(4 + 5 * servers) - 2) / (16 * load * servers)
    return (1 + more) * mmc(load, work_s, servers) / 2


def mean(values: Sequence[float]) -> float:
    """Their mean; ZeroDivisionError for none."""
    return sum(values) / len(values)
