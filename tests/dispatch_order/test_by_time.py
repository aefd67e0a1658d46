"""Events in the order of time, the bound on its error, and how both are said."""

import random
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from queue_fairness.dispatch_order import OrderEvidence, OrderKind, TimeOrder
from queue_fairness.dispatch_order.overlaps import TRIM_AT, Bracket, Overlaps
from queue_fairness.events import Arrived, DequeueCost, Event, Finished, PickedUp, Polled

FREE = DequeueCost()
brackets = st.lists(st.tuples(st.floats(0, 9), st.floats(0, 3)), min_size=1, max_size=60)


def _picked(at: float, worker: int, task: int, sent_at: float, partition: int = 0) -> PickedUp:
    return PickedUp(at, worker, partition, task, 0.0, FREE, 0, sent_at)


def test_dispatch_stands_where_its_command_was_sent() -> None:
    order = TimeOrder("sending time", 2, 1)
    slow, quick = _picked(0.3, 0, 0, 0.1), _picked(0.2, 1, 1, 0.15, 1)

    assert order.take([quick]) == [], "the other has been asking since before"
    assert order.take([slow]) == [slow, quick]


def test_call_stands_in_its_middle() -> None:
    order = TimeOrder("brackets", 2, 0)
    long, short = _picked(0.5, 0, 0, 0.1), _picked(0.22, 1, 1, 0.2)

    assert order.take([short, long]) == [short, long]


def test_nobody_is_served_before_he_is_there_or_while_his_lock_is_held() -> None:
    order = TimeOrder("brackets", 2, 1)
    start = Arrived(0.0, 0, 1)
    begun, end = _picked(0.1, 0, 0, 0.05), Finished(0.8, 0, 0, 0)
    came, waited = Arrived(0.4, 0, 1), _picked(0.9, 1, 1, 0.01)

    given = order.take([start, begun, came, end, waited])

    assert [*given, *order.flush()] == [start, begun, came, end, waited]


def test_worker_that_asks_for_long_holds_up_the_others_for_some_seconds() -> None:
    order = TimeOrder("sending time", 2, 1)
    begun = _picked(0.1, 0, 0, 0.05)
    assert order.take([begun]) == []

    assert order.take([Polled(3.5, 0, FREE)]) == [begun]
    assert order.take([Polled(9.0, 0, FREE)]) == [Polled(3.5, 0, FREE)]
    late = _picked(9.1, 1, 1, 0.02)

    assert order.take([late]) == [late, Polled(9.0, 0, FREE)]
    assert order.evidence(2).unknown == 1


@given(st.randoms(use_true_random=False), st.sampled_from(["sending time", "brackets"]))
def test_whatever_is_heard_first_the_order_is_that_of_time(
    chance: random.Random, kind: OrderKind
) -> None:
    order, heard = TimeOrder(kind, 4, 0), _calls(chance, workers=4)
    keys: dict[Event, float] = {
        event: (event.sent_at + (event.at if kind == "brackets" else event.sent_at)) / 2
        for event in heard
        if isinstance(event, PickedUp)
    }

    given = [each for event in heard for each in order.take([event])] + order.flush()

    assert sorted(given, key=heard.index) == heard, "each of them once"
    at = [keys.get(each, each.at) for each in given]
    assert all(before <= after for before, after in pairwise(at))
    assert order.evidence(0).unknown == 0


def _calls(chance: random.Random, workers: int) -> list[Event]:
    """Workers who call, work and call again, each at its own pace."""
    heard: list[Event] = []
    for worker in range(workers):
        now = 0.0
        for call in range(20):
            sent_at = now + 0.001 + chance.random()
            now = sent_at + chance.random()
            task = 100 * worker + call
            heard.append(_picked(now, worker, task, sent_at))
            now += chance.random() / 9
            heard.append(Finished(now, worker, 0, task))
    return sorted(heard, key=lambda event: event.at)


@given(brackets)
def test_most_overlaps_are_those_counted_one_by_one(pairs: list[tuple[float, float]]) -> None:
    made = sorted((Bracket(at, at + span, 10) for at, span in pairs), key=lambda each: each.end)
    overlaps = Overlaps()
    for each in made:
        overlaps.add(each)
    overlaps.settle(float("inf"))

    most = max(
        sum(one.begin <= other.end and other.begin <= one.end for other in made) - 1 for one in made
    )
    assert overlaps.most == most / 10


def test_old_brackets_are_dropped_and_the_bound_stays() -> None:
    overlaps = Overlaps()
    for number in range(3 * TRIM_AT):
        overlaps.add(Bracket(number, number + 2.5, 100))
        overlaps.settle(number - 10)

    assert overlaps.most == 0.04
    assert len(overlaps._ends) <= TRIM_AT + 20


@pytest.mark.parametrize(
    ("kind", "error", "unknown", "text"),
    [
        pytest.param("number", 0.0, 0, "order by number", id="exact"),
        pytest.param("number", None, 3, "order: 3 of 5,000 unknown", id="holes"),
        pytest.param("sending time", 0.1234, 0, "order ± 0.12 rounds", id="time"),
        pytest.param("brackets", None, 0, "order by brackets", id="no choice"),
        pytest.param("brackets", 1.5, 2, "order ± 1.5 rounds, 2 of 5,000 unknown", id="both"),
    ],
)
def test_evidence_in_a_few_words(
    kind: OrderKind, error: float | None, unknown: int, text: str
) -> None:
    evidence = OrderEvidence(kind=kind, error_rounds=error, unknown=unknown, dispatches=5000)

    assert evidence.text == text
    assert evidence.unknown_share == unknown / 5000


def test_nothing_is_known_of_nothing() -> None:
    evidence = OrderEvidence(kind="number", error_rounds=0.0, unknown=0, dispatches=0)

    assert (evidence.unknown_share, evidence.is_exact) == (0, True)
