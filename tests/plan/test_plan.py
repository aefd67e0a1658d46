"""The plan checks itself, and its table of fields says everything about a field once."""

import dataclasses
import shlex
from pathlib import Path

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

import queue_fairness.plan
from queue_fairness.cli.commands import RunCommand
from queue_fairness.cli.options import parse
from queue_fairness.engine.schedule import TaskLog, initial_tasks
from queue_fairness.errors import PlanError
from queue_fairness.plan import (
    MAX_TASKS,
    PATTERN_FORM,
    Plan,
    PlanField,
    PlanValue,
    parse_plan,
    plan_field,
    plan_fields,
)
from queue_fairness.strategies import Task

README = Path(queue_fairness.plan.__file__).parent / "README.md"


def _start(plan: Plan) -> list[Task]:
    return list(initial_tasks(plan, TaskLog(plan)))


def test_default_plan_is_short_and_has_enough_partitions() -> None:
    plan = Plan()

    assert plan.partitions >= 50
    assert plan.total_tasks * plan.work_duration / plan.workers < 10


@pytest.mark.parametrize(
    ("name", "text", "complaint"),
    [
        pytest.param("partitions", "0", "--partitions 0 is too small", id="below"),
        pytest.param("workers", "1025", "--workers 1025 is too large", id="above"),
        pytest.param("workers", "9" * 5000, "is not a whole number", id="endless"),
        pytest.param("workers", "1.5", "--workers 1.5 is not a whole number", id="fraction"),
        pytest.param("work_duration", "nan", "is not a finite number", id="nan"),
        pytest.param("work_duration", "inf", "is not a finite number", id="infinite"),
        pytest.param("work_duration", "-0.1", "is too small", id="negative"),
        pytest.param("seed", "", "(empty) is not a whole number", id="empty"),
        pytest.param("fair_by", "money", "--fair-by money is not known: choose one of turns, time"),
        pytest.param("strategy", "fair", "--strategy fair is not known: choose one of", id="name"),
    ],
)
def test_refusal_names_option_value_and_bound(name: str, text: str, complaint: str) -> None:
    each = plan_field(name)

    with pytest.raises(PlanError) as refusal:
        each.parse(text)

    assert complaint in str(refusal.value)
    assert each.bounds in str(refusal.value)
    assert refusal.value.field == name
    assert "\n" not in str(refusal.value)


def test_too_many_tasks_in_all_are_refused() -> None:
    with pytest.raises(PlanError, match=f"at most {MAX_TASKS:,}"):
        Plan(partitions=1_000_000, tasks_per_partition=11)


@pytest.mark.parametrize("task", ["sleep", "cpu"])
def test_tokens_are_refused_where_no_task_can_report_any(task: str) -> None:
    with pytest.raises(PlanError, match=f"--task {task} does not: give --task package") as refusal:
        Plan(fair_by="tokens", task=task)

    assert refusal.value.field == "fair_by"
    assert Plan(fair_by="time", task=task).fair_by == "time"
    asked = {"fair_by": " tokens ", "task": "behavior.user_tasks:works"}
    assert parse_plan(asked).command.count("--fair-by tokens") == 1
    assert "--fair-by" not in Plan().command


def test_flag_is_a_truth_value() -> None:
    paired = plan_field("paired")

    assert [paired.parse(text) for text in ("yes", "no", "TRUE", " false ")] == [1, 0, 1, 0]
    for text in ("perhaps", ""):
        with pytest.raises(PlanError, match="is not known: choose yes or no"):
            paired.parse(text)
    with pytest.raises(PlanError, match="--paired is either on"):
        Plan(noisy=1, paired="yes")  # type: ignore[arg-type]
    with pytest.raises(PlanError, match=r"--paired compares .*: give --noisy, too"):
        Plan(paired=True)


def test_table_has_every_field_once() -> None:
    assert [each.name for each in plan_fields()] == [each.name for each in dataclasses.fields(Plan)]
    flags = [flag for each in plan_fields() for flag in each.flags]
    assert len(flags) == len(set(flags))


def test_command_asks_for_the_same_plan_again() -> None:
    plan = Plan(sizes="4*100,1", noisy=1, paired=True, strategy="round-robin", seed=5)

    program, *words = shlex.split(plan.command)

    assert "'4*100,1'" in plan.command, "a shell must not expand it"
    assert program == "queue-fairness-tui"
    assert parse(words, {}).command.plan == plan


def _values(each: PlanField) -> st.SearchStrategy[PlanValue]:
    """Values of a field: within its bounds, or one of its choices and other forms."""
    if each.is_flag:
        return st.booleans()
    if each.choices:
        other = {PATTERN_FORM: ["zipf:0.99", "5000,10", "4*100,1"]}.get(each.other_form, [])
        return st.sampled_from((*each.choices, *other))
    assert each.minimum is not None
    assert each.maximum is not None
    if each.kind is int:
        # Few partitions: a pattern over a million of them takes a second to work out.
        most = min(each.maximum, 2000) if each.name == "partitions" else each.maximum
        return st.integers(int(each.minimum), int(most))
    return st.floats(each.minimum, each.maximum)


@settings(deadline=None)
@given(
    changes=st.fixed_dictionaries({}, optional={each.name: _values(each) for each in plan_fields()})
)
def test_command_of_any_plan_asks_for_it_again(changes: dict[str, PlanValue]) -> None:
    try:
        plan = Plan(**changes)  # type: ignore[arg-type]  # each is of its field's type
    except PlanError:
        reject()  # fields that exclude each other, or too many tasks in all

    program, *words = shlex.split(plan.command)

    assert program == "queue-fairness-tui"
    assert parse(words, {}).command == RunCommand(plan=plan)
    assert parse(shlex.split(plan.options()), {}).command == RunCommand(plan=plan)


@pytest.mark.parametrize("order", ["block", "shuffled", "interleaved"])
def test_each_order_holds_every_task_once(order: str) -> None:
    plan = Plan(partitions=13, tasks_per_partition=7, arrival_order=order)

    tasks = _start(plan)

    assert [task.number for task in tasks] == list(range(91))
    assert sorted(task.partition for task in tasks) == sorted(list(range(13)) * 7)
    assert tasks == _start(plan)
    assert tasks != _start(dataclasses.replace(plan, seed=1))


def test_orders_are_what_their_names_say() -> None:
    plan = Plan(partitions=9, tasks_per_partition=4)

    block = [task.partition for task in _start(plan)]
    turns = [
        task.partition for task in _start(dataclasses.replace(plan, arrival_order="interleaved"))
    ]

    assert all(len(set(block[first : first + 4])) == 1 for first in range(0, 36, 4))
    assert all(len(set(turns[first : first + 9])) == 9 for first in range(0, 36, 9))
    assert block[::4] != sorted(block[::4]), "partitions are created in a random order"


def test_readme_lists_every_field_of_the_plan() -> None:
    readme = README.read_text(encoding="utf-8")

    for each in plan_fields():
        assert (
            f"| `{'`, `'.join(each.flags)}` | {each.bounds} | {each.default_text} | {each.help} |"
            in readme
        )
