"""The load of a run in its JSON document: what was asked for, or what was read."""

from typing import Any

from queue_fairness.plan import Plan, Source, plan_fields
from queue_fairness.report.documents import SourceDocument


def plan_document(plan: Plan) -> dict[str, Any] | None:
    """What was asked for, field by field; None where nothing was."""
    if plan.observed is not None:
        return None
    return {each.name: getattr(plan, each.name) for each in plan_fields()}


def source_document(source: Source | None) -> SourceDocument | None:
    """What was read; None where nothing was."""
    if source is None:
        return None
    return {
        "name": source.name,
        "facts": [{"label": label, "value": value} for label, value in source.facts],
        "notes": [*source.notes, *filter(None, (source.unreadable,))],
    }
