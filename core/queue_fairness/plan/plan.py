"""What a run is asked to do.

The metadata of `Plan`'s fields is the one table that feeds `--help`, the form and the README:
whoever needs a field's unit, bound or explanation reads it with `plan_fields()`.
"""

import dataclasses
import math
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeVar, cast

from queue_fairness.errors import PlanError
from queue_fairness.load.arrivals import ARRIVAL_PROCESSES
from queue_fairness.load.order import ARRIVAL_ORDERS
from queue_fairness.load.pattern import counts, parse_pattern
from queue_fairness.load.service import SERVICE_DISTRIBUTIONS
from queue_fairness.load.task_body import TASK_FORM, TASKS, find_task
from queue_fairness.plan.field import PlanField, PlanValue
from queue_fairness.strategies import STRATEGIES
from queue_fairness.strategies.custom import FORM, find_strategy

MAX_TASKS = 10_000_000
"""Most tasks one run may hold: each costs the program about one byte, and Redis about a hundred."""

RETRIES = ("tail", "head", "backoff")
FAIR_BY = ("turns", "time", "tokens")
"""What fairness is about: dispatches, seconds of the workers, or what tasks report they cost."""
PATTERN_FORM = "zipf:0.99, values such as 5000,10 or 4*100,1"

T = TypeVar("T", int, float, str)


def _asked(default: T, *flags: str, **metadata: object) -> T:
    return field(default=default, metadata={"flags": flags, **metadata})


def _find_custom_strategy(name: str) -> None:
    if ":" not in name:
        raise LookupError(name)
    find_strategy(name)


def _find_custom_task(name: str) -> None:
    if ":" not in name:
        raise LookupError(name)
    find_task(name)


