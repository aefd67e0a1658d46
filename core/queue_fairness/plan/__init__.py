"""What is asked for: a load, a strategy, workers and faults, as one value that is checked.

Plans that are read from files are in `observed` and `traced`, which the first frame does without.
"""

from queue_fairness.plan.field import PlanField, PlanValue
from queue_fairness.plan.fields import PATTERN_FORM
from queue_fairness.plan.plan import MAX_TASKS, Plan, parse_plan
from queue_fairness.plan.source import Source
from queue_fairness.plan.table import ALWAYS_SAID, grouped_fields, plan_field, plan_fields

__all__ = [
    "ALWAYS_SAID",
    "MAX_TASKS",
    "PATTERN_FORM",
    "Plan",
    "PlanField",
    "PlanValue",
    "Source",
    "grouped_fields",
    "parse_plan",
    "plan_field",
    "plan_fields",
]
