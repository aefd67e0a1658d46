"""Calls into the user's code: each ends in time, and what goes wrong in it names its method."""

import asyncio
import signal
import traceback
from asyncio import runners
from collections.abc import Awaitable, Callable, Coroutine, Generator
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any, Generic, TypeVar

from queue_fairness.errors import QueueError
from queue_fairness.import_object import in_one_line
from queue_fairness.outside import from_outside
from queue_fairness.server.url import keep_secrets_of
from queue_fairness.strategies.custom.alarm import BlockedError, watch

CLEANUP_S = 1.0
"""How long a method that is cancelled may clean up before it is abandoned."""

_OURS = str(Path(__file__).parent)

T = TypeVar("T")


class Calls:
    """Calls the methods of one user's class.

    Args:
        name: How to name the class in a sentence, as `package.module:Class`.
        url: The Redis URL that the class was given; its password is kept out of what is shown.
        timeout_s: How long a call may take, seconds.
    """

    def __init__(self, name: str, url: str, timeout_s: float) -> None:
        keep_secrets_of(url)
        self.name = name
        self._timeout_s = timeout_s

    async def run(
        self,
        method: str,
        function: Callable[..., Awaitable[T]],
        *arguments: object,
        where: Callable[[], traceback.StackSummary] | None = None,
    ) -> T:
        """Call a method and wait for its result.

        Args:
            method: Its name.
            function: The method, or what awaits it.
            arguments: What it is called with.
            where: Tells where it is; None where its own coroutine shows it.

        Raises:
            QueueError: It raised, hung, or blocked the program. `details` holds its traceback.
        """
        call = _Call(function, arguments)
        try:
            async with asyncio.timeout(self._timeout_s) as deadline:
                return await call
        except BlockedError as error:
            raise self._blocked(method, error) from error
        except TimeoutError as error:
            if deadline.expired():
                raise self._hung(method, _foreign(where()) if where else call.stack) from error
            raise self._raised(method, error) from error
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            raise self._raised(method, error) from error
        # Whatever it is, it is the user's own: it must end the run, not the program.
        except GeneratorExit:
            raise
        except BaseException as error:
            if isinstance(error, KeyboardInterrupt) and _is_from_keyboard(error):
                raise
            raise self._raised(method, error) from error

    def refuse(self, method: str, problem: str) -> QueueError:
        """The error for a result that cannot be used."""
        return QueueError(f"{self.name}: {method}() {from_outside(problem)}")

    def cancelled(self, method: str, error: BaseException | None, *, later: bool) -> QueueError:
        """The error for a task that somebody else has cancelled, in a method or after it."""
        what = ": its task was later" if later else " was"
        sentence = f"{self.name}: {method}(){what} cancelled by the queue's own code"
        return QueueError(sentence, format_error(error) if error else "")

    def _raised(self, method: str, error: BaseException) -> QueueError:
        sentence = f"{self.name}: {method}() raised {in_one_line(error)}"
        return QueueError(sentence, format_error(error))

    def _hung(self, method: str, stack: traceback.StackSummary) -> QueueError:
        sentence = f"{self.name}: {method}() did not return within {self._timeout_s:g} s"
        where = f"{method}() was waiting here (most recent call last):\n"
        return QueueError(sentence, where + "".join(stack.format()))

    def _blocked(self, method: str, error: BaseException) -> QueueError:
        sentence = (
            f"{self.name}: {method}() blocked the whole program for {self._timeout_s:g} s; "
            "wait with `await` in it, and use redis.asyncio"
        )
        return QueueError(sentence, format_error(error))


class _Call(Generic[T]):
    """An awaitable that can be left behind.

    It steps through the user's coroutine inside our own task, which costs no task and no turn of
    the event loop. If the coroutine swallows a cancellation and goes on, it is abandoned; a task
    of its own would be waited for when the program ends, for ever.

    Attributes:
        stack: Where the coroutine was waiting when it was cancelled.
    """

    def __init__(
        self, function: Callable[..., Awaitable[T]], arguments: tuple[object, ...]
    ) -> None:
        self.stack = traceback.StackSummary()
        self._coroutine = _await(function, arguments)
        self._reminder: asyncio.TimerHandle | None = None
        self._is_given_up = False

    def __await__(self) -> Generator[Any, Any, T]:
        # Any: what coroutines yield is between asyncio's futures and its tasks.
        steps = self._coroutine.__await__()
        thrown: BaseException | None = None
        try:
            while True:
                try:
                    future = steps.send(None) if thrown is None else steps.throw(thrown)
                except StopIteration as stop:
                    result: T = stop.value
                    return result
                except GeneratorExit as error:
                    # Nobody closes us: it is raised like any other, and would pass for a close.
                    raise RuntimeError("GeneratorExit") from error
                thrown = None
                try:
                    yield future
                except asyncio.CancelledError as error:
                    self._cancelled(error)
                    thrown = error
                except GeneratorExit:
                    steps.close()
                    raise
                except BaseException as error:  # noqa: BLE001  # it is thrown on
                    thrown = error
        finally:
            if self._reminder is not None:
                self._reminder.cancel()

    def _cancelled(self, error: asyncio.CancelledError) -> None:
        """Let the coroutine have a cancellation, or raise it if it has had its time."""
        task = asyncio.current_task()
        assert task is not None
        if self._is_given_up:
            task.uncancel()  # the second one was ours
            with suppress(RuntimeError):  # "coroutine ignored GeneratorExit"
                self._coroutine.close()
            _abandoned.append(self._coroutine)
            raise error
        if task.cancelling() and self._reminder is None:
            self.stack = _waiting_in(self._coroutine)
            loop = asyncio.get_running_loop()
            self._reminder = loop.call_later(CLEANUP_S, self._insist, task)

    def _insist(self, task: "asyncio.Task[Any]") -> None:
        self._reminder = None
        if task.cancelling():  # else it was a timeout of the user's own, and over
            self._is_given_up = True
            task.cancel()


watch(_Call.__await__.__code__)

_abandoned: list[object] = []
"""Kept, because Python complains on stderr when such a coroutine is collected."""


async def _await(function: Callable[..., Awaitable[T]], arguments: tuple[object, ...]) -> T:
    return await function(*arguments)


def _is_from_keyboard(error: KeyboardInterrupt) -> bool:
    """Whether a signal has raised it, and not the user's code."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        return True
    *_, (innermost, _) = traceback.walk_tb(error.__traceback__)
    return innermost.f_code.co_filename == runners.__file__


def format_error(error: BaseException) -> str:
    """The traceback without the frames of this package."""
    formatted = traceback.TracebackException.from_exception(error)
    seen: list[traceback.TracebackException | None] = [formatted]
    for each in seen:
        if each is not None:
            each.stack = _foreign(each.stack)
            seen += [each.__cause__, each.__context__]
    return "".join(formatted.format())


def _waiting_in(coroutine: Coroutine[Any, Any, Any]) -> traceback.StackSummary:
    """Where a coroutine waits, its innermost call last."""
    frames: list[tuple[FrameType, int]] = []
    inner: object = coroutine
    while inner is not None:
        frame = getattr(inner, "cr_frame", None) or getattr(inner, "gi_frame", None)
        if frame is not None:
            frames.append((frame, frame.f_lineno))
        inner = getattr(inner, "cr_await", None) or getattr(inner, "gi_yieldfrom", None)
    return _foreign(traceback.StackSummary.extract(iter(frames), lookup_lines=False))


def _foreign(stack: traceback.StackSummary) -> traceback.StackSummary:
    return traceback.StackSummary.from_list(
        [frame for frame in stack if not frame.filename.startswith(_OURS)]
    )
