"""From `package.module:Class` to a class that can serve as a queue, or to a refusal."""

import inspect
import math
from collections.abc import Callable, Sequence
from typing import cast

from queue_fairness.errors import PlanError
from queue_fairness.import_object import find_object, refusal
from queue_fairness.strategies.base import STRATEGY_FORM
from queue_fairness.strategies.custom.protocol import (
    COST,
    METHODS,
    OPTIONAL_METHODS,
    PARTITIONS,
    WORKERS,
    UserQueue,
)


def load_class(path: str) -> type[UserQueue]:
    """Import the class and look whether it has what a queue needs; nothing of it is called.

    Args:
        path: `package.module:Class`; the module is looked for in the current directory first.

    Raises:
        PlanError: With the field `strategy` and one sentence.
    """
    found = find_object(path, STRATEGY_FORM, "strategy")
    return checked(path, found)


def checked(path: str, found: object, *, is_made_by_us: bool = True) -> type[UserQueue]:
    """A class that can serve as a queue.

    Args:
        path: What it is called in the refusal.
        found: What should be one.
        is_made_by_us: Whether it is called without arguments to make an object.

    Raises:
        PlanError: It cannot serve; the field is `strategy`.
    """
    problem = _problem(found, is_made_by_us=is_made_by_us)
    if problem is not None:
        raise _refusal(path, problem)
    return cast("type[UserQueue]", found)


def takes_cost(found: type) -> bool:
    """Whether the class's `complete` wants to know what the task cost, besides the lease."""
    return _takes_one_more(found, "complete", METHODS["complete"], COST)


def takes_partitions(found: type) -> bool:
    """Whether the class's `open` wants to know the partitions, besides URL and prefix."""
    has_open = hasattr(found, "open")
    return has_open and _takes_one_more(found, "open", OPTIONAL_METHODS["open"], PARTITIONS)


def takes_workers(found: type) -> bool:
    """Whether the class's `start` wants to know how many workers there are."""
    return hasattr(found, "start") and _takes_one_more(found, "start", (), WORKERS)


def _takes_one_more(found: type, method: str, usual: Sequence[str], name: str) -> bool:
    """Whether a method takes one argument more than usual.

    An optional one counts only if it is named so: any other has a meaning of its own.
    """
    raw = inspect.getattr_static(found, method)
    function = raw.__func__ if isinstance(raw, classmethod | staticmethod) else raw
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return False
    placed = [each for each in parameters if each.kind in _PLACED]
    own = placed if isinstance(raw, staticmethod) else placed[1:]
    if len(own) <= len(usual):
        return False
    more = own[len(usual)]
    return more.default is inspect.Parameter.empty or more.name == name


_PLACED = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)


def _refusal(path: str, problem: str) -> PlanError:
    return refusal("strategy", path, problem)


def _problem(found: object, *, is_made_by_us: bool) -> str | None:
    """Why this cannot serve as a queue; None if it can."""
    if not inspect.isclass(found):
        return f"it is of type {type(found).__name__}, and a class is needed"
    if inspect.isabstract(found):
        missing = ", ".join(sorted(getattr(found, "__abstractmethods__", ())))
        return f"it is abstract: write its {missing}"
    for name in METHODS:
        if not hasattr(found, name):
            return f"it has no method {_call(name, METHODS[name])}"
    wanted = {**METHODS, **OPTIONAL_METHODS}
    if takes_cost(found):
        wanted["complete"] = (*wanted["complete"], COST)
    if takes_partitions(found):
        wanted["open"] = (*wanted["open"], PARTITIONS)
    if takes_workers(found):
        wanted["start"] = (WORKERS,)
    for name, arguments in wanted.items():
        problem = _method_problem(found, name, arguments) if hasattr(found, name) else None
        if problem is not None:
            return problem
    constructor_problem = _constructor_problem(found) if is_made_by_us else None
    return constructor_problem or _attribute_problem(found)


def _method_problem(found: type, name: str, arguments: Sequence[str]) -> str | None:
    raw = inspect.getattr_static(found, name)
    function = raw.__func__ if isinstance(raw, classmethod | staticmethod) else raw
    if not callable(function):
        return f"its {name} is no method but of type {type(function).__name__}"
    given = arguments if isinstance(raw, staticmethod) else ("self", *arguments)
    signature = _signature_that_refuses(function, given)
    if signature is None:
        return None
    return f"its method is {name}{signature}, and it is called as {_call(name, arguments)}"


def _signature_that_refuses(
    function: Callable[..., object], arguments: Sequence[str]
) -> inspect.Signature | None:
    """The signature if it cannot be called with these positional arguments, else None."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # not written in Python: it will show when it is called
        return None
    try:
        signature.bind(*arguments)
    except TypeError:
        return signature.replace(return_annotation=inspect.Signature.empty)
    return None


def _constructor_problem(found: type) -> str | None:
    signature = _signature_that_refuses(found, ())
    if signature is None:
        return None
    return (
        f"it is made without arguments, and its constructor takes {signature}: "
        "take the URL and the prefix in `async def open(self, url, prefix)`"
    )


def _attribute_problem(found: type) -> str | None:
    limit = getattr(found, "concurrency_limit", 0)
    if not isinstance(limit, int) or isinstance(limit, bool) or limit < 0:
        return "its concurrency_limit must be a whole number: 0 for no limit, 1 for a lock"
    if not isinstance(getattr(found, "honors_weights", False), bool):
        return "its honors_weights must be True or False"
    timeout_s = getattr(found, "timeout_s", 1)
    is_number = isinstance(timeout_s, int | float) and not isinstance(timeout_s, bool)
    if not is_number or not math.isfinite(timeout_s) or timeout_s <= 0:
        return "its timeout_s must be a number of seconds above 0"
    return None


def _call(name: str, arguments: Sequence[str]) -> str:
    return f"{name}({', '.join(arguments)})"
