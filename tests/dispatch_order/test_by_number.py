"""Whatever the event loop hears first, the order by number is the order in Redis."""

from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from queue_fairness.dispatch_order import NumberOrder
from queue_fairness.dispatch_order.by_number import MOST_HELD, PATIENCE_S
from queue_fairness.events import (
    REAPER,
    Arrived,
    DequeueCost,
    Event,
    Finished,
    Joined,
    LeaseExpired,
    Left,
    PickedUp,
    Polled,
    PushBegan,
    PushEnded,
    ReplyLost,
    Settled,
)

WORKERS = 4
FREE = DequeueCost()


@dataclass
class _World:
    """A queue that numbers its steps, and workers who hear of them in an order of their own.

    Each worker asks, is answered in Redis, and hears of it, or loses the reply. One push at a time
    begins, takes place, and is heard of.
    """

    heard: list[Event] = field(default_factory=list)
    truth: dict[int, list[Event]] = field(default_factory=dict)
    """By number: the end that the step completed, and what came of it."""
    behind: dict[int, list[Event]] = field(default_factory=dict)
    """By number: what was pushed right after it."""
    lost: set[int] = field(default_factory=set)
    number: int = 0
    asked: dict[int, tuple[int, bool]] = field(default_factory=dict)
    """By worker: the step that answers it, and whether it gets a task."""
    working: dict[int, int] = field(default_factory=dict)
    ended: dict[int, Finished] = field(default_factory=dict)
    pushed: tuple[Arrived, int] | None = None
    """What is being pushed, and behind which step; -1 before it is there."""

    @property
    def now(self) -> float:
        return len(self.heard) * 1e-6

    def act(self, what: int, worker: int) -> None:
        if what < 5 and worker in self.asked:
            self.hear(worker)
        elif what < 5 and worker in self.working:
            self.end(worker)
        elif what < 8 and worker not in self.asked and worker not in self.working:
            self.number += 1
            self.asked[worker] = self.number, what < 7
        elif what == 8 and worker in self.asked:
            self.lost.add(self.asked.pop(worker)[0])
            self.heard.append(ReplyLost(self.now, worker))
        elif what == 9:
            self.push()

    def hear(self, worker: int) -> None:
        number, gets_task = self.asked.pop(worker)
        event: Event = Polled(self.now, worker, FREE, number)
        if gets_task:
            event = PickedUp(self.now, worker, number % 3, number, 0.0, FREE, number)
            self.working[worker] = number
        end = self.ended.pop(worker, None)
        self.truth[number] = [event] if end is None else [end, event]
        self.heard.append(event)

    def end(self, worker: int) -> None:
        task = self.working.pop(worker)
        self.ended[worker] = Finished(self.now, worker, task % 3, task)
        self.heard.append(self.ended[worker])

    def push(self) -> None:
        if self.pushed is None:
            arrived = Arrived(self.now, 0, len(self.heard))
            self.heard += [PushBegan(self.now), arrived]
            self.pushed = arrived, -1
        elif self.pushed[1] < 0:
            self.pushed = self.pushed[0], self.number
        else:
            arrived, number = self.pushed
            self.heard.append(PushEnded(self.now, number))
            self.behind.setdefault(number, []).append(arrived)
            self.pushed = None

    def settle(self) -> None:
        """All that is under way comes to its end; everybody is answered once more."""
        while self.pushed is not None:
            self.push()
        for worker in range(WORKERS):
            if worker in self.asked:
                self.hear(worker)
            if worker in self.working:
                self.end(worker)
        for worker in range(WORKERS):
            self.act(7, worker)
        for worker in range(WORKERS):
            self.hear(worker)

    def in_order(self) -> list[Event]:
        """All that happened, as Redis did it."""
        order = list(self.behind.get(0, ()))
        for number in range(1, self.number + 1):
            order += self.truth.get(number, ())
            order += self.behind.get(number, ())
        return order


stories = st.lists(
    st.tuples(st.integers(0, 9), st.integers(0, WORKERS - 1)), min_size=60, max_size=200
)


def _batches(events: list[Event], size: int) -> list[list[Event]]:
    return [events[at : at + size] for at in range(0, len(events), size)]


def _told(given: list[Event]) -> list[Event]:
    """What changes something for somebody."""
    return [each for each in given if not isinstance(each, Settled) or each.number]


