"""What a user's own tasks may look like."""

import asyncio


async def works(partition: str, task: int) -> None:
    assert partition.startswith("p")
    assert task >= 0
    await asyncio.sleep(0.002)


async def costs_its_number(_partition: str, task: int) -> float | None:
    return None if task % 3 == 2 else task


async def returns_true(_partition: str, _task: int) -> bool:
    return True


async def cost_is_below_zero(_partition: str, task: int) -> float:
    return 7 - task


async def cost_is_no_number(_partition: str, _task: int) -> float:
    return float("nan")


async def cost_is_endless(_partition: str, _task: int) -> int:
    return 10**400


async def raises_for_odd_ones(_partition: str, task: int) -> None:
    if task % 2:
        raise ValueError(f"{task} is an odd number")


async def raises(_partition: str, task: int) -> None:
    raise ValueError(f"{task} is a number")
