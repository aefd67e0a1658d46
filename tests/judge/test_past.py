"""Columns of what is over give the measures of the same events, one by one."""

import dataclasses
import math
import random
import subprocess
from collections import defaultdict
from collections.abc import Callable, Iterator
from heapq import heappop, heappush

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queue_fairness.events import Arrived, DequeueCost, Event, Finished, PickedUp
from queue_fairness.fairness.fold import FairnessFold
from queue_fairness.judge import JobRow, Jobs, fold, halves, jobs_of
from queue_fairness.judge.line_up import NO_WINDOW, LineUp, Window, line_up
from queue_fairness.metrics.counters import Counters
from queue_fairness.plan import Plan, Source
from queue_fairness.plan.observed import ObservedPlan
from queue_fairness.trace.picture import picture

BEGIN = 1_700_000_000
FREE = DequeueCost()
NS = 1e-9
PLAN = Plan()
SOURCE = Source(name="jobs.csv", command="judge jobs.csv")


def made(
    seed: int,
    rows: int,
    tenants: int,
    grain_s: float = 1e-6,
    open_share: float = 0.0,
    limit: int = 0,
) -> Jobs:
    """Jobs by chance, their times in whole grains: some never taken, some in service.

    Of one tenant at most `limit` are done at once, 0 for any number; those in service do not count.
    """
    chance = random.Random(seed)
    workers = [0.0] * chance.randint(1, 9)
    load = chance.choice((0.5, 0.95, 2.0))
    found = []
    ends: dict[int, list[float]] = defaultdict(list)
    now = 0.0
    for _ in range(rows):
        now += chance.expovariate(load * len(workers)) * chance.choice((0, 1, 1))
        worker = min(range(len(workers)), key=workers.__getitem__)
        tenant = int(tenants * chance.random() ** 2)
        room = heappop(ends[tenant]) if limit and len(ends[tenant]) >= limit else 0.0
        at = max(now, workers[worker], room)
        done = workers[worker] = at + chance.choice((0.0, chance.expovariate(1.0)))
        heappush(ends[tenant], done)
        ready, started, finished = (
            BEGIN + math.floor(each / grain_s) * grain_s for each in (now, at, done)
        )
        kind = chance.random()
        found.append(
            JobRow(
                tenant=f"t{tenant}",
                ready=ready,
                started=None if kind < open_share else started,
                finished=None if kind < 2 * open_share else finished,
                worker=f"w{worker}" if seed % 2 else None,
                cost=chance.choice((None, 1.0, 12.5)) if seed % 3 == 0 else None,
            )
        )
    return jobs_of(found)


def most_at_once(jobs: Jobs, lined: LineUp) -> int:
    busy: dict[int, int] = defaultdict(int)
    most = 0
    for step in lined.starts_and_ends:
        busy[jobs.partition[max(step, ~step)]] += 1 if step >= 0 else -1
        most = max(most, busy[jobs.partition[max(step, ~step)]])
    return most


def events_of(jobs: Jobs, lined: LineUp) -> Iterator[Event]:
    """What happened, in order."""
    zero, partition, ready, started = lined.zero, jobs.partition, jobs.ready, jobs.started
    finished, worker, cost, tick = jobs.finished, lined.worker, jobs.cost, lined.tick
    ends: list[tuple[int, int]] = []
    """The jobs in service, a heap by their ends."""

    def end() -> Finished:
        _, job = heappop(ends)
        at = finished[job]
        told = cost[job] if cost else None
        known = told if told == told else None  # NaN for none
        return Finished((at - zero) * NS, worker[job], partition[job], job, False, known)

    arrivals = iter(lined.by_ready)
    coming = next(arrivals, -1)
    for job in lined.by_start:
        at = started[job]
        while coming >= 0 and ready[coming] <= at:
            since = ready[coming]
            while ends and ends[0][0] < since:
                yield end()
            yield Arrived(max(0, since - zero) * NS, partition[coming], 1)
            coming = next(arrivals, -1)
        while ends and ends[0][0] <= at:
            yield end()
        waits_since = (ready[job] - zero) * NS
        yield PickedUp((at - zero) * NS, worker[job], partition[job], job, waits_since, FREE)
        heappush(ends, (max(at, finished[job] - tick), job))
    while coming >= 0:
        while ends and ends[0][0] < ready[coming]:
            yield end()
        yield Arrived(max(0, ready[coming] - zero) * NS, partition[coming], 1)
        coming = next(arrivals, -1)
    while ends and ends[0][0] <= lined.end:
        yield end()


def fold_events(plan: ObservedPlan, jobs: Jobs, lined: LineUp) -> tuple[Counters, FairnessFold]:
    """Fold event by event, as in a run."""
    counters = Counters(plan)
    fold = FairnessFold(plan.workers, lined.limit, lined.weights)
    fold.hears_at_once = True
    for event in events_of(jobs, lined):
        counters.apply(event)
        fold.apply(event)
    counters.sums.flush()
    return counters, fold


def both(
    jobs: Jobs, window: Window, *, alone: bool = True, limit: bool = False, weights: bool = False
) -> tuple[object, object]:
    """What is measured of events, and of columns."""
    lined = line_up(jobs, None, window)
    tenants = range(len(lined.sizes))
    shares = {each: 1.0 + each % 3 * 0.75 for each in tenants if weights and each % 3}
    lined = dataclasses.replace(
        lined, limit=most_at_once(jobs, lined) if limit else 0, weights=shares
    )
    plan = fold._plan(jobs, lined, SOURCE, "turns")
    seen = []
    for counters, measures in (
        fold_events(plan, jobs, lined),
        halves.fold_past(fold._past(jobs, lined), plan, lambda _: None, alone=alone),
    ):
        snapshot = picture(plan, counters, fold._known(plan, lined, counters), lined.order)
        seen.append(
            (
                measures.measures(),
                measures.heat_map(),
                measures.worst_now(40),
                measures.worst_waits(),
                dataclasses.replace(snapshot, plan=PLAN),
            )
        )
    return seen[0], seen[1]


