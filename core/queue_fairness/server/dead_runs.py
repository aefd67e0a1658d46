"""Finds the keys of runs that died with all that could have removed them, and removes those.

Only keys of the form `qf:{id}:…` and `qf-foreign:{id}:…` are looked at, behind the prefix that the
user gives, and only a run whose own sign of life shows that it is over is taken for dead: see
`sign_of_life`.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from queue_fairness.server.cleanup import SCAN_COUNT, remove_keys
from queue_fairness.server.sign_of_life import LONGEST, Sign, read_sign, server_time

_KEY = rb"qf(?:-foreign)?:\{([0-9a-f]{8})\}:"
_SIGN = "qf-foreign:{????????}:witness"
_ANY = "qf*:{????????}:*"


@dataclass(frozen=True, slots=True)
class FoundRun:
    """A run whose keys are in a server."""

    run_id: str
    keys: int
    """How many were seen; one that was moved meanwhile may count twice."""
    sign: Sign | None
    """None where it has left none: nobody can tell whose keys these are."""
    why_dead: str | None
    """None if it may be alive."""


async def find_runs(
    client: Redis, key_prefix: str = "", *, with_sign: bool = False
) -> Sequence[FoundRun]:
    """All runs that have keys in the database, in one pass over its names.

    Args:
        client: Any client of the server.
        key_prefix: What stands before the names of their keys, as `--key-prefix` gives it.
        with_sign: Only those that have left a sign, whose keys are then not counted.

    Raises:
        redis.exceptions.RedisError: As the server says.
    """
    counts: Counter[str] = Counter()
    form = re.compile(re.escape(key_prefix).encode() + _KEY)
    cursor = 0
    while True:
        # No prefix holds what a pattern gives a meaning to.
        pattern = key_prefix + (_SIGN if with_sign else _ANY)
        cursor, names = await client.scan(cursor, match=pattern, count=SCAN_COUNT)
        found = (form.match(name if isinstance(name, bytes) else name.encode()) for name in names)
        counts.update(match[1].decode() for match in found if match)
        if cursor == 0:
            break
    now = await server_time(client) if counts else 0
    return [
        await _look(client, run_id, key_prefix, keys, now)
        for run_id, keys in sorted(counts.items())
    ]


async def remove_run(client: Redis, run_id: str, key_prefix: str = "") -> int:
    """Remove all keys of a run, its sign of life last; returns how many.

    Args:
        client: Any client of the server.
        run_id: 8 hexadecimal digits.
        key_prefix: As for `find_runs`.

    Raises:
        redis.exceptions.RedisError: As the server says.
    """
    removed = await remove_keys(client, f"{key_prefix}qf:{{{run_id}}}")
    return removed + await remove_keys(client, f"{key_prefix}qf-foreign:{{{run_id}}}")


async def _look(client: Redis, run_id: str, key_prefix: str, keys: int, now: int) -> FoundRun:
    key = f"{key_prefix}qf-foreign:{{{run_id}}}:witness"
    try:
        value = await client.getrange(key, 0, LONGEST)
    except ResponseError:
        value = None
    sign = read_sign(value if isinstance(value, bytes) else None)
    return FoundRun(run_id, keys, sign, sign.why_dead(now) if sign is not None else None)
