"""Which commands of Redis a strategy needs: those in its scripts, and those that it sends itself.

A user's rights are looked at for each command of a script as if it were sent alone, so whoever
calls a script needs them all.
"""

import re

from queue_fairness.strategies.base import Strategy

CONTAINERS = ("client", "config", "script", "xgroup")
"""Commands whose rights are granted by the word after them."""
CALLING = ("evalsha", "script|load")
"""What calling a script takes."""

_CALL = re.compile(r"redis\.p?call\(\s*'(\w+)'(?:\s*,\s*'(\w+)')?")


def commands_of(strategy: Strategy, *, retries: bool) -> frozenset[str]:
    """The commands that a run of it may send or call, as ACL names them: `hget`, `script|load`.

    Args:
        strategy: Any; of a queue of the user's own none are known.
        retries: Whether tasks may fail and be given back.
    """
    found = set(strategy.sends)
    if retries:
        found.update(strategy.sends_at_retry)
    # A strategy with weights sends them itself.
    if strategy.weights:
        found.add("hset")
    scripts = strategy.scripts()
    for script in scripts:
        found.update(_named(*match.groups()) for match in _CALL.finditer(script))
    return frozenset(found.union(CALLING) if scripts else found)


def _named(command: str, word: str | None) -> str:
    name = command.lower()
    return f"{name}|{word.lower()}" if word and name in CONTAINERS else name
