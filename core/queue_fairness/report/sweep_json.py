"""The JSON document of a sweep; its runs are documents of their own."""

from dataclasses import asdict

from queue_fairness.analysis.curves import QUANTITIES, Curve, Point, curves
from queue_fairness.analysis.sweep import Sweep
from queue_fairness.analysis.trend import Trend, conclusion, trend
from queue_fairness.plan.ignored import ignored_options
from queue_fairness.report.command import command
from queue_fairness.report.documents import SCHEMA
from queue_fairness.report.run_json import program, run_document
from queue_fairness.report.series_documents import (
    PointDocument,
    SweepDocument,
    TrendDocument,
    TrendMeasure,
)


def sweep_document(sweep: Sweep) -> SweepDocument:
    """Everything a sweep has measured, as plain values; a value not known is null."""
    found = curves(sweep)
    varied = {"strategy", sweep.name}
    if sweep.total_tasks is not None:
        varied.add("tasks_per_partition")
    return {
        "schema": SCHEMA,
        "kind": "sweep",
        "program": program(),
        "command": command(sweep),
        "plan": {name: value for name, value in asdict(sweep.plan).items() if name not in varied},
        "field": sweep.name,
        "values": list(sweep.values),
        "total_tasks": sweep.total_tasks,
        "repeats": sweep.repeats,
        "strategies": list(sweep.strategies),
        "complete": sweep.is_complete,
        "sentence": conclusion(sweep, found),
        "trend": [_trend(curve) for curve in found],
        "points": [_point(sweep, point) for curve in found for point in curve.points],
    }


def _trend(curve: Curve) -> TrendDocument:
    return {
        "strategy": curve.strategy,
        "measures": {column.name: _change(trend(curve, column.name)) for column in QUANTITIES},
    }


def _point(sweep: Sweep, point: Point) -> PointDocument:
    row = point.row
    return {
        "value": point.value,
        "strategy": row.strategy,
        "verdict": row.word.text if row.word else None,
        "verdicts": [word.text for word in row.verdicts],
        "failed": row.failed,
        "ignored_options": list(ignored_options(sweep.plan_at(point.value, row.strategy))),
        "work_bound": point.is_work_bound if row.runs else None,
        "measures": {
            column.name: {"median": cell.median, "min": cell.minimum, "max": cell.maximum}
            for column, cell in zip(QUANTITIES, row.cells, strict=True)
        },
        "runs": [run_document(run) for run in sweep.of(point.value, row.strategy)],
    }


def _change(found: Trend) -> TrendMeasure:
    return {
        "first": found.first,
        "last": found.last,
        "ratio": found.ratio,
        "spread": found.spread,
    }
