"""Says where the load goes, and asks before it goes to another machine.

```
this machine, --redis-url            nothing
this machine, REDIS_URL or a file    a sentence: whose word it was
another machine, a terminal          a sentence and a question; --yes answers it
another machine, no terminal         a sentence with --redis-url or --yes, else a refusal
```

Nobody is there to answer in CI. There a URL that was typed for this very command is a will, and
one that happens to stand in the environment is not: it may be production.
"""

import sys
from collections.abc import Callable

from queue_fairness.cli.commands import PROGRAM
from queue_fairness.cli.streams import complain
from queue_fairness.server.choice import BUNDLED, ServerChoice
from queue_fairness.server.this_machine import is_this_machine
from queue_fairness.server.url import mask_url

DECLINED = 1
REFUSED = 2
"""Exit statuses."""
YES = ("y", "yes")


def obtain(
    choice: ServerChoice,
    *,
    is_sure: bool,
    can_ask: bool,
    ask: Callable[[], str] | None = None,
) -> int | None:
    """Say on stderr where the load goes, and ask where that is elsewhere.

    Args:
        choice: Which server is meant.
        is_sure: Whether the user has said yes before.
        can_ask: Whether somebody is there to answer.
        ask: Reads the answer, empty where there is none; None to read a line of stdin.

    Returns:
        The exit status where there is to be no run; None to go on.
    """
    if choice.redis_url is None:
        return None
    if is_this_machine(choice.redis_url):
        complain(f"{PROGRAM}: {choice.notice}\n" if choice.notice is not None else "")
        return None
    where = f"{mask_url(choice.redis_url)}, which is another machine"
    if choice.named_by:
        where += f" (named by {choice.named_by})"
    if not (is_sure or can_ask) and choice.named_by:
        complain(
            f"{PROGRAM}: no load goes to {where} without a word: give --yes or --redis-url,"
            f" or --redis-server {BUNDLED} for a temporary one\n"
        )
        return REFUSED
    complain(f"{PROGRAM}: the load goes to {where}\n")
    if is_sure or not can_ask:
        return None
    complain("Run there? It adds and removes keys of its own, and takes its time. [y/N] ")
    if (ask or sys.stdin.readline)().strip().lower() in YES:
        return None
    complain(f"{PROGRAM}: nothing was run; --yes answers the question beforehand\n")
    return DECLINED
