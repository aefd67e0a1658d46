"""The JSON Schema (draft 2020-12) of the documents, generated from their types.

What a number means and its unit come from `json_numbers.py`, what the plan's fields mean and their
bounds from the plan's table of fields; `TEXTS` has what everything else means. `schema.json` beside
this file is what comes out, for those who have no program to ask; `python -m
queue_fairness.report.schema` writes it anew.
"""

import dataclasses
import json
import types
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

from queue_fairness.plan import Plan, plan_fields
from queue_fairness.plan.field import PlanField
from queue_fairness.report.attach_documents import AttachDocument
from queue_fairness.report.attach_texts import ATTACH_TEXTS
from queue_fairness.report.difference_json import DifferenceDocument
from queue_fairness.report.documents import RunDocument
from queue_fairness.report.json_numbers import GROUPS
from queue_fairness.report.series_documents import ComparisonDocument, SweepDocument

PATH = Path(__file__).with_name("schema.json")
DIALECT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]

KINDS = {
    "run": RunDocument,
    "comparison": ComparisonDocument,
    "sweep": SweepDocument,
    "difference": DifferenceDocument,
    "attach": AttachDocument,
}
"""The documents by their `kind`."""

TEXTS: Mapping[str, str] = {
    "after": "What is compared: a file, or a kept result.",
    "aspects": "The verdict on what else partitions share, such as worker time.",
    "aspects.name": "What is shared: turns, worker time or tokens.",
    "as_good": "Strategies that do as well as the recommended one.",
    "back_in_queue_at_s": "When the queue had the task again, in s; null for never.",
    "back_to_normal_after_s": "How long quiet partitions felt it, in s; 0 for not at all.",
    "before": "What it is compared with.",
    "change": "same (no farther apart than chance), better or worse; null where that is not known.",
    "command": "The command line that asks for the same again, without a password.",
    "comparable": "Whether the loads were the same, and the runs came to their ends.",
    "compared": "Each number of both, by its path in the document of a run.",
    "compared.after": "The number in what is compared.",
    "compared.before": "The number in what it is compared with.",
    "compared.ratio": "After / before.",
    "complete": "Whether every run was made, and to its end.",
    "crashes": "What crashed workers had in hand.",
    "crashes.at_s": "When the worker crashed, in s.",
    "crashes.partition": "Whose task it had in hand.",
    "crashes.task": "The number of that task.",
    "crashes.worker": "Which worker crashed.",
    "engine": "Redis or Valkey.",
    "evidence": "What the verdict rests on, in numbers.",
    "failed": "Whether one of the runs failed.",
    "failure": "Why the run failed, and what to do; null if it did not.",
    "failure_details": "The traceback of a queue of the user's own.",
    "fair_by": "What is to be shared fairly: turns, time or tokens.",
    "fairness": "The measures of fairness between the partitions; null for a run not begun.",
    "faults": "What the queue did wrong: tasks lost or done twice, locks left behind.",
    "field": "The plan's field that was varied.",
    "first": "At the smallest value.",
    "for_s": "How long the wait was, in s.",
    "headline": "What was seen, in one sentence.",
    "id": "The worker's name.",
    "ideal": "What the computed baseline has: round robin without a lock or cost, by measure.",
    "ignored_options": "Which options the strategy ignores, one sentence each.",
    "kind": "Which of the documents this is.",
    "last": "At the largest value.",
    "library": "The public library under test with its version; null for any other queue.",
    "loads": "What differs in the load; empty if nothing does.",
    "longest_waits": "The partitions that waited longest.",
    "lag_partition": "The partition that was short of most.",
    "largest_share_partition": "The partition that took most.",
    "machine": "On what machine it was written: system, number and name of processors.",
    "margin": "How far apart chance alone may put the two, in the number's unit.",
    "mark": "How the median stands to the best of all strategies; null for worse.",
    "marks": "What was done to the run, and how it took it.",
    "marks.at_s": "When it was done, in s.",
    "marks.text": "What was done.",
    "max": "The largest of the repeats.",
    "measures": "The strategy's numbers, reduced from its repeats, by measure.",
    "median": "The median of the repeats.",
    "min": "The smallest of the repeats.",
    "not": "What does not explain it.",
    "ok": "Whether it holds; null where that cannot be said.",
    "only_after": "What is only in what is compared.",
    "only_before": "What is only in what it is compared with.",
    "open": "Whether the wait was still going on at the end.",
    "origin": "Where the server is from: bundled, a program or a URL, without a password.",
    "pairs": "What is in both.",
    "pairs.name": "The strategy, or a strategy at a value.",
    "partition": "The partition's name.",
    "phase": "How the run ended: drained, ended, stopped or failed.",
    "plan": "What was asked for; null where jobs of others were judged.",
    "points": "Each strategy at each value.",
    "program": "What has written the document.",
    "program.name": "The program's name.",
    "program.version": "Its version.",
    "ratio": "Last / first.",
    "recommendation": "Which strategy to take.",
    "recommendation.sentence": "Which to take and what it costs, in one sentence.",
    "recommendation.strategy": "The recommended strategy; null for none.",
    "recommendation.verdict": "Its verdict.",
    "remarks": "What else differs or must be known, one sentence each.",
    "repeats": "How often each strategy was to be run.",
    "rounds": "How long the wait was, in rounds.",
    "run_id": "Names the run, and its keys in Redis.",
    "runs_after": "How many runs of what is compared count.",
    "runs_before": "How many runs of what it is compared with count.",
    "runs": "The runs that were made, in their order.",
    "scoreboard": "A row per strategy.",
    "sentence": "What becomes of the rate, in one sentence.",
    "server": "The Redis under test; null before it is known.",
    "server.version": "The server's version.",
    "server_changes.policy": "What it evicts: its setting maxmemory-policy.",
    "server_fault": "What the server did that failed the run; null for nothing.",
    "since_s": "When the wait began, in s.",
    "source": "What was read, where jobs of others were judged; null for a run.",
    "source.facts": "What is to be known of it, such as which column was taken.",
    "source.facts.label": "What this says.",
    "source.facts.value": "What it is.",
    "source.name": "The name of what was read.",
    "source.notes": "What the figures must be read with, one sentence each.",
    "spread": "Largest / smallest - 1.",
    "strategies": "Which strategies were to be run, in their order.",
    "strategy": "The strategy of these numbers.",
    "timeline": "Tasks per step of time.",
    "timeline.arrived": "Tasks that arrived in each step.",
    "timeline.completed": "Tasks done in each step.",
    "timeline.picked_up": "Tasks taken out of the queue in each step.",
    "total_tasks": "Tasks shared out over the partitions of each run; null for no such number.",
    "trend": "How each strategy's numbers change over the values.",
    "trend.measures": "The change of each measure.",
    "try": "What to do next.",
    "undecided": "Strategies that may yet prove better.",
    "value": "The value of the varied field.",
    "values": "The values of the varied field, in ascending order.",
    "verdict": "The verdict; null while there is none.",
    "verdict.evidence": "The same in words.",
    "evidence.name": "Which item of the evidence.",
    "evidence.text": "The measured value in a few words.",
    "verdict_after": "The worst verdict of what is compared.",
    "verdict_before": "The worst verdict of what it is compared with.",
    "verdict_change": "The same of the verdicts.",
    "verdicts": "The verdict of each run that counts.",
    "warning": "What puts the run in doubt; null for nothing.",
    "why": "What explains it.",
    "word": "BROKEN, STARVING, UNFAIR, FAIR ON AVERAGE ONLY, FAIR or INCONCLUSIVE.",
    "work_bound": "Whether the work alone limits the rate; null where nothing was measured.",
    "work_conserving": "Whether no repeat let workers idle while tasks waited.",
    "workers": "What each worker did.",
    "workers.share": "Its share of all tasks done, 0 to 1.",
    "workers.tasks": "Tasks it has done.",
    "worse": "Whether anything is worse by more than chance.",
    "worst_mean_wait_s": "The longest mean wait in a step while they felt it, in s.",
    **ATTACH_TEXTS,
}
"""What a member means, by its name or the end of its path."""


