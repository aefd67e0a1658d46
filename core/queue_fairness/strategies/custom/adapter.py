"""A user's queue as a strategy: tracks what was pushed, handed out and not yet handed out."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, ClassVar

from queue_fairness.errors import QueueError
from queue_fairness.events import DequeueCost
from queue_fairness.outside import harmless_lines
from queue_fairness.strategies.base import (
    Claim,
    Consumer,
    Lease,
    Requeued,
    Strategy,
    Task,
    polling_because,
)
from queue_fairness.strategies.custom.alarm import alarm
from queue_fairness.strategies.custom.calls import Calls
from queue_fairness.strategies.custom.instance import Instance
from queue_fairness.strategies.custom.loading import takes_cost, takes_partitions, takes_workers
from queue_fairness.strategies.custom.protocol import TIMEOUT_S, UserQueue

if TYPE_CHECKING:
    from redis.asyncio import Redis

LOST_AFTER_S = 1.5
"""How long every worker must have asked in vain before what was not handed out counts as lost.

Less than the pool's own patience with a queue that is stuck, which would call it a failure."""

UNKNOWN_COST = DequeueCost()
"""What a user's queue sends is not seen; no pop can cost nothing."""

_PUSHED, _HANDED_OUT, _UNSURE = 1, 2, 3
"""What is known of a task. Whether a push that did not end has reached the queue is not."""


