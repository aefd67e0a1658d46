"""Checks of values that are not in a list of names: a class, a function, a pattern of sizes.

Each raises LookupError if a text is not of the form, PlanError if it names nothing that will do.
"""

from queue_fairness.load.pattern import parse_pattern


def find_custom_strategy(name: str) -> None:
    """Check a queue class of the user's own, or a set-up of a public library."""
    # Imported here: they need asyncio, which `--help` does without.
    from queue_fairness.libraries.catalogue import find_setup
    from queue_fairness.strategies.custom import find_strategy

    if ":" not in name and find_setup(name) is None:
        raise LookupError(name)
    find_strategy(name)


def find_custom_task(name: str) -> None:
    """Check a coroutine function of the user's own."""
    if ":" not in name:
        raise LookupError(name)
    from queue_fairness.load.task_body import find_task

    find_task(name)


def find_pattern(text: str) -> None:
    """Check a pattern of sizes, weights or factors."""
    try:
        parse_pattern(text)
    except ValueError as error:
        raise LookupError(text) from error
