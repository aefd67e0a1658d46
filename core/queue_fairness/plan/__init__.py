"""What is asked for: a load, a strategy, workers and faults, as one value that is checked."""

from queue_fairness.plan.field import PlanField, PlanValue
from queue_fairness.plan.fields import PATTERN_FORM
from queue_fairness.plan.observed import ObservedPlan, RecordedPlan
from queue_fairness.plan.plan import MAX_TASKS, Plan, parse_plan
from queue_fairness.plan.source import Source
from queue_fairness.plan.table import ALWAYS_SAID, grouped_fields, plan_field, plan_fields
from queue_fairness.plan.traced import Trace, TracedPlan

__all__ = [
    "ALWAYS_SAID",
    "MAX_TASKS",
    "PATTERN_FORM",
    "ObservedPlan",
    "Plan",
    "PlanField",
    "PlanValue",
    "RecordedPlan",
    "Source",
    "Trace",
    "TracedPlan",
    "grouped_fields",
    "parse_plan",
    "plan_field",
    "plan_fields",
]