@settings(max_examples=300, deadline=None)
@given(stories, st.integers(1, 40))
def test_every_delay_of_replies_gives_the_same_order(
    story: list[tuple[int, int]], size: int
) -> None:
    world = _World()
    for what, worker in story:
        world.act(what, worker)
    world.settle()
    order = NumberOrder(WORKERS)

    given = [each for batch in _batches(world.heard, size) for each in order.take(batch)]
    given += order.flush()

    assert _told(given) == world.in_order()
    assert order.evidence(1).unknown == len(world.lost)


@settings(max_examples=100, deadline=None)
@given(stories)
def test_nothing_is_withheld_once_all_have_heard_of_a_later_step(
    story: list[tuple[int, int]],
) -> None:
    world = _World()
    for what, worker in story:
        world.act(what, worker)
    world.settle()
    order = NumberOrder(WORKERS)

    given = [each for event in world.heard for each in order.take([event])]
    # The reaper asks now and then; a look that finds nothing says that it has no reply to come.
    for _ in range(2):
        given += order.take([Settled(world.now, REAPER, 0)])

    assert _told(given) == world.in_order()


def _picked(worker: int, number: int, at: float = 0.0) -> PickedUp:
    return PickedUp(at, worker, 0, number, 0.0, FREE, number)


def test_end_counts_when_the_queue_hears_of_it_and_keeps_its_time() -> None:
    order = NumberOrder(2)
    first, other, end, last = (
        _picked(0, 1),
        _picked(1, 2, 0.2),
        Finished(0.1, 0, 0, 1),
        _picked(0, 3, 0.3),
    )

    assert order.take([first, end, other, last]) == [first, other, end, last]


def test_what_came_of_a_step_is_given_with_it() -> None:
    order = NumberOrder(2)
    retried: list[Event] = [Arrived(0.4, 0, 1, True, 3), Settled(0.4, 0, 3)]
    reaped: list[Event] = [LeaseExpired(0.5, 0, 9, False, 2), LeaseExpired(0.5, 0, 8, False, 2)]
    begin, end = _picked(0, 1), Finished(0.3, 0, 0, 1)

    given = order.take([begin, end, *retried, *reaped, Settled(0.5, REAPER, 2)])

    assert given == [begin, *reaped, Settled(0.5, REAPER, 2), end, *retried]


def test_who_joins_and_leaves_stands_behind_what_was_heard_before() -> None:
    order = NumberOrder(2)
    end, left, joined = Finished(0.2, 1, 0, 2), Left(0.3, 1, True), Joined(0.4, 2)

    given = order.take([_picked(1, 2), end, left, joined])
    assert given == []
    assert order.take([_picked(0, 1)]) == [_picked(0, 1), _picked(1, 2), end, left, joined]


def test_lost_reply_of_a_worker_that_is_still_asking_is_given_up_in_time() -> None:
    order = NumberOrder(2)
    assert order.take([_picked(1, 2)]) == []
    assert order.take([Finished(PATIENCE_S, 1, 0, 2), _picked(1, 3, PATIENCE_S)]) == []

    given = order.take([Finished(PATIENCE_S + 0.1, 1, 0, 3)])

    assert given == [_picked(1, 2), Finished(PATIENCE_S, 1, 0, 2), _picked(1, 3, PATIENCE_S)]
    assert order.evidence(2).text == "order: 1 of 2 unknown"
    assert order.evidence(2).error_rounds is None
    assert order.evidence(2).unknown_share == 0.5
    late = _picked(0, 1, 9.0)
    assert order.take([late]) == [late], "it is counted, and has no place any more"
    assert order.evidence(3).unknown == 1


def test_no_more_is_held_than_memory_is_set_aside_for() -> None:
    order = NumberOrder(2)
    held = 0
    for number in range(2, 2 * MOST_HELD, 64):
        order.take([_picked(1, each) for each in range(number, number + 64)])
        held = max(held, len(order._held))

    assert held <= MOST_HELD + 64
    assert order.evidence(9).unknown == 1


@pytest.mark.parametrize("seq", [0, 5])
def test_numbers_that_start_again_are_given_at_once_and_counted(seq: int) -> None:
    order = NumberOrder(1)
    order.take([_picked(0, 1), Finished(0.1, 0, 0, 1), _picked(0, 2)])
    order._next = order._top = seq or order._next

    again = _picked(0, 1, 0.5)

    assert again in order.take([Finished(0.4, 0, 0, 2), again])
