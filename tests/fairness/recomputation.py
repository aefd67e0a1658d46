"""The measures once more, slowly and obviously, from the whole list of events.

Written from the definitions in fairness.md 2 and the module docstrings, without looking at the
folds: dictionaries over all partitions, loops over all of them at every event.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from queue_fairness_core.events import Arrived, Event, Finished, PickedUp, Polled


@dataclass
class Recomputation:
    worst_wait: dict[int, float] = field(default_factory=dict)
    first_wait: dict[int, float] = field(default_factory=dict)
    debt: dict[int, float] = field(default_factory=dict)
    debt_max: float = 0.0
    jain: float | None = None
    contended_share: float = 0.0
    rounds: float = 0.0
    peak_in_progress: int = 0
    idle_s: float = 0.0
    busy_s: float = 0.0
    refused_s: float = 0.0


def recompute(
    events: Sequence[Event], workers: int, limit: int, weights: Mapping[int, float]
) -> Recomputation:
    result = Recomputation()
    partitions = sorted({e.partition for e in events if isinstance(e, Arrived)})
    weight = {p: weights.get(p, 1.0) for p in partitions}
    waiting = dict.fromkeys(partitions, 0)
    in_service = dict.fromkeys(partitions, 0)
    arrived = dict.fromkeys(partitions, 0)
    served = dict.fromkeys(partitions, 0)
    fluid = dict.fromkeys(partitions, 0.0)
    opened: dict[int, tuple[int, float | None]] = {}
    dispatched: list[int] = []
    contended: list[bool] = []
    backlogged_before: list[set[int]] = []
    in_progress: set[int] = set()
    state = ["asking"] * workers
    now = 0.0

    def eligible() -> list[int]:
        return [p for p in partitions if waiting[p] and (not limit or in_service[p] < limit)]

    def backlogged() -> list[int]:
        return [p for p in partitions if waiting[p]]

    def total(of: Sequence[int]) -> float:
        return sum(weight[p] for p in of)

    def reopen() -> None:
        for p in eligible():
            opened.setdefault(p, (len(dispatched), None))

    def wait_of(p: int) -> float:
        since, length = opened[p]
        at_least = total(backlogged())
        return (len(dispatched) - since) * weight[p] / max(length or 0.0, at_least)

    for event in events:
        spare = len(eligible()) if limit else sum(waiting.values())
        span = max(0.0, event.at - now)
        now = max(now, event.at)
        idle = sum(each != "busy" for each in state)
        asking = sum(each == "asking" for each in state)
        result.busy_s += span * (workers - idle)
        result.idle_s += span * min(idle, spare)
        result.refused_s += span * max(0, min(idle, spare) - asking)

        if isinstance(event, Arrived):
            waiting[event.partition] += event.tasks
            arrived[event.partition] += event.tasks
            fluid[event.partition] += event.tasks
        elif isinstance(event, Polled):
            if state[event.worker] == "asking":
                state[event.worker] = "refused"
        elif isinstance(event, Finished):
            state[event.worker] = "asking"
            p = event.partition
            in_service[p] -= 1
            if not waiting[p] and not in_service[p]:
                in_progress.discard(p)
        elif isinstance(event, PickedUp):
            p = event.partition
            choice = eligible()
            hungry = sum(each != "busy" for each in state)
            contended.append(len(choice) > hungry)
            backlogged_before.append(set(backlogged()))
            for each, (since, length) in list(opened.items()):
                if length is None:
                    opened[each] = (since, total(backlogged()))
            wait = wait_of(p)
            result.worst_wait[p] = max(result.worst_wait.get(p, 0.0), wait)
            result.first_wait.setdefault(p, wait)
            del opened[p]
            result.debt_max = max(result.debt_max, arrived[p] - fluid[p] - served[p])
            unrivaled = not contended[-1] and len(backlogged()) > 1
            if unrivaled and fluid[p] > 1 - 1e-9:
                result.rounds += 1 / total([each for each in partitions if fluid[each] > 1e-9])
                fluid[p] -= 1
            else:
                result.rounds += pour(fluid, weight)
            served[p] += 1
            waiting[p] -= 1
            in_service[p] += 1
            state[event.worker] = "busy"
            in_progress.add(p)
            result.peak_in_progress = max(result.peak_in_progress, len(in_progress))
            dispatched.append(p)
        reopen()

    for p in opened:
        result.worst_wait[p] = max(result.worst_wait.get(p, 0.0), wait_of(p))
        result.first_wait.setdefault(p, wait_of(p))
    for p in partitions:
        result.worst_wait.setdefault(p, 0.0)
        result.debt[p] = arrived[p] - fluid[p] - served[p]
    result.debt_max = max([result.debt_max, *result.debt.values()])
    result.contended_share = sum(contended) / len(contended) if contended else 0.0
    result.jain = mean_jain(dispatched, contended, backlogged_before, weight)
    return result


def pour(fluid: dict[int, float], weight: Mapping[int, float]) -> float:
    """Take one task out of the fluid, in proportion to the weights of those that have any.

    Returns the rounds this was worth: tasks per unit of weight.
    """
    left, rounds = 1.0, 0.0
    while left > 1e-12:
        full = [p for p, amount in fluid.items() if amount > 1e-9]
        if not full:
            break
        share = sum(weight[p] for p in full)
        step = min([left / share, *(fluid[p] / weight[p] for p in full)])
        rounds += step
        for p in full:
            fluid[p] -= step * weight[p]
        left -= step * share
    return rounds


def mean_jain(
    dispatched: Sequence[int],
    contended: Sequence[bool],
    backlogged: Sequence[set[int]],
    weight: Mapping[int, float],
) -> float | None:
    """Windows of one fair round; each weighs its contended dispatches; the open one is dropped."""
    numerator = denominator = 0.0
    start = 0
    while start < len(dispatched):
        members = backlogged[start]
        end = start + max(1, round(sum(weight[p] for p in members)))
        if end > len(dispatched):
            break
        window = dispatched[start:end]
        shares = [window.count(p) / weight[p] for p in members]
        squares = sum(x * x for x in shares)
        heft = sum(contended[start:end])
        if squares:
            numerator += heft * sum(shares) ** 2 / (len(shares) * squares)
            denominator += heft
        start = end
    return numerator / denominator if denominator else None
