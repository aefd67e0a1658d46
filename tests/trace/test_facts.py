"""Events go to a file and come back; every line is as its schema says."""

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from recordings import lines

from queue_fairness.errors import TableError
from queue_fairness.events import REAPER, DequeueCost, Event, Settled
from queue_fairness.plan import Plan
from queue_fairness.trace.facts import KINDS, EventReader, fact_of, flat, line_of, unflat
from queue_fairness.trace.schema import PATH, schema, schema_text

NAMES = [json.dumps(f"p{each:02}") for each in range(100)]
CHECK = jsonschema.Draft202012Validator(schema())
READER = EventReader(lambda name: int(name[1:]), lambda name: int(name[1:]), int)

_time = some.floats(0, 1e9, allow_nan=False)
_count = some.integers(0, 2**40)
_FIELDS: dict[str, Any] = {
    "at": _time,
    "partition": some.integers(0, 99),
    "tasks": _count,
    "again": some.booleans(),
    "number": _count,
    "worker": some.integers(0, 500),
    "task": _count,
    "arrived_at": _time,
    "dequeue_cost": some.builds(DequeueCost, *[some.integers(0, 99)] * 4),
    "sent_at": _time,
    "is_late": some.booleans(),
    "cost": some.none() | _time,
    "is_dead": some.booleans(),
    "was_finished": some.booleans(),
    "crashed": some.booleans(),
    "text": some.text(),
}
EVENTS = some.one_of(
    *(some.builds(kind, *(_FIELDS[each] for each in kind._fields)) for kind in KINDS.values())
)


@settings(max_examples=200, deadline=None)
@given(EVENTS)
def test_an_event_comes_back_as_it_was(event: Event) -> None:
    line = line_of(unflat(flat(event)), NAMES)

    assert line.count("\n") == 1
    assert READER.event(json.loads(line)) == event
    assert json.loads(line) == fact_of(event, NAMES)


@settings(max_examples=50, deadline=None)
@given(EVENTS)
def test_a_fact_is_as_the_schema_says(event: Event) -> None:
    CHECK.validate(json.loads(line_of(event, NAMES)))


def test_steps_of_nobody_come_back() -> None:
    event = Settled(1.0, REAPER, 7)

    assert READER.event(json.loads(line_of(event, NAMES))) == event


def test_every_line_of_a_recording_is_as_the_schema_says() -> None:
    for line in lines(Plan(partitions=10, tasks_per_partition=3, workers=2, work_duration=0.01)):
        CHECK.validate(json.loads(line))


def test_the_schema_on_file_is_the_one_that_is_made() -> None:
    assert PATH.read_text(encoding="utf-8") == schema_text()


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        ({"event": "hopped", "t": 1.0}, "no such event"),
        ({"t": 1.0}, "no such event"),
        ({"event": "joined", "t": 1.0}, "without 'worker'"),
        ({"event": "joined", "t": "soon", "worker": "w1"}, "no number"),
        ({"event": "joined", "t": True, "worker": "w1"}, "no number"),
        ({"event": "left", "t": 1.0, "worker": "w1", "crashed": 1}, "neither true nor false"),
        ({"event": "arrived", "t": 1.0, "tenant": "p1", "tasks": -1}, "no whole number"),
        ({"event": "arrived", "t": 1.0, "tenant": "p1", "tasks": 1.5}, "no whole number"),
        ({"event": "marked", "t": float("nan"), "text": "x"}, "no number"),
        ({"event": "joined", "t": 1.0, "worker": None}, "joined"),
    ],
)
def test_what_is_no_fact_is_refused(fact: dict[str, object], said: str) -> None:
    with pytest.raises(TableError, match=said):
        READER.event(fact)
