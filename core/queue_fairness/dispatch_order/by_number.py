"""The exact order, by the number that the queue gives each of its steps.

```
number      7        8        9   │  10       11   │  12
heard       ✓        ✓        ✓   │   -        ✓   │   ✓         next = 10
            given to the fold     │  a hole        held
```

Each step is passed on with its consequences: first the end of the task that it completes, then what
it put back into the queue, then the dispatch. A hole is filled when its reply comes. It is given up
once every worker that was asking at that step has heard of a later one or has lost its connection,
or when too many steps wait for it.
"""

from collections.abc import Sequence

from queue_fairness.dispatch_order.evidence import OrderEvidence
from queue_fairness.events import (
    REAPER,
    Arrived,
    Event,
    Failed,
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

PATIENCE_S = 3.0
"""How long a step that was not heard of is waited for. A worker that is still asking may get its
reply later, but the live measures are not to stand still."""
MOST_HELD = 65_536
"""Most steps that wait for an earlier one, some 20 MB of them."""
OPEN = 2**63
"""Above every number."""

Step = tuple[Event | None, Event]
"""The end that a call brought along, if there was one, and what the queue answered."""


class NumberOrder:
    """Puts events in the order of the queue's numbers; amortized O(1) an event.

    Args:
        workers: How many ask from the start, >= 1.
    """

    def __init__(self, workers: int) -> None:
        self._next = 1
        self._top = 0
        """The highest number heard of."""
        self._held: dict[int, Step] = {}
        """By number: steps that wait for an earlier one."""
        self._ends: dict[int, Event] = {}
        """By worker: the end of its task, which the queue has not heard of."""
        self._floors: dict[int, int] = {}
        """By worker: the highest number heard of when its last task ended."""
        self._asking: dict[int, int] = dict.fromkeys((REAPER, *range(workers)), 0)
        """The same for those that ask without such an end."""
        self._unnumbered: set[int] = set()
        """Workers whose task has no number."""
        self._causes: dict[int, list[Event]] = {}
        """By number: what was said to come of a step, before the step itself."""
        self._after: dict[int, list[Event]] = {}
        """By number: what came to be true after a step."""
        self._arriving: list[Event] = []
        """Tasks on their way into the queue."""
        self._pushed = 0
        """The last step before the last push."""
        self._gate = OPEN
        """No step above this one is given away: it may be behind what is arriving."""
        self._waited: tuple[int, float, int] = (0, 0.0, 0)
        """The number waited for, since when, and which was the highest then."""
        self._unknown = 0

    def take(self, heard: Sequence[Event]) -> list[Event]:
        """Take in events as they were heard of; returns those whose turn it is, in order."""
        given: list[Event] = []
        # Local names, and steps given away once a batch: with a call for each of them this takes a
        # third of the time that the folding takes, instead of a sixth (tests/bench/order.py).
        ends, floors, held, unnumbered = self._ends, self._floors, self._held, self._unnumbered
        end_of, top, earliest = ends.pop, self._top, self._next
        for event in heard:
            if isinstance(event, PickedUp):
                _, worker, _, _, _, _, number, _ = event
                end = end_of(worker, None)
                if end is None:
                    self._asking.pop(worker, None)
                if number >= earliest:
                    held[number] = end, event
                    if number > top:
                        top = number
                else:
                    self._top = top
                    self._step(number, end, event, given)
            elif isinstance(event, Finished) and not unnumbered:
                worker = event[1]
                ends[worker] = event
                floors[worker] = top
            else:
                self._top = top
                self._note(event, given)
                top, earliest = self._top, self._next
        self._top = top
        self._drain(given)
        if held and heard:
            self._wait(heard[-1].at, given)
        return given

    def flush(self) -> list[Event]:
        """All that is left, at the end of a run; what was not heard of by now never will be."""
        given: list[Event] = []
        self._open(0, given)
        self._skip_to(self._top, given)
        for rest in (self._causes, self._after):
            given += [each for _, events in sorted(rest.items()) for each in events]
            rest.clear()
        given += sorted(self._ends.values(), key=lambda end: end.at)
        self._ends.clear()
        return given

    def evidence(self, dispatches: int) -> OrderEvidence:
        """What is known of the order of the steps up to now; those still awaited do not count."""
        return OrderEvidence(
            kind="number",
            error_rounds=None if self._unknown else 0.0,
            unknown=self._unknown,
            dispatches=dispatches,
        )

    def _note(self, event: Event, given: list[Event]) -> None:
        """Take in what is rarer than pickups and ends."""
        match event:
            case Finished(worker=worker) | Failed(worker=worker):
                if worker in self._unnumbered:
                    self._unnumbered.remove(worker)
                    self._place(event, given)
                else:
                    self._ends[worker] = event
                    self._floors[worker] = self._top
            case Polled(worker=worker) | Settled(worker=worker):
                self._step(event.number, self._ends.pop(worker, None), event, given)
                self._asking[worker] = self._top
            case Arrived(number=number) | LeaseExpired(number=number) if number:
                self._causes.setdefault(number, []).append(event)
            case Arrived() if self._gate < OPEN:
                self._arriving.append(event)
            case PushBegan():
                self._gate = max(self._top, self._pushed)
            case PushEnded(number=number):
                self._open(number, given)
            case ReplyLost(worker=worker):
                asked_before = self._floors if worker in self._ends else self._asking
                asked_before[worker] = self._top
            case Joined(worker=worker):
                self._asking[worker] = self._top
                self._place(event, given)
            case Left(worker=worker):
                self._asking.pop(worker, None)
                end = self._ends.pop(worker, None)
                if end is not None:
                    self._place(end, given)
                self._place(event, given)
            case _:
                self._place(event, given)

    def _step(self, number: int, end: Event | None, event: Event, given: list[Event]) -> None:
        """Take in a step that is not next, or does not come alone."""
        if not number:
            if end is not None:
                self._place(end, given)
            self._place(event, given)
            if isinstance(event, PickedUp):
                self._unknown += 1
                self._unnumbered.add(event.worker)
        elif number < self._next:
            # Given up before: its place is gone.
            self._give(number, (end, event), given)
        else:
            self._top = max(self._top, number)
            self._held[number] = end, event
            self._drain(given)

    def _place(self, event: Event, given: list[Event]) -> None:
        """Put what has no number behind all that was heard of before."""
        if self._top < self._next:
            given.append(event)
        else:
            self._after.setdefault(self._top, []).append(event)

    def _open(self, number: int, given: list[Event]) -> None:
        """What was arriving is there: right after this step, or the last known before, if later."""
        if self._gate < OPEN:
            self._pushed = number = max(number, self._gate)
        arriving, self._arriving, self._gate = self._arriving, [], OPEN
        if number < self._next:
            given += arriving
        elif arriving:
            self._after.setdefault(number, []).extend(arriving)
        self._drain(given)

    def _drain(self, given: list[Event]) -> None:
        """Give the steps away that nothing is missing before."""
        number, gate, take_out, give = self._next, self._gate, self._held.pop, given.append
        while number <= gate:
            step = take_out(number, None)
            if step is None:
                break
            if self._causes or self._after:
                self._give(number, step, given)
            else:
                end, event = step
                if end is not None:
                    give(end)
                give(event)
            number += 1
        self._next = number

    def _give(self, number: int, step: Step, given: list[Event]) -> None:
        end, event = step
        if end is not None:
            given.append(end)
        if self._causes:
            given += self._causes.pop(number, ())
        given.append(event)
        if self._after:
            given += self._after.pop(number, ())

    def _wait(self, at: float, given: list[Event]) -> None:
        """Steps are held: is the one before them still to come, and may they wait for it?"""
        if len(self._held) > MOST_HELD:
            self._lose_patience(self._top - MOST_HELD // 2, given)
            return
        number, since, top = self._waited
        if number != self._next:
            self._waited = self._next, at, self._top
        elif at - since > PATIENCE_S:
            self._lose_patience(top, given)
        else:
            asked_after = min(self._asking.values(), default=OPEN)
            for worker in self._ends:
                asked_after = min(asked_after, self._floors[worker])
            self._skip_to(min(asked_after, self._top), given)

    def _lose_patience(self, number: int, given: list[Event]) -> None:
        """Wait no longer for steps up to this one, nor for a push that holds them up."""
        if self._gate < number:
            self._open(0, given)
        self._skip_to(number, given)

    def _skip_to(self, number: int, given: list[Event]) -> None:
        """Give up what is missing up to this number."""
        last = min(number, self._gate)
        if last < self._next:
            return
        for each in sorted({*self._held, *self._after}):
            if each > last:
                break
            self._give_up(each - 1)
            self._drain(given)
            if each >= self._next:
                self._give_up(each)
                given += self._after.pop(each, ())
                self._drain(given)
        self._give_up(last)
        self._drain(given)

    def _give_up(self, last: int) -> None:
        """Count the steps up to this one that were not heard of, and go on behind it."""
        if last >= self._next:
            self._unknown += last + 1 - self._next
            self._next = last + 1
