"""One object of a user's class, and the task in which its methods are called."""

import inspect
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from queue_fairness.strategies.custom.calls import Calls
from queue_fairness.strategies.custom.own_task import ForeignCancelError, OwnTask
from queue_fairness.strategies.custom.own_thread import OwnThread
from queue_fairness.strategies.custom.protocol import Lease, UserQueue

T = TypeVar("T")


class Instance:
    """One object of the user's class; each method raises a QueueError for what goes wrong in it.

    Attributes:
        calls: Calls its methods.
    """

    def __init__(self, make: Callable[[], UserQueue], calls: Calls) -> None:
        self.calls = calls
        self._make_queue = make
        self._object: UserQueue | None = None
        self._task = OwnTask()
        self._thread = OwnThread()
        self._method = ""
        """The one called last."""

    async def open(self, *arguments: object) -> None:
        """Make the object, and let it connect if it can: URL, prefix, partitions if asked for."""
        self._object = await self._call("__init__", self._make)
        opening = getattr(self._object, "open", None)
        if opening is not None:
            await self._call("open", opening, *arguments)

    async def start(self, *arguments: object) -> None:
        """Let the object make ready to serve, if it has to: workers if asked for."""
        starting = getattr(self._object, "start", None)
        if starting is not None:
            await self._call("start", starting, *arguments)

    async def close(self) -> None:
        """Let the object disconnect, if there is one; done even where its task is lost."""
        lost = self._lost() if self._task.is_lost else None
        closing = getattr(self._object, "close", None)
        try:
            if closing is not None:
                await self._call("close", closing, anew=True)
        finally:
            await self._task.end()
            self._thread.end()
        if lost is not None:
            raise lost

    async def push(self, partition: str, task: bytes) -> None:
        """Enqueue a task."""
        await self._call("push", self._queue.push, partition, task)

    async def pop(self, worker: str) -> Lease | None:
        """Take a task, if there is one."""
        return await self._call("pop", self._queue.pop, worker)

    async def complete(self, *arguments: object) -> None:
        """Say that a task is done: its lease, and what it cost if that is asked for."""
        complete: Callable[..., Awaitable[None]] = self._queue.complete
        await self._call("complete", complete, *arguments)

    @property
    def _queue(self) -> UserQueue:
        assert self._object is not None
        return self._object

    async def _call(
        self,
        method: str,
        function: Callable[..., Awaitable[T]],
        *arguments: object,
        anew: bool = False,
    ) -> T:
        if self._task.is_lost and not anew:
            raise self._lost()
        self._method = method
        if inspect.iscoroutinefunction(inspect.unwrap(function)):
            call = partial(self.calls.run, method, function, *arguments)
        else:
            in_thread = partial(self._thread.run, function)
            where = partial(getattr, self._thread, "stack")
            call = partial(self.calls.run, method, in_thread, *arguments, where=where)
        try:
            return await self._task.run(call, anew=anew)
        except ForeignCancelError as error:
            raise self.calls.cancelled(method, error.__cause__, later=False) from error

    def _lost(self) -> Exception:
        return self.calls.cancelled(self._method, None, later=True)

    async def _make(self) -> UserQueue:
        return self._make_queue()
