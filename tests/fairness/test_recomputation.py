"""Every fold against the slow recomputation from the raw events."""

from typing import Any

import pytest
from fairness.recomputation import recompute
from fairness.simulator import DISCIPLINES, Discipline, Load, simulate
from hypothesis import given, settings
from hypothesis import strategies as st

from queue_fairness_core.events import Arrived, Event
from queue_fairness_core.fairness import FairnessFold


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
        limit=draw(st.integers(0, 2)),
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
    weights = dict(enumerate(load.weights))
    events: list[Event] = list(simulate(load, discipline, seed))
    fold = FairnessFold(load.workers, load.limit, weights)
    for event in events:
        fold.apply(event)

    measures = fold.measures()
    expected = recompute(events, load.workers, load.limit, weights)

    worst = sorted(expected.worst_wait.values()) or [0.0]
    first = sorted(expected.first_wait.values()) or [0.0]
    assert measures.worst_wait_rounds.max == pytest.approx(worst[-1])
    assert measures.worst_wait_rounds.p50 == pytest.approx(worst[(len(worst) + 1) // 2 - 1])
    assert measures.worst_wait_rounds.mean == pytest.approx(sum(worst) / len(worst))
    assert measures.first_pickup_rounds.max == pytest.approx(first[-1])
    assert measures.first_pickup_rounds.mean == pytest.approx(sum(first) / len(first))
    assert measures.debt_tasks_now == pytest.approx(max([0.0, *expected.debt.values()]), abs=1e-6)
    assert measures.debt_tasks_max == pytest.approx(expected.debt_max, abs=1e-6)
    assert measures.round_jain == (None if expected.jain is None else pytest.approx(expected.jain))
    assert measures.contended_share == pytest.approx(expected.contended_share)
    assert measures.rounds == pytest.approx(expected.rounds, rel=1e-6)
    assert measures.peak_in_progress == expected.peak_in_progress
    total = max((event.at for event in events), default=0.0) * load.workers
    if total:
        shares = measures.conservation
        assert shares.busy * total == pytest.approx(expected.busy_s)
        assert shares.load * total == pytest.approx(expected.busy_s + expected.idle_s)
        if shares.refused is not None:
            assert shares.refused * total == pytest.approx(expected.refused_s, abs=1e-9)


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
