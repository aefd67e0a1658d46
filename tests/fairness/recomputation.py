"""The measures once more, slowly and obviously, from the whole list of events.

Written from the definitions in the module docstrings: sets and sums over all partitions at every
event, whole lists of what happened, and nothing that is kept up to date by differences.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import ceil, inf, sqrt

from fairness.queue_history import (
    NOTHING,
    Dispatch,
    FairBacklog,
    Fluid,
    History,
    Queue,
    longest_turns,
)

from queue_fairness.events import (
    Arrived,
    Event,
    Failed,
    Finished,
    Joined,
    LeaseExpired,
    Left,
    PickedUp,
    Polled,
)


@dataclass
class Recomputation:
    worst_wait: dict[int, float] = field(default_factory=dict)
    first_wait: dict[int, float] = field(default_factory=dict)
    repeat_waits: list[float] = field(default_factory=list)
    debt: dict[int, float] = field(default_factory=dict)
    most_owed: dict[int, float] = field(default_factory=dict)
    debts: dict[int, list[tuple[float, float]]] = field(default_factory=dict)
    """What a partition was owed at each pickup and at the end, with the turns of its own with tasks
    waiting that it had had by then."""
    turns_due: dict[int, float] = field(default_factory=dict)
    """The same at the end."""
    jain: float | None = None
    dispersion: float | None = None
    contended_share: float = 0.0
    rounds: float = 0.0
    turns: float = 0.0
    peak_backlogged: int = 0
    peak_in_progress: int = 0
    starts: int = 0
    forced_starts: int = 0
    emptied: int = 0
    tasks_per_run: float = 0.0
    other_worker_share: float = 0.0
    tasks_per_burst: float = 0.0
    same_again_share: float = 0.0
    own_worker_share: float | None = None
    idle_s: float = 0.0
    busy_s: float = 0.0
    refused_s: float = 0.0
    total_s: float = 0.0
    longest_turns: float = 0.0
    """The longest between two pickups of a backlog, or its begin or the end, in its own turns."""
    shares: "Windows" = field(default_factory=lambda: Windows(0, 0, 0, 0, 0, True))
    unserved_by_fluid: float = 0.0
    """Tasks dispatched that the fluid had nobody to give to."""


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows observed, short and left out: at least, and at most where rounding decides."""

    observed: int
    most_observed: int
    short: int
    most_short: int
    left_out: int
    is_sharp: bool
    """Whether rounding decides nothing."""
    instants: tuple[tuple[int, int, int], ...] = ()
    """The same by whole turn, and last as of now."""


