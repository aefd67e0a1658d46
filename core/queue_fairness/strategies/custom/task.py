"""A task of the user's own, called as carefully as a method of a user's own queue.

What it raises is a failed attempt. What would end or hold up the whole program ends the run, in
words: a task that blocks, exits, cancels itself, or does not return.
"""

import asyncio
from collections.abc import Awaitable, Callable, Generator
from contextlib import AbstractAsyncContextManager, suppress
from traceback import StackSummary
from typing import Any

from queue_fairness.errors import QueueError
from queue_fairness.strategies.custom.alarm import alarm
from queue_fairness.strategies.custom.calls import Calls
from queue_fairness.strategies.custom.protocol import TIMEOUT_S

RETURN_S = 30.0
"""How long a task may take; its attribute `timeout_s` says otherwise."""


class CancelledItselfError(BaseException):
    """A task called `asyncio.current_task().cancel()`. Never leaves this module's callers."""


class TaskCalls(Calls):
    """Calls one coroutine function of the user's.

    Args:
        name: How a plan names it, `package.module:function`.
        function: Called with the partition's name and the task's number. Its attribute
            `timeout_s`, seconds above 0, bounds how long it may take, and may block.
    """

    def __init__(self, name: str, function: Callable[[str, int], Awaitable[object]]) -> None:
        own_s = getattr(function, "timeout_s", None)
        if not isinstance(own_s, int | float) or not own_s > 0:
            own_s = None
        super().__init__(f"--task {name}", "", own_s or RETURN_S)
        self._block_s = own_s or TIMEOUT_S
        self._function = function
        self._function_name = name.rpartition(":")[2]

    def guarded(self) -> AbstractAsyncContextManager[None]:
        """While the block lasts, a task that blocks the whole program is interrupted."""
        return alarm(self._block_s)

    async def body(self, _work_s: float, partition: str, number: int) -> object:
        """The task; raises what it raises.

        Raises:
            QueueError: It blocked, hung, exited, or cancelled itself.
        """
        failure, returned = await self.run(self._function_name, self._attempt, partition, number)
        if failure is not None:
            raise failure
        return returned

    async def _attempt(self, partition: str, number: int) -> tuple[Exception | None, object]:
        try:
            return None, await _NotCancelledByItself(self._function(partition, number))
        except Exception as error:  # noqa: BLE001  # whatever it raises, the attempt failed
            return error, None

    def _hung(self, method: str, stack: StackSummary) -> QueueError:
        error = super()._hung(method, stack)
        sentence = f"{error}; if it may take longer, set its attribute timeout_s"
        return QueueError(sentence, error.details)

    def _raised(self, method: str, error: BaseException) -> QueueError:
        if isinstance(error, CancelledItselfError):
            return QueueError(f"{self.name}: {method}() cancelled its own worker")
        return super()._raised(method, error)


class _NotCancelledByItself:
    """Awaits a coroutine, and takes back what it does to the task in which it runs.

    A cancellation that comes while the coroutine's own code runs is its own doing: everybody
    else's come between two steps.
    """

    def __init__(self, coroutine: Awaitable[object]) -> None:
        self._coroutine = coroutine

    def __await__(self) -> Generator[Any, Any, object]:
        # Any: what coroutines yield is between asyncio's futures and its tasks.
        task = asyncio.current_task()
        assert task is not None
        steps = self._coroutine.__await__()
        thrown: BaseException | None = None
        while True:
            before = task.cancelling()
            try:
                future = steps.send(None) if thrown is None else steps.throw(thrown)
            except BaseException as end:
                if task.cancelling() > before:
                    yield from _forget(task, before)
                    raise CancelledItselfError from None
                if isinstance(end, StopIteration):
                    return end.value
                raise
            if task.cancelling() > before:
                steps.close()
                yield from _forget(task, before)
                raise CancelledItselfError
            thrown = None
            try:
                yield future
            except GeneratorExit:
                steps.close()
                raise
            except BaseException as error:  # noqa: BLE001  # it is thrown on
                thrown = error


def _forget(task: "asyncio.Task[Any]", before: int) -> Generator[None, None, None]:
    """Take cancellations of a task back; the one under way arrives at its next pause."""
    while task.cancelling() > before:
        task.uncancel()
    with suppress(asyncio.CancelledError):
        yield
