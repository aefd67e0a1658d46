"""The plan: what a run is asked to do, as one frozen value that checks itself."""

import dataclasses
import math
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from queue_fairness.errors import PlanError
from queue_fairness.load.pattern import counts, parse_pattern
from queue_fairness.load.task_names import TASK_FORM, TASK_NAMES
from queue_fairness.plan.fields import PlanFields
from queue_fairness.plan.source import Source, Trace
from queue_fairness.plan.table import always_said, plan_field, plan_fields

MAX_TASKS = 10_000_000
"""Most tasks one run may hold: each costs the program about one byte, and Redis about a hundred."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan(PlanFields):
    """All a run is asked to do. It checks itself when it is made.

    A run is a *drain*, in which all tasks are there at the start, unless a rate or a load is
    given; then tasks arrive for a while as the plan says, however long they have to wait.

    Raises:
        PlanError: A field is out of bounds; the error names the field.
    """

    def __post_init__(self) -> None:
        for each in plan_fields():
            each.check(getattr(self, each.name))
        if self.rate and self.load:
            raise PlanError("load", "--rate and --load both set the arrival rate: give one of them")
        if self.load and not self.work_duration:
            raise PlanError(
                "load",
                "--load is a multiple of the workers' capacity, which has no bound without work "
                "(--work-duration 0): give --rate instead",
            )
        if self.paired and not self.noisy:
            raise PlanError(
                "paired",
                "--paired compares a run with and without noisy partitions: give --noisy, too",
            )
        if self.fair_by == "tokens" and self.task in TASK_NAMES:
            raise PlanError(
                "fair_by",
                f"--fair-by tokens needs tasks that report their cost, and --task {self.task} "
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
    def observed(self) -> Source | None:
        """What the load was read from, where it was not asked for; None for a plan."""
        return None

    @property
    def traced(self) -> Trace | None:
        """What happened once, where that is carried out again; None for a plan."""
        return None

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
        """Tasks of a drain, the noise and the newcomer's included; 0 for an open-loop load."""
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
        """The same plan without its noisy partitions."""
        return dataclasses.replace(self, noisy=0, paired=False)

    @property
    def noisy_total(self) -> int:
        """Tasks that all noisy partitions enqueue together."""
        return self.noisy * self.noisy_tasks

    @property
    def expected_tasks(self) -> float:
        """Tasks in the whole run: exactly in a drain, else on average."""
        if self.is_drain:
            return self.total_tasks
        return self.arrival_rate * self.duration + self.noisy_total

    @property
    def arrival_rate(self) -> float:
        """Tasks per second of an open-loop load; 0 for a drain."""
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
        """The command line that asks for this plan again, quoted for a shell."""
        return f"queue-fairness-tui {self.options()}"

    def options(self, *without: str) -> str:
        """The options that ask for it, quoted for a shell.

        They are those always said, and those that differ from their defaults.

        Args:
            without: Fields that the caller writes itself.
        """
        words: list[str] = []
        always = always_said()
        for each in plan_fields():
            value = getattr(self, each.name)
            if each.name in without or (each.name not in always and value == each.default):
                continue
            if not each.is_flag:
                words += (each.option, str(value))
            elif value:
                words.append(each.option)
        return shlex.join(words)

    def partition_name(self, partition: int) -> str:
        """The name of a partition on the screen, such as `p0731` or `noisy1`."""
        if partition >= self.partitions:
            return f"noisy{partition - self.partitions + 1}"
        return f"p{partition:0{len(str(self.partitions - 1))}d}"

    def key_name(self, partition: int) -> str:
        """The name of a partition in Redis."""
        return self.partition_name(partition)

    @property
    def described(self) -> str:
        """The load in a few words where its options do not tell it; else empty."""
        return ""

    def worker_name(self, worker: int) -> str:
        """The name of a worker, such as `w3`."""
        return f"w{worker}"


@lru_cache(maxsize=4)
def drain_sizes(sizes: str, partitions: int, tasks_per_partition: int) -> Sequence[int]:
    """Tasks of each partition of a drain; kept, for a pattern takes time to work out."""
    return tuple(counts(parse_pattern(sizes), partitions, tasks_per_partition))


def parse_plan(texts: Mapping[str, str]) -> Plan:
    """A plan from what a user typed, by field name; a field not named keeps its default.

    Raises:
        PlanError: A text is no value of its field, or out of bounds.
    """
    values = {name: plan_field(name).parse(text) for name, text in texts.items()}
    return Plan(**values)  # type: ignore[arg-type]  # each was made by its own field's type
