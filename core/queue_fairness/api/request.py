"""What the API is asked for, checked: a plan of a plan and some fields, in the caller's words."""

import dataclasses
from collections.abc import Mapping
from difflib import get_close_matches

from queue_fairness.errors import PlanError
from queue_fairness.plan import Plan, PlanValue, plan_field, plan_fields


def planned(plan: Plan | None, fields: Mapping[str, object]) -> Plan:
    """A plan with some of its fields replaced.

    Args:
        plan: What the fields are laid over; None for the defaults of the command line.
        fields: By their names in `Plan`. A text is read as on the command line: `"25ms"`.

    Raises:
        PlanError: There is no such field, or a value is of the wrong type or out of bounds.
    """
    values = {name: _value(name, value) for name, value in fields.items()}
    return dataclasses.replace(plan or Plan(), **values)  # type: ignore[arg-type]  # by name


def _value(name: str, value: object) -> PlanValue:
    names = [each.name for each in plan_fields()]
    if name not in names:
        near = get_close_matches(name, names, 1)
        hint = f": did you mean {near[0]}?" if near else f"; there are {', '.join(names)}"
        raise PlanError(name, f"a plan has no field {name}{hint}")
    field = plan_field(name)
    if isinstance(value, str) and field.kind is not str:
        return field.parse(value)
    field.check(value)  # type: ignore[arg-type]  # which it looks at first
    return value  # type: ignore[return-value]  # the field has checked it
