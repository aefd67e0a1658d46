"""The disciplines do what their names say: else a case would ask for the wrong word."""

from collections import Counter
from functools import partial
from itertools import groupby

import pytest
from fairness.disciplines import LeastInFlight, Maker, RoundRobin, VirtualTimeByCost
from fairness.odd_disciplines import (
    Batches,
    ByJoining,
    ByName,
    GroupTurns,
    HeldBack,
    InARow,
    LastIn,
    Lottery,
    NewestReady,
    PrivateRings,
    ShardedTurns,
    Tiers,
)
from fairness.simulator import Load, batch, poisson, simulate

from queue_fairness.events import Arrived, Failed, Finished, PickedUp

ODD = (
    Batches,
    ByName,
    GroupTurns,
    InARow,
    LastIn,
    LeastInFlight,
    Lottery,
    NewestReady,
    PrivateRings,
    ShardedTurns,
    VirtualTimeByCost,
    partial(ByJoining, newest=True),
    partial(HeldBack, held={0, 1}),
    partial(Tiers, ratio=3.0),
)


def served(load: Load, discipline: Maker, seed: int = 1) -> list[int]:
    return [e.partition for e in simulate(load, discipline, seed) if isinstance(e, PickedUp)]


def drain(partitions: int, tasks: int, workers: int = 1, limit: int = 0) -> Load:
    return Load(
        partitions=partitions,
        arrivals=batch(partitions, tasks, "block"),
        workers=workers,
        limit=limit,
    )


def runs(order: list[int]) -> list[int]:
    return [len(list(same)) for _, same in groupby(order)]


@pytest.mark.parametrize("discipline", ODD)
@pytest.mark.parametrize("limit", [0, 1, 3])
def test_every_task_is_served_once_within_the_limit(discipline: Maker, limit: int) -> None:
    arrivals = sorted([*batch(12, 4, "shuffled"), *poisson([5.0] * 12, 1.0, 2)])
    load = Load(partitions=12, arrivals=arrivals, workers=4, limit=limit, jitter=0.5)
    tasks: set[int] = set()
    held = [0] * 12
    for event in simulate(load, discipline, 3):
        if isinstance(event, PickedUp):
            assert event.task not in tasks
            tasks.add(event.task)
            held[event.partition] += 1
            assert not limit or held[event.partition] <= limit
        elif isinstance(event, Finished):
            held[event.partition] -= 1

    assert len(tasks) == load.tasks


def test_held_back_come_last_or_never_or_from_a_time_on() -> None:
    load = drain(4, 5)

    last = served(load, partial(HeldBack, held={1}))
    never = served(load, partial(HeldBack, held={1}, never=True))
    later = served(load, partial(HeldBack, held={1}, never=True, from_s=8 * 0.025))

    assert last[:15] == [0, 2, 3] * 5
    assert last[15:] == [1] * 5
    assert never == [0, 2, 3] * 5
    paused = served(load, partial(HeldBack, held={1}, never=True, from_s=0.1, until_s=0.25))
    assert paused[:4] == [0, 1, 2, 3]
    assert 1 not in paused[4:10]
    assert paused[10:].count(1) == 4
    assert later[:8] == [0, 1, 2, 3] * 2
    assert 1 not in later[8:]


def test_turns_of_several_tasks() -> None:
    assert runs(served(drain(5, 9), partial(InARow, run=3))) == [3] * 15
    assert runs(served(drain(5, 9, limit=1), partial(Batches, size=3))) == [3] * 15


def test_groups_take_turns() -> None:
    order = served(drain(4, 6), partial(GroupTurns, rounds=2))

    assert order[:8] == [0, 2, 0, 2, 1, 3, 1, 3]


def test_shard_serves_its_own_by_turns() -> None:
    load = drain(30, 4, workers=5)
    of = {e.partition: e.worker for e in simulate(load, ShardedTurns, 1) if isinstance(e, PickedUp)}

    order = served(load, ShardedTurns)

    for worker in range(5):
        mine = [partition for partition in order if of[partition] == worker]
        turn = sorted(set(mine))
        assert mine == turn * 4


