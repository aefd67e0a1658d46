"""What a queue of the user's own looks like. Nothing of this has to be imported to write one.

Rules beyond the signatures:

- The class is made without arguments, once for each worker and once more for pushing: no two
  workers share an object, so each has a connection of its own if `open` makes one.
- `open` is given the URL of the Redis under test and the beginning of every key of the run. Keys
  that begin with `{prefix}:` are removed when the run ends; all others are the user's business.
- A task that failed is pushed again by the object of its worker, and then completed there.
- A lease is a tuple. Its first item is the task, the very bytes that were pushed; the rest is
  whatever `complete` needs. `complete` gets the same tuple.
- A `complete` that takes a second argument is also told what the task cost: what it reported, or
  else the seconds from its pop to this call. A failed attempt costs as well.
- `pop` returns None when there is nothing for this worker now, and is asked again, after 1 ms at
  first, after 20 ms at most. It may wait for work, as BLPOP does, for a second at most.
- A method may be a coroutine (`async def`) or not. Those that are not run in a thread of their
  object, always the same one, where a synchronous client may block as long as `timeout_s`.
- The coroutines of an object are called one at a time, and all in one task of its own, so that what
  a library ties to a task (cancel scopes, task groups) stays in it. Code that cancels this task
  from outside ends the run as failed.
- A push that is under way at the end of a run has 2 s to return; what then is not pushed was never
  enqueued.
- No method may raise, or take longer than `timeout_s`: either ends the run as failed.
- What was pushed and not handed out counts as lost when every worker has asked in vain for 1.5 s
  while no worker had a task.
"""

from collections.abc import Sequence
from typing import Protocol

Lease = tuple[object, ...]
"""The task's bytes, then anything that `complete` needs."""


class UserQueue(Protocol):
    """The methods a class must have, here as coroutines; names of parameters are free."""

    async def push(self, partition: str, task: bytes) -> None:
        """Enqueue a task. Called one at a time, in the plan's order of arrival.

        Called on a worker's object only for a task that failed and is to be tried again.
        """

    async def pop(self, worker: str) -> Lease | None:
        """A task for this worker (`w0`, `w1`, …), or None if there is none for it now."""

    async def complete(self, lease: Lease) -> None:
        """The worker has done the task of this lease. Called by the worker that popped it."""


class CostAwareQueue(Protocol):
    """`complete` as a queue may have it that goes by cost: with one argument more.

    It is called so where the second argument is required, or is named `cost`.
    """

    async def complete(self, lease: Lease, cost: float) -> None:
        """The worker has done the task of this lease, or failed at it.

        Args:
            lease: As in `UserQueue`.
            cost: What the task reported (`--task package.module:function` that returns a number),
                in its own unit; where it reported nothing, the seconds of worker time it took.
                Finite, >= 0.
        """


class OpenedQueue(UserQueue, Protocol):
    """The methods a class may have besides."""

    async def open(self, url: str, prefix: str) -> None:
        """Connect. Called first, before the workers start.

        Args:
            url: `redis://…`, `rediss://…` or `unix://…`, for `redis.asyncio.Redis.from_url`. Of a
                server that this program has started it is a port on loopback with a password, or a
                Unix socket where that server is older than Redis 7.0.
            prefix: Begins every key of the run, as `qf:{1a2b3c4d}`; add a colon and a name.
        """

    async def start(self) -> None:
        """Make ready to serve, such as by starting processes of its own.

        Called when all tasks that wait at the start are in the queue, and before the clock starts;
        of a worker that joins later, after `open`. A `start(self, workers)` is told how many
        workers the run begins with.
        """

    async def close(self) -> None:
        """Disconnect. Called last, also after a failure."""


class PartitionAwareQueue(Protocol):
    """`open` as a queue may have it that has to know the partitions: with one argument more.

    It is called so where the third argument is required, or is named `partitions`.
    """

    async def open(self, url: str, prefix: str, partitions: Sequence[str]) -> None:
        """Connect.

        Args:
            url: As in `OpenedQueue`.
            prefix: As in `OpenedQueue`.
            partitions: The names of all that are planned, as `push` gets them: the same to
                every object. More may be added by hand in mid-run, which only `push` tells.
        """


class TunedQueue(UserQueue, Protocol):
    """The class attributes a class may have."""

    concurrency_limit: int
    """Most tasks of one partition that are in service at once; 0, the default, for no limit.

    1 says that a partition is locked while a worker has one of its tasks. It decides what an
    idle worker is blamed for."""
    honors_weights: bool
    """Whether it serves partitions in proportion to `--weights`; False by default.

    It is not told what they are: a class that says so has to know them by itself."""
    timeout_s: float
    """How long a call of a method may take, in seconds; 10 by default."""


METHODS = {"push": ("partition", "task"), "pop": ("worker",), "complete": ("lease",)}
"""The methods a class must have, and what they are called with."""
PARTITIONS = "partitions"
"""What `open` may take besides; see `PartitionAwareQueue`."""
WORKERS = "workers"
"""What `start` may take besides: see `OpenedQueue`."""
COST = "cost"
"""What `complete` may take besides; see `CostAwareQueue`."""
OPTIONAL_METHODS = {"open": ("url", "prefix"), "start": (), "close": ()}
"""Those it may have."""
TIMEOUT_S = 10.0
"""How long a call may take, unless the class says otherwise."""
