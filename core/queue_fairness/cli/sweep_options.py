"""What `sweep` is asked for: one numeric field of the plan as a list, and everything else once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from queue_fairness.analysis.sweep import Number, Sweep, share
from queue_fairness.errors import PlanError
from queue_fairness.plan import MAX_TASKS, parse_plan, plan_field
from queue_fairness.plan.field import PlanField, PlanValue

STRATEGIES = ("scan", "round-robin")
"""Which strategies are run where none are named: the original design, and turns."""
EXAMPLE = "--partitions 50,200,1000"
DEFAULTS: Mapping[str, PlanValue] = {"work_duration": 0}
"""Defaults that differ here. With work, workers / work duration bounds the rate of every queue,
and its own cost cannot show."""

TOTAL_TASKS = PlanField(
    name="total_tasks",
    flags=("--total-tasks",),
    kind=int,
    unit="tasks",
    minimum=1,
    maximum=MAX_TASKS,
    default=0,
    help="With a list of --partitions: share so many tasks out over the partitions of each run, "
    "at least one each, in place of --tasks-per-partition.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepChoice:
    """What `sweep` is asked for."""

    sweep: Sweep
    """Without any run."""


def read_sweep(
    texts: Mapping[str, str],
    strategies: Sequence[str],
    repeats: int,
    total_tasks: str | None,
    *,
    has_work: bool = False,
) -> Sweep:
    """The sweep that was asked for, every plan of it checked.

    Args:
        texts: What was typed for the plan's fields, by field name.
        strategies: Which to run at each value.
        repeats: How often.
        total_tasks: What was typed for that; None for nothing.
        has_work: Whether work has its usual default, as for a scenario; it has, too, where a
            sustained load is asked for.

    Raises:
        PlanError: No field, or more than one, has a list; or a value is out of bounds.
    """
    field = _varied(texts)
    values = _values(field, texts[field.name])
    without_work = not has_work and not {"rate", "load"} & texts.keys()
    single = {name: str(value) for name, value in DEFAULTS.items() if without_work}
    single |= {**texts, field.name: str(values[0])}
    total = _total(texts, field, total_tasks)
    if total is not None:
        assert isinstance(values[0], int)
        single["tasks_per_partition"] = str(share(total, values[0]))
    sweep = Sweep(
        plan=parse_plan(single),
        name=field.name,
        values=values,
        strategies=tuple(strategies),
        repeats=repeats,
        total_tasks=total,
    )
    assert sweep.plans, "each was made once, so that none is refused later"
    return sweep


def _varied(texts: Mapping[str, str]) -> PlanField:
    """The one field that has a list."""
    fields = [plan_field(name) for name, text in texts.items() if "," in text]
    # Words may hold commas of their own, such as `--sizes 5000,10`.
    lists = [each for each in fields if each.kind in (int, float)]
    if not lists and fields:
        option = fields[0].option
        raise PlanError(
            fields[0].name, f"{option} is no number: sweep takes a list of one, as in {EXAMPLE}"
        )
    if not lists:
        raise PlanError("sweep", f"sweep needs one option with a list of values, as in {EXAMPLE}")
    if len(lists) > 1:
        both = " and ".join(each.option for each in lists)
        raise PlanError("sweep", f"{both} have lists: sweep takes one list, and the rest once")
    return lists[0]


def _values(field: PlanField, text: str) -> tuple[Number, ...]:
    values: list[Number] = []
    for part in text.split(","):
        value = field.parse(part)
        assert not isinstance(value, str)
        if value in values:
            raise PlanError(
                field.name,
                f"{field.option} names {part.strip()} twice: --repeat runs each several times",
            )
        values.append(value)
    return tuple(sorted(values))


def _total(texts: Mapping[str, str], field: PlanField, text: str | None) -> int | None:
    if text is None:
        return None
    if field.name != "partitions":
        raise PlanError("total_tasks", f"--total-tasks goes with a list of partitions: {EXAMPLE}")
    if "tasks_per_partition" in texts:
        raise PlanError(
            "total_tasks", "--total-tasks and --tasks-per-partition exclude each other: give one"
        )
    return int(TOTAL_TASKS.parse(text))
