"""What a task does once a worker has it: simulated work, or a function of the user's own.

A body is awaited in the workers' event loop, as the tasks of an asyncio worker are. One that
blocks for a moment holds up every worker, and the lag shows it.
"""

import inspect
import math
from collections.abc import Awaitable, Callable
from numbers import Real
from typing import cast

from queue_fairness.errors import QueueError
from queue_fairness.import_object import find_object, refusal
from queue_fairness.load.task_names import TASK_FORM
from queue_fairness.outside import from_outside

Body = Callable[[float, str, int], Awaitable[object]]
"""Called with the seconds of simulated work, the partition's name and the task's number.

Returns what the task reports, for `reported_cost`."""
UserTask = Callable[[str, int], Awaitable[object]]
"""A user's coroutine function: called with the partition's name and the task's number.

It may return the task's cost, a number in a unit of the user's own."""


def find_task(name: str) -> UserTask:
    """A coroutine function of the user's own, named as in `TASK_FORM`.

    Raises:
        PlanError: There is no such function, or it is no coroutine function; the field is `task`.
    """
    found = find_object(name, TASK_FORM, "task")
    if not inspect.iscoroutinefunction(found):
        raise refusal("task", name, "it is no coroutine function: begin it with `async def`")
    return cast("UserTask", found)


def reported_cost(name: str, returned: object) -> float | None:
    """The cost of a task by what its body returned; None for anything but a number.

    True and False are no numbers here: they say how it went.

    Args:
        name: The body's, as in `find_task`.
        returned: What it returned.

    Raises:
        QueueError: The number is negative or not finite.
    """
    if returned is None or isinstance(returned, bool) or not isinstance(returned, Real):
        return None
    try:
        cost = float(returned)
    except OverflowError:
        cost = math.inf
    if not 0 <= cost < math.inf:
        raise QueueError(
            f"--task {name} returned {from_outside(returned, 24)} as what a task cost: allowed are "
            "finite numbers from 0 (None for no cost)"
        )
    return cost
