"""What a user's own tasks may look like."""

import asyncio


async def works(partition: str, task: int) -> None:
    assert partition.startswith("p")
    assert task >= 0
    await asyncio.sleep(0.002)


async def raises_for_odd_ones(_partition: str, task: int) -> None:
    if task % 2:
        raise ValueError(f"{task} is an odd number")


async def raises(_partition: str, task: int) -> None:
    raise ValueError(f"{task} is a number")
