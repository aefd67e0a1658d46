"""Events as facts, one JSON object per line, and back; the form is described in README.md.

A fact leaves out what is nothing: no step, no cost, not again. So most lines are short.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from queue_fairness.errors import TableError
from queue_fairness.events import (
    REAPER,
    Arrived,
    DequeueCost,
    Event,
    Failed,
    Finished,
    Joined,
    LeaseExpired,
    Left,
    Marked,
    PickedUp,
    Polled,
    PushBegan,
    PushEnded,
    ReplyLost,
    Settled,
)

FORMAT = "queue-fairness-events"
VERSION = 1
FOLDED = "folded"
"""The event that says: up to here the recorded run had looked at the facts together."""
ENDED = "ended"
"""The event that says how a run ended, and what is known beside its events."""

KINDS: Mapping[str, type[Event]] = {
    "arrived": Arrived,
    "picked_up": PickedUp,
    "finished": Finished,
    "failed": Failed,
    "polled": Polled,
    "settled": Settled,
    "lease_expired": LeaseExpired,
    "push_began": PushBegan,
    "push_ended": PushEnded,
    "reply_lost": ReplyLost,
    "joined": Joined,
    "left": Left,
    "marked": Marked,
}
"""The events of a run by their names on file."""
NAME_OF = {kind: name for name, kind in KINDS.items()}
COSTS = DequeueCost._fields
FREE = DequeueCost()

_FILE_NAMES = {
    "at": "t",
    "partition": "tenant",
    "arrived_at": "ready",
    "number": "step",
    "sent_at": "sent",
    "is_late": "late",
    "is_dead": "dead",
    "was_finished": "finished",
}
"""What fields are called on file where that differs from their names here."""
NAMED = {
    kind: [(field, _FILE_NAMES.get(field, field)) for field in kind._fields] for kind in NAME_OF
}


def flat(event: Event) -> tuple[object, ...]:
    """An event as plain values, its kind's name first: for another process, in half a microsecond.

    Its dequeue cost is taken apart, which comes last.
    """
    if isinstance(event, PickedUp):
        at, worker, partition, task, ready, cost, number, sent = event
        return "picked_up", at, worker, partition, task, ready, number, sent, *cost
    if isinstance(event, Polled):
        at, worker, cost, number = event
        return "polled", at, worker, number, *cost
    return NAME_OF[type(event)], *event


def unflat(values: Sequence[Any]) -> Event:
    """The event of such values."""
    name, *rest = values
    if name == "picked_up":
        at, worker, partition, task, ready, number, sent, *cost = rest
        return PickedUp(at, worker, partition, task, ready, DequeueCost(*cost), number, sent)
    if name == "polled":
        at, worker, number, *cost = rest
        return Polled(at, worker, DequeueCost(*cost), number)
    return KINDS[name](*rest)


def line_of(event: Event, names: Sequence[str]) -> str:
    """The fact of an event, as a line of JSON.

    Args:
        event: What happened.
        names: The tenants, by partition, as JSON texts.
    """
    # The two kinds of which there are as many as tasks are written by hand: three times as fast.
    if isinstance(event, PickedUp):
        at, worker, partition, task, ready, cost, number, sent = event
        text = (
            f'{{"t": {at!r}, "event": "picked_up", "tenant": {names[partition]}, '
            f'"task": "{task}", "worker": "w{worker}", "ready": {ready!r}'
        )
        if number:
            text += f', "step": {number}'
        if sent:
            text += f', "sent": {sent!r}'
        if cost != FREE:
            text += "".join(
                f', "{what}": {much}' for what, much in zip(COSTS, cost, strict=True) if much
            )
        return text + "}\n"
    if isinstance(event, Finished) and not event.is_late and event.cost is None:
        at, worker, partition, task, _, _ = event
        return (
            f'{{"t": {at!r}, "event": "finished", "tenant": {names[partition]}, '
            f'"task": "{task}", "worker": "w{worker}"}}\n'
        )
    return json.dumps(fact_of(event, names)) + "\n"


def fact_of(event: Event, names: Sequence[str]) -> dict[str, object]:
    """The fact of an event, as an object; `names` as in `line_of`."""
    kind = type(event)
    fact: dict[str, object] = {"t": event.at, "event": NAME_OF[kind]}
    rest: Sequence[Any] = event[1:]
    for (field, name), value in zip(NAMED[kind][1:], rest, strict=True):
        if field == "partition":
            fact[name] = json.loads(names[value])
        elif field == "worker":
            fact[name] = None if value == REAPER else f"w{value}"
        elif field == "task":
            fact[name] = str(value)
        elif isinstance(value, DequeueCost):
            fact |= {what: much for what, much in value._asdict().items() if much}
        elif value or (value is not None and (field, kind) in _ALWAYS):
            fact[name] = value
    return fact


_ALWAYS = {("tasks", Arrived), ("text", Marked), ("arrived_at", PickedUp), ("cost", Finished)}
"""Fields that are there even if they are 0; a cost of None is no cost."""


class EventReader:
    """Makes events of facts again.

    Args:
        partition_of: The number of a tenant.
        worker_of: The number of a worker.
        task_of: The number of a task.
    """

    def __init__(
        self,
        partition_of: Callable[[str], int],
        worker_of: Callable[[str], int],
        task_of: Callable[[str], int],
    ) -> None:
        self._of = {"partition": partition_of, "worker": worker_of, "task": task_of}

    def event(self, fact: Mapping[str, Any]) -> Event:
        """The event of a fact.

        Raises:
            TableError: It is none that is known, or something is missing or no such value.
        """
        kind = KINDS.get(fact.get("event", ""))
        if kind is None:
            raise TableError(f"no such event: {fact.get('event')!r}")
        try:
            return kind(*(self._value(kind, field, name, fact) for field, name in NAMED[kind]))
        except KeyError as error:
            raise TableError(f"{fact['event']} without {error}") from error
        except (TypeError, ValueError) as error:
            raise TableError(f"{fact['event']}: {error}") from error

    def _value(self, kind: type[Event], field: str, name: str, fact: Mapping[str, Any]) -> Any:  # noqa: ANN401 - each field's own type
        if field == "dequeue_cost":
            return DequeueCost(*(_count(fact.get(what, 0)) for what in COSTS))
        if field == "worker" and kind is Settled and fact[name] is None:
            return REAPER
        if field in self._of:
            return self._of[field](fact[name])
        if field not in OPTIONAL.get(kind, ()):
            return _READ[field](fact[name])
        default = kind._field_defaults.get(field, 0)
        return _READ[field](fact[name]) if name in fact else default


OPTIONAL: Mapping[type[Event], Sequence[str]] = {
    Arrived: ("again", "number"),
    PushEnded: ("number",),
    PickedUp: ("number", "sent_at"),
    Finished: ("is_late", "cost"),
    Failed: ("is_dead",),
    Polled: ("number",),
    Settled: ("number",),
    LeaseExpired: ("was_finished", "number"),
    Left: ("crashed",),
}
"""What a fact may leave out."""


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e15:
        raise ValueError(f"{value!r} is no number")
    return value


def _count(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**53:
        raise ValueError(f"{value!r} is no whole number from 0 on")
    return value


def _yes_or_no(value: object) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is no text")
    return value


def _maybe_number(value: object) -> float | None:
    return None if value is None else _number(value)


_READ: Mapping[str, Callable[[Any], Any]] = {
    "at": _number,
    "tasks": _count,
    "again": _yes_or_no,
    "number": _count,
    "arrived_at": _number,
    "sent_at": _number,
    "is_late": _yes_or_no,
    "cost": _maybe_number,
    "is_dead": _yes_or_no,
    "was_finished": _yes_or_no,
    "crashed": _yes_or_no,
    "text": _text,
}
"""How each field is read that names nobody."""