def differences(one: object, other: object, path: str = "") -> list[str]:
    """Where two results differ, by more than what rounding explains."""
    if isinstance(one, float) and isinstance(other, float):
        is_same = math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
        return [] if is_same else [f"{path}: {one} {other}"]
    if dataclasses.is_dataclass(one):
        names = [each.name for each in dataclasses.fields(one)]
    elif hasattr(one, "__slots__") and type(one).__module__.startswith("queue_fairness"):
        names = list(one.__slots__)
    else:
        names = []
    if names:
        found = (differences(getattr(one, n), getattr(other, n), f"{path}.{n}") for n in names)
        return [each for some in found for each in some]
    if isinstance(one, dict) and isinstance(other, dict):
        return differences(list(one.items()), list(other.items()), path)
    if isinstance(one, list | tuple | memoryview) or type(one).__name__ == "array":
        ours, theirs = list(one), list(other)  # type: ignore[call-overload]
        if len(ours) != len(theirs):
            return [f"{path}: {len(ours)} and {len(theirs)} values"]
        pairs = enumerate(zip(ours, theirs, strict=True))
        some = (differences(mine, its, f"{path}[{at}]") for at, (mine, its) in pairs)
        return [each for found in some for each in found]
    return [] if one == other else [f"{path}: {one} {other}"]


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    rows=st.integers(1, 600),
    tenants=st.sampled_from((1, 3, 40, 400)),
    grain_s=st.sampled_from((1e-6, 1e-3, 1.0)),
    open_share=st.sampled_from((0.0, 0.05)),
)
def test_columns_and_events_agree(
    seed: int, rows: int, tenants: int, grain_s: float, open_share: float
) -> None:
    events, columns = both(made(seed, rows, tenants, grain_s, open_share), NO_WINDOW)

    assert differences(events, columns) == []


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    rows=st.integers(1, 400),
    limit=st.integers(0, 3),
    weights=st.booleans(),
    grain_s=st.sampled_from((1e-6, 1e-3, 1.0)),
    open_share=st.sampled_from((0.0, 0.05)),
)
def test_they_agree_under_limits_weights_and_costs(
    seed: int, rows: int, limit: int, weights: bool, grain_s: float, open_share: float
) -> None:
    jobs = made(seed, rows, 40, grain_s, open_share, limit)
    events, columns = both(jobs, NO_WINDOW, limit=limit > 0, weights=weights)

    assert differences(events, columns) == []


def test_they_agree_on_a_part() -> None:
    begin = (BEGIN + 20) * 10**9
    events, columns = both(made(5, 2000, 50), Window(begin, begin + 60 * 10**9))

    assert differences(events, columns) == []


@pytest.mark.parametrize("tenants", [30, 3000])
def test_they_agree_over_many_chunks(tenants: int) -> None:
    events, columns = both(made(4, 20_000, tenants, 1e-3), NO_WINDOW)

    assert differences(events, columns) == []


def test_a_second_process_gives_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(halves, "WORTH_IT", 0)
    events, columns = both(made(3, 3000, 60, open_share=0.02), NO_WINDOW, alone=False)

    assert differences(events, columns) == []


@pytest.mark.parametrize("when", [0, 3000])
def test_a_second_process_that_dies_is_done_without(
    monkeypatch: pytest.MonkeyPatch, when: int
) -> None:
    started: list[subprocess.Popen[bytes]] = []
    popen: Callable[..., subprocess.Popen[bytes]] = subprocess.Popen

    def doomed(*arguments: object, **options: object) -> subprocess.Popen[bytes]:
        started.append(popen(*arguments, **options))
        if not when:
            started[-1].kill()
        return started[-1]

    def kill(_: float) -> None:
        if when:
            started[-1].kill()

    monkeypatch.setattr(halves, "WORTH_IT", 0)
    monkeypatch.setattr(subprocess, "Popen", doomed)
    jobs = made(3, 3000, 60)
    lined = dataclasses.replace(line_up(jobs, None), limit=0)
    plan = fold._plan(jobs, lined, SOURCE, "turns")
    past = fold._past(jobs, lined)
    _, measured = halves.fold_past(past, plan, kill, alone=False)
    _, alone = halves.fold_past(past, plan, lambda _: None, alone=True)

    assert differences(alone.measures(), measured.measures()) == []
    assert started[-1].returncode is not None


def test_who_gives_up_leaves_no_process(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[subprocess.Popen[bytes]] = []
    popen: Callable[..., subprocess.Popen[bytes]] = subprocess.Popen

    def kept(*arguments: object, **options: object) -> subprocess.Popen[bytes]:
        started.append(popen(*arguments, **options))
        return started[-1]

    def give_up(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(halves, "WORTH_IT", 0)
    monkeypatch.setattr(subprocess, "Popen", kept)
    jobs = made(3, 3000, 60)
    lined = dataclasses.replace(line_up(jobs, None), limit=0)
    with pytest.raises(KeyboardInterrupt):
        halves.fold_past(
            fold._past(jobs, lined),
            fold._plan(jobs, lined, SOURCE, "turns"),
            give_up,
            alone=False,
        )

    assert started[-1].returncode is not None
