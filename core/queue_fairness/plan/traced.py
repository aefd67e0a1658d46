"""A load that happened once, to be carried out again: the arrivals and the work of a file."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from queue_fairness.errors import PlanError
from queue_fairness.formatting import numbers
from queue_fairness.plan.plan import MAX_TASKS, Plan
from queue_fairness.plan.source import Trace
from queue_fairness.plan.table import plan_fields


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TracedPlan(Plan):
    """Carries a trace out again. It checks itself when it is made.

    Raises:
        PlanError: It is too large for one run, or a field is out of bounds.
    """

    trace: Trace
    sizes_seen: Sequence[int] = field(init=False)
    """Tasks of each partition."""

    def __post_init__(self) -> None:
        """Check what was asked for, and how much there is."""
        for each in plan_fields():
            each.check(getattr(self, each.name))
        tasks = len(self.trace.at)
        if tasks > MAX_TASKS:
            raise PlanError("file", f"{tasks:,} jobs: allowed are at most {MAX_TASKS:,} in one run")
        object.__setattr__(self, "sizes_seen", self._sizes(self.trace.partition))

    @property
    def traced(self) -> Trace:
        """What is carried out again."""
        return self.trace

    @property
    def is_drain(self) -> bool:
        """Whether everything was waiting at the start."""
        return not any(self.trace.at)

    @property
    def is_full_at_start(self) -> bool:
        """The same."""
        return self.is_drain

    @property
    def expected_tasks(self) -> float:
        """All tasks of the trace."""
        return len(self.trace.at)

    def sizes_of_all(self) -> Sequence[int]:
        """Tasks of each partition of a drain, by index."""
        return self.sizes_seen if self.is_drain else ()

    def sizes_at_start(self) -> Sequence[int]:
        """How many of them wait before the workers start."""
        waiting = (
            partition
            for at, partition in zip(self.trace.at, self.trace.partition, strict=True)
            if not at
        )
        return self._sizes(waiting)

    @property
    def mean_work_s(self) -> float:
        """Mean work of a task, seconds."""
        return self.work_duration

    @property
    def described(self) -> str:
        """The load in a few words: `2,000 jobs of 200 tenants from jobs.csv`."""
        jobs, tenants = len(self.trace.at), numbers.plural(self.partitions, "tenant")
        return f"{numbers.plural(jobs, 'job')} of {tenants} from {self.trace.name}"

    @property
    def command(self) -> str:
        """The command line that asks for this again, quoted for a shell."""
        return f"queue-fairness-tui replay {self.trace.command}"

    def partition_name(self, partition: int) -> str:
        """The tenant's name; a partition that was added by hand has none of its own."""
        names = self.trace.tenants
        return names[partition] if partition < len(names) else Plan.partition_name(self, partition)

    def key_name(self, partition: int) -> str:
        """Its name in Redis: a number, for a tenant's name may hold anything."""
        return Plan.partition_name(self, partition)

    def _sizes(self, partitions: Iterable[int]) -> Sequence[int]:
        counts = Counter(partitions)
        return tuple(counts[each] for each in range(self.partitions))
