"""Tasks of a user's own that would end or hold up the program, or hide what they say."""

import asyncio
import sys
import time


class OddError(BaseException):
    """Neither an Exception nor an exit."""


async def block(_partition: str, _task: int) -> None:
    time.sleep(1e6)  # noqa: ASYNC251


async def swallow(_partition: str, _task: int) -> None:
    while True:
        try:
            await asyncio.sleep(1e6)
        except asyncio.CancelledError:
            continue


async def wait_for_ever(_partition: str, _task: int) -> None:
    await asyncio.Event().wait()


async def exit_now(_partition: str, _task: int) -> None:
    sys.exit(7)


async def interrupt(_partition: str, _task: int) -> None:
    raise KeyboardInterrupt


async def raise_odd(_partition: str, _task: int) -> None:
    raise OddError("\x1b[31modd")


async def raise_group(_partition: str, _task: int) -> None:
    raise BaseExceptionGroup("two", [OddError(), SystemExit(3)])


async def raise_generator_exit(_partition: str, _task: int) -> None:
    raise GeneratorExit


async def raise_cancelled(_partition: str, _task: int) -> None:
    raise asyncio.CancelledError


async def cancel_itself(_partition: str, _task: int) -> None:
    task = asyncio.current_task()
    assert task is not None
    task.cancel()
    await asyncio.sleep(0)


async def cancel_itself_and_return(_partition: str, _task: int) -> None:
    task = asyncio.current_task()
    assert task is not None
    task.cancel()


async def raise_hostile(_partition: str, _task: int) -> None:
    raise ValueError("\x1b]0;PWNED\x07 [red]`|<b> redis://me:hidden@host/")


block.timeout_s = swallow.timeout_s = wait_for_ever.timeout_s = 0.3  # type: ignore[attr-defined]