def recompute(
    events: Sequence[Event], workers: int, limit: int, weights: Mapping[int, float]
) -> Recomputation:
    """All of it, O(P) or worse an event."""
    result = Recomputation()
    names = sorted({e.partition for e in events if isinstance(e, Arrived | PickedUp)})
    weight = {p: weights.get(p, 1.0) for p in names}
    queue = Queue(names, weight, limit)
    fluid, fair_backlog = Fluid(queue), FairBacklog(queue)
    arrived, served = dict.fromkeys(names, 0), dict.fromkeys(names, 0)
    opened: dict[int, float] = {}
    own_turns, due = dict.fromkeys(names, 0.0), dict.fromkeys(names, 0.0)
    history = {p: History() for p in names}
    dispatches: list[Dispatch] = []
    in_progress: set[int] = set()
    ever_empty: set[int] = set()
    early: dict[int, int] = {}
    state = dict.fromkeys(range(workers), "dequeuing")
    barred: set[int] = set()
    now = 0.0

    def settle() -> None:
        for p in queue.eligible():
            opened.setdefault(p, result.rounds)
        for p in list(opened):
            if p not in queue.eligible():
                del opened[p]
        for p in list(in_progress):
            if queue.waiting[p] <= 0 and queue.slots[p] == 0:
                in_progress.discard(p)
                ever_empty.add(p)
        for p in queue.backlogged():
            if not history[p].is_open:
                history[p].begin(own_turns[p], result.turns)
        result.peak_backlogged = max(result.peak_backlogged, len(queue.backlogged()))

    def arrive(p: int, tasks: int) -> None:
        queue.waiting[p] += tasks
        arrived[p] += tasks
        fluid.left[p] += tasks
        fair_backlog.left[p] += tasks

    for event in events:
        span, now = max(0.0, event.at - now), max(now, event.at)
        idle = sum(each != "busy" for each in state.values())
        dequeuing = sum(each == "dequeuing" for each in state.values())
        usable = min(idle, queue.claimable())
        result.total_s += span * len(state)
        result.busy_s += span * (len(state) - idle)
        result.idle_s += span * usable
        result.refused_s += span * max(0, usable - dequeuing)

        if isinstance(event, Arrived):
            arrive(event.partition, event.tasks)
        elif isinstance(event, Polled):
            queue.hear(event.worker)
            if state[event.worker] != "busy":
                state[event.worker] = "refused"
                if queue.claimable():
                    barred.add(event.worker)
        elif isinstance(event, Finished | Failed):
            queue.end(event)
            if state.get(event.worker) == "busy":
                state[event.worker] = "dequeuing"
        elif isinstance(event, Joined):
            state[event.worker] = "dequeuing"
        elif isinstance(event, Left):
            queue.hear(event.worker)
            del state[event.worker]
            barred.discard(event.worker)
        elif isinstance(event, LeaseExpired):
            if early.get(event.task):
                early[event.task] -= 1
                continue
            if event.task in queue.holder:
                del queue.holder[event.task]
                queue.slots[event.partition] -= 1
            settle()
            arrive(event.partition, 1)
        elif isinstance(event, PickedUp):
            p, worker = event.partition, event.worker
            queue.hear(worker)
            for other in [w for w, whose in queue.unheard.items() if whose == p]:
                if queue.slots[p] >= queue.limit:
                    queue.hear(other)
            settle()
            free = sum(each != "busy" and w not in barred for w, each in state.items())
            free += worker in barred
            state[worker] = "busy"
            barred.discard(worker)
            redelivered = event.task in queue.holder
            queue.holder[event.task] = worker
            if redelivered:
                early[event.task] = early.get(event.task, 0) + 1
                continue
            choice, backlogged = queue.eligible(), queue.backlogged()
            contended = len(choice) > 1 and queue.claimable() > max(1, free)
            dispatches.append(
                Dispatch(p, worker, contended, frozenset(backlogged), now, result.turns)
            )
            if not served[p] and len(dispatches) > (workers if limit else 1):
                result.starts += 1
                result.forced_starts += not any(served[each] for each in choice)
            wait = (result.rounds - opened.pop(p, result.rounds)) * weight[p]
            result.worst_wait[p] = max(result.worst_wait.get(p, 0.0), wait)
            if served[p]:
                result.repeat_waits.append(wait)
            else:
                result.first_wait[p] = wait
            owed = arrived[p] - served[p] - fluid.left[p]
            result.debts.setdefault(p, []).append((owed, due[p]))
            with_room = set(names) - queue.full()
            in_round = max(queue.total(fair_backlog.any_left()), queue.total(backlogged))
            in_turn = max(queue.total(fluid.any_left() & with_room), queue.total(choice))
            if queue.waiting[p] > 0:
                history[p].pickups.append((own_turns[p], result.turns))
            fluid.pour()
            fair_backlog.pour()
            served[p] += 1
            queue.waiting[p] -= 1
            queue.slots[p] += 1
            if queue.waiting[p] == 0:
                history[p].end()
            result.rounds += 1 / in_round if in_round else 0.0
            step = 1 / in_turn if in_turn else 0.0
            result.turns += step
            for each in with_room:
                own_turns[each] += step
                due[each] += step if queue.waiting[each] > 0 else 0.0
            in_progress.add(p)
            result.peak_in_progress = max(result.peak_in_progress, len(in_progress))
        settle()

    for p, since in opened.items():
        wait = (result.rounds - since) * weight[p]
        result.worst_wait[p] = max(result.worst_wait.get(p, 0.0), wait)
        if not served[p]:
            result.first_wait[p] = wait
    for p in names:
        result.worst_wait.setdefault(p, 0.0)
        result.debt[p] = arrived[p] - fluid.left[p] - served[p]
        result.turns_due[p] = due[p]
        result.debts.setdefault(p, []).append((result.debt[p], due[p]))
        result.most_owed[p] = max(0.0, *(owed for owed, _ in result.debts[p]))
    result.contended_share = _mean([each.contended for each in dispatches])
    result.jain, result.dispersion = rounds_of(dispatches, weight)
    result.emptied = len(ever_empty)
    _runs(result, dispatches, workers)
    result.unserved_by_fluid = fluid.at_hand
    result.longest_turns = longest_turns(history, weight, own_turns)
    result.shares = windows(history, weight, own_turns, result.turns, dispatches)
    return result


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values) if values else 0.0


