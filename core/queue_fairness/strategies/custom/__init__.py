"""Entry point for a user's own queue: `--strategy package.module:Class`.

```
find_strategy("my.module:Queue") ── loading ──► the class, looked at but not yet made
        │
        ▼
a subclass of CustomStrategy ── opened(…) ──► one object that pushes, and one per worker,
        │                                     one more for each worker that joins; closed after
        ▼
adapter: push, pop, complete ── instance, own_task ──► all of an object's in one task of its own
                                calls ──► each with a time limit; a raise names its method
                                alarm ──► also where the method blocks the whole program
```

What such a class has to look like is in `protocol`.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import TYPE_CHECKING

from queue_fairness.strategies import STRATEGIES, Strategy
from queue_fairness.strategies.custom.loading import load_class

if TYPE_CHECKING:
    from queue_fairness.strategies.custom.adapter import CustomStrategy

__all__ = [
    "compared_names",
    "find_strategy",
    "is_taken",
    "lent",
    "opened",
    "remark",
    "strategy_names",
]

_found: dict[str, type[Strategy]] = {}
_lent: set[str] = set()
"""The names of those that are found for a while only."""


def find_strategy(name: str) -> type[Strategy]:
    """The strategy of this name: of the table, of a public library, or a class of the user's.

    Raises:
        PlanError: There is no such class, or it cannot serve as a queue; the field is `strategy`.
    """
    if name in STRATEGIES:
        return STRATEGIES[name]
    if name not in _found:
        # Both load asyncio, which `--help` does not wait for.
        from queue_fairness.libraries.catalogue import find_setup
        from queue_fairness.strategies.custom.adapter import adapt
        from queue_fairness.strategies.public.library import library_strategy

        setup = find_setup(name)
        _found[name] = adapt(name, load_class(name)) if setup is None else library_strategy(setup)
    return _found[name]


@contextmanager
def lent(strategy: "type[CustomStrategy]") -> Iterator[None]:
    """Let a strategy be found by its name while the block lasts, before one imported by it."""
    name, found = strategy.name, _found.get(strategy.name)
    _lent.add(name)
    _found[name] = strategy
    try:
        yield
    finally:
        _lent.discard(name)
        del _found[name]
        if found is not None:
            _found[name] = found


def is_taken(name: str) -> bool:
    """Whether a strategy that was lent has that name now, or one of the table."""
    return name in STRATEGIES or name in _lent


def strategy_names() -> tuple[str, ...]:
    """Every name that can be chosen from: the table's, and the user's own ones found so far."""
    return (*STRATEGIES, *_found)


def compared_names(names: Sequence[str], fair_by: str, own: str) -> tuple[str, ...]:
    """Those of all strategies that are compared where the user names none.

    Those that share out cost stand beside turns only where fairness is about cost.

    Args:
        names: All.
        fair_by: The plan's.
        own: The plan's own strategy, which is always among them.
    """
    return tuple(
        name
        for name in names
        if fair_by != "turns" or name == own or not find_strategy(name).shares_cost
    )


def opened(
    strategy: Strategy, url: str, workers: int, partitions: int | None = None
) -> AbstractAsyncContextManager[None]:
    """Hold a user's queue open while the block lasts; nothing to do for one of the table.

    Args:
        strategy: Any strategy.
        url: The Redis under test, as the user's `open` gets it. May hold a password.
        workers: How many will ask for a consumer.
        partitions: How many of the names are planned, the first ones; None for all.

    Raises:
        QueueError: The user's code raised or hung.
    """
    return strategy.opened(url, workers, partitions)


def remark(strategy: Strategy) -> str | None:
    """What else the user has to know about a run of it, in one sentence; None for nothing."""
    return strategy.remark()
