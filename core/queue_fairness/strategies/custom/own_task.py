"""A task in which the methods of one user's object are called, and nothing of ours happens.

```
worker, generator, run ──what to call──► own task ──► the user's method
                       ◄─what it gave───
```

Libraries tie what they open to the task that opened it (task groups and cancel scopes of anyio),
and may cancel that task, now or later. Were it a worker's, the worker would be gone; were it the
run's, that would pass for an interrupt.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

END_S = 2.0
"""How long a task that we cancel may take to end; longer than a method may clean up."""

T = TypeVar("T")


class ForeignCancelError(Exception):
    """Somebody else has cancelled the task; `__cause__` says where, if a call was under way."""


class OwnTask:
    """Begun by the first call, ended by `end`. One call at a time."""

    def __init__(self) -> None:
        self._task: asyncio.Task[None] | None = None
        # Any: each call has a type of its own.
        self._asked: asyncio.Future[tuple[Callable[[], Awaitable[Any]], asyncio.Future[Any]]]
        self._outcome: asyncio.Future[Any] | None = None
        """Of the latest call."""
        self._is_ours = False
        """Whether we have cancelled it ourselves."""

    @property
    def is_lost(self) -> bool:
        """Whether it is over, and not by our doing."""
        return self._task is not None and self._task.done() and not self._is_ours

    async def run(self, call: Callable[[], Awaitable[T]], *, anew: bool = False) -> T:
        """Call something in the task, and wait for what it gives.

        Args:
            call: What to call.
            anew: Whether to begin another task should the present one be lost.

        Raises:
            ForeignCancelError: Somebody else has cancelled the task, during this call or before.
        """
        if self._task is not None and self._asked.cancelled():
            await asyncio.wait({self._task})
        if self.is_lost and not anew:
            raise ForeignCancelError
        if self._task is None or self._task.done() or self._is_ours:
            self._begin()
        outcome: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._outcome = outcome
        self._asked.set_result((call, outcome))
        try:
            return await outcome
        except asyncio.CancelledError:  # nobody cancels the outcome but by cancelling us
            await self.end()
            raise

    async def end(self) -> None:
        """Cancel it, and see it end. A lost one stays lost."""
        task = self._task
        if task is None or task.done():
            return
        self._is_ours = True
        task.cancel()
        await asyncio.wait({task}, timeout=END_S)

    def _begin(self) -> None:
        self._is_ours = False
        self._asked = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._serve(), name="user's queue")
        self._task.add_done_callback(self._see_end)

    async def _serve(self) -> None:
        task = asyncio.current_task()
        assert task is not None
        while True:
            call, outcome = await self._asked
            self._asked = asyncio.get_running_loop().create_future()
            try:
                result = await call()
            except asyncio.CancelledError as error:
                _give(outcome, ForeignCancelError(), error)
                return
            except Exception as error:  # noqa: BLE001  # it is raised where the call was made
                _give(outcome, error, error.__cause__)
                continue
            if task.cancelling():
                _give(outcome, ForeignCancelError())
                return
            if not outcome.done():
                outcome.set_result(result)

    def _see_end(self, task: "asyncio.Task[None]") -> None:
        """Whoever waits for a call that will not be made any more is told."""
        if task is self._task and self._outcome is not None:
            _give(self._outcome, ForeignCancelError())


def _give(
    outcome: asyncio.Future[Any], error: Exception, cause: BaseException | None = None
) -> None:
    """Let a call end with an error, unless nobody waits for it any more."""
    if not outcome.done():
        error.__cause__ = cause
        outcome.set_exception(error)
