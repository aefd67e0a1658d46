"""The JSON document of a scaling; its runs are documents of their own."""

import json
from dataclasses import asdict
from importlib.metadata import version

from queue_fairness.analysis.curves import QUANTITIES, Curve, Point, curves
from queue_fairness.analysis.sweep import Scaling
from queue_fairness.analysis.trend import answer, growth
from queue_fairness.plan.ignored import ignored_options
from queue_fairness.report.run_json import SCHEMA, Value, document
from queue_fairness.report.sweep_text import command


def scaling_document(scaling: Scaling) -> dict[str, Value]:
    """Everything a scaling has measured, as plain values; a value not known is null."""
    found = curves(scaling)
    varied = {"strategy", scaling.name}
    if scaling.total_tasks is not None:
        varied.add("tasks_per_partition")
    return {
        "schema": SCHEMA,
        "program": {"name": "queue-fairness-tui", "version": version("queue-fairness-tui")},
        "command": command(scaling),
        "plan": {name: value for name, value in asdict(scaling.plan).items() if name not in varied},
        "field": scaling.name,
        "values": list(scaling.values),
        "total_tasks": scaling.total_tasks,
        "repeats": scaling.repeats,
        "strategies": list(scaling.strategies),
        "complete": scaling.is_complete,
        "sentence": answer(scaling, found),
        "growth": [_growth(curve) for curve in found],
        "points": [_point(scaling, point) for curve in found for point in curve.points],
    }


def to_json(scaling: Scaling) -> str:
    """The document as text: strict JSON, one value a line."""
    return json.dumps(scaling_document(scaling), indent=2, allow_nan=False) + "\n"


def _growth(curve: Curve) -> dict[str, Value]:
    return {
        "strategy": curve.strategy,
        "measures": {
            column.name: dict(asdict(growth(curve, column.name))) for column in QUANTITIES
        },
    }


def _point(scaling: Scaling, point: Point) -> dict[str, Value]:
    row = point.row
    return {
        "value": point.value,
        "strategy": row.strategy,
        "verdict": row.word.text if row.word else None,
        "verdicts": [word.text for word in row.verdicts],
        "failed": row.failed,
        "ignored_options": list(ignored_options(scaling.plan_at(point.value, row.strategy))),
        "work_bound": point.is_work_bound if row.runs else None,
        "measures": {
            column.name: {"median": cell.median, "min": cell.minimum, "max": cell.maximum}
            for column, cell in zip(QUANTITIES, row.cells, strict=True)
        },
        "runs": [document(run) for run in scaling.of(point.value, row.strategy)],
    }