def _runs(result: Recomputation, dispatches: Sequence[Dispatch], workers: int) -> None:
    """Tasks in a row of one partition, and who took them."""
    pairs = list(pairwise(dispatches))
    in_a_row = [(a, b) for a, b in pairs if a.partition == b.partition]
    if dispatches:
        result.tasks_per_run = len(dispatches) / (len(dispatches) - len(in_a_row))
    result.other_worker_share = _mean([a.worker != b.worker for a, b in in_a_row])
    places = list(enumerate(dispatches))
    close = 0
    for p in {each.partition for each in dispatches}:
        own = [(at, each.worker) for at, each in places if each.partition == p]
        close += sum(b - a <= 2 * workers and v != w for (a, v), (b, w) in pairwise(own))
    if dispatches:
        result.tasks_per_burst = len(dispatches) / (len(dispatches) - close)
    of_worker = [[e for e in dispatches if e.worker == w] for w in {e.worker for e in dispatches}]
    after = [pair for own in of_worker for pair in pairwise(own)]
    result.same_again_share = _mean([a.partition == b.partition for a, b in after])
    by = [[e.worker for e in dispatches if e.partition == p] for p in result.worst_wait]
    several = [each for each in by if len(each) >= 3]
    if several:
        result.own_worker_share = _mean([len(set(each)) == 1 for each in several])


def rounds_of(
    dispatches: Sequence[Dispatch], weight: Mapping[int, float]
) -> tuple[float | None, float | None]:
    """Jain's index and the dispersion, over windows of one fair round.

    Each weighs its contended dispatches; the open one is dropped, and such as served only others.
    """
    known = [each for each in dispatches if each.backlogged]
    jain = dispersion = heft = 0.0
    start = 0
    while start < len(known):
        members = known[start].backlogged
        end = start + max(1, round(sum(weight[p] for p in members)))
        if end > len(known):
            break
        window = known[start:end]
        tasks = {p: sum(each.partition == p for each in window) for p in members}
        contended = sum(each.contended for each in window)
        if any(tasks.values()):
            shares = [tasks[p] / weight[p] for p in members]
            squares = sum(x * x for x in shares)
            jain += contended * sum(shares) ** 2 / (len(shares) * squares)
            dispersion += contended * _mean(
                [(tasks[p] - weight[p]) ** 2 / weight[p] for p in members]
            )
            heft += contended
        start = end
    return (jain / heft, dispersion / heft) if heft else (None, None)


def windows(
    history: Mapping[int, History],
    weight: Mapping[int, float],
    own_turns: Mapping[int, float],
    turns: float,
    dispatches: Sequence[Dispatch],
) -> Windows:
    """Who had received how much in the last five turns that were due to it, at each whole turn.

    A partition's own clock between two pickups is counted back from the later one; whoever is
    before its last pickup by that is at its limit, and not short.
    """
    latest = max((each.turns for each in dispatches), default=-1.0)
    samples = [float(t) for t in range(int(turns) + 1) if t <= latest]
    bounds = []
    for slack in (NOTHING, -NOTHING):
        rows = []
        for at in [*samples, inf]:
            row = [0, 0, 0]
            for p, each in history.items():
                backlogs = [*each.backlogs]
                if each.is_open:
                    backlogs.append(([*each.pickups, (own_turns[p], turns)], True))
                for pickups, is_open in backlogs:
                    found = _look(pickups, is_open, 5 / weight[p], at, slack)
                    row = [a + b for a, b in zip(row, found, strict=True)]
            rows.append((row[0], row[1], row[2]))
        bounds.append(rows)
    low, high = ([sum(column) for column in zip(*rows[:-1], strict=True)] for rows in bounds)
    low, high = low or [0, 0, 0], high or [0, 0, 0]
    return Windows(
        low[0], high[0], low[1], high[1], low[2], bounds[0] == bounds[1], tuple(bounds[0])
    )


def _look(
    pickups: Sequence[tuple[float, float]],
    is_open: bool,
    window: float,
    at: float,
    slack: float,
) -> tuple[int, int, int]:
    """Whether one backlog is observed at that turn, short, and left out."""
    (began, since), (ended, until) = pickups[0], pickups[-1]
    if ended < began + window + slack:
        return (0, 0, 0)
    if at == inf:
        if not is_open:
            return (0, 0, 0)
        own, before = ended, pickups[:-1]
    else:
        if not since + window + slack <= at < until - slack:
            return (0, 0, 0)
        following = next(each for each in pickups if each[1] > at + slack)
        own = following[0] - (following[1] - at)
        before = pickups[: pickups.index(following)]
    last = before[-1][0]
    third = before[-3][0] if len(before) >= 3 else began
    if own < last + slack:
        return (1, 0, 0)
    short = own >= third + window + slack
    return (1, int(short), int(short and own >= last + window + slack))


def expected_critical_ratio(dues: Sequence[float]) -> float:
    """Wilson and Hilferty's chi squared at 4.5 sigma, over its degrees of freedom."""
    squares = sum(due * due for due in dues)
    freedom = max(1.0, sum(dues) ** 2 / squares) if squares else 1.0
    return (1 - 2 / (9 * freedom) + 4.5 * sqrt(2 / (9 * freedom))) ** 3


def nearest_rank(values: Sequence[float], share: float) -> float:
    """The smallest value that this share of them does not exceed."""
    return sorted(values)[ceil(share * len(values)) - 1]
