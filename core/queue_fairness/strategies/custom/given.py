"""A queue that is given as a Python object: a class, or a function that makes its objects.

```
given(Queue)            the class itself: `package.module:Queue`
given(lambda: Queue(8)) called once more than there are objects, to see what it makes
given("round-robin")    a name stays a name
```
"""

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import cast

from queue_fairness.errors import PlanError
from queue_fairness.import_object import in_one_line, refusal
from queue_fairness.outside import harmless
from queue_fairness.strategies import custom
from queue_fairness.strategies.custom.loading import checked
from queue_fairness.strategies.custom.protocol import UserQueue

QueueSource = str | Callable[[], object]
"""A name as on the command line, a class, or what makes an object when it is called."""


@contextmanager
def given(queue: QueueSource) -> Iterator[str]:
    """The name by which a plan finds the queue, while the block lasts.

    A class keeps its own name, `package.module:Class`, unless another class of that name is being
    measured at the same time.

    Raises:
        PlanError: It cannot serve as a queue, or what makes it raised; the field is `strategy`.
    """
    if isinstance(queue, str):
        yield queue
        return
    # The adapter loads asyncio, which the plan does without.
    from queue_fairness.strategies.custom.adapter import adapt

    if inspect.isclass(queue):
        name = _free(path_of(queue))
        strategy = adapt(name, checked(name, queue))
    else:
        kind = _kind_made_by(queue)
        name = _free(path_of(kind))
        made = cast("Callable[[], UserQueue]", queue)
        strategy = adapt(name, checked(name, kind, is_made_by_us=False), made)
    with custom.lent(strategy):
        yield name


def path_of(kind: type) -> str:
    """The path of a class, as it is written on the command line; one inside a function has none.

    Such a class is called by what stands around it, `module:function.Class`.
    """
    return harmless(f"{kind.__module__}:{kind.__qualname__.replace('.<locals>', '')}")


def _kind_made_by(factory: object) -> type:
    if not callable(factory):
        shown = f"an object of type {type(factory).__name__}"
        raise refusal("strategy", shown, "give a class, or a function that makes such an object")
    name = getattr(factory, "__qualname__", type(factory).__name__)
    try:
        made = factory()
    except Exception as error:
        raise refusal(
            "strategy", name, f"called without arguments: {in_one_line(error)}"
        ) from error
    if inspect.iscoroutine(made):
        made.close()
        raise PlanError("strategy", f"{name} is async, and an object of a queue is made at once")
    return type(made)


def _free(name: str) -> str:
    """The name, or with a number behind it where it is taken."""
    number, free = 1, name
    while custom.is_taken(free):
        number += 1
        free = f"{name}#{number}"
    return free
