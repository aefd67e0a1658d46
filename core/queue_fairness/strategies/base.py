"""The interface between the worker pool and a queue discipline.

A `Strategy` knows a queue's keys in Redis; a `Consumer` is one worker's access to it, over one
connection. To add a discipline, write one file with one strategy and add it to `STRATEGIES`.
"""

import itertools
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from queue_fairness.dispatch_order import OrderKind
from queue_fairness.events import DequeueCost
from queue_fairness.formatting.slices import batched

if TYPE_CHECKING:
    from redis.asyncio import Redis


PIPELINE = 1000
"""Most commands sent in one go: enough to hide the round trip, few enough to stay responsive."""

POLL_S = (0.001, 0.02)
"""How long a worker sleeps that polls and found nothing: at first, and at most; then doubled."""

STRATEGY_FORM = "package.module:Class"
"""How a queue class of the user's own is named on the command line."""


async def depth_of(client: "Redis", keys: Sequence[str]) -> int:
    """How many values are in all these lists together."""
    depth = 0
    for some in batched(keys, PIPELINE):
        # An empty list is no key. Most are empty when this is asked, and one question about a
        # thousand lists takes a sixth of the time of a thousand questions.
        if not await client.exists(*some):
            continue
        pipe = client.pipeline(transaction=False)
        for key in some:
            pipe.llen(key)
        depth += sum(await pipe.execute())
    return depth


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
    token: bytes = b""
    """What proves that the task is in these hands and no longer in others'; empty if nothing is."""
    redelivered: bool = False
    """Whether claiming it took it over from a worker whose lease had expired."""
    cost: float | None = None
    """What the task reported that it cost, once it is done; None where it reported nothing."""


class Claim(NamedTuple):
    """The outcome of one attempt to dequeue."""

    lease: Lease | None
    dequeue_cost: DequeueCost
    """Of the whole attempt, the completion of the previous task included."""
    number: int = 0
    """Of the step that decided it, among all steps of the queue; 0 if they are not numbered."""
    sent_at: float = 0.0
    """When the command that decided it was sent (`time.monotonic`); 0 where steps are numbered."""


class Requeued(NamedTuple):
    """The outcome of giving a failed task back; true if it was put back."""

    is_back: bool
    """False if the lease was lost before, and others have the task."""
    number: int = 0
    """As in `Claim`."""

    def __bool__(self) -> bool:
        return self.is_back


class Reaped(NamedTuple):
    """What was taken back from silent workers, all in one step."""

    leases: Sequence[Lease] = ()
    number: int = 0
    """As in `Claim`; 0 if there was nothing to take."""


def _ignore(number: int) -> None:
    """Ignore the number of a step: it need not be reported."""


class Consumer(ABC):
    """One worker's hand on the queue. Not shared between workers.

    Attributes:
        passed: StepCallback the number of each step of `next` before the last one, at once.
    """

    passed: Callable[[int], None] = staticmethod(_ignore)

    @abstractmethod
    async def next(self, done: Lease | None) -> Claim:
        """Complete the task just done, if there is one, and claim another.

        The two go together because some disciplines do both in one round trip.
        """

    @abstractmethod
    async def complete(self, done: Lease) -> int:
        """Complete a task without claiming another: the worker is leaving.

        Returns:
            The number of this step, 0 if the queue's are not numbered.
        """

    @abstractmethod
    async def retry(self, done: Lease, *, at_head: bool) -> Requeued:
        """Give a task that failed back to its partition, and end its lease or lock, in one step.

        Args:
            done: The task, as it was claimed.
            at_head: Whether it is the next of its partition, or the last.
        """

    async def wait(self, longest_s: float) -> None:
        """Wait, after a claim that found nothing, until there may be something to claim.

        Needed unless the discipline's workers poll. May be cancelled; the connection is closed
        then, and opened again by the next command.

        Args:
            longest_s: Return after so many seconds, or a little later, in any case.
        """
        raise NotImplementedError(f"{type(self).__name__} is polled: it cannot wait")

    def crash(self) -> None:  # noqa: B027  # nothing of a worker is left but what Redis holds
        """The worker is gone as it stands; whatever else stands for it has to go, too."""

    async def pass_on(self) -> None:  # noqa: B027  # where workers poll there is nobody to wake
        """Wake another waiting worker: this one waited, and is leaving."""


def polling_because(why: str) -> str:
    """A discipline's `polling`: why its workers poll, and what it costs; 70 columns at most."""
    return f"{why}: idle workers poll, up to {1000 * POLL_S[1]:g} ms of each wait"


