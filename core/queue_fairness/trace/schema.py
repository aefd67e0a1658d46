"""The JSON Schema of a line of a recording; `python -m queue_fairness.trace.schema` writes it."""

import json
from pathlib import Path
from typing import Any

from queue_fairness.events import DequeueCost, Settled
from queue_fairness.trace.facts import ENDED, FOLDED, FORMAT, KINDS, NAMED, OPTIONAL, VERSION
from queue_fairness.trace.picture import Known
from queue_fairness.trace.reading import TIME_UNITS

PATH = Path(__file__).with_name("facts.schema.json")

Schema = dict[str, Any]

NUMBER: Schema = {"type": "number"}
COUNT: Schema = {"type": "integer", "minimum": 0}
NAME: Schema = {"type": "string"}
YES_OR_NO: Schema = {"type": "boolean"}
MEMBERS: dict[str, Schema] = {
    "t": {**NUMBER, "description": "When, in the header's unit of time, from its started_at on."},
    "tenant": {**NAME, "description": "Whose it is."},
    "task": {**NAME, "description": "Which task; unique while it is there."},
    "worker": {**NAME, "description": "Who took it."},
    "tasks": {**COUNT, "description": "How many."},
    "ready": {**NUMBER, "description": "Since when it might have been taken."},
    "again": {**YES_OR_NO, "description": "Whether they had failed before."},
    "step": {**COUNT, "description": "The queue's own number of this step, from 1."},
    "sent": {**NUMBER, "description": "When the command that decided it was sent."},
    "late": {**YES_OR_NO, "description": "Whether its lease had expired: it was in vain."},
    "dead": {**YES_OR_NO, "description": "Whether it was the last attempt."},
    "cost": {"type": ["number", "null"], "minimum": 0, "description": "In any unit."},
    "finished": {**YES_OR_NO, "description": "Whether its end was told before, in error."},
    "crashed": {**YES_OR_NO, "description": "Whether it left with a task in hand."},
    "text": {**NAME, "description": "What was done."},
    **{name: {**COUNT, "description": "What the attempt cost."} for name in DequeueCost._fields},
}


def schema() -> Schema:
    """The schema of one line."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A line of a file of facts: a header, or a fact",
        "anyOf": [
            _header(),
            *(_fact(name) for name in KINDS),
            _object({"event": {"const": FOLDED}, "t": NUMBER}, ["t", "event"]),
            _object({"event": {"const": ENDED}, "t": NUMBER}, ["t", "event", *_known()]),
        ],
    }


def schema_text() -> str:
    """The same as text, as it is in `facts.schema.json`."""
    return json.dumps(schema(), indent=2) + "\n"


def _known() -> list[str]:
    return list(Known.__dataclass_fields__)


def _header() -> Schema:
    return _object(
        {
            "format": {"const": FORMAT},
            "version": {"const": VERSION},
            "time": {"enum": list(TIME_UNITS)},
            "source": {**NAME, "description": "What has written it."},
            "started_at": {"type": ["string", "null"], "description": "When t is 0, ISO 8601."},
            "plan": {
                "type": ["object", "null"],
                "description": "What was asked for, in a recording of this program.",
            },
            "weights": {"type": ["object", "null"], "additionalProperties": {"type": "number"}},
        },
        ["format", "version"],
    )


def _fact(name: str) -> Schema:
    """A fact of that name; what it may leave out is not required."""
    kind = KINDS[name]
    members: Schema = {"event": {"const": name}}
    required = ["event"]
    for field, member in NAMED[kind]:
        if field == "dequeue_cost":
            members |= {each: MEMBERS[each] for each in DequeueCost._fields}
            continue
        members[member] = MEMBERS[member]
        if field not in OPTIONAL.get(kind, ()):
            required.append(member)
    if kind is Settled:
        members["worker"] = {"type": ["string", "null"]}
    if name == "picked_up":
        required.remove("ready")
        required.remove("worker")
    if name in ("finished", "failed"):
        required.remove("worker")
    return _object(members, required)


def _object(members: Schema, required: list[str]) -> Schema:
    return {"type": "object", "properties": members, "required": required}


if __name__ == "__main__":
    PATH.write_text(schema_text(), encoding="utf-8")
