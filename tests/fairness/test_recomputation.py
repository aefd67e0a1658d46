"""Every fold against the slow recomputation from the raw events."""

from math import isnan, sqrt
from random import Random
from typing import Any

import pytest
from fairness.disturbances import Disturbed
from fairness.orders import events as in_order
from fairness.recomputation import Recomputation, expected_critical_ratio, recompute
from fairness.simulator import DISCIPLINES, Discipline, Load, simulate
from fairness.time_shares import TimeShares, time_shares
from hypothesis import given, settings
from hypothesis import strategies as st

from queue_fairness.events import Arrived, DequeueCost, Event, PickedUp
from queue_fairness.fairness import FairnessFold, FairnessMeasures
from queue_fairness.fairness.measures import Imbalance
from queue_fairness.fairness.worker_time import WorkerTime


@st.composite
def loads(draw: Any) -> Load:
    partitions = draw(st.integers(1, 6))
    arrivals = draw(
        st.lists(
            st.builds(
                Arrived,
                st.sampled_from([0.0, 0.0, 0.1, 0.25, 0.5, 1.0, 3.0]),
                st.integers(0, partitions - 1),
                st.integers(1, 4),
            ),
            min_size=1,
            max_size=12,
        )
    )
    return Load(
        partitions=partitions,
        arrivals=sorted(arrivals),
        workers=draw(st.integers(1, 4)),
        limit=draw(st.sampled_from([0, 1, 2, 4])),
        work_s=0.1,
        jitter=draw(st.sampled_from([0.0, 0.5])),
        overhead_s=draw(st.sampled_from([0.0, 0.01])),
        until_s=draw(st.sampled_from([0.45, 1000.0])),
        weights=[float(draw(st.integers(1, 3))) for _ in range(partitions)],
    )


@settings(max_examples=150, deadline=None)
@given(load=loads(), discipline=st.sampled_from(DISCIPLINES), seed=st.integers(0, 9))
def test_folds_agree_with_the_recomputation(
    load: Load, discipline: type[Discipline], seed: int
) -> None:
    events: list[Event] = list(simulate(load, discipline, seed))

    agree(events, load.workers, load.limit, dict(enumerate(load.weights)))


@settings(max_examples=200, deadline=None)
@given(
    random=st.randoms(use_true_random=False),
    partitions=st.integers(1, 8),
    workers=st.integers(1, 5),
    limit=st.sampled_from([0, 1, 1, 2, 4]),
    weights=st.lists(st.sampled_from([1.0, 1.0, 2.0, 3.0]), min_size=8, max_size=8),
    steps=st.integers(1, 250),
)
def test_folds_agree_whatever_happens_to_the_queue(
    random: Random, partitions: int, workers: int, limit: int, weights: list[float], steps: int
) -> None:
    events = list(Disturbed(random, partitions, workers, limit).events(steps))

    agree(events, workers, limit, dict(enumerate(weights)))


@settings(max_examples=40, deadline=None)
@given(
    random=st.randoms(use_true_random=False),
    partitions=st.integers(2, 6),
    limit=st.sampled_from([0, 1, 2]),
    weights=st.lists(st.sampled_from([1.0, 1.0, 2.0]), min_size=6, max_size=6),
)
def test_folds_agree_on_long_backlogs(
    random: Random, partitions: int, limit: int, weights: list[float]
) -> None:
    """So long that windows of five turns are full, and some starve."""
    order = [p for p in range(partitions) for _ in range(random.randint(5, 25))]
    if random.random() < 0.7:
        random.shuffle(order)

    agree(list(in_order(order, 1)), 1, limit, dict(enumerate(weights)))


def test_partition_without_tasks_was_not_passed_over_when_its_pickup_is_told_early() -> None:
    told_early = PickedUp(90.0, 0, 2, 1_000, 90.0, DequeueCost())
    events: list[Event] = list(in_order([2, *[0, 1] * 40], 1))
    events += [told_early, Arrived(90.0, 2, 1)]

    measures = agree(events, 1, 1, {})

    assert measures.shares.longest_turns <= 1
    assert measures.shares.short == 0


def agree(
    events: list[Event], workers: int, limit: int, weights: dict[int, float]
) -> FairnessMeasures:
    """Every measure is what the slow way makes of the events; returns them."""
    fold = FairnessFold(workers, limit, weights)
    for event in events:
        fold.apply(event)
    measures = fold.measures()
    expected = recompute(events, workers, limit, weights)

    _agree_on_turns(measures, expected)
    _agree_on_the_order(measures, expected)
    _agree_on_debts(measures, expected, weights)
    _agree_on_windows(measures, expected)
    time, cost = time_shares(events, limit, weights)
    _agree_on_time(measures.worker_time, time)
    assert (measures.cost is None) is (not cost.ended())
    if measures.cost is not None:
        _agree_on_time(measures.cost, cost)
    _agree_on_conservation(measures, expected)
    return measures