def _find_pattern(text: str) -> None:
    try:
        parse_pattern(text)
    except ValueError as error:
        raise LookupError(text) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All a run is asked to do. It checks itself when it is made.

    A run is a *drain*, in which all tasks are there at the start, unless a rate or a load is
    given; then tasks arrive for a while as the plan says, however long they have to wait.

    Raises:
        PlanError: A field is out of bounds; the error names the field.
    """

    partitions: int = _asked(
        200,
        "--partitions",
        "-P",
        group="load",
        unit="partitions",
        minimum=1,
        maximum=1_000_000,
        help="How many partitions (tenants) share the queue, one Redis list each.",
    )
    tasks_per_partition: int = _asked(
        10,
        "--tasks-per-partition",
        "-t",
        group="load",
        unit="tasks",
        minimum=1,
        maximum=1_000_000,
        help="How many tasks each partition starts with.",
    )
    workers: int = _asked(
        8,
        "--workers",
        "-w",
        group="workers",
        unit="workers",
        minimum=1,
        maximum=1024,
        help="How many workers serve the queue, each on a Redis connection of its own.",
    )
    work_duration: float = _asked(
        0.025,
        "--work-duration",
        group="work",
        unit="seconds",
        minimum=0,
        maximum=3600,
        help="How long the simulated work of one task takes; 0 measures the queue alone.",
    )
    strategy: str = _asked(
        "scan",
        "--strategy",
        group="queue",
        unit="",
        choices=tuple(STRATEGIES),
        other_form=FORM,
        find_other=_find_custom_strategy,
        help="How a worker finds its next task.",
    )
    arrival_order: str = _asked(
        "block",
        "--arrival-order",
        group="load",
        unit="",
        choices=ARRIVAL_ORDERS,
        help="In which order tasks are enqueued: partition after partition, shuffled, or by turns.",
    )
    seed: int = _asked(
        42,
        "--seed",
        group="load",
        unit="",
        minimum=0,
        maximum=2**32 - 1,
        help="Fixes everything random in the plan: the same seed gives every strategy one load.",
    )
    rate: float = _asked(
        0.0,
        "--rate",
        group="load",
        unit="tasks/s",
        minimum=0,
        maximum=1_000_000,
        help="Sustained load: so many tasks arrive per second, in all; 0 for a drain.",
    )
    load: float = _asked(
        0.0,
        "--load",
        group="load",
        unit="",
        minimum=0,
        maximum=100,
        help="Sustained load, as a share of what the workers can do: 1.2 is 20 % too much.",
    )
    duration: float = _asked(
        60.0,
        "--for",
        group="load",
        unit="seconds",
        minimum=0.1,
        maximum=86_400,
        help="How long sustained load lasts; the run ends with it.",
    )
    arrivals: str = _asked(
        "poisson",
        "--arrivals",
        group="load",
        unit="",
        choices=ARRIVAL_PROCESSES,
        help="How sustained load comes in: at random, in bursts, or evenly.",
    )
    burst_cv: float = _asked(
        3.0,
        "--burst-cv",
        group="load",
        unit="",
        minimum=1,
        maximum=10,
        help="How bursty bursts are: the coefficient of variation between arrivals (1: poisson).",
    )
    sizes: str = _asked(
        "equal",
        "--sizes",
        group="tenants",
        unit="",
        choices=("equal", "zipf"),
        other_form=PATTERN_FORM,
        find_other=_find_pattern,
        help="How much each partition has: tasks in a drain, else its share of the arrivals.",
    )
    weights: str = _asked(
        "equal",
        "--weights",
        group="tenants",
        unit="",
        choices=("equal", "zipf"),
        other_form=PATTERN_FORM,
        find_other=_find_pattern,
        help="The share of service each partition is due; virtual-time and stride-tag keep to it.",
    )
    fair_by: str = _asked(
        "turns",
        "--fair-by",
        group="tenants",
        unit="",
        choices=FAIR_BY,
        help="What is to be shared fairly: turns, worker time, or the tokens that tasks report.",
    )
    noisy: int = _asked(
        0,
        "--noisy",
        group="tenants",
        unit="partitions",
        minimum=0,
        maximum=1000,
        help="So many more partitions are noisy: each drops a pile of tasks at once.",
    )
    noisy_tasks: int = _asked(
        5000,
        "--noisy-tasks",
        group="tenants",
        unit="tasks",
        minimum=1,
        maximum=1_000_000,
        help="How many tasks a noisy partition drops.",
    )
    noisy_at: float = _asked(
        5.0,
        "--noisy-at",
        group="tenants",
        unit="seconds",
        minimum=0,
        maximum=86_400,
        help="When they are dropped, counted from the workers' start.",
    )
    paired: str = _asked(
        "no",
        "--paired",
        group="tenants",
        unit="",
        choices=("no", "yes"),
        help="Whether to run it without the noise first, to compare the waits of the quiet ones.",
    )
    newcomer_at: float = _asked(
        0.0,
        "--newcomer-at",
        group="tenants",
        unit="seconds",
        minimum=0,
        maximum=86_400,
        help="The last partition has no task before this; 0 for none such.",
    )
    work_distribution: str = _asked(
        "constant",
        "--work-distribution",
        group="work",
        unit="",
        choices=SERVICE_DISTRIBUTIONS,
        help="How the work of tasks varies about its mean, --work-duration.",
    )
    work_cv2: float = _asked(
        10.0,
        "--work-cv2",
        group="work",
        unit="",
        minimum=0.01,
        maximum=50,
        help="How much log-normal and pareto work varies: its squared coefficient of variation.",
    )
    work_scale: str = _asked(
        "equal",
        "--work-scale",
        group="work",
        unit="",
        choices=("equal", "zipf"),
        other_form=PATTERN_FORM,
        find_other=_find_pattern,
        help="A factor on the work of each partition's tasks.",
    )
    task: str = _asked(
        "sleep",
        "--task",
        group="work",
        unit="",
        choices=tuple(TASKS),
        other_form=TASK_FORM,
        find_other=_find_custom_task,
        help="What a task does: wait, keep the processor busy, or call a coroutine of yours.",
    )
    slow_worker: float = _asked(
        1.0,
        "--slow-worker",
        group="workers",
        unit="times",
        minimum=1,
        maximum=1000,
        help="The first worker takes so many times as long as the others.",
    )
    crash_at: float = _asked(
        0.0,
        "--crash-at",
        group="workers",
        unit="seconds",
        minimum=0,
        maximum=86_400,
        help="A worker crashes at this second, with a task in hand; 0 for never.",
    )
    crash_return: float = _asked(
        0.0,
        "--crash-return",
        group="workers",
        unit="seconds",
        minimum=0,
        maximum=86_400,
        help="So long after its crash it is back; 0 for never.",
    )
    failure_rate: float = _asked(
        0.0,
        "--failure-rate",
        group="workers",
        unit="",
        minimum=0,
        maximum=1,
        help="The share of attempts that fail, at random.",
    )
    retry: str = _asked(
        "tail",
        "--retry",
        group="workers",
        unit="",
        choices=RETRIES,
        help="Where a task that failed goes: behind its partition's others, before them, or later.",
    )
    max_attempts: int = _asked(
        3,
        "--max-attempts",
        group="workers",
        unit="attempts",
        minimum=1,
        maximum=100,
        help="After so many failed attempts a task is dead, and not tried again.",
    )
    concurrency_limit: int = _asked(
        1,
        "--concurrency-limit",
        group="queue",
        unit="tasks",
        minimum=0,
        maximum=1024,
        help="Most tasks of one partition in service at once: 1 is the lock, 0 no limit.",
    )
    lease_ttl: float = _asked(
        30.0,
        "--lease-ttl",
        group="queue",
        unit="seconds",
        minimum=0.1,
        maximum=3600,
        help="How long a worker may be silent before its task goes to another.",
    )
    foreign_keys: int = _asked(
        0,
        "--foreign-keys",
        group="redis",
        unit="keys",
        minimum=0,
        maximum=10_000_000,
        help="So many keys of others lie in the same database; made and removed by the run.",
    )
    results_ttl: float = _asked(
        0.0,
        "--results-ttl",
        group="redis",
        unit="seconds",
        minimum=0,
        maximum=86_400,
        help="Each task leaves its result in a key for so long; 0 for none.",
    )
    network_delay: float = _asked(
        0.0,
        "--network-delay",
        group="redis",
        unit="seconds",
        minimum=0,
        maximum=1,
        help="Added to every round trip to Redis, by a proxy of the run's own.",
    )

    def __post_init__(self) -> None:
        for each in plan_fields():
            each.check(getattr(self, each.name))
        if self.rate and self.load:
            raise PlanError("load", "--rate and --load both say how much arrives: give one of them")
        if self.load and not self.work_duration:
            raise PlanError(
                "load",
                "--load is a share of what the workers can do, which no work (--work-duration 0) "
                "does not bound: give --rate",
            )
        if self.paired == "yes" and not self.noisy:
            raise PlanError("paired", "--paired yes compares with and without noise: give --noisy")
        if self.fair_by == "tokens" and self.task in TASKS:
            raise PlanError(
                "fair_by",
                f"--fair-by tokens needs tasks that report what they cost, and --task {self.task} "
                f"does not: give --task {TASK_FORM} whose coroutine returns a number, or "
                "--fair-by time",
            )
        self._check_tasks()

    def _check_tasks(self) -> None:
        tasks = self.expected_tasks
        if tasks <= MAX_TASKS:
            return
        if self.is_drain:
            name, load = (
                "tasks_per_partition",
                (
                    f"--partitions {self.partitions:,} x --tasks-per-partition "
                    f"{self.tasks_per_partition:,}"
                ),
            )
            if self.sizes not in ("equal", "zipf"):
                name, load = "sizes", f"--partitions {self.partitions:,} of --sizes {self.sizes}"
        else:
            name, load = "duration", f"{self.arrival_rate:,.0f} tasks/s for {self.duration:,.0f} s"
        noise = f" and --noisy {self.noisy:,}" if self.noisy else ""
        raise PlanError(
            name,
            f"{load}{noise} is {tasks:,.0f} tasks: allowed are at most {MAX_TASKS:,} in one run",
        )

    @property
    def is_drain(self) -> bool:
        """Whether the run is over when the queue is empty, rather than after a time."""
        return not (self.rate or self.load)

    @property
    def is_full_at_start(self) -> bool:
        """Whether every task waits before the workers start: a drain without noise or newcomer."""
        return self.is_drain and not (self.noisy or self.newcomer_at)

    @property
    def all_partitions(self) -> int:
        """Partitions, the noisy ones included, which come last."""
        return self.partitions + self.noisy

    @property
    def total_tasks(self) -> int:
        """Tasks of a drain, the noise and the newcomer's included; 0 for sustained load."""
        return sum(self.sizes_of_all()) + self.noisy_total if self.is_drain else 0

    def sizes_of_all(self) -> Sequence[int]:
        """Tasks of each partition of a drain but the noisy ones, by index."""
        if not self.is_drain:
            return ()
        return drain_sizes(self.sizes, self.partitions, self.tasks_per_partition)

    def sizes_at_start(self) -> Sequence[int]:
        """How many of them wait before the workers start."""
        sizes = self.sizes_of_all()
        return (*sizes[:-1], 0) if sizes and self.newcomer_at else sizes

    @property
    def without_noise(self) -> "Plan":
        """The same plan for the quiet partitions alone."""
        return dataclasses.replace(self, noisy=0, paired="no")

    @property
    def noisy_total(self) -> int:
        """Tasks that all noisy partitions drop together."""
        return self.noisy * self.noisy_tasks

    @property
    def expected_tasks(self) -> float:
        """Tasks in the whole run: exactly in a drain, else on average."""
        if self.is_drain:
            return self.total_tasks
        return self.arrival_rate * self.duration + self.noisy_total

    @property
    def arrival_rate(self) -> float:
        """Tasks per second of sustained load; 0 for a drain."""
        return self.rate or (self.load * self.workers / self.mean_work_s if self.load else 0.0)

    @property
    def mean_work_s(self) -> float:
        """Mean work of a task, seconds, the partitions' scales and sizes included."""
        if self.work_scale == "equal":
            return self.work_duration
        scales = parse_pattern(self.work_scale).values(self.partitions)
        sizes = parse_pattern(self.sizes).values(self.partitions)
        scaled = sum(scale * size for scale, size in zip(scales, sizes, strict=True))
        return self.work_duration * scaled / sum(sizes)

    @property
    def bound_per_s(self) -> float:
        """The rate that no queue can exceed, tasks/s: workers / mean work (inf for no work)."""
        work_s = self.mean_work_s
        return self.workers / work_s if work_s else math.inf

    @property
    def command(self) -> str:
        """The command line that asks for this plan again."""
        return f"queue-fairness-tui {self.options()}"

    def options(self, *without: str) -> str:
        """The options that ask for it, quoted for a shell: those always said, and no defaults.

        Args:
            without: Fields that somebody else speaks for.
        """
        said = (
            (each.option, str(getattr(self, each.name)))
            for each in plan_fields()
            if each.name not in without
            and (each.name in ALWAYS_SAID or getattr(self, each.name) != each.default)
        )
        return " ".join(map(shlex.join, said))

    def partition_name(self, partition: int) -> str:
        """The name of a partition in Redis and on the screen, such as `p0731` or `noisy1`."""
        if partition >= self.partitions:
            return f"noisy{partition - self.partitions + 1}"
        return f"p{partition:0{len(str(self.partitions - 1))}d}"


@lru_cache(maxsize=4)
def drain_sizes(sizes: str, partitions: int, tasks_per_partition: int) -> Sequence[int]:
    """Tasks of each partition of a drain; kept, for a pattern takes time to work out."""
    return tuple(counts(parse_pattern(sizes), partitions, tasks_per_partition))


ALWAYS_SAID = (
    "partitions",
    "tasks_per_partition",
    "workers",
    "work_duration",
    "strategy",
    "arrival_order",
    "seed",
)
"""Fields without which nobody could read a result."""

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


GROUPS = {
    "load": "the load",
    "workers": "the workers",
    "work": "the work",
    "queue": "the queue",
    "tenants": "its tenants",
    "redis": "what else is in Redis, and on the way to it",
}
"""The headings, in the order in which they are shown."""


def grouped_fields() -> Iterator[tuple[str, Sequence[PlanField]]]:
    """The table by heading."""
    for group, heading in GROUPS.items():
        yield heading, [each for each in plan_fields() if each.group == group]


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