def schema() -> Schema:
    """The schema of all documents: a document is that of its `kind`."""
    return {
        "$schema": DIALECT,
        "title": "Results of queue-fairness-tui",
        "description": "A number that is not known is null, never 0. "
        "Members may be added without a new number of the schema.",
        "oneOf": [{"$ref": f"#/$defs/{kind}"} for kind in KINDS],
        "$defs": {
            **{kind: _object(document, "") for kind, document in KINDS.items()},
            "plan": _plan(),
        },
    }


def schema_text() -> str:
    """The same as text, as it is in `schema.json`."""
    return json.dumps(schema(), indent=2, ensure_ascii=False) + "\n"


def _object(document: type, path: str) -> Schema:
    hints = get_type_hints(document, include_extras=True)
    return {
        "type": "object",
        "properties": {
            name: _member(hint, f"{path}.{name}".lstrip(".")) for name, hint in hints.items()
        },
        "required": list(hints),
    }


def _member(hint: Any, path: str) -> Schema:  # noqa: ANN401 - a type hint is of no one type
    if hint is RunDocument:
        return {"$ref": "#/$defs/run"}
    return {"description": meaning(path), **_type(hint, path)}


def _type(hint: Any, path: str) -> Schema:  # noqa: ANN401 - a type hint is of no one type
    origin, inner = get_origin(hint), get_args(hint)
    if hint is RunDocument:
        return {"$ref": "#/$defs/run"}
    if hasattr(hint, "__metadata__"):
        data = hint.__metadata__[0]
        return {"$ref": "#/$defs/plan"} if data is Plan else _fields(data, path)
    if origin in (Union, types.UnionType):
        return _nullable([_type(each, path) for each in inner if each is not type(None)])
    if origin is Literal:
        return {"const": inner[0]} if len(inner) == 1 else {"enum": list(inner)}
    if origin is list:
        return {"type": "array", "items": _type(inner[0], path)}
    if origin is dict:
        return {"type": "object", "additionalProperties": _type(inner[1], path)}
    if is_typeddict(hint):
        return _object(hint, path)
    names = {bool: "boolean", int: "integer", float: "number", str: "string"}
    return {"type": names[hint]}