class Strategy(ABC):
    """A queue discipline on one run's keys."""

    name: ClassVar[str]
    """As it is called on the command line."""
    concurrency_limit: ClassVar[int] = 1
    """Most tasks of one partition in service at once; 0 for no limit."""
    honors_limit: ClassVar[bool] = False
    """Whether it can keep another `concurrency_limit` than its own default."""
    honors_weights: ClassVar[bool] = False
    """Whether it serves partitions in proportion to their weights."""
    shares_cost: ClassVar[bool] = False
    """Whether it shares out what tasks cost, rather than turns."""
    honors_head: ClassVar[bool] = True
    """Whether a task that failed can go before its partition's others."""
    lease_ttl_s: float = 0.0
    """How long a worker may be silent before its task goes to another; 0 if it has no leases."""
    polling: ClassVar[str] = ""
    """Why idle workers poll, and what that adds to waits, to be said beside them; empty where they
    are woken."""
    sends: ClassVar[tuple[str, ...]] = ("exists", "llen")
    """Commands it sends besides its scripts, as ACL names them; all that a run may come to send."""
    sends_at_retry: ClassVar[tuple[str, ...]] = ()
    """The same, only to give a failed task back."""
    pushes_singly: ClassVar[bool] = False
    """Whether a push is a request per task: then it is handed one at a time, and can end soon."""
    wants_tcp: ClassVar[bool] = False
    """Whether what it uses to reach Redis may know no Unix sockets."""
    stuck_s: ClassVar[float] = 2.0
    """How long tasks may wait with every worker idle before the queue counts as stuck."""
    remedy: ClassVar[str] = ""
    """Which set-up of the same library takes fairer turns; empty where none was found to."""
    library: str = ""
    """The public library that it drives, with its version; empty for none, or not known yet."""
    foreign_mark: str = ""
    """What every key holds that it makes beside the run's prefix; empty where it makes none."""
    foreign_indexes: Sequence[str] = ()
    """Sets that are not the run's, in which it notes names that hold the mark."""
    not_enqueued: int = 0
    """Tasks whose push was cut short or failed, and that nobody has been given."""
    ordered_by: ClassVar[OrderKind]
    """What tells in which order it handed out the tasks."""

    def __init__(
        self,
        prefix: str,
        names: Sequence[str],
        *,
        workers: int = 1,
        concurrency_limit: int | None = None,
        lease_ttl_s: float | None = None,
        weights: Mapping[int, float] | None = None,
    ) -> None:
        """Bind the discipline to a run.

        Args:
            prefix: Begins every key of the run.
            names: The partitions' names, by index; no colon in them.
            workers: How many will serve it, >= 1; some divide the partitions among them.
            concurrency_limit: Most tasks of one partition in service at once, 0 for no limit;
                None for the discipline's default. Ignored unless `honors_limit`.
            lease_ttl_s: Seconds, > 0; None for the discipline's default. Ignored without leases.
            weights: Share per partition, > 0; 1 for those not named. Ignored unless
                `honors_weights`.
        """
        self.prefix = prefix
        self.names = names
        self.workers = workers
        self.limit = self.concurrency_limit
        if self.honors_limit and concurrency_limit is not None:
            self.limit = concurrency_limit
        if self.lease_ttl_s and lease_ttl_s is not None:
            self.lease_ttl_s = lease_ttl_s
        self.weights: Mapping[int, float] = (weights or {}) if self.honors_weights else {}
        self._worker_numbers = itertools.count()

    def key(self, partition: int) -> str:
        """The Redis list of a partition."""
        return f"{self.prefix}:{self.names[partition]}"

    @abstractmethod
    async def push(self, client: "Redis", tasks: Sequence[Task]) -> int:
        """Enqueue tasks in the given order, in requests of at most `PIPELINE` tasks.

        Returns:
            The number of the queue's last step before the first of them was there; 0 if there was
            none, or they are not numbered.
        """

    @asynccontextmanager
    async def opened(
        self,
        url: str,  # noqa: ARG002
        workers: int,  # noqa: ARG002
        partitions: int | None = None,  # noqa: ARG002
    ) -> AsyncIterator[None]:
        """Hold open what the discipline needs besides Redis, while the block lasts: nothing.

        Args:
            url: The Redis under test. May hold a password.
            workers: How many will ask for a consumer.
            partitions: How many of the names are planned, the first ones; None for all.
        """
        yield

    def remark(self) -> str | None:
        """What else the user has to know about the run, in one sentence; None for nothing."""
        return None

    def scripts(self) -> Sequence[str]:
        """The Lua of each script that it calls, whole; none for a queue of the user's own."""
        return ()

    def known_keys(self) -> Iterable[str] | None:
        """The name of every key it may ever make, so that they can be removed by name.

        None if that is not known, and they have to be found by SCAN.
        """
        return [self.key(each) for each in range(len(self.names))]

    async def prepare(self, client: "Redis") -> None:
        """Load the scripts: the server compiles each once, which takes it about a millisecond."""
        for script in self.scripts():
            await client.script_load(script)

    async def expect_worker(self) -> None:
        """Prepare for one worker more than there were at the start."""
        return

    @abstractmethod
    def consumer(self, client: "Redis") -> Consumer:
        """One worker's access to the queue, over its own connection."""

    @abstractmethod
    async def locks_left(self, client: "Redis") -> int:
        """How many locks or leases are still held; 0 for a discipline without either."""

    async def count_commands(self, client: "Redis") -> int | None:  # noqa: ARG002
        """Commands that the server carried out for it, counted from outside; None if not counted.

        A discipline of our own knows its round trips.
        """
        return None

    async def renew(self, client: "Redis", lease: Lease) -> bool:  # noqa: ARG002
        """Keep a task in hand for another lease time; False if the lease is lost already."""
        return True

    async def reap(self, client: "Redis") -> Reaped:  # noqa: ARG002
        """Put the tasks of expired leases back into the queue, and say which leases those were."""
        return Reaped()

    async def waiting(self, client: "Redis") -> int:
        """How many tasks still wait in the partitions' lists."""
        return await depth_of(client, [self.key(each) for each in range(len(self.names))])

    @classmethod
    def headline(cls) -> str:
        """The first line of the docstring: what the picker and `--help` show."""
        return (cls.__doc__ or cls.name).strip().splitlines()[0]
