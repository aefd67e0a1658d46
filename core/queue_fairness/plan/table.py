"""The table of a plan's fields, as `--help`, the form and reports need it."""

import dataclasses
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import cast

from queue_fairness.plan.field import PlanField, PlanValue
from queue_fairness.plan.fields import PlanFields

GROUPS = {
    "load": "the load",
    "workers": "the workers",
    "work": "the work",
    "queue": "the queue",
    "tenants": "the tenants",
    "redis": "Redis and the network",
}
"""The headings, in the order in which they are shown."""

ALWAYS_SAID = (
    "partitions",
    "tasks_per_partition",
    "workers",
    "work_duration",
    "strategy",
    "arrival_order",
    "seed",
)
"""Fields that every command and report names, even at their defaults."""

_set_elsewhere: set[str] = set()


def always_said() -> frozenset[str]:
    """Fields that a command line has to name even at their defaults, to ask for the same again."""
    return frozenset((*ALWAYS_SAID, *_set_elsewhere))


def note_set_elsewhere(names: Iterable[str]) -> None:
    """Have these named, too, and no others: settings of the user give them other defaults."""
    _set_elsewhere.clear()
    _set_elsewhere.update(names)


@lru_cache(maxsize=1)
def plan_fields() -> Sequence[PlanField]:
    """The table of fields, in the order in which commands and documents name them."""
    return tuple(_row(each) for each in dataclasses.fields(PlanFields))


def grouped_fields() -> Iterator[tuple[str, Sequence[PlanField]]]:
    """The table by heading."""
    for group, heading in GROUPS.items():
        yield heading, [each for each in plan_fields() if each.group == group]


def plan_field(name: str) -> PlanField:
    """The row of the table for one field."""
    return next(each for each in plan_fields() if each.name == name)


def _row(each: "dataclasses.Field[object]") -> PlanField:
    short, *metadata = each.metadata.items()
    return PlanField(
        name=each.name,
        flags=(f"--{each.name.replace('_', '-')}", *short[1]),
        kind=cast("type[int | float | str]", type(each.default)),
        default=cast("PlanValue", each.default),
        **dict(metadata),
    )
