"""What strategies are compared by: each quantity, its value in a run, and its ideal.

The ideal is computed, not run: round robin without a lock, and a Redis that takes no time.
"""

import enum
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain
from statistics import median

from queue_fairness.fairness.measures import FairnessMeasures
from queue_fairness.formatting import numbers
from queue_fairness.metrics.snapshot import Snapshot
from queue_fairness.plan import Plan

IDEAL = "ideal"
"""What the computed baseline is called, wherever its values are shown."""


class Rank(enum.Enum):
    """How a cell stands to the best of its column."""

    NONE = ""
    BEST = "best"
    SAME = "same"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One quantity that strategies are compared by."""

    name: str
    """Its name in JSON and CSV, the unit included."""
    unit: str
    """Of its value: `rounds`, `s`; `index` for one from 0 to 1."""
    title: str
    """Its head where there is room."""
    head: str
    """Its head in a table, of two short lines."""
    higher_is_better: bool
    value: Callable[[Snapshot], float | None]
    ideal: Callable[[Plan], float | None]
    """What the ideal has; None where it has none."""
    show: Callable[[float | None], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One quantity of one strategy over its repeats; None throughout where it has none."""

    median: float | None = None
    minimum: float | None = None
    maximum: float | None = None
    mark: Rank = Rank.NONE


def cell_of(values: Sequence[float | None]) -> Cell:
    """The median, smallest and largest of what is known of some runs' values."""
    known = [each for each in values if each is not None]
    if not known:
        return Cell()
    return Cell(median=median(known), minimum=min(known), maximum=max(known))


def overlap(one: Cell, other: Cell) -> bool:
    """Whether the repeats of two strategies reach into each other's range."""
    ends = (one.minimum, one.maximum, other.minimum, other.maximum)
    if any(each is None for each in ends):
        return False
    low, high, other_low, other_high = (each or 0.0 for each in ends)
    return low <= other_high and other_low <= high


def _measured(
    value: Callable[[FairnessMeasures], float | None],
) -> Callable[[Snapshot], float | None]:
    def of(run: Snapshot) -> float | None:
        # Of a queue that handed out nothing there is a verdict, and nothing measured.
        if run.assessment is None or not run.picked_up:
            return None
        return value(run.assessment.measures)

    return of


def format_score(value: float | None) -> str:
    """A number as precise as it can be compared: `0.52`, `1.0`, `9.9`, `10.0`, `104`."""
    if value is None or abs(value) < 0.995:
        return numbers.digits(value, 2)
    return f"{value:,.1f}" if abs(value) < 99.95 else numbers.digits(value)


def _always(value: float | None) -> Callable[[Plan], float | None]:
    return lambda _plan: value


def _bound(plan: Plan) -> float | None:
    """What the workers could do, and not more than arrives."""
    is_steady = not (plan.is_drain or plan.noisy)
    bound = min(plan.bound_per_s, plan.arrival_rate) if is_steady else plan.bound_per_s
    return bound if math.isfinite(bound) else None


def _mean_wait(plan: Plan) -> float | None:
    """Of a drain of equal tasks by equal workers: it is the same for every order of service."""
    disturbances = (plan.slow_worker != 1, plan.crash_at, plan.failure_rate)
    if not plan.is_full_at_start or plan.work_scale != "equal" or any(disturbances):
        return None
    return (plan.total_tasks - 1) / 2 / plan.bound_per_s


def _of_equals(value: float) -> Callable[[Plan], float | None]:
    """What the ideal has where all partitions are due the same."""
    return lambda plan: value if plan.weights == "equal" else None


def _first_round(value: float) -> Callable[[Plan], float | None]:
    """What the ideal has where all partitions wait from the start, and are due the same."""
    return lambda plan: value if plan.is_full_at_start and plan.weights == "equal" else None


FAIRNESS = (
    Column(
        name="worst_wait_rounds_p99",
        unit="rounds",
        title="worst wait p99, rounds",
        head="worst\np99",
        higher_is_better=False,
        value=_measured(lambda measures: measures.worst_wait_rounds.p99),
        ideal=_of_equals(1.0),
        show=format_score,
    ),
    Column(
        name="worst_wait_rounds_max",
        unit="rounds",
        title="worst wait max, rounds",
        head="worst\nmax",
        higher_is_better=False,
        value=_measured(lambda measures: measures.worst_wait_rounds.max),
        ideal=_of_equals(1.0),
        show=format_score,
    ),
    Column(
        name="first_pickup_rounds_mean",
        unit="rounds",
        title="first pickup mean, rounds",
        head="first\nmean",
        higher_is_better=False,
        value=_measured(lambda measures: measures.first_pickup_rounds.mean),
        ideal=_first_round(0.5),
        show=format_score,
    ),
    Column(
        name="debt_tasks_max",
        unit="tasks",
        title="debt max, tasks",
        head="debt\nmax",
        higher_is_better=False,
        value=_measured(lambda measures: measures.debt_tasks_max),
        ideal=_always(1.0),
        show=format_score,
    ),
    Column(
        name="round_jain",
        unit="index",
        title="round Jain",
        head="round\nJain",
        higher_is_better=True,
        value=_measured(lambda measures: measures.round_jain),
        ideal=_always(1.0),
        show=format_score,
    ),
)
"""Columns that a strategy's order of service decides."""


def _pop_column(name: str, value: Callable[[Snapshot], float | None]) -> Column:
    return Column(
        name=f"pop_s_{name}",
        unit="s",
        title=f"pop {name}",
        head=f"pop\n{name}",
        higher_is_better=False,
        value=value,
        ideal=_always(None),
        show=numbers.seconds,
    )


COST = (
    Column(
        name="throughput_per_s",
        unit="tasks/s",
        title="throughput, tasks/s",
        head="tasks\n/ s",
        higher_is_better=True,
        value=lambda run: run.throughput_per_s,
        ideal=_bound,
        show=numbers.digits,
    ),
    Column(
        name="round_trips_per_pop",
        unit="per task",
        title="round trips per pop",
        head="trips\n/ pop",
        higher_is_better=False,
        value=lambda run: run.per_pop(run.dequeue_cost.round_trips),
        ideal=_always(None),
        show=format_score,
    ),
    Column(
        name="wait_s_mean",
        unit="s",
        title="mean wait of a task",
        head="mean\nwait",
        higher_is_better=False,
        value=lambda run: run.waits.mean,
        ideal=_mean_wait,
        show=numbers.seconds,
    ),
    _pop_column("p50", lambda run: run.pops.p50),
    _pop_column("p99", lambda run: run.pops.p99),
    _pop_column("max", lambda run: run.pops.maximum),
)
"""Columns of what it costs to be served in that order."""

COLUMNS = tuple(chain(FAIRNESS, COST))
TIMED = tuple(column for column in COST if column.name != "round_trips_per_pop")
"""Columns of rates and seconds."""
