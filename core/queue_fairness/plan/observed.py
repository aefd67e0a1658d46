"""A load that was observed and not asked for: jobs of another system, read from a file.

Screens and reports know a load as a plan. This one has no options to repeat it by; what it was read
from stands in its `Source`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from queue_fairness.formatting import numbers
from queue_fairness.plan.plan import Plan
from queue_fairness.plan.source import Source


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ObservedPlan(Plan):
    """The load of a file as a plan; of the options only the numbers of it mean something.

    `strategy` holds the name of the source, `work_duration` the mean service and `duration` the
    length of what was seen, in seconds.
    """

    source: Source
    names: Sequence[str]
    """The tenants, by partition."""
    worker_names: Sequence[str] = ()
    """The workers, by number; empty where the source names none."""
    sizes_seen: Sequence[int] = ()
    """Jobs of each partition."""
    was_waiting: bool = False
    """Whether every job waited before the first was taken: a drain."""

    def __post_init__(self) -> None:
        """Check nothing: what happened is not to be refused."""

    @property
    def observed(self) -> Source:
        """Where it came from."""
        return self.source

    @property
    def is_drain(self) -> bool:
        """Whether every job waited before the first was taken."""
        return self.was_waiting

    @property
    def total_tasks(self) -> int:
        """All jobs of a drain; 0 for any other load, of which more might have come."""
        return sum(self.sizes_seen) if self.was_waiting else 0

    @property
    def expected_tasks(self) -> float:
        """All jobs."""
        return sum(self.sizes_seen)

    def sizes_of_all(self) -> Sequence[int]:
        """Jobs of each partition of a drain, by index."""
        return self.sizes_seen if self.was_waiting else ()

    def sizes_at_start(self) -> Sequence[int]:
        """None: every job has an arrival of its own."""
        return ()

    @property
    def mean_work_s(self) -> float:
        """Mean service of the jobs that ended, seconds; 0 where none did."""
        return self.work_duration

    @property
    def bound_per_s(self) -> float:
        """Not known: how many workers there might have been nobody has told."""
        return float("inf")

    @property
    def command(self) -> str:
        """The command line that reads the source again."""
        return self.source.command

    def partition_name(self, partition: int) -> str:
        """The tenant's name."""
        return self.names[partition]

    def worker_name(self, worker: int) -> str:
        """The worker's name; its number where the source names none."""
        names = self.worker_names
        return names[worker] if worker < len(names) else f"w{worker}"

    @property
    def described(self) -> str:
        """The load in a few words: `2,000 jobs of 200 tenants`."""
        jobs = numbers.plural(sum(self.sizes_seen), "job")
        return f"{jobs} of {numbers.plural(self.partitions, 'tenant')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedPlan(Plan):
    """A plan that was carried out before, maybe elsewhere: the classes it names need not be here.

    As it is read from a recording; nothing of it is checked again.
    """

    def __post_init__(self) -> None:
        """Check nothing: it was checked when it was carried out."""