def _nullable(kinds: list[Schema]) -> Schema:
    """A type of which there is nothing where it is not known."""
    kind = kinds[0]
    if "type" in kind and "properties" not in kind:
        return {**kind, "type": [kind["type"], "null"]}
    return {"anyOf": [*kinds, {"type": "null"}]}


def _fields(data: type, path: str) -> Schema:
    """A dataclass as an object."""
    hints = get_type_hints(data)
    names = [each.name for each in dataclasses.fields(data)]
    return {
        "type": "object",
        "properties": {name: _member(hints[name], f"{path}.{name}") for name in names},
        "required": names,
    }


def _plan() -> Schema:
    """The plan; a comparison and a sweep leave out what differs between their runs."""
    return {
        "type": "object",
        "properties": {each.name: _plan_field(each) for each in plan_fields()},
    }


def _plan_field(field: PlanField) -> Schema:
    types: Mapping[object, str] = {bool: "boolean", int: "integer", float: "number"}
    kind: Schema = {"description": _with_unit(field.help.rstrip("."), field.unit)}
    kind["type"] = types.get(field.kind, "string")
    if field.choices and not field.other_form and not field.is_flag:
        kind["enum"] = list(field.choices)
    if field.minimum is not None:
        kind |= {"minimum": field.minimum, "maximum": field.maximum}
    return {**kind, "default": field.default}


def meaning(path: str) -> str:
    """What a member means: a number's meaning and unit, or the text of the longest path's end.

    Raises:
        KeyError: Nothing says it.
    """
    for numbers in GROUPS.values():
        if path in numbers:
            return _with_unit(numbers[path].meaning, numbers[path].unit)
    parts = path.split(".")
    ends = (".".join(parts[start:]) for start in range(len(parts)))
    found = next((TEXTS[end] for end in ends if end in TEXTS), None)
    if found is not None:
        return found
    if any(name.startswith(f"{path}.") for numbers in GROUPS.values() for name in numbers):
        return f"{parts[-1].replace('_', ' ').capitalize()}, in several numbers."
    raise KeyError(path)


def _with_unit(text: str, unit: str) -> str:
    return f"{text} ({unit})" if unit else text


if __name__ == "__main__":
    PATH.write_text(schema_text(), encoding="utf-8")
