"""The simulator keeps the rules of the queue it stands for."""

import pytest
from fairness.simulator import DISCIPLINES, Discipline, Load, batch, poisson, simulate, zipf

from queue_fairness.events import Arrived, Finished, PickedUp


@pytest.mark.parametrize("discipline", DISCIPLINES)
@pytest.mark.parametrize("limit", [0, 1, 3])
@pytest.mark.parametrize("order", ["block", "shuffled", "interleaved"])
def test_every_task_is_served_once_and_no_worker_does_two(
    discipline: type[Discipline], limit: int, order: str
) -> None:
    load = Load(partitions=20, arrivals=batch(20, 5, order), workers=4, limit=limit, jitter=0.5)
    tasks, busy, held, last = set(), set(), [0] * 20, 0.0
    for event in simulate(load, discipline, 3):
        assert event.at >= last
        last = event.at
        if isinstance(event, PickedUp):
            assert event.worker not in busy
            assert event.task not in tasks
            assert not limit or held[event.partition] < limit
            busy.add(event.worker)
            tasks.add(event.task)
            held[event.partition] += 1
        elif isinstance(event, Finished):
            busy.remove(event.worker)
            held[event.partition] -= 1

    assert tasks == set(range(100))
    assert not busy


@pytest.mark.parametrize("discipline", DISCIPLINES)
def test_seed_is_a_run(discipline: type[Discipline]) -> None:
    load = Load(partitions=5, arrivals=poisson([20.0] * 5, 2, 7), workers=2, jitter=0.3)

    assert list(simulate(load, discipline, 1)) == list(simulate(load, discipline, 1))


def test_poisson_has_its_rate() -> None:
    arrivals = poisson([100.0, 300.0], 20, 1)

    counts = [sum(each.partition == p for each in arrivals) for p in (0, 1)]
    assert counts[0] == pytest.approx(2000, rel=0.1)
    assert counts[1] == pytest.approx(6000, rel=0.1)
    assert arrivals == sorted(arrivals)


def test_zipf_follows_the_rank() -> None:
    tasks = zipf(100, 10_000)

    assert tasks[0] == pytest.approx(10 * tasks[9], rel=0.02)
    assert sum(tasks) == pytest.approx(10_000, rel=0.02)


def test_orders_of_arrival() -> None:
    assert batch(2, 2, "block") == [Arrived(0.0, 0, 2), Arrived(0.0, 1, 2)]
    assert [each.partition for each in batch(2, 2, "interleaved")] == [0, 1, 0, 1]
    assert sorted(batch(9, 9, "shuffled", 1)) == sorted(batch(9, 9, "interleaved"))
