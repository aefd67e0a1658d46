"""What a run is asked to do.

The metadata of `Plan`'s fields is the one table that feeds `--help`, the form and the README:
whoever needs a field's unit, bound or explanation reads it with `plan_fields()`.
"""

import dataclasses
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar, cast

from queue_fairness_core.errors import PlanError
from queue_fairness_core.strategies import STRATEGIES
from queue_fairness_core.strategies.custom import FORM, find_strategy

MAX_TASKS = 10_000_000
"""Most tasks one run may hold: each costs the program about one byte, and Redis about a hundred."""

ARRIVAL_ORDERS = ("block", "shuffled", "interleaved")

PlanValue = int | float | str
"""The value of a field."""

T = TypeVar("T", int, float, str)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanField:
    """How one field of a plan is asked for, checked and explained."""

    name: str
    """The field's name in `Plan` and in JSON."""
    flags: tuple[str, ...]
    """Its options on the command line, the longest first."""
    kind: Callable[[str], PlanValue]
    """`int`, `float` or `str`: how its text becomes a value."""
    unit: str
    """What it counts, in words; empty for names."""
    help: str
    """One sentence for `--help`, the form and the README."""
    default: PlanValue
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    other_form: str = ""
    """How a value besides the choices is written; empty if there is none besides them."""
    find_other: Callable[[str], object] | None = None
    """Raises PlanError if there is no such other value."""

    @property
    def option(self) -> str:
        """The long option, such as `--work-duration`."""
        return self.flags[0]

    @property
    def bounds(self) -> str:
        """The accepted values, in words: `1 to 1,024` or `block, shuffled, interleaved`."""
        if self.choices:
            return ", ".join((*self.choices, *filter(None, (self.other_form,))))
        return f"{self.minimum:,g} to {self.maximum:,.0f}"

    def parse(self, text: str) -> PlanValue:
        """Turn what a user typed into a value.

        Raises:
            PlanError: It is no such value, or out of bounds.
        """
        text = text.strip()
        try:
            value = self.kind(text)
        except ValueError:
            noun = "a whole number" if self.kind is int else "a number"
            raise PlanError(self.name, self._refusal(text, f"is not {noun}")) from None
        self.check(value)
        return value

    def check(self, value: PlanValue) -> None:
        """Raise PlanError if a value of the right type is out of bounds."""
        if self.choices:
            self._check_choice(value)
            return
        assert not isinstance(value, str), f"{self.name} has neither choices nor numbers"
        if isinstance(value, float) and not math.isfinite(value):
            raise PlanError(self.name, self._refusal(value, "is not a finite number"))
        if self.minimum is not None and value < self.minimum:
            raise PlanError(self.name, self._refusal(value, "is too small"))
        if self.maximum is not None and value > self.maximum:
            raise PlanError(self.name, self._refusal(value, "is too large"))

    def _check_choice(self, value: PlanValue) -> None:
        if value in self.choices:
            return
        if self.find_other is None or not isinstance(value, str) or ":" not in value:
            raise PlanError(self.name, self._refusal(value, "is not known"))
        self.find_other(value)

    def _refusal(self, value: object, why: str) -> str:
        allowed = "choose one of" if self.choices else "allowed are"
        shown = str(value)[:24] if value != "" else "(empty)"
        return f"{self.option} {shown} {why}: {allowed} {self.bounds}{self._unit_suffix()}"

    def _unit_suffix(self) -> str:
        return f" {self.unit}" if self.unit else ""


def _asked(default: T, *flags: str, **metadata: object) -> T:
    return field(default=default, metadata={"flags": flags, **metadata})


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All a run is asked to do. It checks itself when it is made.

    Raises:
        PlanError: A field is out of bounds; the error names the field.
    """

    partitions: int = _asked(
        200,
        "--partitions",
        "-P",
        unit="partitions",
        minimum=1,
        maximum=1_000_000,
        help="How many partitions (tenants) share the queue, one Redis list each.",
    )
    tasks_per_partition: int = _asked(
        10,
        "--tasks-per-partition",
        "-t",
        unit="tasks",
        minimum=1,
        maximum=1_000_000,
        help="How many tasks each partition starts with.",
    )
    workers: int = _asked(
        8,
        "--workers",
        "-w",
        unit="workers",
        minimum=1,
        maximum=1024,
        help="How many workers serve the queue, each on a Redis connection of its own.",
    )
    work_duration: float = _asked(
        0.025,
        "--work-duration",
        unit="seconds",
        minimum=0,
        maximum=3600,
        help="How long the simulated work of one task takes; 0 measures the queue alone.",
    )
    strategy: str = _asked(
        "scan",
        "--strategy",
        unit="",
        choices=tuple(STRATEGIES),
        other_form=FORM,
        find_other=find_strategy,
        help="How a worker finds its next task.",
    )
    arrival_order: str = _asked(
        "block",
        "--arrival-order",
        unit="",
        choices=ARRIVAL_ORDERS,
        help="In which order tasks are enqueued: partition after partition, shuffled, or by turns.",
    )
    seed: int = _asked(
        42,
        "--seed",
        unit="",
        minimum=0,
        maximum=2**32 - 1,
        help="Fixes everything random in the plan: the same seed enqueues in the same order.",
    )

    def __post_init__(self) -> None:
        for each in plan_fields():
            each.check(getattr(self, each.name))
        if self.total_tasks > MAX_TASKS:
            raise PlanError(
                "tasks_per_partition",
                f"--partitions {self.partitions:,} x --tasks-per-partition "
                f"{self.tasks_per_partition:,} is {self.total_tasks:,} tasks: "
                f"allowed are at most {MAX_TASKS:,} in one run",
            )

    @property
    def total_tasks(self) -> int:
        """Partitions times tasks per partition."""
        return self.partitions * self.tasks_per_partition

    @property
    def bound_per_s(self) -> float:
        """The rate that no queue can exceed, tasks/s: workers / work duration (inf for no work)."""
        return self.workers / self.work_duration if self.work_duration else math.inf

    @property
    def command(self) -> str:
        """The command line that asks for this plan again, every field spelled out."""
        options = (f"{each.option} {getattr(self, each.name)}" for each in plan_fields())
        return " ".join(("queue-fairness-tui", *options))

    def partition_name(self, partition: int) -> str:
        """The name of a partition in Redis and on the screen, such as `p0731`."""
        return partition_name(partition, self.partitions)


def partition_name(partition: int, partitions: int) -> str:
    """Name a partition with as many digits as the largest needs, so that names align."""
    return f"p{partition:0{len(str(partitions - 1))}d}"


_FIELDS: list[PlanField] = []


def plan_fields() -> Sequence[PlanField]:
    """The table of fields, in the order in which they are asked for."""
    if not _FIELDS:
        _FIELDS.extend(
            PlanField(
                name=each.name,
                kind=cast("type[int | float | str]", type(each.default)),
                default=cast("PlanValue", each.default),
                **each.metadata,
            )
            for each in dataclasses.fields(Plan)
        )
    return _FIELDS


def plan_field(name: str) -> PlanField:
    """The row of the table for one field."""
    return next(each for each in plan_fields() if each.name == name)


def parse_plan(texts: Mapping[str, str]) -> Plan:
    """A plan from what a user typed, by field name; a field not named keeps its default.

    Raises:
        PlanError: A text is no value of its field, or out of bounds.
    """
    values = {name: plan_field(name).parse(text) for name, text in texts.items()}
    return Plan(**values)  # type: ignore[arg-type]  # each was made by its own field's type