def test_batches_belong_to_workers() -> None:
    order = served(drain(6, 6, workers=2, limit=1), partial(Batches, size=3))

    assert order[:6] == [0, 1] * 3
    assert order[6:12] == [2, 3] * 3


@pytest.mark.parametrize("workers", [1, 3])
def test_private_rings_in_lockstep_serve_a_partition_once_per_worker(workers: int) -> None:
    assert runs(served(drain(5, 6, workers=workers), PrivateRings)) == [workers] * (30 // workers)


def test_last_task_is_served_first() -> None:
    arrivals = [Arrived(0.0, 0, 2), Arrived(0.01, 1, 1), Arrived(0.02, 2, 1)]
    load = Load(partitions=3, arrivals=arrivals, workers=1, limit=0)

    assert served(load, LastIn) == [0, 2, 1, 0]


def test_joining_is_a_priority() -> None:
    arrivals = [Arrived(0.0, 2, 3), Arrived(0.01, 0, 3), Arrived(0.03, 1, 3)]
    load = Load(partitions=3, arrivals=arrivals, workers=1, limit=0)

    assert served(load, partial(ByJoining, newest=True)) == [2, 0, 1, 1, 1, 0, 0, 2, 2]
    assert served(load, partial(ByJoining, newest=False)) == [2, 2, 2, 0, 0, 0, 1, 1, 1]


def test_tiers_have_their_ratio() -> None:
    first = Counter(served(drain(10, 40), partial(Tiers, ratio=4.0))[:250])

    assert sum(first[p] for p in range(0, 10, 2)) == pytest.approx(200, abs=10)


def test_lottery_goes_by_backlog_or_by_weight() -> None:
    load = Load(
        partitions=2,
        arrivals=[Arrived(0.0, 0, 3000), Arrived(0.0, 1, 1000)],
        weights=[1.0, 9.0],
        workers=1,
        limit=0,
    )

    assert served(load, Lottery)[:1000].count(0) == pytest.approx(750, abs=60)
    favored = served(load, partial(Lottery, favor=4.0))
    assert favored[:1000].count(0) == pytest.approx(800, abs=60)
    assert served(load, partial(Lottery, by_weight=True))[:1000].count(0) == pytest.approx(
        100, abs=40
    )


def test_virtual_time_by_cost_shares_worker_time() -> None:
    load = Load(
        partitions=2,
        arrivals=[Arrived(0.0, 0, 400), Arrived(0.0, 1, 400)],
        scale=[4.0, 1.0],
        workers=1,
        limit=0,
    )

    assert served(load, VirtualTimeByCost)[:100].count(0) == pytest.approx(20, abs=1)


def test_slow_worker_does_less() -> None:
    load = Load(
        partitions=9,
        arrivals=batch(9, 30, "block"),
        workers=2,
        slowness=[5.0, 1.0],
    )

    done = Counter(e.worker for e in simulate(load, RoundRobin, 1) if isinstance(e, PickedUp))

    assert done[0] / done[1] == pytest.approx(0.2, abs=0.02)


@pytest.mark.parametrize("at_head", [True, False])
def test_failed_tasks_come_back_at_the_head_or_the_tail(at_head: bool) -> None:
    load = Load(
        partitions=1,
        arrivals=[Arrived(0.0, 0, 3)],
        workers=1,
        failing=[1.0],
        max_attempts=2,
        retry_at_head=at_head,
    )
    events = list(simulate(load, RoundRobin, 1))

    order = [e.task for e in events if isinstance(e, PickedUp)]
    assert order == ([0, 0, 1, 1, 2, 2] if at_head else [0, 1, 2, 0, 1, 2])
    assert [e.is_dead for e in events if isinstance(e, Failed)].count(True) == 3
