"""The seam between the pool and a queue discipline.

A `Strategy` knows a queue's keys in Redis; a `Consumer` is one worker's hand on it, over one
connection. To add a discipline, write one file with one strategy and add it to `STRATEGIES`.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, ClassVar, NamedTuple, TypeVar

from queue_fairness_core.events import Price

if TYPE_CHECKING:
    from redis.asyncio import Redis


PIPELINE = 1000
"""Most commands sent in one go: enough to hide the round trip, few enough to stay responsive."""

T = TypeVar("T")


def batched(values: Sequence[T], size: int) -> Iterator[Sequence[T]]:
    """Cut a sequence into slices of at most `size`."""
    return (values[start : start + size] for start in range(0, len(values), size))


class Task(NamedTuple):
    """One unit of work, as it is written into Redis."""

    partition: int
    """Index of its partition, from 0."""
    number: int
    """Its number in the run, from 0: what makes a loss or a duplicate visible."""

    def encode(self) -> bytes:
        """The task as a Redis value."""
        return b"%d:%d" % self

    @classmethod
    def decode(cls, payload: bytes) -> "Task":
        """Read a task back; ValueError if the value is none of ours."""
        partition, number = payload.split(b":")
        return cls(int(partition), int(number))


class Lease(NamedTuple):
    """A task in a worker's hands, with what is needed to give its partition back."""

    task: Task
    partition_key: bytes
    """The key (or member) that stands for the partition in this strategy."""


class Claim(NamedTuple):
    """The outcome of one attempt to dequeue."""

    lease: Lease | None
    price: Price
    """Of the whole attempt, the completion of the previous task included."""


class Consumer(ABC):
    """One worker's hand on the queue. Not shared between workers."""

    @abstractmethod
    async def next(self, done: Lease | None) -> Claim:
        """Complete the task just done, if there is one, and claim another.

        The two go together because some disciplines do both in one round trip.
        """

    @abstractmethod
    async def complete(self, done: Lease) -> None:
        """Complete a task without claiming another: the worker is leaving."""


class Strategy(ABC):
    """A queue discipline on one run's keys."""

    name: ClassVar[str]
    """As it is called on the command line."""
    concurrency_limit: ClassVar[int] = 1
    """Most tasks of one partition in service at once; 0 for no limit."""
    where_to_look: ClassVar[str] = ""
    """What else has to be known to read its results, in one short sentence."""

    def __init__(self, prefix: str, names: Sequence[str]) -> None:
        """Bind the discipline to a run.

        Args:
            prefix: Begins every key of the run.
            names: The partitions' names, by index.
        """
        self.prefix = prefix
        self.names = names

    def key(self, partition: int) -> str:
        """The Redis list of a partition."""
        return f"{self.prefix}:{self.names[partition]}"

    @abstractmethod
    async def push(self, client: "Redis", tasks: Sequence[Task]) -> None:
        """Enqueue tasks in the given order, in one pipelined request."""

    @abstractmethod
    def consumer(self, client: "Redis") -> Consumer:
        """A worker's hand on the queue over its own connection."""

    @abstractmethod
    async def locks_left(self, client: "Redis") -> int:
        """How many partitions are still locked; 0 for a discipline without locks."""

    async def waiting(self, client: "Redis") -> int:
        """How many tasks still wait in the partitions' lists."""
        depth = 0
        for partitions in batched(range(len(self.names)), PIPELINE):
            pipe = client.pipeline(transaction=False)
            for partition in partitions:
                pipe.llen(self.key(partition))
            depth += sum(await pipe.execute())
        return depth

    @classmethod
    def headline(cls) -> str:
        """The first line of the docstring: what the picker and `--help` show."""
        return (cls.__doc__ or cls.name).strip().splitlines()[0]