class CustomStrategy(Strategy):
    """A queue of the user's own."""

    polling = polling_because("pop() does not block")
    ordered_by = "brackets"

    make: ClassVar["staticmethod[[], UserQueue]"]
    """Makes one object of the user's: the class itself, or what was given to make them."""
    timeout_s: ClassVar[float] = TIMEOUT_S
    sends = ()
    takes_cost: ClassVar[bool] = False
    """Whether `complete` is told what a task cost."""
    takes_partitions: ClassVar[bool] = False
    """Whether `open` is told the names of the partitions."""
    takes_workers: ClassVar[bool] = False
    """Whether `start` is told how many workers there are."""
    honors_head = False
    pushes_singly = True
    wants_tcp = True

    # Any: whatever else a strategy can be told, which a user's queue is not.
    def __init__(self, prefix: str, names: Sequence[str], **options: Any) -> None:  # noqa: ANN401
        super().__init__(prefix, names, **options)
        self._tasks = bytearray()
        """What is known of each task, by its number."""
        self._owed = 0
        self._moved_at = 0.0
        self._completing = 0
        self._is_lost = False
        self._is_open = False
        self._url = ""
        self._planned = tuple(names)
        self._calls: Calls | None = None
        self._pushing: Instance | None = None
        self._workers: list[Instance] = []
        self._consumers: list[_Hand] = []

    def known_keys(self) -> None:
        """The user's queue names its keys as it likes, behind the prefix."""

    @asynccontextmanager
    async def opened(
        self, url: str, workers: int, partitions: int | None = None
    ) -> AsyncIterator[None]:
        """Hold the user's queue open while the block lasts.

        Args:
            url: The Redis under test, as the user's `open` gets it. May hold a password.
            workers: How many will ask for a consumer.
            partitions: How many of the names are planned, the first ones; None for all.

        Raises:
            QueueError: The user's code raised or hung.
        """
        self._planned = tuple(self.names[:partitions])
        async with alarm(self.timeout_s):
            try:
                await self.open(url, workers)
                yield
            except BaseException:
                with suppress(QueueError):  # the first thing that went wrong is the one to tell
                    await self.close()
                raise
            await self.close()

    async def open(self, url: str, workers: int) -> None:
        """Make one object for pushing and one per worker, and open them all at once.

        Raises:
            QueueError: The user's code raised or hung.
        """
        self._url, self._calls = url, Calls(self.name, url, self.timeout_s)
        self._pushing, *self._workers = (
            Instance(self.make, self._calls) for _ in range(workers + 1)
        )
        self._is_open = True
        await _all(*(self._open(each) for each in (self._pushing, *self._workers)))

    async def _open(self, instance: Instance) -> None:
        more = (self._planned,) if self.takes_partitions else ()
        await instance.open(self._url, self.prefix, *more)

    async def _start(self, instance: Instance) -> None:
        await instance.start(*((self.workers,) if self.takes_workers else ()))

    async def prepare(self, client: "Redis") -> None:  # noqa: ARG002
        """Let all objects make ready to serve, at once.

        Raises:
            QueueError: The user's code raised or hung.
        """
        assert self._pushing is not None
        await _all(*(self._start(each) for each in (self._pushing, *self._workers)))

    async def expect_worker(self) -> None:
        """Make and open one object more.

        Raises:
            QueueError: The user's code raised or hung.
        """
        assert self._calls is not None
        instance = Instance(self.make, self._calls)
        try:
            await self._open(instance)
            await self._start(instance)
        except BaseException:
            with suppress(QueueError):  # the first thing that went wrong is the one to tell
                await instance.close()
            raise
        self._workers.append(instance)

    async def close(self) -> None:
        """Close what was opened; all of it, whatever one of them raises."""
        self._is_open = False
        assert self._pushing is not None
        await _all(*(each.close() for each in (self._pushing, *self._workers)))

    async def push(self, client: "Redis", tasks: Sequence[Task]) -> int:  # noqa: ARG002
        """Hand the tasks to the user's queue, one after another."""
        assert self._pushing is not None
        for task in tasks:
            await self.push_by(self._pushing, task)
        return 0

    async def push_by(self, instance: "Instance", task: Task) -> None:
        """Hand a task to one object. It is known before: others may be quick to pop it."""
        self._note_pushed(task.number)
        try:
            await instance.push(self.names[task.partition], task.encode())
        except BaseException:
            self._note_not_pushed(task.number)
            raise

    def consumer(self, client: "Redis") -> Consumer:  # noqa: ARG002
        """The next worker's object."""
        number = len(self._consumers)
        hand = _Hand(self, self._workers[number], f"w{number}")
        self._consumers.append(hand)
        return hand

    async def locks_left(self, client: "Redis") -> int:  # noqa: ARG002
        """None that we know of.

        Raises:
            QueueError: While the queue is open: the pool asks when it finds the queue stuck.
        """
        if self._is_open and self._consumers and self._owed:
            raise QueueError(
                f"{self.name}: pop() gives nothing to any worker, and {self._owed:,} tasks that "
                "were pushed have not been handed out"
            )
        return 0

    async def waiting(self, client: "Redis") -> int:  # noqa: ARG002
        """How many tasks were pushed and not handed out; 0 once they count as lost."""
        self._is_lost = self._is_lost or self._asked_in_vain()
        return 0 if self._is_lost else self._owed

    def remark(self) -> str | None:
        """What was never handed out, and why we say so; None if there is nothing to say."""
        refused = sum(each.refused for each in self._consumers)
        if self._owed and refused and _HANDED_OUT not in self._tasks:
            return (
                f"{self.name}: pop() returned None {refused:,} times and never a task while "
                f"{self._owed:,} tasks waited: did it learn of the partitions? push() is called "
                "on another object"
            )
        if not self._is_lost or not self._owed:
            return None
        return (
            f"{self.name}: pop() never handed out {self._owed:,} of the tasks, though every worker "
            f"asked for {LOST_AFTER_S:g} s: they count as lost"
        )

    def note_handed_out(self, task: Task) -> bool:
        """Take note of a task in a worker's hands; False if it was never pushed."""
        is_ours = 0 <= task.partition < len(self.names) and 0 <= task.number < len(self._tasks)
        if not is_ours or not self._tasks[task.number]:
            return False
        self._owed -= self._tasks[task.number] == _PUSHED
        self.not_enqueued -= self._tasks[task.number] == _UNSURE
        self._tasks[task.number] = _HANDED_OUT
        self._moved_at = time.monotonic()
        return True

    def note_completing(self, change: int) -> None:
        """Take note that a completion begins (1) or is over (-1): it may free a partition."""
        self._completing += change
        self._moved_at = time.monotonic()

    def _note_pushed(self, number: int) -> None:
        """Take note of a task that is owed from now on."""
        if number >= len(self._tasks):
            self._tasks.extend(bytes(number + 1 - len(self._tasks)))
        self._owed += self._tasks[number] != _PUSHED
        self._tasks[number] = _PUSHED
        self._moved_at = time.monotonic()

    def _note_not_pushed(self, number: int) -> None:
        """A push did not end: the task is not owed, unless it was handed out all the same."""
        if self._tasks[number] == _PUSHED:
            self._owed -= 1
            self.not_enqueued += 1
            self._tasks[number] = _UNSURE

    def _asked_in_vain(self) -> bool:
        """Whether every worker has asked since something last moved, and that is long ago."""
        return (
            self._is_open
            and self._owed > 0
            and not self._completing
            and time.monotonic() - self._moved_at > LOST_AFTER_S
            and all(each.refused_at > self._moved_at for each in self._consumers)
        )