def _agree_on_turns(measures: FairnessMeasures, expected: Recomputation) -> None:
    worst = sorted(expected.worst_wait.values()) or [0.0]
    first = sorted(expected.first_wait.values()) or [0.0]
    assert measures.worst_wait_rounds.max == pytest.approx(worst[-1])
    assert measures.worst_wait_rounds.p50 == pytest.approx(worst[(len(worst) + 1) // 2 - 1])
    assert measures.worst_wait_rounds.mean == pytest.approx(sum(worst) / len(worst))
    assert measures.first_pickup_rounds.max == pytest.approx(first[-1])
    assert measures.first_pickup_rounds.mean == pytest.approx(sum(first) / len(first))
    repeats = expected.repeat_waits
    mean = sum(repeats) / len(repeats) if repeats else 0.0
    assert measures.repeat_pickup_rounds == pytest.approx(mean)
    assert measures.round_jain == (None if expected.jain is None else pytest.approx(expected.jain))
    assert measures.contended_share == pytest.approx(expected.contended_share)
    assert measures.rounds == pytest.approx(expected.rounds, rel=1e-6)
    assert measures.peak_backlogged == expected.peak_backlogged
    if measures.victims:
        assert measures.victims[0].rounds == pytest.approx(worst[-1])
        rounds = expected.worst_wait[measures.victims[0].partition]
        assert measures.victims[0].rounds == pytest.approx(rounds)


def _agree_on_the_order(measures: FairnessMeasures, expected: Recomputation) -> None:
    mechanism = measures.mechanism
    assert mechanism.peak_in_progress == expected.peak_in_progress
    assert (mechanism.starts, mechanism.forced_starts) == (expected.starts, expected.forced_starts)
    assert mechanism.emptied == expected.emptied
    assert mechanism.tasks_per_run == pytest.approx(expected.tasks_per_run)
    assert mechanism.other_worker_share == pytest.approx(expected.other_worker_share)
    assert mechanism.tasks_per_burst == pytest.approx(expected.tasks_per_burst)
    assert mechanism.same_again_share == pytest.approx(expected.same_again_share)
    assert measures.own_worker_share == expected.own_worker_share


def _agree_on_debts(
    measures: FairnessMeasures, expected: Recomputation, weights: dict[int, float]
) -> None:
    now = max([0.0, *expected.debt.values()])
    most = max([0.0, *expected.most_owed.values()])
    assert measures.debt_tasks_now == pytest.approx(now, abs=1e-6)
    assert measures.debt_tasks_max == pytest.approx(most, abs=1e-6)
    # What nobody could take of it is dispatched, and not served by the fluid.
    total = sum(expected.debt.values())
    assert total == pytest.approx(-expected.unserved_by_fluid, abs=1e-6)
    if measures.indebted is not None and most > 1e-6:
        whose = measures.indebted.partition
        owed, rounds = measures.indebted.owed, measures.indebted.rounds
        # It may have been owed as much several times.
        assert (owed, rounds) in [pytest.approx(each, abs=1e-6) for each in expected.debts[whose]]
    _agree_on_imbalance(measures.imbalance, expected, weights)


def _agree_on_imbalance(
    imbalance: Imbalance, expected: Recomputation, weights: dict[int, float]
) -> None:
    chance = 1.0 if expected.dispersion is None else expected.dispersion
    dues = [expected.turns_due[p] * weights.get(p, 1.0) for p in expected.turns_due]
    assert imbalance.critical_ratio == pytest.approx(expected_critical_ratio(dues))
    # Of each debt one task is left out; whole tasks make a variance of a quarter.
    beyond = {p: owed - 1 for p, owed in expected.most_owed.items() if owed > 1 + 1e-6}
    squares = sum(each * each for each in beyond.values())
    by_chance = chance * sum(dues) + 0.25 * len(dues)
    now = max([0.0, *expected.debt.values()])
    # Where all is paid back it is half as much.
    by_chance *= 0.5 if now < 0.5 - 1e-6 else 1
    if dues:
        assert imbalance.ratio == pytest.approx(squares / by_chance, rel=1e-4, abs=1e-9)
    behind, far, due_behind = [], [], [(0.0, 0.0)]
    for p, owed in beyond.items():
        weight = weights.get(p, 1.0)
        after = [turns for debt, turns in expected.debts[p] if debt > owed + 1 - 2e-6]
        sigmas = [sqrt(max(1.0, each) * weight * chance) for each in after]
        sure, likely = owed > max(sigmas) + 2e-6, owed > min(sigmas) - 1e-6
        behind.append((sure, likely))
        far.append(
            (owed - 1 > 4.5 * max(sigmas) + 2e-6, owed - 1 > 4.5 * min(sigmas) - 1e-6),
        )
        due_behind.append(
            (sure * (min(after) * weight) ** 2, likely * (max(after) * weight) ** 2),
        )
    for told, bounds in ((imbalance.behind, behind), (imbalance.beyond_chance, far)):
        assert sum(sure for sure, _ in bounds) <= told <= sum(likely for _, likely in bounds)
    least, most = (sqrt(sum(column)) for column in zip(*due_behind, strict=True))
    more = sqrt(max(0.0, squares - by_chance))
    if least:
        lowest, highest = max(0.0, 1 - more / least), max(0.0, 1 - more / most)
        assert lowest - 1e-4 <= imbalance.behind_share <= highest + 1e-4
    elif not most:
        assert imbalance.behind_share == 1


def _agree_on_windows(measures: FairnessMeasures, expected: Recomputation) -> None:
    shares, windows = measures.shares, expected.shares
    assert shares.longest_turns == pytest.approx(expected.longest_turns)
    assert windows.observed <= shares.observed <= windows.most_observed
    short = round((shares.short or 0.0) * shares.observed)
    assert windows.short <= short <= windows.most_short
    if windows.is_sharp:
        assert round((shares.left_out or 0.0) * shares.observed) == windows.left_out
        beyond = [row for row in windows.instants if _is_crowd(*row, measures.partitions)]
        assert (shares.crowd is None) is (not beyond or not shares.observed)
        if shares.crowd is not None:
            found = (shares.crowd.of, shares.crowd.short, shares.crowd.left_out)
            assert found in beyond
            assert found[1] - found[0] / 8 == max(row[1] - row[0] / 8 for row in beyond)


def _is_crowd(of: int, short: int, left_out: int, partitions: int) -> bool:
    is_beyond_chance = (
        short > of / 8 + 4.5 * sqrt(of * 7 / 64) + 1
        or left_out > 0.0068 * of + 6 * sqrt(0.0068 * of) + 1
    )
    return bool(of) and is_beyond_chance and short >= max(2, partitions / 50)


def _agree_on_time(time: WorkerTime, expected: TimeShares) -> None:
    received, due = sum(expected.received.values()), sum(expected.due.values())
    scale = due / received if received else 1.0
    for told, rank in ((time.least, 1e-9), (time.median, 0.5), (time.most, 1.0)):
        part = expected.part(rank)
        if part is None or not isnan(part):
            assert told == (None if part is None else pytest.approx(part * scale, rel=1e-5))
    lag = expected.lag()
    assert time.lag_max == pytest.approx(lag, abs=1e-7)
    if lag > 1e-6:
        largest = [each for each in expected.lags if each[0] > lag - 1e-7]
        assert time.lag_partition in [whose for _, _, whose in largest]
        assert time.lag_share in [pytest.approx(lag / due, rel=1e-4) for _, due, _ in largest]
    if received:
        assert time.largest == pytest.approx(max(expected.received.values()) / received)
    ended = expected.ended()
    if ended and sum(ended) and lag:
        assert time.lag_tasks == pytest.approx(lag * len(ended) / sum(ended), abs=1e-6)


def _agree_on_conservation(measures: FairnessMeasures, expected: Recomputation) -> None:
    total, shares = expected.total_s, measures.conservation
    if not total:
        return
    assert shares.busy * total == pytest.approx(expected.busy_s)
    assert shares.load * total == pytest.approx(expected.busy_s + expected.idle_s)
    if shares.idle_refused is not None:
        assert shares.idle_refused * total == pytest.approx(expected.refused_s, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(load=loads(), discipline=st.sampled_from(DISCIPLINES))
def test_heat_map_holds_every_dispatch_and_every_owed_round(
    load: Load, discipline: type[Discipline]
) -> None:
    fold = FairnessFold(load.workers, load.limit, dict(enumerate(load.weights)))
    for event in simulate(load, discipline, 1):
        fold.apply(event)

    picture = fold.heat_map()

    assert sum(map(sum, picture.served)) == fold.measures().dispatches
    for served, owed in zip(picture.served, picture.owed, strict=True):
        assert all(o > 0 for s, o in zip(served, owed, strict=True) if s)
