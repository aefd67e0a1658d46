"""The JSON Schema: what the program writes is as it says, and it says what everything means."""

import dataclasses
import json
from collections.abc import Iterator
from typing import Any

import jsonschema
import pytest
from script import snapshot
from sweeps import Results, asked, made, slower_by_scan

from queue_fairness.analysis.comparison import Comparison
from queue_fairness.cli.options import parse
from queue_fairness.metrics.snapshot import Phase
from queue_fairness.plan import Plan
from queue_fairness.report.results import Result, render
from queue_fairness.report.schema import PATH, schema, schema_text

SUSTAINED = Plan(
    partitions=50, work_duration=0.025, strategy="round-robin", load=1.2, duration=20, lease_ttl=2
)
LOAD = Plan(partitions=20, tasks_per_partition=5, workers=4)


def _comparison(runs: int) -> Comparison:
    plans = [dataclasses.replace(LOAD, strategy=each) for each in ("scan", "round-robin")]
    made_so_far = tuple(snapshot(each) for each in plans[:runs])
    names = tuple(each.strategy for each in plans)
    return Comparison(plan=LOAD, strategies=names, repeats=1, runs=made_so_far)


def _failed() -> Result:
    return dataclasses.replace(
        snapshot(LOAD, Phase.FAILED, 0.5), failure="broke", failure_details="T", assessment=None
    )


RESULTS = Results(
    {
        "drain": lambda: snapshot(LOAD),
        "sustained": lambda: snapshot(SUSTAINED, Phase.ENDED),
        "stopped": lambda: snapshot(LOAD, Phase.STOPPED, 0.4),
        "not begun": lambda: dataclasses.replace(
            snapshot(LOAD, Phase.STOPPED, 0.0), assessment=None
        ),
        "failed": _failed,
        "comparison": lambda: _comparison(2),
        "comparison cut short": lambda: _comparison(1),
        "comparison of nothing": lambda: _comparison(0),
        "sweep": lambda: made(asked(), slower_by_scan),
        "sweep of nothing": asked,
    }
)


@pytest.mark.parametrize("name", RESULTS)
def test_what_is_written_is_as_the_schema_says(name: str) -> None:
    jsonschema.validate(json.loads(render(RESULTS[name], "json")), schema())


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("kind", "sweep"),
        ("schema", 1),
        ("totals.completed", "many"),
        ("totals.completed", None),
        ("plan.workers", 0),
        ("verdict.word", 3),
        ("wait_s", {}),
    ],
)
def test_what_is_not_so_is_refused(path: str, value: object) -> None:
    document: Any = json.loads(render(snapshot(LOAD), "json"))
    *parents, last = path.split(".")
    part = document
    for each in parents:
        part = part[each]
    part[last] = value

    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, schema())


def test_document_holds_nothing_that_the_schema_does_not_know() -> None:
    def unknown(value: Any, known: Any, at: str) -> Iterator[str]:
        known = known.get("anyOf", [known])[0]
        if "$ref" in known:
            known = schema()["$defs"][known["$ref"].rpartition("/")[2]]
        if isinstance(value, dict):
            for name, each in value.items():
                kind = known.get("properties", {}).get(name, known.get("additionalProperties"))
                yield from (
                    (f"{at}.{name}",) if kind is None else unknown(each, kind, f"{at}.{name}")
                )
        if isinstance(value, list):
            for each in value:
                yield from unknown(each, known["items"], at)

    for result in RESULTS.values():
        document = json.loads(render(result, "json"))
        assert not list(unknown(document, schema()["$defs"][document["kind"]], ""))


def test_schema_is_one_of_its_own_dialect() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


def test_published_file_is_what_is_generated() -> None:
    assert PATH.read_text(encoding="utf-8") == schema_text(), (
        "write it anew: python -m queue_fairness.report.schema"
    )


def test_word_prints_the_published_file(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(["schema"], {})

    assert ended.value.code == 0
    assert capsys.readouterr().out == schema_text()
