"""The programs' event loop: as asyncio's own, but for how it waits."""

import asyncio
import os
import signal
import sys

import pytest

from queue_fairness import event_loop


def test_result_and_error_come_out() -> None:
    async def answer() -> int:
        await asyncio.sleep(0.001)
        return 42

    async def fail() -> None:
        raise LookupError("nothing")

    assert event_loop.run(answer()) == 42
    with pytest.raises(LookupError, match="nothing"):
        event_loop.run(fail())


def test_no_sleep_is_cut_short() -> None:
    async def shortest() -> float:
        loop = asyncio.get_running_loop()
        slept = []
        for asked in (0.0001, 0.0003, 0.001, 0.0025):
            for _ in range(20):
                began = loop.time()
                await asyncio.sleep(asked)
                slept.append(loop.time() - began - asked)
        return min(slept)

    assert event_loop.run(shortest()) >= -1e-6


def test_whatever_arrives_ends_the_wait_for_a_timer() -> None:
    async def read_before_the_timer() -> bytes:
        # The far end writes after its own start, while nothing here is due for a minute.
        program = "import sys, time; time.sleep(0.05); sys.stdout.write('here')"
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-S", "-c", program, stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        async with asyncio.timeout(60):
            said = await process.stdout.read()
        await process.wait()
        return said

    assert event_loop.run(read_before_the_timer()) == b"here"


def test_interrupt_ends_the_wait_for_a_timer() -> None:
    async def interrupt() -> None:
        asyncio.get_running_loop().call_later(0.05, os.kill, os.getpid(), signal.SIGINT)
        await asyncio.sleep(60)

    with pytest.raises(KeyboardInterrupt):
        event_loop.run(interrupt())
