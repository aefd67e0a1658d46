"""A thread of an object's own, for methods that are no coroutines: a synchronous client blocks it.

It is a daemon: a method that hangs holds nobody up, not even the end of the program.
"""

import asyncio
import inspect
import sys
import threading
import traceback
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any


class OwnThread:
    """Begun by the first call, ended by `end`. One call at a time."""

    def __init__(self) -> None:
        # Any: each call has a type of its own.
        self._asked: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._is_busy = False

    async def run(self, function: Callable[..., Any], *arguments: object) -> Any:  # noqa: ANN401
        """Call a function in the thread; what it gives, awaited here if it can be.

        Raises:
            RuntimeError: It is still in an earlier call, which was given up.
        """
        if self._is_busy:
            raise RuntimeError("its thread is still in an earlier call")
        self._is_busy = True
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[Any] = loop.create_future()

        def call() -> None:
            try:
                result = function(*arguments)
            except BaseException as error:  # noqa: BLE001  # it is raised where the call was made
                self._is_busy = False
                _tell(loop, outcome, error=error)
            else:
                self._is_busy = False
                _tell(loop, outcome, result=result)

        if self._thread is None:
            self._thread = threading.Thread(target=self._serve, name="user's queue", daemon=True)
            self._thread.start()
        self._asked.put(call)
        try:
            found = await outcome
        except _RaisedError as raised:
            raise raised.error from None
        return await found if inspect.isawaitable(found) else found

    @property
    def stack(self) -> traceback.StackSummary:
        """Where the thread is now."""
        frame = sys._current_frames().get(self._thread.ident or 0) if self._thread else None
        if frame is None:
            return traceback.StackSummary()
        found = traceback.StackSummary.extract(traceback.walk_stack(frame))
        return traceback.StackSummary.from_list(list(reversed(found)))

    def end(self) -> None:
        """Let it end after the call under way, if that ends."""
        self._asked.put(None)

    def _serve(self) -> None:
        while (call := self._asked.get()) is not None:
            call()


class _RaisedError(Exception):
    """Carries what was raised: a future takes no StopIteration, and a loop ends by SystemExit."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error


def _tell(
    loop: asyncio.AbstractEventLoop,
    outcome: "asyncio.Future[Any]",
    *,
    result: object = None,
    error: BaseException | None = None,
) -> None:
    """Let a call end from its thread, unless nobody waits for it any more."""

    def settle() -> None:
        if outcome.done():
            return
        if error is None:
            outcome.set_result(result)
        else:
            outcome.set_exception(_RaisedError(error))

    if not loop.is_closed():
        loop.call_soon_threadsafe(settle)