def adapt(
    name: str, user_class: type[UserQueue], make: Callable[[], UserQueue] | None = None
) -> type[CustomStrategy]:
    """A strategy of this name that drives the user's class.

    Args:
        name: What it is called everywhere.
        user_class: The class of the objects.
        make: Makes one of them; None for the class itself.
    """
    doc = harmless_lines(str(user_class.__doc__ or "").strip()) or f"A queue of your own, {name}."
    return type(
        user_class.__name__,
        (CustomStrategy,),
        {
            "__doc__": doc,
            "name": name,
            "make": staticmethod(make or user_class),
            "concurrency_limit": getattr(user_class, "concurrency_limit", 0),
            "honors_weights": getattr(user_class, "honors_weights", False),
            "timeout_s": float(getattr(user_class, "timeout_s", TIMEOUT_S)),
            "takes_cost": takes_cost(user_class),
            "takes_partitions": takes_partitions(user_class),
            "takes_workers": takes_workers(user_class),
        },
    )


class _Hand(Consumer):
    """One worker's object, and the lease it holds.

    Attributes:
        refused: How many pops found nothing.
        refused_at: When the last of them began; 0 before the first.
    """

    def __init__(self, strategy: CustomStrategy, instance: Instance, worker: str) -> None:
        self.refused = 0
        self.refused_at = 0.0
        self._strategy = strategy
        self._instance = instance
        self._worker = worker
        self._lease: object = None
        self._popped_at = 0.0

    async def next(self, done: Lease | None) -> Claim:
        if done is not None:
            await self.complete(done)
        asked_at = time.monotonic()
        lease = await self._instance.pop(self._worker)
        if lease is None:
            self.refused += 1
            self.refused_at = asked_at
            return Claim(None, UNKNOWN_COST)
        task = self._read(lease)
        self._lease = lease
        self._popped_at = time.monotonic()
        taken = Lease(task, self._strategy.names[task.partition].encode())
        return Claim(taken, UNKNOWN_COST, sent_at=asked_at)

    async def complete(self, done: Lease) -> int:
        await self._complete(self._cost(done))
        return 0

    async def _complete(self, cost: float) -> None:
        lease, self._lease = self._lease, None  # the user's own one
        arguments = (lease, cost) if self._strategy.takes_cost else (lease,)
        self._strategy.note_completing(1)
        try:
            await self._instance.complete(*arguments)
        finally:
            self._strategy.note_completing(-1)

    async def retry(self, done: Lease, *, at_head: bool) -> Requeued:  # noqa: ARG002
        """Push the task again, then complete it; where it is put is the queue's own affair."""
        cost = self._cost(done)
        await self._strategy.push_by(self._instance, done.task)
        await self._complete(cost)
        return Requeued(True)

    def _cost(self, done: Lease) -> float:
        """What the task cost up to now: as it reported, else the seconds since its pop."""
        return time.monotonic() - self._popped_at if done.cost is None else done.cost

    def _read(self, lease: object) -> Task:
        """The task in a user's lease."""
        if not isinstance(lease, tuple | list) or not lease:
            raise self._instance.calls.refuse(
                "pop",
                f"returned {_what(lease)}, and a lease is a tuple whose first item is the task",
            )
        payload = lease[0]
        if not isinstance(payload, bytes):
            hint = "; connect without decode_responses" if isinstance(payload, str) else ""
            raise self._instance.calls.refuse(
                "pop",
                f"returned a lease that begins with {_what(payload)}, and its first item must be "
                f"the bytes of the task{hint}",
            )
        try:
            task = Task.decode(payload)
        except ValueError:
            task = None
        if task is None or not self._strategy.note_handed_out(task):
            problem = f"returned {payload[:40]!r}, which was never pushed"
            raise self._instance.calls.refuse("pop", problem)
        return task


def _what(value: object) -> str:
    return f"{'an empty ' if value in ((), []) else ''}{type(value).__name__}"


async def _all(*steps: Awaitable[None]) -> None:
    """Do all at once and see each to its end; then raise what the first of them raised."""
    for outcome in await asyncio.gather(*steps, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome
