"""The run that the summary of another advises, as a plan: what one key can start."""

from dataclasses import replace

from queue_fairness.errors import PlanError
from queue_fairness.fairness.thresholds import MIN_ROUNDS
from queue_fairness.fairness.word import Level
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.plan import Plan, plan_fields
from queue_fairness.plan.field import PlanValue

OVERLOAD = 1.2
"""Load above capacity, as a share of what the workers can do."""
LONGER = 2
"""Times as long as a run that was too short."""
ENOUGH_TASKS = 10
"""Tasks per partition that tell orders of service apart."""


def advised(snapshot: Snapshot) -> Plan | None:
    """The plan of the run that a verdict advises to make next.

    Returns:
        None where nothing is judged, or what is advised is no change of the plan: a failed run, a
        server that cannot keep up, a queue that loses tasks and for which there is no other.
    """
    if snapshot.assessment is None or snapshot.failure is not None:
        return None
    verdict, plan = snapshot.assessment.verdict, snapshot.plan
    if verdict.try_strategy is not None:
        return _changed(plan, strategy=verdict.try_strategy)
    if verdict.word is Level.FAIR and plan.is_drain:
        return _changed(plan, load=OVERLOAD)
    is_short = any(each.name == "rounds" and each.ok is False for each in verdict.evidence)
    if verdict.word is not Level.INCONCLUSIVE or not is_short:
        return None
    if not plan.is_drain:
        return _changed(plan, duration=plan.duration * LONGER)
    if plan.sizes == "equal" and plan.tasks_per_partition < MIN_ROUNDS:
        return _changed(plan, tasks_per_partition=ENOUGH_TASKS)
    return None


def differences(before: Plan, after: Plan) -> list[tuple[str, str, str]]:
    """What two plans differ in: the option without its dashes, and both values as text."""
    return [
        (
            each.option.removeprefix("--"),
            each.text(getattr(before, each.name)),
            each.text(getattr(after, each.name)),
        )
        for each in plan_fields()
        if getattr(before, each.name) != getattr(after, each.name)
    ]


def _changed(plan: Plan, **changes: PlanValue) -> Plan | None:
    """The plan with other values; None where they go with no such plan."""
    try:
        return replace(plan, **changes)  # type: ignore[arg-type]  # each is its field's type
    except PlanError:
        return None
